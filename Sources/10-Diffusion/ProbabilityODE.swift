// Exercise 10.3  The ODE behind DDIM

import DataSets
import GAN
import Messages
import Tensors

extension FlowSolver {
  /// x at each of these times; the first is the time of the given x.
  public func path(of x: Tensor, at times: [Double], _ field: some VelocityField) -> [(t: Double, x: Tensor)] {
    require(!times.isEmpty, "cannot follow an ODE without a time at which it starts")
    return times.dropFirst().reduce(into: [(times[0], x)]) { path, next in
      let (t, x) = path[path.count - 1]
      path.append((next, step(field, x, time: t, next - t)))
    }
  }

  /// x at the last of these times.
  public func end(of x: Tensor, at times: [Double], _ field: some VelocityField) -> Tensor {
    path(of: x, at: times, field)[times.count - 1].x
  }
}

/// dx̄/dσ = −σ ∇ log p_σ(x̄), the ODE of DDIM: the flow of § 8.10, whose time is σ. Exercise 10.3
extension ProbabilityFlow: VelocityField {
  /// dx̄/dσ. x: [N×D]
  public func velocity(at x: Tensor, time σ: Double) -> Tensor { slope(x, σ) }
}

extension NoiseSchedule {
  /// σ_t = √((1 − ᾱ_t)/ᾱ_t), the noise in x̄ = x_t/√ᾱ_t = x₀ + σ_t ε. It is 0 at t = 0.
  public func noiseRatio(at t: Int) -> Double { ((1 - ᾱ[t]) / ᾱ[t]).squareRoot() }

  /// (10.21) as an Euler step: x̄_s = x̄_t + (σ_s − σ_t) ε, in the variables of `noiseRatio`. Exercise 10.3
  ///
  /// So DDIM follows dx̄/dσ = ε_θ, which for the exact predictor is −σ ∇ log p_σ(x̄): the flow of § 8.10.
  public func eulerStep(_ x: Tensor, from t: Int, to s: Int, noise ε: Tensor) -> Tensor {
    let scaled = x / ᾱ[t].squareRoot()
    return ᾱ[s].squareRoot() * (scaled + (noiseRatio(at: s) - noiseRatio(at: t)) * ε)
  }
}

/// The ODE with the marginals of the noising process in continuous time, from t = 1, noise, to t = 0, data:
/// dx/dt = −½ β(t) (x + ∇ log q_t(x)). Exercise 10.3; Song et al. (2021)
///
/// β(t) = β_min + t (β_max − β_min) is the linear schedule (10.17) with T β_t as a rate. With ε* = −√(1 − ᾱ) ∇ log q_t
/// the field is ½ β(t) (ε*/√(1 − ᾱ(t)) − x).
public struct VariancePreservingFlow: VelocityField {
  /// The distribution of the data.
  public let data: GaussianMixture
  /// The rates at t = 0 and t = 1.
  public let βMin, βMax: Double

  /// The flow with these rates.
  public init(to data: GaussianMixture, βMin: Double = 0.1, βMax: Double = 20) {
    (self.data, self.βMin, self.βMax) = (data, βMin, βMax)
  }

  /// β(t).
  public func β(_ t: Double) -> Double { βMin + t * (βMax - βMin) }

  /// ᾱ(t) = exp(−∫₀ᵗ β).
  public func ᾱ(_ t: Double) -> Double {
    Tensor(-(βMin * t + (βMax - βMin) * t * t / 2), scalarType: .double).exp().item
  }

  /// q_t, the distribution of x at time t.
  public func noised(_ t: Double) -> GaussianMixture { data.diffused(signalShare: ᾱ(t)) }

  /// dx/dt. x: [N×D]
  public func velocity(at x: Tensor, time t: Double) -> Tensor { -0.5 * β(t) * (x + noised(t).score(of: x)) }
}
