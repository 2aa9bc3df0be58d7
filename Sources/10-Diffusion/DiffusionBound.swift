// § 10.2.2  The variational bound, and the weights that the simple loss leaves out

import Messages
import Tensors

/// The variance σ_t² of a reverse step. (10.9)
public enum ReverseVariance: Sendable {
  /// β_t, which is exact for data of variance 1.
  case step
  /// β̃_t, which is exact if the data are one point. β₁ at t = 1, where β̃₁ = 0. (10.12)
  case posterior
  /// β̃_t + β_t²/(α_t (1 − ᾱ_t)) L_t, the variance with the largest bound for a model with these errors L₁, …, L_T of
  /// the noise: β̃_t if the data are one point (L = 0), β_t if they have variance 1 (L = ᾱ_t). Bao et al. (2022) [T]
  case best(noiseErrors: Tensor)
}

/// The variational bound of a diffusion model, in nats for each number of x₀. Theorem 10.5, (10.15)
///
/// The model enters only through the mean squared errors L_t = E[(ε − ε_θ(x_t, t))²] of its noise for each number, with
/// t = 1, …, T. All tensors are [T].
public struct DiffusionBound: Sendable {
  /// The noise schedule.
  public let schedule: NoiseSchedule
  /// σ₁², …, σ_T².
  public let variances: Tensor
  private let posterior: Tensor

  /// The bound for a variance of the reverse steps.
  public init(_ schedule: NoiseSchedule, variance: ReverseVariance) {
    self.schedule = schedule
    posterior = schedule.posteriorVariances
    switch variance {
    case .step: variances = schedule.perStep(schedule.β)
    case .posterior:
      variances = .concatenated([Tensor([schedule.β[1]], scalarType: .double), posterior[1..<schedule.steps]], axis: 0)
    case .best(let L): variances = posterior + Self.slopes(schedule) * L
    }
  }

  /// β_t²/(α_t (1 − ᾱ_t)): the squared distance of μ̃_t and μ_θ for each unit of (ε − ε_θ)².
  private static func slopes(_ schedule: NoiseSchedule) -> Tensor {
    schedule.perStep(schedule.β).squared() / (schedule.perStep(schedule.α) * (1 - schedule.perStep(schedule.ᾱ)))
  }

  /// w_t = β_t²/(2σ_t² α_t (1 − ᾱ_t)), the weights of L_t in the bound. The simple loss (10.16) has equal weights.
  public var weights: Tensor { Self.slopes(schedule) / (2 * variances) }

  /// (10.15): E KL(q(x_{t−1} | x_t, x₀) ‖ p_θ(x_{t−1} | x_t)) = ½ [log σ_t²/β̃_t − 1 + β̃_t/σ_t²] + w_t L_t.
  ///
  /// The first one is infinite, because q(x₀ | x₁, x₀) is a point.
  public func divergences(noiseErrors L: Tensor) -> Tensor {
    0.5 * ((variances / posterior).log() - 1 + posterior / variances) + weights * L
  }

  /// −E log p_θ(x₀ | x₁) = ½ log 2πσ₁² + w₁ L₁, the term for t = 1.
  public func reconstruction(noiseErrors L: Tensor) -> Double {
    (0.5 * (2 * Double.pi * variances[0]).log() + weights[0] * L[0]).item
  }

  /// −ELBO = KL(q(x_T | x₀) ‖ N(0, I)) + Σ_{t ≥ 2} E KL(q(x_{t−1} | x_t, x₀) ‖ p_θ(x_{t−1} | x_t))
  /// − E log p_θ(x₀ | x₁), for data with this mean of x₀². (10.15), with `reconstruction` as the term for t = 1
  ///
  /// It is at least the entropy of the data.
  public func negativeBound(noiseErrors L: Tensor, meanSquare: Double) -> Double {
    require(
      L.shape == [schedule.steps],
      "cannot compute a bound of \(schedule.steps) steps from errors \(L.shape): one for each step is needed")
    return schedule.priorDivergence(meanSquare: meanSquare) + divergences(noiseErrors: L)[1..<schedule.steps].sum().item
      + reconstruction(noiseErrors: L)
  }
}

extension NoiseSchedule {
  /// β̃_t for t = 1, …, T. (10.12) [T]
  public var posteriorVariances: Tensor { Tensor((1...steps).map { posteriorVariance(at: $0) }, scalarType: .double) }
}
