// § 10.1, § 10.2.1  The forward process of Gaussian data, and the best reverse step in two forms

import Messages
import Tensors

/// The forward process of data from N(0, s²), in which everything is Gaussian, and whose best reverse steps are linear.
public struct GaussianChain: Sendable {
  /// s², the variance of the data.
  public let dataVariance: Double
  /// The noise schedule.
  public let schedule: NoiseSchedule

  /// The process of data with this variance.
  public init(variance s²: Double, schedule: NoiseSchedule) { (dataVariance, self.schedule) = (s², schedule) }

  /// v_t = ᾱ_t s² + 1 − ᾱ_t, the variance of x_t.
  public func variance(at t: Int) -> Double { schedule.kernel(upTo: t).variance(from: dataVariance) }

  /// E[(x_{t−1} − x_t − k x_t)²]: up to a factor and a constant the negative log-likelihood of a reverse step
  /// N(x_t + f(x_t), σ²) with f(x) = k x, the form of Fleuret (2024), section 7.2.
  public func likelihoodLoss(slope k: Tensor, at t: Int) -> Tensor {
    let (before, now) = (variance(at: t - 1), variance(at: t))
    return before - 2 * (1 + k) * (schedule.α[t].squareRoot() * before) + (1 + k).squared() * now
  }

  /// E[(ε − e x_t)²], the simple loss of the linear prediction e x. (10.16)
  public func simpleLoss(slope e: Tensor, at t: Int) -> Tensor {
    1 - 2 * e * (1 - schedule.ᾱ[t]).squareRoot() + e.squared() * variance(at: t)
  }

  /// The k with the highest likelihood, and the k that follows from the e with the lowest simple loss by μ_θ(x) = (x −
  /// β_t/√(1 − ᾱ_t) e x)/√α_t = x + k x. They are equal. (10.20)
  public func bestSlopes(at t: Int) -> (byLikelihood: Double, byNoise: Double) {
    let e = minimum { simpleLoss(slope: $0, at: t) }
    let mean = (1 - schedule.β[t] / (1 - schedule.ᾱ[t]).squareRoot() * e) / schedule.α[t].squareRoot()
    return (minimum { likelihoodLoss(slope: $0, at: t) }, mean - 1)
  }

  /// The minimum of a quadratic function: one Newton step from 0.
  private func minimum(of f: (Tensor) -> Tensor) -> Double {
    let zero = Tensor(0, scalarType: .double)
    let slope = gradient(at: zero, of: f).item
    return -slope / hessianVectorProduct(at: zero, along: Tensor(1, scalarType: .double), of: f).item
  }
}
