// § 3.3  The elastic net: both penalties together (Exercise 3.2)

import Messages
import Tensors

/// The elastic net: L̃(θ) = L(θ) + λ Ω(θ) with Ω(θ) = α ‖θ‖₁ + (1 − α)/2 ‖θ‖₂², between the ridge (α = 0) and the lasso
/// (α = 1). § 3.3
///
/// Zou and Hastie (2005), in the form of Exercise 3.2.
public struct ElasticNet: Sendable {
  /// The strength λ of the penalty.
  public let strength: Double
  /// The weight α of the L1 norm.
  public let mix: Double

  /// The penalty of this strength and mix.
  public init(strength: Double, mix: Double) {
    require(
      strength >= 0 && 0...1 ~= mix,
      "cannot mix an elastic net of λ = \(strength) and α = \(mix): λ ≥ 0 and 0 ≤ α ≤ 1 are needed")
    (self.strength, self.mix) = (strength, mix)
  }

  /// λ Ω(θ) = λα ‖θ‖₁ + λ(1 − α)/2 ‖θ‖₂².
  public func callAsFunction(_ θ: Tensor) -> Tensor {
    l1Penalty(θ, strength: strength * mix) + l2Penalty(θ, strength: strength * (1 - mix))
  }

  /// The proximal map of ηλΩ: soft threshold, then shrinkage, S(z, ηλα) / (1 + ηλ(1 − α)).
  public func proximalMap(_ z: Tensor, stepSize η: Double) -> Tensor {
    let (λ, α) = (strength, mix)
    return softThreshold(z, η * λ * α) / (1 + η * λ * (1 - α))
  }

  /// One step of proximal gradient descent: θ ← prox(θ − η ∇L(θ)).
  public func step(_ θ: Tensor, gradient: Tensor, stepSize η: Double) -> Tensor {
    proximalMap(θ - η * gradient, stepSize: η)
  }

  /// One step with the L2 part in the gradient and only the L1 part in the proximal map; its fixed point is the same.
  /// Exercise 3.2.1
  public func splitStep(_ θ: Tensor, gradient: Tensor, stepSize η: Double) -> Tensor {
    let (λ, α) = (strength, mix)
    return softThreshold((1 - η * λ * (1 - α)) * θ - η * gradient, η * λ * α)
  }

  /// The gradient with that of the penalty added by hand: ∇L + λα sign(θ) + λ(1 − α) θ. Any optimizer can follow it,
  /// but no parameter becomes exactly 0. Exercise 3.2.2
  public func editedGradient<P: Parameterized>(_ gradient: P, at θ: P) -> P {
    let (λ, α) = (strength, mix)
    return gradient.zipParameters(θ) { g, θ in g + l1Subgradient(θ, strength: λ * α) + λ * (1 - α) * θ }
  }

  /// The largest distance of 0 from the subgradients of L + λΩ: it is 0 exactly at the minimum (Karush–Kuhn–Tucker
  /// conditions).
  public func optimalityGap(_ θ: Tensor, gradient: Tensor) -> Double {
    let (λ, α) = (strength, mix)
    return l1OptimalityGap(θ, gradient: gradient + λ * (1 - α) * θ, strength: λ * α).max().item
  }
}

// MARK: - The minimum of the penalised loss

extension ElasticNet {
  /// The minimum of ½ θᵀHθ − cᵀθ + λΩ(θ), by proximal gradient descent with momentum and a step size just below
  /// 1 / λ_max(H). [p×p], [p] → [p]
  ///
  /// FISTA by Beck and Teboulle (2009); the momentum restarts whenever it leads uphill (O'Donoghue and Candès 2015).
  /// Ends when the optimality gap is below `tolerance`.
  public func minimum(
    hessian H: Tensor, linear c: Tensor, from start: Tensor? = nil, tolerance: Double = 1e-9, maximalSteps: Int = 20_000
  ) -> Tensor {
    let η = 0.99 / max(largestSingularValue(H), 1e-300)  // the computed norm is a lower bound
    var (θ, t) = (start ?? Tensor.zeros(c.shape, scalarType: c.scalarType), 1.0)
    var leap = θ
    for step in 0..<maximalSteps {
      let next = self.step(leap, gradient: matmul(H, leap) - c, stepSize: η)
      let isUphill = ((leap - next) * (next - θ)).sum().item > 0
      let following = isUphill ? 1 : (1 + (1 + 4 * t * t).squareRoot()) / 2
      leap = isUphill ? next : next + (t - 1) / following * (next - θ)
      (θ, t) = (next, following)
      if step % 10 == 0, optimalityGap(θ, gradient: matmul(H, θ) - c) < tolerance { break }
    }
    return θ
  }

  /// The weights that minimise 1/2N ‖X w − y‖² + λ Ω(w), for examples stored as rows. [N×p], [N] → [p]
  public func regression(_ X: Tensor, _ y: Tensor, from start: Tensor? = nil) -> Tensor {
    require(
      X.rank == 2 && y.shape == [X.shape[0]],
      "cannot fit \(y.shape) targets to examples \(X.shape): one target per row is needed")
    let N = Double(X.shape[0])
    return minimum(hessian: matmul(X.transposed, X) / N, linear: matmul(X.transposed, y) / N, from: start)
  }
}
