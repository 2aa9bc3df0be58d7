// § 10.6  Samplers on Gaussian data, exactly

import Messages
import Tensors

/// Data N(0, s²) with the exact predictor ε*(x, t) = √(1 − ᾱ_t)/v_t x: every sampler is linear, so the variance of its
/// samples follows from a recursion, without drawing any. § 10.6
public struct GaussianSampling: Sendable {
  /// The noise schedule.
  public let schedule: NoiseSchedule
  /// The deviation s of the data.
  public let deviation: Double

  /// A step x_s = `factor` x_t + `noise` z with z ∼ N(0, 1).
  public struct LinearStep: Sendable, Equatable {
    /// The factor of x_t, and the deviation of the fresh noise.
    public let factor, noise: Double

    /// A linear step.
    public init(factor: Double, noise: Double) { (self.factor, self.noise) = (factor, noise) }
  }

  /// Data N(0, deviation²) with the given schedule.
  public init(_ schedule: NoiseSchedule, deviation: Double) {
    require(deviation > 0, "cannot use data of deviation \(deviation): it must be above 0")
    (self.schedule, self.deviation) = (schedule, deviation)
  }

  /// v_t, the variance of x_t: that of `GaussianChain`.
  public func variance(at t: Int) -> Double {
    GaussianChain(variance: deviation * deviation, schedule: schedule).variance(at: t)
  }

  /// ε*(x, t)/x = √(1 − ᾱ_t)/v_t.
  public func slope(at t: Int) -> Double { (1 - schedule.ᾱ[t]).squareRoot() / variance(at: t) }

  /// β_t v_{t−1}/v_t for t = 1, …, T, after an unused 0: the best variances of (10.9).
  public var optimalVariances: [Double] {
    [0] + (1...schedule.steps).map { schedule.β[$0] * variance(at: $0 - 1) / variance(at: $0) }
  }

  /// The steps of a sampler.
  public func steps(of sampler: Sampler) -> [LinearStep] {
    sampler.transitions.map { t, s in
      switch sampler.rule {
      case .ancestral: ancestral(t, variance: schedule.β[t])
      case .posterior: ancestral(t, variance: schedule.posteriorVariance(at: t))
      case .variances(let variances): ancestral(t, variance: variances[t])
      case .implicit(let η): implicit(t, s, η: η, slope: slope(at: t))
      case .heun: heun(t, s)
      }
    }
  }

  /// (10.20): x − β_t/√(1 − ᾱ_t) ε* = (1 − β_t/v_t) x.
  private func ancestral(_ t: Int, variance: Double) -> LinearStep {
    LinearStep(
      factor: (1 - schedule.β[t] / self.variance(at: t)) / schedule.α[t].squareRoot(),
      noise: t > 1 ? variance.squareRoot() : 0)
  }

  /// (10.21): √ᾱ_s (1 − √(1 − ᾱ_t) e)/√ᾱ_t + √(1 − ᾱ_s − σ²) e for a predicted noise e x.
  private func implicit(_ t: Int, _ s: Int, η: Double, slope e: Double) -> LinearStep {
    let (now, next) = (schedule.ᾱ[t], schedule.ᾱ[s])
    let σ = schedule.implicitDeviation(from: t, to: s, η: η)
    let x0 = (1 - (1 - now).squareRoot() * e) / now.squareRoot()
    return LinearStep(factor: next.squareRoot() * x0 + (1 - next - σ * σ).squareRoot() * e, noise: σ)
  }

  private func heun(_ t: Int, _ s: Int) -> LinearStep {
    let e = slope(at: t)
    let predicted = implicit(t, s, η: 0, slope: e).factor
    return implicit(t, s, η: 0, slope: s == 0 ? e : (e + slope(at: s) * predicted) / 2)
  }

  /// The deviations of x_T ∼ N(0, start²) and of x after each of these steps: V ← factor² V + noise².
  public static func deviations(after steps: [LinearStep], start: Double = 1) -> [Double] {
    steps.reduce(into: [start]) { path, step in
      let (x, z) = (step.factor * (path.last ?? start), step.noise)
      path.append((x * x + z * z).squareRoot())
    }
  }

  /// The deviation of a sampler's samples; exact samples have the deviation s.
  public func sampled(by sampler: Sampler) -> Double { Self.deviations(after: steps(of: sampler)).last ?? .nan }

  /// The factor by which a deterministic sampler turns x_T into data: s/√v_T if it is exact.
  public func factor(of sampler: Sampler) -> Double { steps(of: sampler).reduce(1) { $0 * $1.factor } }
}
