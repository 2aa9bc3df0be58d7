// § 10.6  The steps of the samplers

import Tensors

extension NoiseSchedule {
  /// x_{t−1} = (x_t − β_t/√(1 − ᾱ_t) ε) / √α_t + σ_t z, without the noise z at t = 1. (10.20), with ᾱ_t for the printed
  /// α_t in the denominator, as in Listing 10.8c
  public func ancestralStep(_ x: Tensor, at t: Int, noise ε: Tensor, deviation σ: Double, fresh z: Tensor) -> Tensor {
    let mean = (x - β[t] / (1 - ᾱ[t]).squareRoot() * ε) / α[t].squareRoot()
    return t > 1 ? mean + σ * z : mean
  }

  /// x_s = √ᾱ_s x̂₀ + √(1 − ᾱ_s − σ²) ε + σ z with x̂₀ = (x_t − √(1 − ᾱ_t) ε)/√ᾱ_t. Theorem 10.6,
  /// (10.21) for η = 0
  ///
  /// Song et al. (2020). With η = 0 the step may also go up, to s > t.
  public func implicitStep(
    _ x: Tensor, from t: Int, to s: Int, noise ε: Tensor, η: Double = 0, fresh z: Tensor
  ) -> Tensor {
    let σ = implicitDeviation(from: t, to: s, η: η)
    let mean = ᾱ[s].squareRoot() * data(from: x, noise: ε, at: t) + (1 - ᾱ[s] - σ * σ).squareRoot() * ε
    return σ == 0 ? mean : mean + σ * z
  }

  /// σ = η √((1 − ᾱ_s)/(1 − ᾱ_t)) √(1 − ᾱ_t/ᾱ_s), the deviation of the fresh noise of `implicitStep`. § 10.6.2
  ///
  /// For s = t − 1 and η = 1 it is √β̃_t. (10.12)
  public func implicitDeviation(from t: Int, to s: Int, η: Double) -> Double {
    η == 0 ? 0 : η * ((1 - ᾱ[s]) / (1 - ᾱ[t]) * (1 - ᾱ[t] / ᾱ[s])).squareRoot()
  }
}
