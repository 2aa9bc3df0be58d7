// A gallery of mistakes: noise, predictions, samplers and guidance

import Running
import Tensors

/// Mistakes in the noise.
extension Mistake {
  /// x_t with ᾱ_{t−1}, from an array that starts at t = 1 and is read as if it started at t = 0. (10.8)
  public static func noisedOneStepLess(_ schedule: NoiseSchedule, _ x0: Tensor, at t: Int, noise ε: Tensor) -> Tensor {
    schedule.noised(x0, at: t - 1, noise: ε)
  }

  /// β_t of the cosine schedule without the limit: β_T = 1, and α_T = 0 is a divisor of the sampler. (10.18)
  public static func cosineWithoutLimit(_ T: Int) -> [Double] {
    let shares = NoiseSchedule.cosineShares(T)
    return zip(shares, [1] + shares).map { now, before in 1 - now / before }
  }

  /// Fewer steps with the same β: T is 200, but x_T still holds more than a third of the data. Remark 10.2
  public static func fewerSteps(_ T: Int) -> NoiseSchedule { .linear(T, from: 1e-4, to: 0.02) }

  /// Images with pixels in [0, 1] as data: their mean is not 0, so x_t has another mean and variance than the noise
  /// that the sampler starts from. § 10.8
  public static func data(_ pixels: Tensor) -> Tensor { pixels }
}

/// Mistakes in the samplers.
extension Mistake {
  /// (10.20) as it is printed, with 1 − α_t for 1 − ᾱ_t: it removes up to ten times too much of the noise.
  public static func ancestralStepAsPrinted(
    _ schedule: NoiseSchedule, _ x: Tensor, at t: Int, noise ε: Tensor, deviation σ: Double, fresh z: Tensor
  ) -> Tensor {
    let (α, β) = (schedule.α[t], schedule.β[t])
    let mean = (x - β / (1 - α).squareRoot() * ε) / α.squareRoot()
    return t > 1 ? mean + σ * z : mean
  }

  /// Noise at the last step too: the samples are noisy data. Listing 10.8c
  public static func ancestralStepWithLastNoise(
    _ schedule: NoiseSchedule, _ x: Tensor, at t: Int, noise ε: Tensor, deviation σ: Double, fresh z: Tensor
  ) -> Tensor {
    let mean = (x - schedule.β[t] / (1 - schedule.ᾱ[t]).squareRoot() * ε) / schedule.α[t].squareRoot()
    return mean + σ * z
  }

  /// The output of a network that predicts x₀, used as the noise. (10.21)
  public static func implicitStepFromData(
    _ schedule: NoiseSchedule, _ x: Tensor, from t: Int, to s: Int, data x0: Tensor
  ) -> Tensor {
    schedule.implicitStep(x, from: t, to: s, noise: x0, fresh: x)
  }

  /// DDIM over a list of steps that goes from each step to t − 1 instead of the next step on the list.
  /// Remark 10.7
  public static func neighbours(_ times: [Int]) -> [(t: Int, s: Int)] { times.map { ($0, $0 - 1) } }

  /// DDIM that ends at the smallest step on the list, not at the data: noise is left. Remark 10.7
  public static func transitionsWithoutEnd(_ times: [Int]) -> [(t: Int, s: Int)] {
    zip(times, times.dropFirst()).map { ($0, $1) }
  }
}

/// A mistake in the model.
extension Mistake {
  /// An average of the parameters that keeps the running statistics of the untrained model. § 10.8
  public static func averageOfParameters<M: Model>(_ average: M, with trained: M, kept d: Double) -> M {
    var (average, others) = (average, trained.parameters[...])
    average.forEachParameter { θ in θ = d * θ + (1 - d) * others.removeFirst() }
    return average
  }
}

/// Mistakes in guidance.
extension Mistake {
  /// A scale of the convention s = 1 + w in the formula for w: the guidance is too large by 1. (10.22)
  public static func guidedBySum(conditional: Tensor, unconditional: Tensor, scale s: Double) -> Tensor {
    (1 + s) * conditional - s * unconditional
  }

  /// The two predictions exchanged: it leads away from the class. (10.22)
  public static func guidedAway(conditional: Tensor, unconditional: Tensor, scale w: Double) -> Tensor {
    (1 + w) * unconditional - w * conditional
  }
}

extension GaussianSampling {
  /// The steps of a DDPM sampler by (10.20) as it is printed. § 10.6.1
  public func steps(asPrinted sampler: Sampler) -> [LinearStep] {
    let (zero, one) = (Tensor(0, scalarType: .double), Tensor(1, scalarType: .double))
    return zip(sampler.transitions, steps(of: sampler)).map { transition, step in
      LinearStep(
        factor: Mistake.ancestralStepAsPrinted(
          schedule, one, at: transition.t, noise: slope(at: transition.t) * one, deviation: 0, fresh: zero
        ).item,
        noise: step.noise)
    }
  }
}
