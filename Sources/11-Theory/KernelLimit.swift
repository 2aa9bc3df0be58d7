// § 11.5.1  The limit of the tangent kernel for infinite width

import Foundations
import Messages
import Tensors

/// An activation whose Gaussian expectations have closed forms. Theorem 11.13
public enum KernelActivation: String, CaseIterable, Sendable {
  /// ReLU, which has no derivative at 0. Cho and Saul (2009)
  case relu = "ReLU"
  /// erf, a smooth activation that looks like tanh. Williams (1997)
  case erf

  /// σ(z), for every element.
  public func callAsFunction(_ z: Tensor) -> Tensor {
    switch self {
    case .relu: z.activated(by: .relu)
    case .erf: z.erf()
    }
  }

  /// σ′(z), for every element; 0 at the kink of ReLU.
  public func derivative(at z: Tensor) -> Tensor {
    switch self {
    case .relu: z .> 0
    case .erf: (-z.squared()).exp() * (2 / Double.pi.squareRoot())
    }
  }

  /// E[σ(u) σ(v)] and E[σ′(u) σ′(v)] for normal u and v with mean 0. Theorem 11.13
  ///
  /// uv: the covariances of all pairs [N×M]; uu and vv: the variances [N×1] and [1×M].
  func expectations(uv: Tensor, uu: Tensor, vv: Tensor) -> (product: Tensor, slopes: Tensor) {
    switch self {
    case .relu:
      let root = (uu * vv).squareRoot()
      let cosine = (uv / root).clamped(to: -1...1)
      let θ = angle(cosine: cosine)
      let sine = (1 - cosine.squared()).squareRoot()
      return (root * (sine + (Double.pi - θ) * cosine) / (2 * Double.pi), (Double.pi - θ) / (2 * Double.pi))
    case .erf:
      let (a, b) = (1 + 2 * uu, 1 + 2 * vv)
      let sine = (2 * uv / (a * b).squareRoot()).clamped(to: -1...1)
      let product = (2 / Double.pi) * (Double.pi / 2 - angle(cosine: sine))
      return (product, (4 / Double.pi) / (a * b - 4 * uv.squared()).squareRoot())
    }
  }
}

/// The angles in [0, π] with these cosines, by Newton's method for cos θ = c.
func angle(cosine c: Tensor) -> Tensor {
  let isSharp = c .>= 0  // near 1 arccos c ≈ √(2(1 − c)), and near −1 its mirror image
  var θ = select(isSharp, (2 * (1 - c)).squareRoot(), Double.pi - (2 * (1 + c)).squareRoot())
  for _ in 0..<7 {
    let sine = θ.sin()
    θ += select(sine .> 0, (θ.cos() - c) / maximum(1e-300, sine), 0 * c)
  }
  return θ
}

/// The kernels of a network in NTK parametrization in the limit of infinite width. Theorem 11.13
///
/// Both follow layer by layer from Gaussian expectations over u = f⁽ˡ⁾(x) and v = f⁽ˡ⁾(x′), which are normal with the
/// covariance Σ⁽ˡ⁾: Σ⁽¹⁾ = x·x′/n₀ + β², Σ⁽ˡ⁺¹⁾ = E[σ(u) σ(v)] + β², Θ⁽¹⁾ = Σ⁽¹⁾ and
/// Θ⁽ˡ⁺¹⁾ = Σ⁽ˡ⁺¹⁾ + Θ⁽ˡ⁾ E[σ′(u) σ′(v)]. Jacot, Gabriel and Hongler (2018)
public struct KernelLimit: Sendable {
  /// The number L of layers: one more than the hidden layers.
  public let layers: Int
  /// The activation of the hidden layers.
  public let activation: KernelActivation
  /// The factor β of the biases.
  public let biasFactor: Double

  /// The limit for networks of L layers.
  public init(layers: Int, activation: KernelActivation, biasFactor β: Double = 0) {
    require(layers >= 2, "cannot take the limit of a network of \(layers) layers: it needs a hidden one")
    (self.layers, self.activation, biasFactor) = (layers, activation, β)
  }

  /// Θ*(x, x′), the limit of the tangent kernel, for all pairs. x: [N×n₀], x₂ = x′: [M×n₀], by default x → [N×M]
  public func tangentKernel(_ x: Tensor, _ x₂: Tensor? = nil) -> Tensor { kernels(x, x₂ ?? x).tangent }

  /// Σ⁽ᴸ⁾(x, x′), the covariance of the outputs at initialization, for all pairs.
  public func covariance(_ x: Tensor, _ x₂: Tensor? = nil) -> Tensor { kernels(x, x₂ ?? x).covariance }

  private func kernels(_ x: Tensor, _ x₂: Tensor) -> (tangent: Tensor, covariance: Tensor) {
    let (β², n₀) = (biasFactor * biasFactor, Double(x.shape[1]))
    var uv = matmul(x, x₂.transposed) / n₀ + β²
    var uu = x.squared().sum(axes: [1], keepsAxes: true) / n₀ + β²
    var vv = x₂.squared().sum(axes: [1]).expanded(axis: 0) / n₀ + β²
    var Θ = uv
    for _ in 1..<layers {
      let pair = activation.expectations(uv: uv, uu: uu, vv: vv)
      uv = pair.product + β²
      Θ = uv + Θ * pair.slopes
      uu = activation.expectations(uv: uu, uu: uu, vv: uu).product + β²
      vv = activation.expectations(uv: vv, uu: vv, vv: vv).product + β²
    }
    return (Θ, uv)
  }
}
