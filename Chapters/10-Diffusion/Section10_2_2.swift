import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors

/// § 10.2.2: the bound, its gap, the weights that the simple loss leaves out, and the least losses.
public let section10_2_2 = Exercise(
  .section, "10.2.2", "The bound, the simple loss and its least value", seconds: 5, quick: 1
) {
  run in
  let schedule = NoiseSchedule.linear()
  let gaps = [10, 100, 1_000].map { BoundGaps(steps: $0) }
  run.show(gapTable(gaps), as: "gaps")
  run.show(targetTable(schedule), as: "targets")
  let least = LeastLosses(schedule, every: run.choose(quick: 125, standard: 5, full: 5))
  run.show(try least.table(), as: "least")
  run.show(termFigure(schedule), as: "terms")
  run.show(weightFigure(schedule), as: "weights")
  run.show(try least.figure(), as: "least")
  run.card("gap, T = 1,000, best variance", gaps[2].best)
  run.card("gap, T = 1,000, σ² = β", gaps[2].step)
  run.card("gap, T = 1,000, σ² = β̃", gaps[2].posterior)
  for (name, variance) in [("β", ReverseVariance.step), ("β̃", .posterior)] {
    let w = DiffusionBound(schedule, variance: variance).weights.scalars.dropFirst()
    run.card("largest weight through smallest, σ² = \(name)", (w.max() ?? .nan) / (w.min() ?? .nan))
  }
}

// MARK: - The bound

/// −ELBO minus the entropy for data N(0, ½²) and the exact predictor, in nats. (10.15)
struct BoundGaps {
  let steps: Int
  let best, step, posterior, printed: Double

  /// The gaps of T steps, with β scaled by 1000/T.
  init(steps T: Int) {
    steps = T
    let schedule = NoiseSchedule.rescaledLinear(T)
    let L = schedule.leastNoiseErrors(spectrum: Tensor([0.25], scalarType: .double))
    let entropy = GaussianMixture([.init(weight: 1, mean: [0], deviation: 0.5)]).entropy()
    func gap(_ variance: ReverseVariance) -> Double {
      DiffusionBound(schedule, variance: variance).negativeBound(noiseErrors: L, meanSquare: 0.25) - entropy
    }
    (best, step, posterior) = (gap(.best(noiseErrors: L)), gap(.step), gap(.posterior))
    printed = DiffusionBound(schedule, variance: .step).divergences(noiseErrors: L).sum().item
  }
}

private func gapTable(_ gaps: [BoundGaps]) -> Table {
  Table(
    "Data N(0, ½²), exact predictor: −ELBO minus the entropy, in nats",
    columns: ["T", "best σ²", "σ² = β", "σ² = β̃", "(10.15) as printed, from t = 1"],
    rows: gaps.map {
      [
        .integer($0.steps), .scientific($0.best, digits: 1), .scientific($0.step, digits: 3),
        .scientific($0.posterior, digits: 3), .text($0.printed == .infinity ? "infinite" : "\($0.printed)"),
      ]
    })
}

/// The steps from 2 on that a curve is drawn through: all early and all late ones, and every tenth between.
private func drawnSteps(_ schedule: NoiseSchedule) -> [Int] {
  (2...schedule.steps).filter { $0 < 60 || $0.isMultiple(of: 10) || $0 > schedule.steps - 10 }
}

/// The terms of the bound over t, and how much each is larger with another variance than the best. (10.15)
private func termFigure(_ schedule: NoiseSchedule) -> Panels {
  func terms(_ schedule: NoiseSchedule, _ variance: (Tensor) -> ReverseVariance) -> [Double] {
    let L = schedule.leastNoiseErrors(spectrum: Tensor([0.25], scalarType: .double))
    let all = DiffusionBound(schedule, variance: variance(L)).divergences(noiseErrors: L).scalars
    return drawnSteps(schedule).map { all[$0 - 1] }
  }
  func steps(_ T: Int) -> [Double] { drawnSteps(.rescaledLinear(T)).map(Double.init) }
  let best = terms(schedule) { .best(noiseErrors: $0) }
  func excess(_ variance: ReverseVariance) -> [Double] { zip(terms(schedule) { _ in variance }, best).map { $0 - $1 } }
  let t = Axis("t", .logarithmic)
  return Panels(
    "The terms of the bound: data N(0, ½²), exact predictor",
    [
      LineChart(
        "with the best variance", x: t, y: Axis("nats", .logarithmic, range: 1e-7...10),
        series: [10, 100, 1_000].map { T in
          Series("T = \(grouped(T))", x: steps(T), terms(.rescaledLinear(T)) { .best(noiseErrors: $0) })
        }),
      LineChart(
        "what another variance costs, T = 1,000", x: t, y: Axis("nats more", .logarithmic, range: 1e-9...1),
        series: [
          Series("σ² = β", x: steps(schedule.steps), excess(.step)),
          Series("σ² = β̃", x: steps(schedule.steps), excess(.posterior)),
        ]),
    ])
}

/// The weights of (ε − ε_θ)² in the bound.
private func weightFigure(_ schedule: NoiseSchedule) -> Panels {
  func chart(_ name: String, _ schedule: NoiseSchedule) -> LineChart {
    let t = drawnSteps(schedule).map(Double.init)
    func weights(_ variance: ReverseVariance) -> [Double] {
      let all = DiffusionBound(schedule, variance: variance).weights.scalars
      return drawnSteps(schedule).map { all[$0 - 1] }
    }
    return LineChart(
      name, x: Axis("t", .logarithmic), y: Axis("weight of (ε − ε_θ)²", .logarithmic, range: 1e-3...10),
      series: [
        Series("σ² = β̃", x: t, weights(.posterior)), Series("σ² = β", x: t, weights(.step)),
        Series("simple loss: equal", x: t, t.map { _ in 1 }),
      ])
  }
  return Panels(
    "What (10.16) leaves out: the weights of the true bound",
    [chart("linear schedule", schedule), chart("cosine schedule", .cosine())])
}

// MARK: - What a network may predict

private func targetTable(_ schedule: NoiseSchedule) -> Table {
  Table(
    "The squared error of one model at t, as a multiple of that of its noise",
    columns: ["t", "√ᾱ", "√(1 − ᾱ)", "ε", "x₀", "v"],
    rows: [1, 10, 100, 260, 500, 1_000].map { t in
      let share = schedule.ᾱ[t]
      return [
        .integer(t), .number(share.squareRoot(), decimals: 4), .number((1 - share).squareRoot(), decimals: 4),
      ] + PredictionTarget.allCases.map { .scientific($0.lossFactor(at: t, schedule), digits: 3) }
    })
}
