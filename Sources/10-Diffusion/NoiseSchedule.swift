// § 10.1, § 10.3  Noise schedules

import Foundations
import Messages
import Tensors

/// A noise schedule: the variances β₁, …, β_T, and the α_t and ᾱ_t that follow from them. Definition 10.1
///
/// The arrays start at t = 0, the data without noise: β₀ = 0 and ᾱ₀ = 1. So `ᾱ[t]` is ᾱ_t.
public struct NoiseSchedule: Sendable, Equatable {
  /// β_t for t = 0, …, T, the variance of the noise that step t adds. (10.1)
  public let β: [Double]
  /// α_t = 1 − β_t. (10.6)
  public let α: [Double]
  /// ᾱ_t = Π_{s ≤ t} α_s, the share of the signal in the variance of x_t if the data have variance 1. (10.7)
  public let ᾱ: [Double]

  /// The schedule with these β₁, …, β_T, each between 0 and 1.
  public init(β variances: [Double]) {
    let wrong = variances.firstIndex { !(0 < $0 && $0 < 1) }
    require(
      !variances.isEmpty && wrong == nil,
      "cannot add noise in \(variances.count) steps, of which step \((wrong ?? 0) + 1) has β = "
        + "\(wrong.map { variances[$0] } ?? .nan): at least one step is needed, and each β must lie between 0 and 1")
    β = [0] + variances
    α = β.map { 1 - $0 }
    ᾱ = α.reduce(into: []) { ᾱ, α in ᾱ.append((ᾱ.last ?? 1) * α) }
  }

  /// The number T of steps.
  public var steps: Int { β.count - 1 }

  /// The linear schedule: β_t = β_min + (t − 1)/(T − 1) (β_max − β_min). (10.17)
  public static func linear(_ T: Int = 1_000, from βMin: Double = 1e-4, to βMax: Double = 0.02) -> NoiseSchedule {
    require(T >= 2, "cannot space β evenly over \(T) steps: at least two are needed")
    return NoiseSchedule(β: (1...T).map { t in βMin + Double(t - 1) / Double(T - 1) * (βMax - βMin) })
  }

  /// The linear schedule for another number of steps: β is multiplied by 1000/T, but stays below 1, so that x_T is
  /// nearly N(0, I) for every T, as Remark 10.2 asks. With 1,000 steps it is (10.17).
  public static func rescaledLinear(_ T: Int) -> NoiseSchedule {
    .linear(T, from: min(0.1 / Double(T), 0.1), to: min(20 / Double(T), 0.999))
  }

  /// The schedule with these signal shares ᾱ₁ > … > ᾱ_T between 1 and 0: β_t = 1 − ᾱ_t/ᾱ_{t−1}, but at most `largest`.
  public init(signalShares: [Double], largest: Double = 1) {
    self.init(β: zip(signalShares, [1] + signalShares).map { now, before in min(1 - now / before, largest) })
  }

  /// The cosine schedule: ᾱ_t = f(t)/f(0) with f(t) = cos²((t/T + s)/(1 + s) · π/2), and β_t = 1 − ᾱ_t/ᾱ_{t−1}, but at
  /// most `largest`. (10.18)
  ///
  /// Without the limit β_T would be 1, and the first step of a sampler would divide by α_T = 0.
  public static func cosine(_ T: Int = 1_000, offset s: Double = 0.008, largest: Double = 0.999) -> NoiseSchedule {
    NoiseSchedule(signalShares: cosineShares(T, offset: s), largest: largest)
  }

  /// f(t)/f(0) for t = 1, …, T, as printed: the last one is 0 up to rounding. (10.18)
  public static func cosineShares(_ T: Int = 1_000, offset s: Double = 0.008) -> [Double] {
    require(T >= 1, "cannot add noise in \(T) steps: at least one is needed")
    let t = Tensor((0...T).map(Double.init), scalarType: .double)
    let f = ((t / Double(T) + s) / (1 + s) * (Double.pi / 2)).cos().squared().scalars
    return f.dropFirst().map { $0 / f[0] }
  }

  /// The signal-to-noise ratio ᾱ_t / (1 − ᾱ_t); infinite at t = 0.
  public func signalToNoise(at t: Int) -> Double { ᾱ[t] / (1 - ᾱ[t]) }

  /// λ_t = log ᾱ_t/(1 − ᾱ_t), the logarithm of the signal-to-noise ratio, for t = 1, …, T. § 10.3 [T]
  public var logSignalToNoise: Tensor {
    let ᾱ = perStep(ᾱ)
    return (ᾱ / (1 - ᾱ)).log()
  }

  /// The values for t = 1, …, T of an array that begins at t = 0. [T]
  func perStep(_ values: [Double]) -> Tensor { Tensor(Array(values.dropFirst()), scalarType: .double) }
}
