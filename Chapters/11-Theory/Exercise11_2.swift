import Figures
import Messages
import Running
import Tensors
import Theory

/// Exercise 11.2: the complexity of linear functions with a bounded norm.
public let exercise11_2 = Exercise(
  "11.2", "The complexity of a ball of linear functions", stars: 2, seconds: 1
) {
  run in
  let draws = run.choose(quick: 2_000, standard: 100_000, full: 1_000_000)
  let samples = exercise11_2Samples(random: run.random.split())
  let found = samples.map { LinearBall($0.x).complexity(draws: draws, random: run.random.split()) }
  run.show(sampleTable(samples, found, draws: draws), as: "samples")
  run.show(alignmentFigure(), as: "alignment")
  run.card("complexity of ten random points of the plane", found[0].mean)
  run.card("(11.17) there", LinearBall(samples[0].x).bound)
}

/// Ten inputs each: random, orthogonal, all equal, and equal in pairs. Exercise 11.2
public func exercise11_2Samples(random: RandomSource) -> [(name: String, x: Tensor)] {
  let axes = Tensor.identity(10, scalarType: .double)
  return [
    ("random in the plane", random.normal([10, 2], scalarType: .double)),
    ("random in ℝ¹⁰⁰", random.normal([10, 100], scalarType: .double)), ("orthogonal", axes),
    ("orthogonal, lengths 1 … 10", Tensor.range(1..<11, scalarType: .double).expanded(axis: 1) * axes),
    ("all equal", Tensor.ones([10, 1], scalarType: .double)),
    ("one pair of equal inputs", Tensor.ones([2, 1], scalarType: .double)),
  ]
}

private func sampleTable(
  _ samples: [(name: String, x: Tensor)], _ found: [MeanOfDraws], draws: Int
) -> Table {
  Table(
    "(11.5) for ‖w‖ ≤ 1: exactly over all 2^m signs, and from \(grouped(draws)) draws",
    columns: ["inputs", "exact", "draws", "± one standard error", "(11.17)", "exact / (11.17)"],
    rows: zip(samples, found).map { sample, found in
      let ball = LinearBall(sample.x)
      let exact = ball.exactComplexity
      return [
        .text(sample.name), .number(exact, decimals: 4), .number(found.mean, decimals: 4),
        .number(found.error, decimals: 4), .number(ball.bound, decimals: 4),
        .number(exact / ball.bound, decimals: 4),
      ]
    })
}

/// Two unit vectors at an angle, and three: how much of (11.17) is reached.
private func alignmentFigure() -> LineChart {
  let degrees = (0...36).map { Double($0) * 5 }
  func ratio(_ count: Int, _ angle: Double) -> Double {
    let turns = Tensor.range(0..<count, scalarType: .double) * (angle / 180 * Double.pi)
    let ball = LinearBall(.stacked([turns.cos(), turns.sin()], axis: 1))
    return ball.exactComplexity / ball.bound
  }
  let lowest = 0.5.squareRoot()
  return LineChart(
    "The complexity as a share of (11.17)", x: Axis("degrees between neighbouring inputs"), y: Axis("share"),
    series: [2, 3, 6].map { count in
      Series("\(count) unit vectors", x: degrees, degrees.map { ratio(count, $0) })
    } + [Series("1/√2", x: [0, 180], [lowest, lowest])])
}
