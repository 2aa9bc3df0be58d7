// § 2.3  A gallery of mistakes: code that compiles, runs, and is wrong

import Foundations
import Running
import Tensors

/// Numbers that are too large or too small.
extension Mistake {
  /// The softmax directly by its formula, e^(zᵢ) / Σⱼ e^(zⱼ), without subtracting the maximum. § 1.1.2
  ///
  /// e⁸⁹ overflows in single precision: ∞ / ∞ is NaN, and so is every gradient from there on.
  public static func softmaxWithoutMaximum(_ z: Tensor) -> Tensor {
    let powers = z.exp()
    return powers / powers.sum(axes: [-1], keepsAxes: true)
  }

  /// −ln σ(z) by way of σ(z): right until σ underflows to 0, and infinite from there on. § 1.3.3
  ///
  /// `softplus(−z)` is the same function without the detour.
  public static func lossOfSigmoid(_ z: Tensor) -> Tensor { -z.sigmoid().log() }
}

/// The backward pass.
extension Mistake {
  /// The gradients of a graph, by a backward pass that assigns where it must add: every use of a node but one is lost.
  /// § 2.3
  ///
  /// Right for trees, where nothing is used twice; wrong for x · x.
  public static func gradientsOverwritten(
    in graph: ComputationGraph, from output: ComputationGraph.Place
  ) -> [ComputationGraph.Place: Double] {
    var gradients = [output: 1.0]
    for place in graph.places.reversed() {
      guard let upstream = gradients[place] else { continue }
      let node = graph[place]
      for (input, local) in zip(node.inputs, node.localGradients) { gradients[input] = local * upstream }
    }
    return gradients
  }

  /// The gradients of a graph, by a backward pass that visits the nodes depth first, as they are met, instead of in
  /// reverse order. § 2.3
  ///
  /// A node that is visited before all its uses passes an incomplete gradient on, and later passes it on again.
  public static func gradientsDepthFirst(
    in graph: ComputationGraph, from output: ComputationGraph.Place
  ) -> [ComputationGraph.Place: Double] {
    var gradients = [output: 1.0]
    var waiting = [output]
    while let place = waiting.popLast() {
      let node = graph[place]
      for (input, local) in zip(node.inputs, node.localGradients) {
        gradients[input, default: 0] += local * (gradients[place] ?? 0)
        waiting.append(input)
      }
    }
    return gradients
  }

  /// δ⁽ᴸ⁾ = ∂L/∂p ⊙ σ′(z) of a softmax, as if it worked element by element: only the label's entry is not 0. § 2.2.1
  public static func elementwiseSoftmaxDelta(_ z: Tensor, label: Int) -> Tensor {
    let p = softmax(z)
    let y = Tensor.oneHot([label], classes: z.count, scalarType: z.scalarType)[0]
    return -(y / p) * (p * (1 - p))
  }

  /// A step of the bias along the δ of a batch, without the sum over its rows: one row per example, where the bias has
  /// one number per neuron. § 2.2.1
  ///
  /// Broadcasting hides it: the step runs, and the bias has become a matrix.
  public static func biasStepNotSummed(_ bias: Tensor, _ δ: Tensor, learningRate η: Double) -> Tensor { bias - η * δ }

  /// δ⁽ˡ⁾ with W where Wᵀ belongs: runs without an error wherever two layers have the same width. § 2.2.1
  public static func hiddenDeltaNotTransposed(_ nextδ: Tensor, _ nextW: Tensor, _ slope: Tensor) -> Tensor {
    matmul(nextW, nextδ) * slope
  }
}

/// Descent.
extension Mistake {
  /// All points of a descent that never resets its gradient: θ ← θ − η Σ of all gradients so far. § 2.1.1
  ///
  /// This happens to gradients that are stored in the parameters and not reset. It is momentum with μ = 1: without
  /// friction the point swings through the minimum and back.
  public static func descentWithoutReset(
    from θ: Tensor, learningRate η: Double, steps T: Int, of L: (Tensor) -> Tensor
  ) -> [Tensor] {
    var (path, total) = ([θ], Tensor(like: θ))
    for t in 0..<T {
      total += gradient(at: path[t], of: L)
      path.append(path[t] - η * total)
    }
    return path
  }

  /// The mean loss of an epoch as the mean over its batches of B: the examples of a smaller last batch count more.
  /// § 2.1.2
  public static func meanOfBatchMeans(_ losses: Tensor, batchSize B: Int) -> Tensor {
    let N = losses.count
    let means = stride(from: 0, to: N, by: B).map { losses.sliced($0..<min($0 + B, N), axis: 0).mean() }
    return Tensor.stacked(means, axis: 0).mean()
  }
}

/// Masks, which decide which places may see which.
extension Mistake {
  /// Causal attention with a mask that begins one place too late: every place sees its successor. […n×d] → […n×d]
  ///
  /// A model that predicts the next element can copy it: the loss falls as never before.
  public static func attentionThatPeeks(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
    let sees = Tensor.lowerTriangle(q.shape[-2], k.shape[-2], diagonal: 1, scalarType: q.scalarType)
    return scaledDotProductAttention(q, k, v, mask: sees.log())  // ln 1 = 0 and ln 0 = −∞
  }

  /// The mean over the elements of each sequence, with a mask that counts one place of the padding: ≤ for <.
  /// [N×T×d] → [N×d]
  public static func meanOverOneTooMany(_ x: Tensor, lengths: [Int]) -> Tensor {
    let (places, ends) = placesAndEnds(x, lengths)
    let isPart = (places .<= ends).expanded(axis: 2)  // [N×T×1]
    return (isPart * x).sum(axes: [1]) / isPart.sum(axes: [1])
  }
}
