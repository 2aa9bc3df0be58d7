import Figures
import Messages
import Running
import Tensors
import Theory

/// Exercise 11.3: the tangent kernel of one hidden layer of ReLU, its limit, and the limit as a function of the angle.
public let exercise11_3 = Exercise("11.3", "The tangent kernel of one hidden layer", stars: 2, seconds: 1, quick: 1) {
  run in
  let x = Tensor([[1, 0.2]], scalarType: .double)
  let other = Tensor([[0.1, 0.9]], scalarType: .double)
  let small = GatedNetwork(inputs: 2, width: 6, random: run.random.split())
  let difference = small.tangentKernel(x, other) - tangentKernel(of: small, at: x, and: other)
  run.say("Exercise 11.3.1: formula minus derivatives, n = 6: \(scientific(difference.abs().max().item, digits: 1))")
  let limit = GatedNetwork.limitKernel(x, other).item
  let widths = run.choose(
    quick: [100, 10_000], standard: [100, 10_000, 1_000_000], full: [100, 10_000, 1_000_000, 10_000_000])
  let found = widths.map { n in
    GatedNetwork(inputs: 2, width: n, random: run.random.split()).tangentKernel(x, other).item
  }
  run.show(
    Table(
      "Exercise 11.3.2: x = (1, 0.2), x′ = (0.1, 0.9)",
      columns: ["n", "Θ(x, x′)", "limit", "standard deviation, closed form"],
      rows: zip(widths, found).map { n, Θ in
        [
          .integer(n), .number(Θ, decimals: 4), .number(limit, decimals: 4),
          .number(GatedNetwork.kernelDeviation(x, other, width: n).item, decimals: 4),
        ]
      }), as: "widths")
  run.show(gateFigure(run.random.split()), as: "angles")
  run.card("limit, x·x′(π − θ)/2π", limit)
  run.card("Θ(x, x′), n = \(grouped(widths[widths.count - 1]))", found[widths.count - 1])
}

/// The kernel of unit vectors against their angle, and its two factors.
private func gateFigure(_ random: RandomSource) -> LineChart {
  let degrees = (0...60).map { 3 * Double($0) }
  let θ = Tensor(degrees.map { $0 * Double.pi / 180 }, scalarType: .double)
  let (x, others) = (Tensor([[1, 0]], scalarType: .double), Tensor.stacked([θ.cos(), θ.sin()], axis: 1))
  let shares = (Double.pi - θ) / (2 * Double.pi)
  return LineChart(
    "Exercise 11.3.3: Θ(x, x′) of unit vectors", x: Axis("angle θ, degrees"), y: Axis(),
    series: [
      Series("limit cos θ (π − θ)/2π", x: degrees, GatedNetwork.limitKernel(x, others).scalars),
      Series("both gates open, (π − θ)/2π", x: degrees, shares.scalars),
      Series(
        "n = 1,000", x: degrees,
        GatedNetwork(inputs: 2, width: 1_000, random: random).tangentKernel(x, others).scalars, style: .points),
    ])
}
