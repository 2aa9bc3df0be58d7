import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors

/// § 10.1: the forward chain beside its closed form, and the distance of x_T from N(0, I).
public let section10_1 = Exercise(
  .section, "10.1", "The forward process, step by step and at once", seconds: 5, quick: 1
) {
  run in
  let schedule = NoiseSchedule.linear()
  let found = ForwardChains(schedule, count: run.choose(quick: 2_000, standard: 50_000, full: 200_000), run: run)
  run.show(found.table, as: "chain")
  run.show(priorTable(), as: "prior")
  run.show(fadingTable(schedule), as: "fading")
  run.show(found.figure, as: "densities")
  run.card("mean of x_T, drawn from x₀ = 2", found.moments.last?.mean ?? .nan)
  run.card("variance of x_T, drawn", found.moments.last?.variance ?? .nan)
  run.card("nats from N(0, I), 784 pixels, T = 1,000", 784 * schedule.priorDivergence())
}

/// Many chains of one schedule from the same mixture of two Gaussians with variance 1, and from x₀ = 2.
struct ForwardChains {
  /// The steps that are looked at.
  static let times = [1, 100, 250, 500, 1_000]
  /// The data: mean 0 and variance 1.
  static let data = GaussianMixture([
    .init(weight: 1, mean: [-0.96], deviation: 0.28), .init(weight: 1, mean: [0.96], deviation: 0.28),
  ])
  let schedule: NoiseSchedule
  /// The mean and the variance of x_t from x₀ = 2, and the variance of x_t from the data.
  private(set) var moments: [(mean: Double, variance: Double, ofData: Double)] = []
  /// Some x_t from the data.
  private(set) var drawn: [[Double]] = []

  /// Draws the chains step by step, as (10.1) says.
  init(_ schedule: NoiseSchedule, count: Int, run: Run) {
    self.schedule = schedule
    let random = run.random.split()
    let x0 = Tensor(Self.data.sample(count: count, from: random).coordinates, scalarType: .double)
    let both = Tensor.stacked([Tensor(repeating: 2, [count], scalarType: .double), x0], axis: 0)
    var (moments, drawn) = (self.moments, self.drawn)
    schedule.chain(from: both, steps: schedule.steps, random: random) { t, x in
      guard Self.times.contains(t) else { return }
      moments.append((x[0].mean().item, x[0].variance().item, x[1].variance().item))
      drawn.append(Array(x[1].scalars.prefix(20_000)))
    }
    (self.moments, self.drawn) = (moments, drawn)
  }

  var table: Table {
    Table(
      "(10.1) step by step and (10.2) at once: x_t from x₀ = 2, and from data of variance 1",
      columns: ["t", "mean, drawn", "√ᾱ · 2", "variance, drawn", "1 − ᾱ", "variance from the data, drawn", "exact"],
      rows: zip(Self.times, moments).map { t, found in
        let kernel = schedule.kernel(upTo: t)
        return [
          .integer(t), .number(found.mean, decimals: 4), .number(2 * kernel.factor, decimals: 4),
          .number(found.variance, decimals: 4), .number(kernel.variance, decimals: 4),
          .number(found.ofData, decimals: 4), .number(kernel.variance(from: 1), decimals: 4),
        ]
      })
  }

  /// Histograms of the chains under the densities that (10.2) gives.
  var figure: Panels {
    let charts = zip(Self.times, drawn).dropFirst().map { t, values in
      let density = Self.data.diffused(signalShare: schedule.ᾱ[t])
      return Histogram(
        "t = \(t)", x: Axis("x_t", range: -3.5...3.5), values: values.filter { abs($0) < 3.5 }, name: "chain", bins: 50,
        densityName: "exact"
      ) { Tensor(density.logDensity(at: [$0]), scalarType: .double).exp().item }
    }
    return Panels("The data fade into N(0, 1): chains by (10.1), densities by (10.2)", columns: 2, Array(charts))
  }
}

/// How far x_T is from the prior. Remark 10.2
private func priorTable() -> Table {
  let schedules: [(String, NoiseSchedule)] = [
    ("linear, T = 1,000", .linear()), ("the same β, T = 200", .linear(200)),
    ("β · 1000/T, T = 200", .rescaledLinear(200)), ("cosine, T = 1,000", .cosine()),
  ]
  return Table(
    "Remark 10.2: KL(q(x_T | x₀) ‖ N(0, I)) for 784 pixels with x₀² = 1",
    columns: ["schedule", "ᾱ_T", "mean of x_T", "nats"],
    rows: schedules.map { name, schedule in
      [
        .text(name), .scientific(schedule.ᾱ[schedule.steps], digits: 4),
        .text("\(decimals(schedule.ᾱ[schedule.steps].squareRoot(), 4)) x₀"),
        .number(784 * schedule.priorDivergence(), decimals: 4),
      ]
    })
}

/// Noise and renormalize: the weight of x₀ beside e^{−½ Σβ}. Fleuret (2024), section 7.2
private func fadingTable(_ schedule: NoiseSchedule) -> Table {
  let sums = Tensor(schedule.β, scalarType: .double).cumulativeSum(axis: 0)
  let fading = (-0.5 * sums).exp().scalars
  return Table(
    "The weight of x₀ fades nearly exponentially",
    columns: ["t", "√ᾱ_t", "exp(−½ Σβ)"],
    rows: ForwardChains.times.map { t in
      [.integer(t), .number(schedule.ᾱ[t].squareRoot(), decimals: 5), .number(fading[t], decimals: 5)]
    })
}
