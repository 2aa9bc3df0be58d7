import Diffusion
import Figures
import Messages
import Running
import Tensors

/// Exercise 10.4: the cosine schedule beside the linear one.
public let exercise10_4 = Exercise("10.4", "The cosine schedule", stars: 1, seconds: 1, quick: 1) { run in
  let (linear, cosine) = (NoiseSchedule.linear(), NoiseSchedule.cosine())
  run.show(scheduleTable(linear, cosine), as: "schedules")
  run.show(
    Panels(
      "The linear and the cosine schedule, T = 1,000",
      [
        chart("ᾱ_t", Axis("ᾱ_t", range: 0...1), linear, cosine) { $0.ᾱ },
        chart("β_t", Axis("β_t", .logarithmic, range: 1e-5...1), linear, cosine) { $0.β },
        chart("log-SNR", Axis("log ᾱ_t/(1 − ᾱ_t)"), linear, cosine) { [.infinity] + $0.logSignalToNoise.scalars },
      ]), as: "schedules")
  for (name, schedule) in [("linear", linear), ("cosine", cosine)] {
    run.card("ᾱ₅₀₀, \(name)", schedule.ᾱ[500])
    run.card("first t with ᾱ below ½, \(name)", Double(schedule.ᾱ.firstIndex { $0 < 0.5 } ?? 0))
    run.card("steps with |log SNR| < 2, \(name)", Double(mediumNoiseSteps(of: schedule)))
  }
}

/// The number of steps with medium noise: those whose log signal-to-noise ratio is between −2 and 2. Exercise 10.4
public func mediumNoiseSteps(of schedule: NoiseSchedule) -> Int {
  schedule.logSignalToNoise.scalars.count { abs($0) < 2 }
}

private func scheduleTable(_ linear: NoiseSchedule, _ cosine: NoiseSchedule) -> Table {
  Table(
    "(10.17) and (10.18), limited to β ≤ 0.999",
    columns: ["t", "β, linear", "β, cosine", "ᾱ, linear", "ᾱ, cosine", "log SNR, linear", "log SNR, cosine"],
    rows: [1, 10, 100, 250, 500, 750, 900, 999, 1_000].map { t in
      let both = [linear, cosine]
      return [.integer(t)] + both.map { .scientific($0.β[t], digits: 3) }
        + both.map { $0.ᾱ[t] < 1e-3 ? .scientific($0.ᾱ[t], digits: 3) : .number($0.ᾱ[t], decimals: 4) }
        + both.map { .number($0.logSignalToNoise[t - 1].item, decimals: 2) }
    })
}

private func chart(
  _ title: String, _ y: Axis, _ linear: NoiseSchedule, _ cosine: NoiseSchedule, _ values: (NoiseSchedule) -> [Double]
) -> LineChart {
  let t = Array(stride(from: 1, through: 1_000, by: 3))
  return LineChart(
    title, x: Axis("t"), y: y,
    series: [("linear", linear), ("cosine", cosine)].map { name, schedule in
      let all = values(schedule)
      return Series(name, x: t.map(Double.init), t.map { all[$0] })
    })
}
