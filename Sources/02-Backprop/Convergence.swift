// Guarantees for gradient descent: convexity, the descent lemma, and convergence to a stationary point

import Foundations
import Messages
import Tensors

/// How far a loss is below its chord at the midpoint: (L(a) + L(b)) / 2 − L((a + b) / 2).
///
/// Never negative if L is convex; a negative value proves that it is not. Groudiev, *Deep Learning*, class notes,
/// 3.3.3.
public func midpointGap<P: Parameterized>(_ L: (P) -> Tensor, _ a: P, _ b: P) -> Double {
  let middle = a.zipParameters(b) { a, b in (a + b) / 2 }
  return ((L(a) + L(b)) / 2 - L(middle)).item
}

/// The guaranteed decrease of a β-smooth loss in one step of length 1/β: L(θ) − L(θ − ∇L(θ)/β) ≥ ‖∇L(θ)‖² / 2β, the
/// descent lemma.
///
/// β is a Lipschitz constant of the gradient: ‖∇L(θ) − ∇L(θ′)‖ ≤ β ‖θ − θ′‖. Sun, *A primer on fundamentals of deep
/// learning*, promises bounds of this kind.
public func guaranteedDecrease<P: Parameterized>(at θ: P, smoothness β: Double, of L: (P) -> Tensor) -> Double {
  let norm = gradient(at: θ, of: L).totalNorm
  return norm * norm / (2 * β)
}

/// Gradient descent that finds its own learning rate: η shrinks from a first guess until
/// L(θ − η ∇L) ≤ L(θ) − c η ‖∇L‖².
///
/// It needs no constant of the loss. On a β-smooth loss the search ends with η ≥ min(η₀, 2 (1 − c) τ / β), so every
/// step gains at least c η ‖∇L‖² with that η. Armijo (1966).
public struct BacktrackingLineSearch: Sendable {
  /// The learning rate η₀ that is tried first, the factor τ by which it shrinks, and the share c of the promised
  /// decrease that is enough.
  public let firstRate, shrinkage, sufficiency: Double

  /// A search with these constants.
  public init(firstRate: Double = 1, shrinkage: Double = 0.5, sufficiency: Double = 0.5) {
    require(
      firstRate > 0 && shrinkage > 0 && shrinkage < 1 && sufficiency > 0 && sufficiency < 1,
      "cannot search for a step from η₀ = \(firstRate) with τ = \(shrinkage), c = \(sufficiency): "
        + "η₀ > 0, 0 < τ < 1, 0 < c < 1 are needed"
    )
    (self.firstRate, self.shrinkage, self.sufficiency) = (firstRate, shrinkage, sufficiency)
  }

  /// The parameters after one step, and the learning rate found, or 0 if no step gains enough.
  public func step<P: Parameterized>(from θ: P, of L: (P) -> Tensor) -> (parameters: P, learningRate: Double) {
    let (value, g) = valueWithGradient(at: θ, of: L)
    let promise = sufficiency * g.totalNorm * g.totalNorm
    var η = firstRate
    while η > firstRate * 1e-16 {
      let candidate = θ.zipParameters(g) { θ, g in θ - η * g }
      if L(candidate).item <= value.item - η * promise { return (candidate, η) }
      η *= shrinkage
    }
    return (θ, 0)
  }
}

/// The convergence of stochastic gradient descent to a stationary point of a smooth loss, convex or not.
///
/// For a β-smooth loss that starts Δ = L(θ₀) − L(θ*) above its infimum, and unbiased gradients with variance at most
/// σ²: with η = min(1/β, √(2Δ / Tβσ²)), E min_{t≤T} ‖∇L(θₜ)‖² ≤ 4βΔ/T + √(8βΔσ²/T). Groudiev, *Deep Learning*, class
/// notes, 3.4; Ghadimi and Lan (2013).
public struct StationaryPointGuarantee: Sendable {
  /// The Lipschitz constant β of the gradient, the gap Δ, and the variance σ² of the noise, summed over the components.
  public let smoothness, gap, noise: Double

  /// The guarantee for these constants.
  public init(smoothness β: Double, gap Δ: Double, noise V: Double) {
    require(β > 0 && Δ >= 0 && V >= 0, "cannot promise convergence for β = \(β), Δ = \(Δ), σ² = \(V)")
    (smoothness, gap, noise) = (β, Δ, V)
  }

  /// The learning rate for T steps: η = min(1/β, √(2Δ / Tβσ²)).
  public func learningRate(steps T: Int) -> Double {
    noise == 0 ? 1 / smoothness : min(1 / smoothness, (2 * gap / (Double(T) * smoothness * noise)).squareRoot())
  }

  /// The bound on E min ‖∇L‖² after T steps: 4βΔ/T + √(8βΔσ²/T).
  public func bound(steps T: Int) -> Double {
    4 * smoothness * gap / Double(T) + (8 * smoothness * gap * noise / Double(T)).squareRoot()
  }

  /// The bound on the mean of ‖∇L‖² over T steps with any η ≤ 1/β: 2Δ/(ηT) + ηβσ².
  ///
  /// The second term does not fall with T: with a fixed η, the norm of the gradient ends at about σ √(ηβ) at most.
  public func bound(steps T: Int, learningRate η: Double) -> Double {
    2 * gap / (η * Double(T)) + η * smoothness * noise
  }
}
