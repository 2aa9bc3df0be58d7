// § 2.3  A gallery of mistakes: code that compiles, runs, and is wrong

import Foundations
import Tensors

/// Mistakes of the backward pass that everybody makes once. Each is here to be caught: a test shows what goes wrong, and where it does not.
public enum Mistake {
  /// The softmax as its formula stands, e^(zᵢ) / Σⱼ e^(zⱼ), without taking out the maximum. § 1.1.2
  ///
  /// e⁸⁹ overflows in single precision: ∞ / ∞ is not a number, and neither is any gradient from there on.
  public static func softmaxWithoutMaximum(_ z: Tensor) -> Tensor {
    let powers = z.exp()
    return powers / powers.sum(axes: [-1], keepsAxes: true)
  }

  /// −ln σ(z) by way of σ(z): right until σ underflows to 0, and infinite from there on. § 1.3.3
  ///
  /// `softplus(−z)` is the same function without the detour.
  public static func lossOfSigmoid(_ z: Tensor) -> Tensor { -z.sigmoid().log() }

  /// The gradients of a graph, by a backward pass that assigns where it must add: every use of a node but one is lost. § 2.3
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

  /// The gradients of a graph, by a backward pass that visits the nodes depth first, as they are met, instead of in reverse order. § 2.3
  ///
  /// A node met before all its uses have reported hands an incomplete gradient on, and later hands it on again.
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

  /// δ⁽ᴸ⁾ = ∂L/∂p ⊙ σ′(z) behind a softmax, as if it worked element by element: sees only the label's entry. § 2.2.1
  public static func elementwiseSoftmaxDelta(_ z: Tensor, label: Int) -> Tensor {
    let p = softmax(z)
    let y = Tensor.oneHot([label], classes: z.count, scalarType: z.scalarType)[0]
    return -(y / p) * (p * (1 - p))
  }

  /// The bias gradient of a batch without the sum over its rows: one row per example, where the bias has one number per neuron. § 2.2.1
  ///
  /// Broadcasting hides it: `bias − η · gradient` runs, and the bias has become a matrix.
  public static func biasGradientNotSummed(_ δ: Tensor) -> Tensor { δ }

  /// δ⁽ˡ⁾ with W where Wᵀ belongs: runs without complaint wherever two layers have one width. § 2.2.1
  public static func hiddenDeltaNotTransposed(_ nextδ: Tensor, _ nextW: Tensor, _ slope: Tensor) -> Tensor {
    matmul(nextW, nextδ) * slope
  }
}
