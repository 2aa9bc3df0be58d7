// § 10.3  The log signal-to-noise ratio, and the bound in continuous time

import DataSets
import GAN
import Messages
import Tensors

extension GaussianMixture {
  /// ½ ∫ L dλ over λ = log SNR between two values, with the least error L of the noise at each: the divergences of the
  /// bound (10.15) for T → ∞ and the exact predictor, in nats for each number. § 10.3
  ///
  /// It depends only on the ends, not on the schedule. With the error mmse = L/SNR of x₀ it is ½ ∫ mmse dSNR.
  /// Kingma et al. (2021)
  public func divergenceIntegral(logSignalToNoise range: ClosedRange<Double>, panels: Int = 8) -> Double {
    Quadrature(over: range, panels: panels).integral { λ in
      0.5 * Tensor(λ.sigmoid().scalars.map { leastNoiseError(signalShare: $0) }, scalarType: .double)
    }.item
  }

  /// I(x₀; x) for x = √ᾱ x₀ + √(1 − ᾱ) ε, the entropy of x minus that of the noise, in nats for each number.
  ///
  /// Its derivative with respect to the SNR is ½ mmse. Guo, Shamai and Verdú (2005)
  public func information(signalShare ᾱ: Double) -> Double {
    diffused(signalShare: ᾱ).entropy() / Double(dimension)
      - 0.5 * Tensor(2 * Double.pi * (1 - ᾱ), scalarType: .double).log().item - 0.5
  }
}

extension NoiseSchedule {
  /// ½ Σ_{t ≥ 2} (SNR_{t−1} − SNR_t) L_t/SNR_t = Σ_{t ≥ 2} w_t L_t with σ_t² = β̃_t: the divergences of (10.15) as a
  /// sum over rectangles, whose limit is an integral over the SNR. L: [T]
  public func divergenceSum(noiseErrors L: Tensor) -> Double {
    let ratio = perStep(ᾱ) / (1 - perStep(ᾱ))
    let (before, after) = (ratio[0..<steps - 1], ratio[1..<steps])
    return (0.5 * (before - after) / after * L[1..<steps]).sum().item
  }

  /// A schedule of T steps whose log signal-to-noise ratio goes from λ₁ at t = 1 to λ_T at t = T along a path that maps
  /// 0…1 to 0…1. § 10.3
  public static func between(
    _ λ₁: Double, _ λT: Double, steps T: Int, path: (Double) -> Double = { $0 }
  ) -> NoiseSchedule {
    require(
      T >= 2 && λ₁ > λT, "cannot go from log SNR \(λ₁) to \(λT) in \(T) steps: it must fall, in two or more steps")
    let λ = (0..<T).map { λ₁ + path(Double($0) / Double(T - 1)) * (λT - λ₁) }
    return NoiseSchedule(signalShares: Tensor(λ, scalarType: .double).sigmoid().scalars)
  }
}
