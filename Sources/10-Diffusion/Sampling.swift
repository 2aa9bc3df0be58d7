// § 10.6  From noise to data

import Messages
import Tensors

/// How a sampler goes from x_t to x_s.
public enum SamplingRule: Sendable, Equatable {
  /// (10.20) with σ_t = √β_t. Only from each step to the one before.
  case ancestral
  /// (10.20) with σ_t = √β̃_t. Only from each step to the one before.
  case posterior
  /// (10.20) with σ_t² = variances[t] for t = 1, …, T; variances[0] is not used. Only from each step to the one before.
  case variances([Double])
  /// (10.21), generalized to η: 0 is deterministic, and 1 with all steps is `posterior`. Between any two steps.
  case implicit(η: Double)
  /// (10.21) with the mean of the noise at both ends of the step, a second call of the model. The last step, to the
  /// data, has one call. Between any two steps. Karras et al. (2022)
  case heun
}

/// A sampler: a schedule, the steps that are visited, and a rule. § 10.6
public struct Sampler: Sendable, Equatable {
  /// The schedule that the model was trained with.
  public let schedule: NoiseSchedule
  /// The visited steps τ_S > … > τ₁; after them comes 0, the data. Remark 10.7
  public let times: [Int]
  /// How to go from one to the next.
  public let rule: SamplingRule

  /// DDPM: all T steps, with noise of variance β_t, β̃_t, or any other. § 10.6.1
  public static func ddpm(_ schedule: NoiseSchedule, rule: SamplingRule = .ancestral) -> Sampler {
    if case .variances(let variances) = rule {
      require(
        variances.count == schedule.steps + 1 && variances.dropFirst().allSatisfy { $0 >= 0 },
        "cannot sample in \(schedule.steps) steps with \(variances.count) variances: an unused one for t = 0 and one "
          + "for each step are needed, all at least 0")
    }
    return Sampler(schedule: schedule, times: Array((1...schedule.steps).reversed()), rule: rule)
  }

  /// DDIM with S steps kT/S, k = S, …, 1. § 10.6.2
  public static func ddim(_ schedule: NoiseSchedule, steps S: Int, η: Double = 0) -> Sampler {
    ddim(schedule, times: evenTimes(S, of: schedule), η: η)
  }

  /// DDIM over a subset of the steps, in descending order. Remark 10.7
  public static func ddim(_ schedule: NoiseSchedule, times: [Int], η: Double = 0) -> Sampler {
    require(0...1 ~= η, "cannot sample with η = \(η): it must be in 0...1")
    return any(schedule, times, .implicit(η: η))
  }

  /// Heun's method for the ODE of Exercise 10.3, with S steps kT/S and 2S − 1 calls of the model.
  public static func heun(_ schedule: NoiseSchedule, steps S: Int) -> Sampler {
    any(schedule, evenTimes(S, of: schedule), .heun)
  }

  /// Heun's method over a subset of the steps, in descending order.
  public static func heun(_ schedule: NoiseSchedule, times: [Int]) -> Sampler { any(schedule, times, .heun) }

  private static func any(_ schedule: NoiseSchedule, _ times: [Int], _ rule: SamplingRule) -> Sampler {
    require(
      !times.isEmpty && times.allSatisfy { 1...schedule.steps ~= $0 } && zip(times, times.dropFirst()).allSatisfy(>),
      "cannot visit the steps \(times.prefix(12)) of \(schedule.steps): at least one from 1 to \(schedule.steps) is "
        + "needed, in descending order")
    return Sampler(schedule: schedule, times: times, rule: rule)
  }

  private static func evenTimes(_ S: Int, of schedule: NoiseSchedule) -> [Int] {
    require(
      1...schedule.steps ~= S,
      "cannot sample in \(S) of \(schedule.steps) steps: choose from 1 to \(schedule.steps)")
    return (1...S).reversed().map { $0 * schedule.steps / S }
  }

  /// The steps t → s, of which the last leads to 0.
  public var transitions: [(t: Int, s: Int)] { zip(times, times.dropFirst() + [0]).map { ($0, $1) } }

  /// How often `sample` calls the model.
  public var calls: Int { rule == .heun ? 2 * times.count - 1 : times.count }

  /// Whether the same x_T always gives the same sample.
  public var isDeterministic: Bool { rule == .implicit(η: 0) || rule == .heun }

  /// x_s for the step s visited after t; s = 0 gives the data. z: noise like x, which a step to 0 does not use. Heun's
  /// method gets the mean of the two noises.
  public func step(_ x: Tensor, from t: Int, to s: Int, noise ε: Tensor, fresh z: Tensor) -> Tensor {
    func ancestral(_ variance: Double) -> Tensor {
      schedule.ancestralStep(x, at: t, noise: ε, deviation: variance.squareRoot(), fresh: z)
    }
    switch rule {
    case .ancestral: return ancestral(schedule.β[t])
    case .posterior: return ancestral(schedule.posteriorVariance(at: t))
    case .variances(let σ2): return ancestral(σ2[t])
    case .implicit(let η): return schedule.implicitStep(x, from: t, to: s, noise: ε, η: η, fresh: z)
    case .heun: return schedule.implicitStep(x, from: t, to: s, noise: ε, fresh: z)
    }
  }

  /// Samples from x_T, which is usually drawn from N(0, I). Calls the model `calls` times.
  ///
  /// `look` gets the number of steps done and x after each of them; sampling stops if it returns false.
  public func sample<P: NoisePredictor>(
    _ model: P, from noise: Tensor, random: RandomSource, look: (_ done: Int, _ x: Tensor) -> Bool = { _, _ in true }
  ) -> Tensor {
    var x = noise
    for (done, (t, s)) in transitions.enumerated() {
      var ε = model.noise(in: x, at: t)
      if rule == .heun && s > 0 { ε = (ε + model.noise(in: step(x, from: t, to: s, noise: ε, fresh: x), at: s)) / 2 }
      let z = isDeterministic || s == 0 ? x : random.normal(x.shape, scalarType: x.scalarType)
      x = step(x, from: t, to: s, noise: ε, fresh: z)
      if !look(done + 1, x) { break }
    }
    return x
  }

  /// The noise from which DDIM with η = 0 makes the given data: its steps in the opposite direction, from 0 to T. The
  /// error is of first order in the length of the steps.
  ///
  /// Each step uses the noise predicted at its beginning, because its end is not known yet. Every correction predicts
  /// the noise again, at the end found so far. If the steps are short enough, `sample` returns the data almost exactly
  /// after some corrections; with long steps, corrections can increase the error.
  public func encoded<P: NoisePredictor>(_ model: P, _ x0: Tensor, corrections: Int = 0) -> Tensor {
    transitions.reversed().reduce(x0) { x, step in
      func up(_ ε: Tensor) -> Tensor { schedule.implicitStep(x, from: step.s, to: step.t, noise: ε, fresh: x) }
      let first = up(model.noise(in: x, at: max(step.s, 1)))
      return (0..<corrections).reduce(first) { y, _ in up(model.noise(in: y, at: step.t)) }
    }
  }
}

extension NoisePredictor {
  /// The predicted noise if all examples are at the same t.
  public func noise(in x: Tensor, at t: Int) -> Tensor { noise(in: x, at: [Int](repeating: t, count: x.shape[0])) }
}
