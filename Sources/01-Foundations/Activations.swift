// § 1.1.2  Activation functions

import Tensors

/// The logistic sigmoid σ(z) = 1 / (1 + e⁻ᶻ), with values in (0, 1). § 1.1.2
///
/// Stable for every z: it is computed from whichever of eᶻ and e⁻ᶻ is small.
public func sigmoid(_ z: Tensor) -> Tensor { z.sigmoid() }

/// The hyperbolic tangent tanh z = (eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ) = 2 σ(2z) − 1, with values in (−1, 1). § 1.1.2
public func tanh(_ z: Tensor) -> Tensor { z.tanh() }

/// The rectified linear unit ReLU(z) = max(0, z), with values in [0, ∞). § 1.1.2
public func relu(_ z: Tensor) -> Tensor { maximum(0, z) }

/// The leaky rectified linear unit max(α z, z), with values in ℝ, for a slope 0 < α < 1 of about 0.01. § 1.1.2
public func leakyReLU(_ z: Tensor, slope α: Double = 0.01) -> Tensor { maximum(α * z, z) }

/// The Gaussian error linear unit GELU(z) = z · Φ(z), with values in [−0.17, ∞). § 1.1.2
///
/// Φ is the distribution function of the standard normal. Hendrycks and Gimpel (2016).
public func gelu(_ z: Tensor) -> Tensor { z * normalDistribution(z) }

/// The standard normal distribution function Φ(z) = (1 + erf(z / √2)) / 2.
public func normalDistribution(_ z: Tensor) -> Tensor { 0.5 * (1 + (z / 2.0.squareRoot()).erf()) }

/// GELU by its older tanh form: z/2 · (1 + tanh(√(2/π) (z + 0.044715 z³))), within 0.0005 of z · Φ(z). § 1.1.2
public func geluByTanh(_ z: Tensor) -> Tensor {
  0.5 * z * (1 + ((2 / Double.pi).squareRoot() * (z + 0.044715 * z.power(3))).tanh())
}

/// The softmax of each row: softmax(z)ᵢ = e^(zᵢ) / Σⱼ e^(zⱼ), positive numbers that sum to 1. § 1.1.2
///
/// Adding a constant to a row changes nothing, so the largest element is subtracted first and nothing overflows. [N×K]
public func softmax(_ z: Tensor, axis: Int = -1) -> Tensor { logSoftmax(z, axis: axis).exp() }

/// The logarithm of the softmax: zᵢ − ln Σⱼ e^(zⱼ), finite for every finite z. § 1.1.2
///
/// The largest element is subtracted from both terms: in `Float`, the difference of two numbers near 1000 has only four
/// digits.
public func logSoftmax(_ z: Tensor, axis: Int = -1) -> Tensor {
  let z = z - z.max(axes: [axis], keepsAxes: true).stopGradient
  return z - z.logSumExp(axes: [axis], keepsAxes: true)
}

/// `Activation` is an activation function as a value, so that it can be passed to a network. § 1.1.2
extension Activation {
  /// The function, applied to every element. The ReLUs run in one pass; a test compares them with the formulas above.
  public func callAsFunction(_ z: Tensor) -> Tensor {
    switch self {
    case .identity: z
    case .step: z .> 0
    case .silu: z.activated(by: .silu)
    case .sigmoid: Foundations.sigmoid(z)
    case .tanh: Foundations.tanh(z)
    case .relu: z.activated(by: .relu)
    case .leakyReLU(let slope): z.activated(by: .leakyReLU(slope: slope))
    case .gelu: Foundations.gelu(z)
    case .geluByTanh: Foundations.geluByTanh(z)
    case .square: z.squared()
    }
  }

  /// The derivative σ′(z) of the function at every element.
  public func derivative(at z: Tensor) -> Tensor { gradient(at: z) { self($0).sum() } }

  /// The range of the function; open ends are limits. The softmax is not elementwise: its range is the open simplex.
  /// § 1.1.2
  public var range: ClosedRange<Double> {
    switch self {
    case .identity, .leakyReLU: -.infinity ... .infinity
    case .step, .sigmoid: 0...1
    case .tanh: -1...1
    case .relu, .square: 0 ... .infinity
    case .gelu: -0.16997120747990369 ... .infinity  // at z = −0.75179…; the notes print ℝ
    case .geluByTanh: -0.17004075 ... .infinity
    case .silu: -0.2784645427610738 ... .infinity  // at z = −1.2784…
    }
  }
}
