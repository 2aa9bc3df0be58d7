// § 10.2.2  What a network may predict: the noise, the data or the velocity

import Messages
import Tensors

/// What a network is trained to predict from x_t. Each prediction determines the two others, and at each t
/// their squared errors differ by a constant factor. § 10.2.2
public enum PredictionTarget: String, Sendable, CaseIterable {
  /// ε, as in (10.16).
  case noise = "ε"
  /// x₀.
  case data = "x₀"
  /// v = √ᾱ_t ε − √(1 − ᾱ_t) x₀, which has the variance of the data at every t if that is 1. Salimans and Ho (2022)
  case velocity = "v"

  /// The target for these data and this noise. x₀, ε: [N×…]; t: a step from 1 to T for each example
  public func target(data x0: Tensor, noise ε: Tensor, at t: [Int], _ schedule: NoiseSchedule) -> Tensor {
    let ᾱ = schedule.signalShares(at: t, like: x0)
    switch self {
    case .noise: return ε
    case .data: return x0
    case .velocity: return ᾱ.squareRoot() * ε - (1 - ᾱ).squareRoot() * x0
    }
  }

  /// The predicted noise: ε itself, (x_t − √ᾱ_t x₀)/√(1 − ᾱ_t), or √ᾱ_t v + √(1 − ᾱ_t) x_t.
  public func noise(from prediction: Tensor, in x: Tensor, at t: [Int], _ schedule: NoiseSchedule) -> Tensor {
    let ᾱ = schedule.signalShares(at: t, like: x)
    switch self {
    case .noise: return prediction
    case .data: return (x - ᾱ.squareRoot() * prediction) / (1 - ᾱ).squareRoot()
    case .velocity: return ᾱ.squareRoot() * prediction + (1 - ᾱ).squareRoot() * x
    }
  }

  /// The predicted data: (x_t − √(1 − ᾱ_t) ε)/√ᾱ_t, x₀ itself, or √ᾱ_t x_t − √(1 − ᾱ_t) v.
  public func data(from prediction: Tensor, in x: Tensor, at t: [Int], _ schedule: NoiseSchedule) -> Tensor {
    let ᾱ = schedule.signalShares(at: t, like: x)
    switch self {
    case .noise: return (x - (1 - ᾱ).squareRoot() * prediction) / ᾱ.squareRoot()
    case .data: return prediction
    case .velocity: return ᾱ.squareRoot() * x - (1 - ᾱ).squareRoot() * prediction
    }
  }

  /// The squared error of this prediction divided by that of the noise at t: 1, (1 − ᾱ_t)/ᾱ_t or 1/ᾱ_t.
  public func lossFactor(at t: Int, _ schedule: NoiseSchedule) -> Double {
    switch self {
    case .noise: 1
    case .data: 1 / schedule.signalToNoise(at: t)
    case .velocity: 1 / schedule.ᾱ[t]
    }
  }
}
