import Figures
import Messages
import Running
import Tensors
import Theory

/// The complexity of {w·x : ‖w‖ ≤ 1} on 100 unit vectors, for several numbers of parameters.
func sizeTable(draws: Int, random: RandomSource) -> Table {
  Table(
    "‖w‖ ≤ 1 on 100 random unit vectors: the norm counts, not the number of parameters",
    columns: ["parameters d", "complexity", "(11.17)"],
    rows: [2, 20, 200, 2_000].map { d in
      let ball = LinearBall(unitVectors(100, dimensions: d, random: random))
      return [
        .integer(d), .number(ball.complexity(draws: draws, random: random).mean, decimals: 4),
        .number(ball.bound, decimals: 4),
      ]
    })
}

func spectralTable(_ found: [(d: Int, m: Int, result: SpectralCounterexample)]) -> Table {
  Table(
    "x ↦ a·relu(W x), ‖a‖ = 1, ‖W‖ = 1 in the spectral norm, on m unit vectors of ℝᵈ",
    columns: ["d", "m", "complexity ≥", "(11.7) as printed", "0.2 √(d/m)", "with Frobenius norms"],
    rows: found.map { d, m, result in
      [
        .integer(d), .integer(m), .number(result.complexityAtLeast, decimals: 4),
        .number(result.printedBound, decimals: 4),
        .number(0.2 * (Double(d) / Double(m)).squareRoot(), decimals: 4),
        .number(result.frobeniusBound, decimals: 4),
      ]
    })
}

/// The complexity against the dimension for a fixed number of examples, and both bounds.
func spectralFigure(random: RandomSource, isQuick: Bool) -> LineChart {
  let m = isQuick ? 500 : 2_000
  let dimensions = isQuick ? [2, 8, 32, 64] : [2, 4, 8, 16, 32, 64, 128, 256]
  let found = dimensions.map { SpectralCounterexample(dimensions: $0, examples: m, draws: 3, random: random) }
  let d = dimensions.map(Double.init)
  return LineChart(
    "Networks of spectral norm 1 on \(grouped(m)) unit vectors", x: Axis("dimension and width d", .logarithmic),
    y: Axis("complexity", .logarithmic),
    series: [
      Series("a network for each draw of signs", x: d, found.map(\.complexityAtLeast), style: .both),
      Series("(11.7) as printed", x: d, found.map(\.printedBound)),
      Series("with Frobenius norms", x: d, found.map(\.frobeniusBound)),
    ])
}
