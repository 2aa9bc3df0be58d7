// § 2.6.3  Remedies for vanishing gradients

import Foundations
import Tensors

/// The gradient of a ReLU network without biases along its active paths: W⁽ᴸ⁾ D⁽ᴸ⁻¹⁾ W⁽ᴸ⁻¹⁾ ⋯ D⁽¹⁾ W⁽¹⁾, with
/// D⁽ˡ⁾ = diag(z⁽ˡ⁾ > 0). § 2.6.3
///
/// Only the weights are factors: σ′(z) = 1 where z > 0. Written out, ∂yⱼ/∂xᵢ is the sum, over all paths from i to j
/// whose neurons are all active, of the product of the weights on the path. [n_L × n₀]
public func activePathJacobian(_ weights: [Tensor], at x: Tensor) -> Tensor {
  var (h, J) = (x, Tensor.identity(x.count, scalarType: x.scalarType))
  for (l, W) in weights.enumerated() {
    let z = matmul(W, h)
    let D = l < weights.count - 1 ? z .> 0 : Tensor.ones(z.shape, scalarType: z.scalarType)
    (h, J) = (relu(z), D.expanded(axis: 1) * matmul(W, J))
  }
  return J
}

/// A layer with a path around it: h⁽ˡ⁾ = F(h⁽ˡ⁻¹⁾) + h⁽ˡ⁻¹⁾. § 2.6.3
///
/// Its Jacobian is I + J_F: whatever F is, the gradient has a path back without any factor. He, Zhang, Ren and Sun
/// (2016).
public func residual(_ h: Tensor, _ F: (Tensor) -> Tensor) -> Tensor { F(h) + h }

/// The rescaling between a layer's affine map and its activation. § 2.6.3
public enum Rescaling: Hashable, Sendable {
  /// No rescaling.
  case none
  /// Each neuron is brought to mean 0 and variance 1 over the examples of the batch, as batch normalization does.
  case perNeuron
  /// Each example is brought to mean 0 and variance 1 over the neurons, as layer normalization does.
  case perExample

  /// The rescaled pre-activations. [N×n]
  public func callAsFunction(_ z: Tensor) -> Tensor {
    let (one, zero) = (
      Tensor.ones([z.shape[1]], scalarType: z.scalarType), Tensor.zeros([z.shape[1]], scalarType: z.scalarType)
    )
    switch self {
    case .none: return z
    case .perNeuron: return batchNormalized(z, scale: one, shift: zero).value
    case .perExample: return layerNormalized(z, scale: one, shift: zero)
    }
  }
}

/// A deep network of layers of one width, with the remedies of § 2.6.3 as options, to measure how much gradient reaches
/// its first layer.
public struct DeepNetwork: Module {
  /// The layers.
  public var layers: [Linear]
  /// The activation σ.
  public let activation: Activation
  /// The rescaling before the activation.
  public let rescaling: Rescaling
  /// Whether every layer has a path around it.
  public let isResidual: Bool

  /// A network of `depth` layers, its weights drawn by `initialization`, § 1.5.
  public init(
    depth: Int, width: Int, activation: Activation, initialization: Initialization, rescaling: Rescaling = .none,
    isResidual: Bool = false, random: RandomSource
  ) {
    layers = (0..<depth).map { _ in Linear(width, width, initialization: initialization, random: random) }
    (self.activation, self.rescaling, self.isResidual) = (activation, rescaling, isResidual)
  }

  /// The layers.
  public static var parameters: [PartialKeyPath<DeepNetwork>] { [\.layers] }

  /// h⁽ˡ⁾ = σ(W⁽ˡ⁾ h⁽ˡ⁻¹⁾ + b⁽ˡ⁾), rescaled and with the path around it if requested. [N×n] → [N×n]
  public func callAsFunction(_ x: Tensor) -> Tensor { layers.reduce(x) { h, A in apply(A, to: h) } }

  /// ‖∂L/∂h⁽ˡ⁾‖ for ℓ = 0, …, L − 1, with L = Σ h⁽ᴸ⁾ ⊙ v for one random v: the gradient that is left at the input of
  /// each layer. § 2.6.3
  public func gradientNorms(at x: Tensor, random: RandomSource) -> [Double] {
    let v = random.normal(x.shape, scalarType: x.scalarType)
    let nudges = layers.map { _ in Tensor.zeros(x.shape, scalarType: x.scalarType) }
    // A 0 added to h⁽ˡ⁾ has the gradient of h⁽ˡ⁾.
    let g = gradient(at: nudges) { nudges in
      (zip(layers, nudges).reduce(x) { h, layer in apply(layer.0, to: h + layer.1) } * v).sum()
    }
    return g.map { $0.norm().item }
  }

  private func apply(_ A: Linear, to h: Tensor) -> Tensor {
    let F = { (h: Tensor) in activation(rescaling(A(h))) }
    return isResidual ? residual(h, F) : F(h)
  }
}
