import Distributions
import Figures
import Messages
import Running
import Tensors
import VAE

/// Exercise 9.2: the gap of the bound, when it is 0, and how importance weights close it.
public let exercise9_2 = Exercise("9.2", "How tight is the bound?", stars: 2, seconds: 4, quick: 1) { run in
  let bound = ScalarBound.standard
  run.show(gapTable(), as: "gap")
  run.show(try diagonalTable(), as: "diagonal")
  let draws = run.choose(quick: 5_000, standard: 1_000_000, full: 4_000_000)
  let found = importanceRows(bound, [1, 2, 5, 10, 50, 500], draws: draws, random: run.random.split())
  run.show(importanceTable(bound, found, draws: draws), as: "importance")
  run.show(gapFigure(draws: draws / 50, random: run.random.split()), as: "gap")
  run.show(rateFigure(draws: draws, random: run.random.split()), as: "rate")
  run.card("log p(x)", bound.logMarginal)
  run.card("ELBO", bound.evidenceBound)
  run.card("IWAE with 500 weights", found.last?.bound ?? .nan)
}

// MARK: - Exercise 9.2.1 and 9.2.2

private let guesses: [(mean: Double, deviation: Double)] = [(0, 1), (0.2, 1.1), (0.75, 1), (0.75, 0.5.squareRoot())]

private func gapTable() -> Table {
  Table(
    "Exercise 9.2.1: z ∼ N(0, 1), x | z ∼ N(z, 1), x = 1.5; the posterior is N(0.75, ½)",
    columns: ["mean of q", "deviation of q", "log p(x)", "ELBO", "KL(q ‖ p(z | x))", "Var(w)/E[w]²"],
    rows: guesses.map {
      let q = ScalarBound(x: 1.5, mean: $0.mean, variance: $0.deviation * $0.deviation)
      return [
        .number($0.mean, decimals: 2), .number($0.deviation, decimals: 4), .number(q.logMarginal, decimals: 6),
        .number(q.evidenceBound, decimals: 6), .number(q.gap, decimals: 6), .number(q.relativeVariance, decimals: 4),
      ]
    })
}

/// Two latent variables whose columns of W meet at an angle: the smallest gap of a diagonal q.
private func diagonalTable() throws -> Table {
  let rows = try [90.0, 75, 60, 45, 30, 15].map { degrees -> [Table.Cell] in
    let angle = Tensor(degrees / 180 * Double.pi, scalarType: .double)
    let model = try LinearGaussianModel(
      weights: Tensor([[1, angle.cos().item], [0, angle.sin().item]], scalarType: .double), noise: 0.25)
    let x = Tensor([1, 0.5], scalarType: .double)
    let best = MultivariateNormal(try model.bestDiagonal(of: x))
    let logMarginal = model.marginal.logDensity(of: x.expanded(axis: 0)).item
    return [
      .number(degrees, decimals: 0), .number(model.smallestDiagonalGap, decimals: 6),
      .number(logMarginal - model.bound(of: x, by: best), decimals: 6),
      .number(logMarginal - model.bound(of: x, by: try model.posterior(of: x)), decimals: 6),
    ]
  }
  return Table(
    "Exercise 9.2.2: two columns of W at an angle, s² = ¼",
    columns: ["degrees", "½ (Σ log Λⱼⱼ − log |Λ|)", "gap of the best diagonal q", "gap of the posterior"], rows: rows)
}

// MARK: - Exercise 9.2.3

private typealias Importance = (K: Int, bound: Double, error: Double)

private func importanceRows(
  _ q: ScalarBound, _ counts: [Int], draws: Int, random: RandomSource
) -> [Importance] {
  counts.map { K in
    let found = q.importanceGap(count: K, draws: draws, random: random)
    return (K, q.logMarginal - found.gap, found.error)
  }
}

private func importanceTable(_ q: ScalarBound, _ found: [Importance], draws: Int) -> Table {
  Table(
    "Exercise 9.2.3: q = N(0.2, 1.1²), \(grouped(draws)) draws; log p(x) = \(decimals(q.logMarginal, 4))",
    columns: ["K", "(9.29)", "± one standard error", "gap", "Var(w)/(2K E[w]²)"],
    rows: found.map {
      [
        .integer($0.K), .number($0.bound, decimals: 4), .number($0.error, decimals: 5),
        .number(q.logMarginal - $0.bound, decimals: 4), .number(q.relativeVariance / Double(2 * $0.K), decimals: 4),
      ]
    })
}

/// Bounds against the mean and against the deviation of q.
private func gapFigure(draws: Int, random: RandomSource) -> Panels {
  func chart(_ label: String, _ places: [Double], _ q: (Double) -> ScalarBound) -> LineChart {
    let bounds = places.map(q)
    let ten = bounds.map { $0.importanceWeighted(count: 10, draws: draws, random: random).bound }
    return LineChart(
      "", x: Axis(label), y: Axis("nats", range: -4 ... -1.6),
      series: [
        Series("log p(x)", x: places, bounds.map(\.logMarginal)),
        Series("IWAE, K = 10", x: places, ten), Series("ELBO", x: places, bounds.map(\.evidenceBound)),
      ])
  }
  let means = (-12...28).map { Double($0) / 10 }
  let deviations = (4...32).map { Double($0) / 16 }
  return Panels(
    "The gap is KL(q ‖ p(z | x)): x = 1.5, posterior N(0.75, ½)",
    [
      chart("mean of q, variance ½", means) { ScalarBound(x: 1.5, mean: $0, variance: 0.5) },
      chart("deviation of q, mean 0.75", deviations) { ScalarBound(x: 1.5, mean: 0.75, variance: $0 * $0) },
    ])
}

/// Exercise 9.2.3: the gap against K for a q with finite and one with infinite variance of the weights.
public func rateFigure(draws: Int, random: RandomSource) -> LineChart {
  let counts = [1, 2, 5, 10, 20, 50, 100, 200, 500]
  let wide = ScalarBound.standard
  let narrow = ScalarBound(x: 1.5, mean: 0.2, variance: 0.1)
  func gaps(_ q: ScalarBound) -> [Double] {
    counts.map { K in
      q.relativeVariance.isFinite
        ? q.importanceGap(count: K, draws: draws, random: random).gap
        : q.logMarginal - q.importanceWeighted(count: K, draws: draws, random: random).bound
    }
  }
  let K = counts.map(Double.init)
  return LineChart(
    "How fast importance weights close the gap", x: Axis("K", .logarithmic),
    y: Axis("log p(x) − (9.29), nats", .logarithmic),
    series: [
      Series("q = N(0.2, 1.21)", x: K, gaps(wide), style: .both),
      Series("Var(w)/(2K E[w]²)", x: K, K.map { wide.relativeVariance / (2 * $0) }),
      Series("q = N(0.2, 0.1): infinite variance", x: K, gaps(narrow), style: .both),
    ])
}
