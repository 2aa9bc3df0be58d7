// § 2.6  Vanishing and exploding gradients

import Foundations
import Messages
import Tensors

/// The Jacobian of a layer h ↦ σ(W h) at its pre-activation z = W h: ∂σ(W h)/∂h = diag(σ′(z)) W. § 2.6.1 [n_ℓ × n_ℓ₋₁]
public func layerJacobian(_ W: Tensor, at z: Tensor, _ σ: Activation) -> Tensor {
  σ.derivative(at: z).expanded(axis: 1) * W
}

/// The largest singular value of a matrix: ‖A‖ = max ‖A x‖ / ‖x‖.
public func spectralNorm(_ A: Tensor) -> Double { LinearAlgebra.singularValues(A).max().item }

/// A chain of layers h⁽ᵏ⁾ = σ(W⁽ᵏ⁾ h⁽ᵏ⁻¹⁾) of one width, and the gradient that goes back through it. § 2.6.1, § 2.6.2
public struct LayerChain: Sendable {
  /// The weights W⁽¹⁾, …, W⁽ᴸ⁾. [n×n] each
  public let weights: [Tensor]
  /// The activation σ of every layer.
  public let activation: Activation

  /// A chain of these layers.
  public init(weights: [Tensor], activation: Activation) {
    (self.weights, self.activation) = (weights, activation)
  }

  /// A chain with W⁽ᵏ⁾ = g Q⁽ᵏ⁾ for random orthogonal Q⁽ᵏ⁾, whose singular values are all equal to g. In double
  /// precision.
  public init(depth: Int, width: Int, gain g: Double, activation: Activation, random: RandomSource) {
    weights = (0..<depth).map { _ in
      g * LinearAlgebra.qr(random.normal([width, width], scalarType: .double)).q
    }
    self.activation = activation
  }

  /// The pre-activations z⁽¹⁾, …, z⁽ᴸ⁾ of one input. [n] each
  public func preactivations(of x: Tensor) -> [Tensor] {
    var h = x
    return weights.map { W in
      let z = matmul(W, h)
      h = activation(z)
      return z
    }
  }

  /// The layers' Jacobians diag(σ′(z⁽ᵏ⁾)) W⁽ᵏ⁾ for one input, first layer first. § 2.6.1
  public func jacobians(at x: Tensor) -> [Tensor] {
    zip(weights, preactivations(of: x)).map { W, z in layerJacobian(W, at: z, activation) }
  }

  /// The factor of the gradient at layer ℓ: ∂h⁽ᴸ⁾/∂h⁽ˡ⁾ = ∏ₖ diag(σ′(z⁽ᵏ⁾)) W⁽ᵏ⁾ for k = L, …, ℓ + 1, the last layer
  /// leftmost. § 2.6.1
  public func jacobian(from ℓ: Int = 0, at x: Tensor) -> Tensor {
    let factors = jacobians(at: x)
    require(
      ℓ >= 0 && ℓ < factors.count, "cannot go back to layer \(ℓ) of \(factors.count): a layer before the last is needed"
    )
    return factors[ℓ...].reversed().dropFirst().reduce(factors[factors.count - 1]) { matmul($0, $1) }
  }

  /// The norms ‖∂h⁽ᴸ⁾/∂h⁽ˡ⁾‖ for ℓ = 0, …, L − 1, with their upper and lower bounds.
  ///
  /// From ‖A B‖ ≤ ‖A‖ ‖B‖ follows ∏ s_min ≤ ‖∂h⁽ᴸ⁾/∂h⁽ˡ⁾‖ ≤ ∏ max|σ′| ‖W⁽ᵏ⁾‖, where s_min is the smallest singular
  /// value of diag(σ′(z⁽ᵏ⁾)) W⁽ᵏ⁾. So a gradient *must* vanish if max|σ′| ‖W‖ < 1 in every layer, and must explode if
  /// s_min > 1; in between it may do either. The notes take max|σ′| ≤ 1/4 as sufficient for the first, and
  /// max|σ′| ‖W‖ > 1 for the second. § 2.6.1, § 2.6.2
  public func norms(at x: Tensor) -> GradientNorms {
    let (factors, slope) = (jacobians(at: x), activation.steepestSlope)
    var (product, upper, lower) = (Tensor.identity(x.count, scalarType: x.scalarType), 1.0, 1.0)
    var norms = GradientNorms()
    for (W, J) in zip(weights, factors).reversed() {
      product = matmul(product, J)
      upper *= slope * spectralNorm(W)
      lower *= LinearAlgebra.singularValues(J).min().item
      norms.norm.insert(spectralNorm(product), at: 0)
      norms.atMost.insert(upper, at: 0)
      norms.atLeast.insert(lower, at: 0)
    }
    return norms
  }
}

/// The norms of a chain's Jacobians, and their bounds.
public struct GradientNorms: Sendable {
  /// ‖∂h⁽ᴸ⁾/∂h⁽ˡ⁾‖ for ℓ = 0, …, L − 1.
  public var norm: [Double] = []
  /// The product of max|σ′| ‖W⁽ᵏ⁾‖ over the layers above ℓ.
  public var atMost: [Double] = []
  /// The product of the smallest singular values of the Jacobians of the layers above ℓ.
  public var atLeast: [Double] = []
}

extension Activation {
  /// The largest |σ′(z)| over all z: 1/4 for the sigmoid, 1 for tanh and ReLU. § 2.6.1
  public var steepestSlope: Double {
    switch self {
    case .step: 0
    case .sigmoid: 0.25
    case .identity, .tanh, .relu: 1
    case .leakyReLU(let slope): max(1, abs(slope))
    case .gelu: 1.1289042728587168  // at z = √2
    case .geluByTanh: 1.128993
    case .silu: 1.0998393201288668  // at z = 2.3993572805…
    case .square: .infinity
    }
  }
}
