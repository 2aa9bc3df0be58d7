// § 11.8  Sharpness-aware minimization

import Backprop
import Messages
import Tensors
import Training

/// The step to the worst point of a ball, to first order: ε̂ = ρ ∇L / ‖∇L‖. (11.14)
///
/// The norm is taken over all parameters together. At a critical point, where ∇L = 0, the step is 0.
public func worstStep<M: Parameterized>(along gradient: M, radius ρ: Double) -> M {
  require(ρ >= 0, "cannot look for the worst point in a radius of \(ρ): it must not be negative")
  let norm = gradient.totalNorm
  return gradient.mapParameters { norm > 0 ? (ρ / norm) * $0 : $0 }
}

/// The loss L(θ) and the gradient of sharpness-aware minimization, ∇L(θ + ε̂): two gradient passes. (11.14), Definition
/// 11.20
///
/// Running statistics come from the pass at θ, so that a batch counts once. Foret, Kleiner, Mobahi and Neyshabur
/// (2021).
public func sharpnessAwareGradient<M: Parameterized>(
  at θ: M, radius ρ: Double, of loss: (M) -> Tensor
) -> (value: Tensor, gradient: M) {
  let (value, first) = valueWithGradient(at: θ, of: loss)
  var second = gradient(at: θ.zipParameters(worstStep(along: first, radius: ρ), +), of: loss)
  second.adoptStatistics(of: first)
  return (value, second)
}

extension TrainingStep {
  /// A step of sharpness-aware minimization with any optimizer: θ ← θ − η ∇L(θ + ε̂) for gradient descent. (11.14),
  /// Exercise 11.6.1
  @discardableResult
  public func descendSharpnessAware<M: Parameterized, O: Optimizer>(
    _ model: inout M, with optimizer: inout O, radius ρ: Double, _ loss: (M) -> Tensor
  ) throws(Breakdown) -> Double {
    let (value, gradient) = sharpnessAwareGradient(at: model, radius: ρ, of: loss)
    try descend(&model, with: &optimizer, along: gradient, loss: value.item)
    return value.item
  }
}

extension QuadraticBowl {
  /// The inner maximum of (11.13) and a point where it is attained: max L(θ + ε) over ‖ε‖ ≤ ρ.
  ///
  /// L is convex, so ‖ε‖ = ρ at the maximum, where ∇L(θ + ε) = μ ε with a multiplier μ ≥ λ_max. In the basis of
  /// eigenvectors εᵢ = gᵢ/(μ − λᵢ), and μ solves ‖ε‖ = ρ: bisection. The gradient g at θ must not be orthogonal to
  /// the steepest direction.
  public func worst(near θ: Tensor, radius ρ: Double) -> (loss: Double, step: Tensor) {
    let g = matmul(directions.transposed, gradient(at: θ) { self($0) })
    let λ = Tensor(curvatures, scalarType: g.scalarType)
    let largest = curvatures.max() ?? 0
    func step(_ μ: Double) -> Tensor { g / (μ - λ) }
    var (low, high) = (largest, largest + g.norm().item / ρ)
    for _ in 0..<200 {
      let middle = (low + high) / 2
      if step(middle).norm().item > ρ { low = middle } else { high = middle }
    }
    let ε = matmul(directions, step(high))
    return (self(θ + ε).item, ε)
  }
}

/// A loss of one variable with a sharp minimum at −1 and a flat one at 1: min(½ λ (x + 1)², ½ κ (x − 1)² + c). Figure
/// 11.2
public struct SharpAndFlat: Sendable {
  /// The curvature λ of the sharp minimum, and κ of the flat one.
  public var sharp = 50.0, flat = 2.0
  /// The height c of the flat minimum above the sharp one.
  public var depth = 0.1

  /// λ = 50, κ = 2 and c = 0.1.
  public init() {}

  /// The loss of every number.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    minimum(0.5 * sharp * (x + 1).squared(), 0.5 * flat * (x - 1).squared() + depth)
  }

  /// max L(x + ε) over |ε| ≤ ρ, for every number: over a grid. (11.13) [N] → [N]
  public func worst(near x: Tensor, radius ρ: Double) -> Tensor {
    let ε = Tensor.linear(from: -ρ, to: ρ, count: 401, scalarType: x.scalarType)
    return self(x.expanded(axis: 1) + ε).max(axes: [1])
  }

  /// Where every start ends after descent, or after sharpness-aware minimization if ρ > 0. (11.14) [N] → [N]
  public func ends(from starts: Tensor, learningRate η: Double, radius ρ: Double, steps: Int) -> Tensor {
    func slope(_ x: Tensor) -> Tensor { gradient(at: x) { self($0).sum() } }
    return (0..<steps).reduce(starts) { x, _ in x - η * slope(x + ρ * slope(x).sign()) }
  }
}
