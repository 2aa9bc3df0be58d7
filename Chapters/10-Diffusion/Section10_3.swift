import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors

/// § 10.3: where each schedule spends its steps, and the bound in continuous time, which does not depend on it.
public let section10_3 = Exercise(.section, "10.3", "Schedules and the log signal-to-noise ratio", seconds: 1, quick: 1)
{ run in
  run.show(offsetTable(), as: "offsets")
  let found = ContinuousBound(
    steps: run.choose(quick: [10, 20], standard: [10, 30, 100, 300], full: [10, 30, 100, 300, 1_000]))
  run.show(found.table, as: "paths")
  run.show(found.figure(points: run.choose(quick: 20, standard: 100, full: 200)), as: "snr")
  let shares = NoiseSchedule.cosineShares()
  run.card("β_T of the cosine schedule, not limited", 1 - shares[999] / shares[998])
  run.card("ᾱ_T of the cosine schedule, limited", NoiseSchedule.cosine().ᾱ[1_000])
  run.card("½ ∫ mmse dSNR", found.integral)
  run.card("difference of I(x₀; x) at the ends", found.information)
}

/// How the offset s decides the first noise. (10.18)
public func offsetTable() -> Table {
  Table(
    "(10.18): the first noise √β₁ beside the step of a pixel, 2/255 = \(decimals(2 / 255.0, 4))",
    columns: ["s", "β₁", "√β₁", "β₁₀₀₀ as printed", "steps with β limited to 0.999", "ᾱ_T"],
    rows: [0, 0.004, 0.008, 0.016].map { s in
      let (schedule, shares) = (NoiseSchedule.cosine(offset: s), NoiseSchedule.cosineShares(offset: s))
      return [
        .number(s, decimals: 3), .scientific(schedule.β[1], digits: 4),
        .number(schedule.β[1].squareRoot(), decimals: 4), .number(1 - shares[999] / shares[998], decimals: 4),
        .integer(schedule.β.count { $0 >= 0.999 }), .scientific(schedule.ᾱ[1_000], digits: 3),
      ]
    })
}

/// The divergences of the bound for a mixture of two peaks, between two signal-to-noise ratios, on several paths.
struct ContinuousBound {
  static let data = GaussianMixture([
    .init(weight: 0.3, mean: [-1.2], deviation: 0.2), .init(weight: 0.7, mean: [0.6], deviation: 0.4),
  ])
  static let ends = (first: 6.907755278982137, last: -6.907755278982137)  // SNR from 1,000 to 1/1,000
  static let paths: [(name: String, path: @Sendable (Double) -> Double)] = [
    ("even in log SNR", { $0 }), ("slow at first", { $0 * $0 }), ("fast at first", { $0.squareRoot() }),
  ]
  let steps: [Int]
  /// The sums of the divergences, by path and number of steps.
  let sums: [[Double]]
  /// ½ ∫ mmse dSNR, and the difference of the information at the ends.
  let integral, information: Double

  init(steps: [Int]) {
    self.steps = steps
    let (first, last) = Self.ends
    sums = Self.paths.map { path in
      steps.map { T in
        let schedule = NoiseSchedule.between(first, last, steps: T, path: path.path)
        return schedule.divergenceSum(noiseErrors: schedule.leastNoiseErrors(of: Self.data))
      }
    }
    integral = Self.data.divergenceIntegral(logSignalToNoise: last...first)
    information = Self.data.information(signalShare: 1_000 / 1_001.0) - Self.data.information(signalShare: 1 / 1_001.0)
  }

  var table: Table {
    Table(
      "Σ E KL(q(x_{t−1} | x_t, x₀) ‖ p(x_{t−1} | x_t)) from SNR 1,000 to 1/1,000, exact predictor, σ² = β̃, in nats",
      columns: ["path"] + steps.map { "T = \(grouped($0))" } + ["T → ∞, ½ ∫ mmse dSNR", "I(x₀; x) at the ends"],
      rows: zip(Self.paths, sums).map { path, sums in
        [.text(path.name)] + sums.map { .number($0, decimals: 4) }
          + [.number(integral, decimals: 7), .number(information, decimals: 7)]
      })
  }

  /// The log SNR of both schedules over t, and the error of the noise over the log SNR, whose area is twice the bound.
  func figure(points: Int) -> Panels {
    let t = stride(from: 1, through: 999, by: 2).map { $0 }
    func ratios(_ schedule: NoiseSchedule) -> [Double] {
      let all = schedule.logSignalToNoise.scalars
      return t.map { all[$0 - 1] }
    }
    let (first, last) = Self.ends
    let λ = (0...points).map { last + (first - last) * Double($0) / Double(points) }
    let L = Tensor(λ, scalarType: .double).sigmoid().scalars.map { Self.data.leastNoiseError(signalShare: $0) }
    return Panels(
      "A schedule is a speed along the log signal-to-noise ratio",
      [
        LineChart(
          "where the steps are", x: Axis("t"), y: Axis("log SNR", range: -12...10),
          series: [
            Series("linear", x: t.map(Double.init), ratios(.linear())),
            Series("cosine", x: t.map(Double.init), ratios(.cosine())),
          ]),
        LineChart(
          "two peaks: the area is 2 · \(decimals(integral, 3)) nats", x: Axis("log SNR"),
          y: Axis("least E(ε − ε_θ)²", range: 0...1),
          series: [Series("exact predictor", x: λ, L, band: (low: L.map { _ in 0 }, high: L))]),
      ])
  }
}
