// § 2.2.1  The derivatives σ′ that the backward pass multiplies by

import Foundations
import Tensors

extension Activation {
  /// The derivative σ′(z) in closed form, element by element, without automatic differentiation. § 2.2.1
  ///
  /// At the kink of ReLU and Leaky ReLU it is the slope on the left, as in the listings: h = max(0, z) and
  /// σ′ = [z > 0].
  public func slope(at z: Tensor) -> Tensor {
    switch self {
    case .identity: Tensor.ones(z.shape, scalarType: z.scalarType)
    case .step: Tensor.zeros(z.shape, scalarType: z.scalarType)
    case .sigmoid: sigmoidSlope(z.sigmoid())
    case .tanh: 1 - z.tanh().squared()
    case .relu: z .> 0
    case .leakyReLU(let α): α + (1 - α) * (z .> 0)
    case .gelu: normalDistribution(z) + z * normalDensity(z)
    case .geluByTanh: geluByTanhSlope(z)
    case .silu: z.sigmoid() * (1 + z * (-z).sigmoid())
    case .square: 2 * z
    }
  }
}

/// σ′ = σ (1 − σ), from the value σ.
private func sigmoidSlope(_ σ: Tensor) -> Tensor { σ * (1 - σ) }

/// The standard normal density φ(z) = e^(−z²/2) / √(2π), the derivative of Φ.
private func normalDensity(_ z: Tensor) -> Tensor { (-z.squared() / 2).exp() / (2 * Double.pi).squareRoot() }

/// The derivative of z/2 · (1 + tanh u), u = √(2/π) (z + 0.044715 z³).
private func geluByTanhSlope(_ z: Tensor) -> Tensor {
  let c = (2 / Double.pi).squareRoot()
  let t = (c * (z + 0.044715 * z.power(3))).tanh()
  return 0.5 * (1 + t) + 0.5 * z * (1 - t * t) * c * (1 + 3 * 0.044715 * z.squared())
}
