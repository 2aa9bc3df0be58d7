import Backprop
import DataSets
import Figures
import GAN
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.10: a normalizing flow of affine couplings, an exact density of two moons.
public let section9_10c = Exercise(.section, "9.10c", "A normalizing flow", seconds: 12, quick: 1, full: 120) { run in
  let n = run.choose(quick: 200, standard: 4_000, full: 20_000)
  let noise = 0.1
  let points = LabeledPoints.moons(count: n, noise: noise, from: run.random).points
  let held = LabeledPoints.moons(count: min(n, 2_000), noise: noise, from: run.random).points
  var flow = CouplingFlow(
    dimension: 2, couplings: run.choose(quick: 2, standard: 8, full: 8), hidden: [32, 32], random: run.random.split())
  let plan = run.plan(quick: 1, standard: 200, full: 300, batchSize: 200).annealed(from: 3e-3, examples: n)
  var adam = Adam(learningRate: 3e-3)
  let history = train(&flow, with: &adam, examples: n, plan: plan, random: run.random.split()) { flow, batch in
    -flow.logDensity(of: points.gathered(batch)).mean()
  } evaluate: { flow in
    ["held out": -flow.logDensity(of: held).mean().item]
  }
  let result = try FlowResult(flow, points: points, held: held, noise: noise, random: run.random.split())
  run.show(result.table, as: "densities")
  run.show(result.figure(history), as: "moons")
  run.parameters = flow.parameterCount
  run.card("−log p of held-out points, flow", result.flowCost)
  run.card("−log p of held-out points, one Gaussian", result.gaussianCost)
  run.card("−log p of held-out points, the true law", result.trueCost)
  run.card("mass of the density on a grid", result.mass)
  run.card("largest error of the inverse", result.inverseError)
  let (found, real) = (result.neighbours(result.samples), result.neighbours(points))
  run.card("density of samples", found.density)
  run.card("density of real points", real.density)
  run.card("coverage of samples", found.coverage)
  run.card("coverage of real points", real.coverage)
}

/// A trained flow beside other laws.
private struct FlowResult {
  let flow: CouplingFlow
  let held, samples: Tensor
  let flowCost, gaussianCost, mixtureCost, trueCost, mass, inverseError: Double

  init(_ flow: CouplingFlow, points: Tensor, held: Tensor, noise: Double, random: RandomSource) throws {
    (self.flow, self.held) = (flow, held)
    samples = flow.sample(held.shape[0], using: random)
    let exact = held.converted(to: .double)
    func cost(_ logDensities: Tensor) -> Double { -logDensities.mean().item }
    flowCost = cost(flow.logDensity(of: held))
    func mixture(_ K: Int) throws -> Double {
      cost(
        try GaussianMixture.fitted(to: points, components: K, smallest: 1e-6, random: random).mixture
          .logDensity(of: exact))
    }
    (gaussianCost, mixtureCost) = (try mixture(1), try mixture(8))
    trueCost = cost(moonLaw(noise: noise).logDensity(of: exact))
    let wide = flow.converted(to: .double)
    let line = Tensor.linear(from: -4, to: 5, count: 180, scalarType: .double)
    let grid = Tensor.stacked(
      [line.expanded(axis: 1).broadcast(to: [180, 180]), line.broadcast(to: [180, 180])], axis: 2
    ).reshaped([180 * 180, 2])
    mass = wide.logDensity(of: grid).exp().sum().item * (9.0 / 179) * (9.0 / 179)
    inverseError = (wide.inverted(wide(exact).z) - exact).abs().max().item
  }

  /// Density and coverage of points among the held-out ones.
  func neighbours(_ x: Tensor) -> NeighbourMeasures {
    NeighbourMeasures(of: x[0..<min(x.shape[0], held.shape[0])], among: NeighbourBalls(around: held))
  }

  var table: Table {
    Table(
      "Held-out points of two moons", columns: ["law", "−log p, nats a point"],
      rows: [
        [.text("one Gaussian"), .number(gaussianCost, decimals: 3)],
        [.text("a mixture of 8 Gaussians, by EM"), .number(mixtureCost, decimals: 3)],
        [.text("flow"), .number(flowCost, decimals: 3)],
        [.text("the true law"), .number(trueCost, decimals: 3)],
      ])
  }

  func figure(_ history: History) -> Panels {
    func series(_ name: String, _ x: Tensor) -> Series {
      let x = x[0..<min(500, x.shape[0])]
      return Series(name, x: x.sliced(0..<1, axis: 1).scalars, x.sliced(1..<2, axis: 1).scalars, style: .points)
    }
    let (x, y) = (Axis("x₁", range: -1.6...2.6), Axis("x₂", range: -1.1...1.6))
    return Panels(
      "Two moons", columns: 2,
      [
        ContourPlot(
          "log p(x) of the flow, held-out points", x: x, y: y, levels: [-5, -4, -3, -2, -1, 0],
          paths: [series("held out", held)]
        ) { a, b in
          max(-9, flow.logDensity(of: Tensor([[a, b]])).item)
        },
        ScatterPlot("Samples", x: x, y: y, groups: [series("samples", samples)]),
        ScatterPlot(
          "The same points as z = f(x)", x: Axis("z₁", range: -3.5...3.5), y: Axis("z₂", range: -3.5...3.5),
          groups: [series("f(held out)", flow(held).z)]),
        LineChart(
          "−log p", x: Axis("epoch"), y: Axis("nats a point"),
          series: [
            Series("training", history.losses), Series("held out", history["held out"]),
            Series("the true law", x: [1, Double(history.epochs.count)], [trueCost, trueCost]),
          ]),
      ])
  }
}

/// The law of `LabeledPoints.moons`: Gaussians along both half circles, 100 for each.
private func moonLaw(noise: Double) -> GaussianMixture {
  let t = Tensor((0..<100).map { Double.pi * (Double($0) + 0.5) / 100 }, scalarType: .double)
  let places = zip(t.cos().scalars, t.sin().scalars).flatMap { c, s in [[c, s], [1 - c, 0.5 - s]] }
  return GaussianMixture(places.map { GaussianMixture.Component(weight: 1, mean: $0, deviation: noise) })
}
