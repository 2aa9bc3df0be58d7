// § 2.2  Backpropagation

import Foundations
import Messages
import Tensors

/// What a forward pass keeps for the backward pass: every z⁽ˡ⁾ and every h⁽ˡ⁾. § 2.2.1
public struct ForwardPass: Sendable {
  /// The activations h⁽⁰⁾ = x, h⁽¹⁾, …, h⁽ᴸ⁾. [n_ℓ] or [N×n_ℓ]
  public let h: [Tensor]
  /// The pre-activations z⁽¹⁾, …, z⁽ᴸ⁾; the first is at place 0.
  public let z: [Tensor]

  /// Runs the recursion z⁽ˡ⁾ = W⁽ˡ⁾ h⁽ˡ⁻¹⁾ + b⁽ˡ⁾, h⁽ˡ⁾ = σ(z⁽ˡ⁾) from h⁽⁰⁾ = x. § 2.2.1
  public init(_ network: MLP, at x: Tensor) {
    var (h, z) = ([x], [Tensor]())
    for (l, A) in network.layers.enumerated() {
      z.append(A(h[l]))
      h.append(network.activation(ofLayer: l)(z[l]))
    }
    (self.h, self.z) = (h, z)
  }

  /// The output ŷ = h⁽ᴸ⁾.
  public var output: Tensor { h[h.count - 1] }

  /// The number of scalars kept, the input included.
  public var storedScalars: Int { (h + z).reduce(0) { $0 + $1.count } }
}

extension MLP {
  /// The activation after layer `layer`, counted from 0: σ⁽ˡ⁾ of Definition 1.1.
  public func activation(ofLayer layer: Int) -> Activation {
    layer < layers.count - 1 ? activation : outputActivation
  }

  /// The gradient of the loss with respect to every weight and bias and to the input, from δ⁽ᴸ⁾ and the stored forward
  /// pass. § 2.2.1
  ///
  /// δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀ δ⁽ˡ⁺¹⁾) ⊙ σ′(z⁽ˡ⁾), ∂L/∂W⁽ˡ⁾ = δ⁽ˡ⁾ h⁽ˡ⁻¹⁾ᵀ, ∂L/∂b⁽ˡ⁾ = δ⁽ˡ⁾: for one example [n_ℓ], or for a
  /// batch [N×n_ℓ] with examples as rows, where the products sum over the examples.
  public func backpropagate(_ lastδ: Tensor, through pass: ForwardPass) -> (gradient: MLP, input: Tensor) {
    require(
      lastδ.shape == pass.output.shape,
      "cannot backpropagate δ of shape \(lastδ.shape) from outputs of shape \(pass.output.shape)")
    var (gradient, δ) = (self, lastδ)
    for l in layers.indices.reversed() {
      let W = layers[l].weight
      gradient.layers[l] = Linear(weight: weightGradient(δ, pass.h[l]), bias: biasGradient(δ))
      if l == 0 { break }
      δ = hiddenDelta(δ, W, activation.slope(at: pass.z[l - 1]))
    }
    return (gradient, pulledBack(δ, layers[0].weight))
  }
}

/// δ⁽ᴸ⁾ = ∂L/∂h⁽ᴸ⁾ ⊙ σ′(z⁽ᴸ⁾), for an output activation that works element by element. § 2.2.1
///
/// Wrong for the softmax, whose outputs depend on all of z: there δ⁽ᴸ⁾ is `softmaxCrossEntropyDelta`.
public func outputDelta(_ lossGradient: Tensor, _ slope: Tensor) -> Tensor { lossGradient * slope }

/// δ⁽ᴸ⁾ = (p − y) / N of the cross-entropy of a softmax, p = softmax(z⁽ᴸ⁾), for the labels of N rows. § 2.2.1
public func softmaxCrossEntropyDelta(_ z: Tensor, labels: [Int]) -> Tensor {
  require(
    z.rank == 2 && z.shape[0] == labels.count,
    "cannot compare logits \(z.shape) with \(labels.count) labels: one row per label is needed")
  let y = Tensor.oneHot(labels, classes: z.shape[1], scalarType: z.scalarType)
  return (softmax(z) - y) / Double(labels.count)
}

/// δ⁽ˡ⁾ = (W⁽ˡ⁺¹⁾ᵀ δ⁽ˡ⁺¹⁾) ⊙ σ′(z⁽ˡ⁾), from δ⁽ˡ⁺¹⁾, W⁽ˡ⁺¹⁾ and σ′(z⁽ˡ⁾). § 2.2.1, § 2.10.3
public func hiddenDelta(_ nextδ: Tensor, _ nextW: Tensor, _ slope: Tensor) -> Tensor {
  pulledBack(nextδ, nextW) * slope
}

/// Wᵀ δ for one example [n_ℓ], δ W for examples as rows [N×n_ℓ].
private func pulledBack(_ δ: Tensor, _ W: Tensor) -> Tensor {
  δ.rank == 1 ? matmul(W.transposed, δ) : matmul(δ, W)
}

/// ∂L/∂W⁽ˡ⁾ = δ⁽ˡ⁾ h⁽ˡ⁻¹⁾ᵀ, summed over the rows of a batch: δᵀ h. § 2.2.1, § 2.10.4
public func weightGradient(_ δ: Tensor, _ h: Tensor) -> Tensor {
  δ.rank == 1 ? δ.expanded(axis: 1) * h : matmul(δ.transposed, h)  // [n_ℓ×n_ℓ₋₁]
}

/// ∂L/∂b⁽ˡ⁾ = δ⁽ˡ⁾, summed over the rows of a batch. § 2.2.1
public func biasGradient(_ δ: Tensor) -> Tensor { δ.rank == 1 ? δ : δ.sum(axes: [0]) }

/// A loss of the output of a network, with its δ⁽ᴸ⁾ in closed form. § 2.2.1
public enum OutputLoss: Sendable {
  /// The mean over the rows of ‖y − ŷ‖², after any elementwise activation.
  case meanSquaredError(targets: Tensor)
  /// The mean cross-entropy of softmax(z⁽ᴸ⁾), for a network whose output activation is the identity.
  case crossEntropy(labels: [Int])

  /// The loss of a network's outputs.
  public func callAsFunction(_ output: Tensor) -> Tensor {
    switch self {
    case .meanSquaredError(let y): Foundations.meanSquaredError(output, y)
    case .crossEntropy(let labels): Foundations.crossEntropy(logits: output, labels: labels)
    }
  }

  /// δ⁽ᴸ⁾ = ∂L/∂z⁽ᴸ⁾ for a last layer with this activation. [N×n_L]
  public func delta(_ z: Tensor, _ output: Tensor, _ activation: Activation) -> Tensor {
    switch self {
    case .meanSquaredError(let y):
      return outputDelta(2 * (output - y) / Double(y.shape[0]), activation.slope(at: z))
    case .crossEntropy(let labels):
      require(
        activation == .identity,
        "cannot take the cross-entropy of logits after \(activation): the output activation must be the identity")
      return softmaxCrossEntropyDelta(z, labels: labels)
    }
  }
}

/// The loss of a batch and its gradient with respect to every weight and bias, by the δ recursion, without automatic
/// differentiation. § 2.2.1
public func lossWithBackpropagation(_ network: MLP, at x: Tensor, _ loss: OutputLoss) -> (loss: Tensor, gradient: MLP) {
  let pass = ForwardPass(network, at: x)
  let δ = loss.delta(pass.z[pass.z.count - 1], pass.output, network.outputActivation)
  return (loss(pass.output), network.backpropagate(δ, through: pass).gradient)
}
