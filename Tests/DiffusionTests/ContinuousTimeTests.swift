import DataSets
import Diffusion
import Tensors
import Testing

@Suite("§ 10.3  The bound in continuous time")
struct ContinuousTimeTests {
  private let mixture = GaussianMixture([
    .init(weight: 0.3, mean: [-1.2], deviation: 0.2), .init(weight: 0.7, mean: [0.6], deviation: 0.4),
  ])

  private func share(_ ratio: Double) -> Double { ratio / (1 + ratio) }

  @Test("§ 10.3: ½ ∫ mmse dSNR is ½ log (1 + s² SNR) between the ends for N(0, s²)")
  func gaussian() {
    let data = GaussianMixture([.init(weight: 1, mean: [0.4], deviation: 0.5)])
    let (low, high) = (1e-2, 1e4)
    let exact = 0.5 * (log(1 + 0.25 * high) - log(1 + 0.25 * low))
    #expect(abs(data.divergenceIntegral(logSignalToNoise: log(low)...log(high)) - exact) < 1e-9)
    #expect(abs(data.information(signalShare: share(high)) - 0.5 * log(1 + 0.25 * high)) < 1e-9)
  }

  @Test("§ 10.3: for a mixture ½ ∫ mmse dSNR is the difference of I(x₀; x) at the ends, whose derivative is ½ mmse")
  func information() {
    let (low, high) = (1e-2, 1e4)
    let integral = mixture.divergenceIntegral(logSignalToNoise: log(low)...log(high))
    let difference = mixture.information(signalShare: share(high)) - mixture.information(signalShare: share(low))
    #expect(abs(integral - difference) < 1e-5, "\(integral), \(difference)")
    // dI/dSNR = ½ mmse = ½ L/SNR, by a central difference.
    let (ratio, h) = (3.0, 1e-3)
    let slope =
      (mixture.information(signalShare: share(ratio + h)) - mixture.information(signalShare: share(ratio - h)))
      / (2 * h)
    #expect(abs(slope - 0.5 * mixture.leastNoiseError(signalShare: share(ratio)) / ratio) < 1e-7)
  }

  @Test("§ 10.3: the divergences of (10.15) with β̃ are a sum over the SNR, and tend to one integral on every path")
  func paths() {
    let (first, last) = (log(1e3), log(1e-3))
    let integral = mixture.divergenceIntegral(logSignalToNoise: last...first)
    let paths: [(Double) -> Double] = [{ $0 }, { $0 * $0 }, { $0.squareRoot() }]
    for path in paths {
      let excess = [40, 80].map { T in
        let schedule = NoiseSchedule.between(first, last, steps: T, path: path)
        let L = schedule.leastNoiseErrors(of: mixture)
        let terms = DiffusionBound(schedule, variance: .posterior).divergences(noiseErrors: L)[1..<T].sum().item
        #expect(abs(schedule.divergenceSum(noiseErrors: L) - terms) < 1e-9)
        return terms - integral
      }
      #expect(excess[0] > excess[1] && excess[1] > 0 && abs(excess[0] / excess[1] - 2) < 0.35, "\(excess)")
    }
  }
}

private func log(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }
