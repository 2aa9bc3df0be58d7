// § 10.1  The forward process: one step, all steps, and the distance of x_T from the prior

import GAN
import Messages
import Tensors

extension NoiseSchedule {
  /// x_t = √α_t x_{t−1} + √β_t ε: one step of the chain. (10.1), (10.3)
  public func stepped(_ x: Tensor, at t: Int, noise ε: Tensor) -> Tensor {
    α[t].squareRoot() * x + β[t].squareRoot() * ε
  }

  /// x_t after t steps of the chain, each with new noise. Definition 10.1
  ///
  /// `look` gets the number of each step, from 1, and x after it.
  @discardableResult
  public func chain(
    from x0: Tensor, steps t: Int, random: RandomSource, look: (_ t: Int, _ x: Tensor) -> Void = { _, _ in }
  ) -> Tensor {
    require(0...steps ~= t, "cannot make \(t) steps of a chain of \(steps)")
    return (0..<t).reduce(x0) { x, before in
      let next = stepped(x, at: before + 1, noise: random.normal(x.shape, scalarType: x.scalarType))
      look(before + 1, next)
      return next
    }
  }

  /// q(x_t | x_{t−1}) = N(√α_t x_{t−1}, β_t I). (10.1)
  public func kernel(at t: Int) -> GaussianKernel { GaussianKernel(factor: α[t].squareRoot(), variance: β[t]) }

  /// q(x_t | x₀) = N(√ᾱ_t x₀, (1 − ᾱ_t) I). Theorem 10.3, (10.2)
  public func kernel(upTo t: Int) -> GaussianKernel { GaussianKernel(factor: ᾱ[t].squareRoot(), variance: 1 - ᾱ[t]) }

  /// KL(q(x_T | x₀) ‖ N(0, I)) = ½ [ᾱ_T (x₀² − 1) − log(1 − ᾱ_T)], in nats for each number of x₀ with this square.
  /// Remark 10.2
  public func priorDivergence(meanSquare: Double = 1) -> Double {
    let share = Tensor(-ᾱ[steps], scalarType: .double)
    return 0.5 * (ᾱ[steps] * (meanSquare - 1) - share.log1p().item)
  }
}

/// A step from x to N(c x, v I). Steps of this kind compose. § 10.1.2
public struct GaussianKernel: Sendable, Equatable {
  /// c, the factor of x.
  public let factor: Double
  /// v, the variance of the noise.
  public let variance: Double

  /// The step from x to N(c x, v I).
  public init(factor: Double, variance: Double) { (self.factor, self.variance) = (factor, variance) }

  /// x stays as it is.
  public static let identity = GaussianKernel(factor: 1, variance: 0)

  /// This step followed by another: x to N(c₂ c₁ x, (c₂² v₁ + v₂) I). The sum of independent Gaussians is Gaussian, and
  /// their variances add. (10.4), (10.5)
  public func then(_ next: GaussianKernel) -> GaussianKernel {
    GaussianKernel(factor: next.factor * factor, variance: next.factor * next.factor * variance + next.variance)
  }

  /// The variance of the result if x has mean 0 and this variance: c² Var(x) + v.
  public func variance(from before: Double) -> Double { factor * factor * before + variance }
}

extension NoiseSchedule {
  /// The mean and the variance of q(x_{t−1} | x_t, x₀) ∝ q(x_t | x_{t−1}) q(x_{t−1} | x₀) by Bayes' rule alone: the
  /// product of both densities on a fine grid, normalized. Theorem 10.4
  ///
  /// It does not use (10.11) and (10.12), so that it can check them; t must be at least 2.
  public func posteriorOnGrid(of x: Double, data x0: Double, at t: Int) -> (mean: Double, variance: Double) {
    require(2...max(2, steps) ~= t, "cannot apply Bayes' rule at t = \(t): a step from 2 to \(steps) is needed")
    let (step, before) = (kernel(at: t), kernel(upTo: t - 1))
    // Both densities as functions of x_{t−1} are Gaussian: around x_t/√α_t, and around √ᾱ_{t−1} x₀.
    let ends = [
      (x / step.factor, (step.variance / (step.factor * step.factor)).squareRoot()),
      (before.factor * x0, before.variance.squareRoot()),
    ]
    let low = ends.map { $0.0 }.min() ?? 0, high = ends.map { $0.0 }.max() ?? 0
    let margin = 12 * (ends.map { $0.1 }.min() ?? 1)
    let grid = Quadrature(over: low - margin...high + margin, panels: 256)
    let exponent =
      -0.5
      * ((x - step.factor * grid.nodes).squared() / step.variance
        + (grid.nodes - before.factor * x0).squared() / before.variance)
    let p = (exponent - exponent.max()).exp()
    let total = (grid.weights * p).sum().item
    let mean = (grid.weights * p * grid.nodes).sum().item / total
    return (mean, (grid.weights * p * (grid.nodes - mean).squared()).sum().item / total)
  }
}
