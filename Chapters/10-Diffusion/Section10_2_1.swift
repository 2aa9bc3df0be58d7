import Diffusion
import Figures
import Messages
import Running
import Tensors

/// § 10.2.1: which mean and which variance a reverse step should have.
public let section10_2_1 = Exercise(.section, "10.2.1", "The reverse step: mean and variance", seconds: 1, quick: 1) {
  run in
  let schedule = NoiseSchedule.linear()
  run.show(varianceTable(schedule), as: "variances")
  run.show(slopeTable(schedule), as: "slopes")
  run.show(varianceFigure(), as: "variances")
  run.card("β̃₁", schedule.posteriorVariance(at: 1))
  run.card("β̃₂ / β₂", schedule.posteriorVariance(at: 2) / schedule.β[2])
}

/// The best variance of a reverse step for data N(0, s²).
private func bestVariances(_ s²: Double, _ schedule: NoiseSchedule) -> [Double] {
  let L = schedule.leastNoiseErrors(spectrum: Tensor([s²], scalarType: .double))
  return DiffusionBound(schedule, variance: .best(noiseErrors: L)).variances.scalars
}

private func varianceTable(_ schedule: NoiseSchedule) -> Table {
  let best = [0, 0.01, 0.25, 1].map { bestVariances($0, schedule) }
  return Table(
    "(10.12): the variance of x_{t−1} given x_t, as a multiple of β_t",
    columns: ["t", "β_t", "β̃_t/β_t", "a point", "N(0, 0.1²)", "N(0, ½²)", "N(0, 1)"],
    rows: [1, 2, 3, 10, 100, 1_000].map { t in
      let variances = [schedule.posteriorVariance(at: t)] + best.map { $0[t - 1] }
      let multiples: [Table.Cell] = variances.map { .number($0 / schedule.β[t], decimals: 4) }
      return [.integer(t), .scientific(schedule.β[t], digits: 3)] + multiples
    })
}

/// The best linear step N(x + k x, σ²), by likelihood and by noise. Fleuret (2024), section 7.2
private func slopeTable(_ schedule: NoiseSchedule) -> Table {
  let chain = GaussianChain(variance: 0.25, schedule: schedule)
  return Table(
    "Data N(0, ½²): the best step x_t + k x_t, trained by its likelihood or by (10.16)",
    columns: ["t", "k by likelihood", "k by the noise", "difference"],
    rows: [1, 10, 100, 500, 1_000].map { t in
      let best = chain.bestSlopes(at: t)
      return [
        .integer(t), .number(best.byLikelihood, decimals: 8), .number(best.byNoise, decimals: 8),
        .scientific(abs(best.byLikelihood - best.byNoise), digits: 1),
      ]
    })
}

/// With few steps the best variances differ most.
private func varianceFigure() -> LineChart {
  let schedule = NoiseSchedule.rescaledLinear(20)
  let t = (1...schedule.steps).map(Double.init)
  func share(_ name: String, _ values: [Double]) -> Series {
    Series(name, x: t, zip(values, schedule.β.dropFirst()).map { $0 / $1 }, style: .both)
  }
  return LineChart(
    "The variance that a reverse step needs depends on the data", x: Axis("t, of 20 steps"),
    y: Axis("variance divided by β_t", range: 0...1.05),
    series: [
      share("β_t: exact for N(0, 1)", bestVariances(1, schedule)),
      share("best for N(0, ½²)", bestVariances(0.25, schedule)),
      share("best for N(0, 0.1²)", bestVariances(0.01, schedule)),
      share("β̃_t: exact for a point", schedule.posteriorVariances.scalars),
    ])
}
