import Figures
import GAN
import Messages
import Running
import Tensors

/// Exercise 8.1: D* of two normal distributions, its figure, and why it is a sigmoid of a straight line.
public let exercise8_1 = Exercise(
  "8.1", "The optimal discriminator of two normal distributions", stars: 1, seconds: 1, quick: 1, full: 1
) { run in
  let (equal, wide) = (NormalPair(), NormalPair(deviation: 2))
  run.show(pointTable(equal, wide), as: "values")
  run.show(
    discriminatorChart(
      "Exercise 8.1: D* for p_g = N(0, 1)", [("p_data = N(3, 1)", equal), ("p_data = N(3, 4)", wide)]),
    as: "discriminator")
  run.card("D*(1.5)", optimalValues(equal, at: [1.5])[0])
  run.card(
    "lowest D* for N(3, 4)", optimalValues(wide, at: Array(stride(from: -5.0, through: 8, by: 0.001))).min() ?? 0)
}

/// D* at these points, from the logit. (8.2), Exercise 8.1
public func optimalValues(_ world: NormalPair, at x: [Double]) -> [Double] {
  let x = Tensor(x, scalarType: .double)
  return optimalLogit(world.real(x), world.fake(x)).sigmoid().scalars
}

private func pointTable(_ equal: NormalPair, _ wide: NormalPair) -> Table {
  let x = [-5.0, -2, -1, 0, 1, 1.5, 2, 3, 5, 8]
  let (a, b) = (optimalValues(equal, at: x), optimalValues(wide, at: x))
  return Table(
    "D* for p_g = N(0, 1): σ(3x − 4.5) for p_data = N(3, 1), σ(3x²/8 + 3x/4 − 9/8 − log 2) for N(3, 4)",
    columns: ["x", "N(3, 1)", "N(3, 4)"],
    rows: x.indices.map { i in
      [.number(x[i], decimals: 1), .number(a[i], decimals: 6), .number(b[i], decimals: 6)]
    })
}

/// D* on [−5, 8] for one or more pairs of densities, with the densities of the first pair.
func discriminatorChart(
  _ title: String, _ pairs: [(name: String, world: NormalPair)], showsDensities: Bool = false
) -> LineChart {
  let x = Tensor.linear(from: -5, to: 8, count: 400, scalarType: .double)
  var series = pairs.map { Series($0.name, x: x.scalars, optimalValues($0.world, at: x.scalars)) }
  if showsDensities, let world = pairs.first?.world {
    series.append(Series("p_data", x: x.scalars, world.real(x).exp().scalars))
    series.append(Series("p_g", x: x.scalars, world.fake(x).exp().scalars))
  }
  return LineChart(title, x: Axis("x"), y: Axis(showsDensities ? "" : "D*"), series: series)
}
