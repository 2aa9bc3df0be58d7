import Figures
import GAN
import Messages
import Running
import Tensors

/// Exercise 8.2: the Jensen–Shannon divergence and the Wasserstein distance of two point masses, and what noise does.
public let exercise8_2 = Exercise(
  "8.2", "Two point masses: JSD and Wasserstein distance", stars: 2, seconds: 2, quick: 1, full: 2
) { run in
  let θ = [-2, -1, -0.5, -0.1, 0, 0.1, 0.5, 1, 2.0]
  run.show(massTable(θ), as: "masses")
  run.show(pointMassFigure(), as: "distances")
  run.show(remainingTable(), as: "slopes")

  let steps = run.choose(quick: 100, standard: 600, full: 600)
  let paths = GeneratorObjective.allCases.map { ($0, $0.descent(from: 3, steps: steps)) }
  run.show(descentTable(paths), as: "descent")
  run.show(descentFigure(paths), as: "descent")
  for (objective, path) in paths { run.card("θ after descending " + objective.rawValue, path[path.count - 1]) }
}

/// What the position θ of a generated point mass descends; the data are a point mass at 0. Exercise 8.2.3
public enum GeneratorObjective: String, CaseIterable, Sendable {
  case divergence = "JSD"
  case wasserstein = "W"
  case smoothed = "JSD with noise of deviation 1"

  /// The slope at θ: 0 for JSD, which has none at θ = 0.
  public func slope(at θ: Double) -> Double {
    let place = Tensor([θ], scalarType: .double)
    switch self {
    case .divergence:
      return θ == 0 ? 0 : (jensenShannonOfPointMasses(1.5 * θ) - jensenShannonOfPointMasses(0.5 * θ)) / θ
    case .wasserstein:
      return gradient(at: place) { wassersteinBySorting(Tensor([0], scalarType: .double), $0) }.item
    case .smoothed:
      return gradient(at: place) { smoothedDivergence($0[0], deviation: 1) }.item
    }
  }

  /// θ before the first and after each step of gradient descent.
  public func descent(from start: Double, steps: Int, rate: Double = 0.05) -> [Double] {
    (0..<steps).reduce(into: [start]) { path, _ in
      let θ = path[path.count - 1]
      path.append(θ - rate * slope(at: θ))
    }
  }
}

// MARK: - Exercise 8.2.1 and 8.2.2

private func massTable(_ places: [Double]) -> Table {
  Table(
    "p_data = δ₀, p_g = δ_θ, and the same with noise of deviation 1/2",
    columns: ["θ", "JSD", "its slope", "W", "its slope", "JSD with noise", "its slope"],
    rows: places.map { θ in
      let place = Tensor([θ], scalarType: .double)
      let noisy = valueWithGradient(at: place) { smoothedDivergence($0[0], deviation: 0.5) }
      let W = wassersteinBySorting(Tensor([0], scalarType: .double), place)
      func slope(_ objective: GeneratorObjective) -> Table.Cell {
        θ == 0 ? "none" : .number(objective.slope(at: θ), decimals: 0)
      }
      return [
        .number(θ, decimals: 1), .number(jensenShannonOfPointMasses(θ), decimals: 6), slope(.divergence),
        .number(W.item, decimals: 1), slope(.wasserstein), .number(noisy.value.item, decimals: 6),
        .number(noisy.gradient.item, decimals: 4),
      ]
    })
}

/// JSD, W and JSD with noise of two point masses against their distance θ.
public func pointMassFigure() -> LineChart {
  let θ = Array(stride(from: -3.0, through: 3, by: 0.02))
  let smoothed = [0.1, 0.5, 1].map { s in
    Series(
      "JSD, noise \(decimals(s, 1))", x: θ,
      θ.map { smoothedDivergence(Tensor($0, scalarType: .double), deviation: s).item })
  }
  let log2 = jensenShannonOfPointMasses(1)
  return LineChart(
    "Exercise 8.2: two point masses at distance θ", x: Axis("θ"), y: Axis("", range: 0...1),
    series: [
      Series("W = |θ|", x: θ, θ.map(abs)),
      Series("JSD: log 2, and 0 at θ = 0", x: [-3, -1e-6, 0, 1e-6, 3], [log2, log2, 0, log2, log2]),
    ]
      + smoothed)
}

// MARK: - Exercise 8.2.3

/// What is left of JSD's slope for two normal distributions with deviation 1.
private func remainingTable() -> Table {
  Table(
    "N(m, 1) against N(0, 1): JSD tells near from far, but not how far",
    columns: ["m", "log 2 − JSD", "dJSD/dm", "W", "dW/dm"],
    rows: [1, 3, 6, 8, 12, 20.0].map { m in
      let at = DistanceComparison(shift: m)
      return [
        .number(m, decimals: 0), .scientific(at.gap), .scientific(-at.gapSlope), .number(at.wasserstein, decimals: 6),
        .number(at.wassersteinSlope, decimals: 6),
      ]
    })
}

private func descentTable(_ paths: [(GeneratorObjective, [Double])]) -> Table {
  Table(
    "A generator at θ = 3 descends with a rate of 0.05", columns: ["objective", "slope at the start", "θ at the end"],
    rows: paths.map { objective, path in
      [
        .text(objective.rawValue), .number(objective.slope(at: 3), decimals: 4),
        .number(path[path.count - 1], decimals: 4),
      ]
    })
}

private func descentFigure(_ paths: [(GeneratorObjective, [Double])]) -> LineChart {
  LineChart(
    "Exercise 8.2.3: a generated point mass descends", x: Axis("step"), y: Axis("θ"),
    series: paths.map { Series($0.0.rawValue, x: $0.1.indices.map(Double.init), $0.1) })
}
