import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors

/// § 10.6.1: DDPM on data whose noise is known, with each variance, and by the formula as it is printed.
public let section10_6_1 = Exercise(.section, "10.6.1", "DDPM: stochastic sampling", seconds: 6, quick: 1) { run in
  let draws = run.choose(quick: 200, standard: 20_000, full: 200_000)
  run.show(varianceTable(draws: draws, run), as: "deviations")
  run.show(errorFigure, as: "errors")
  run.show(variancesTable, as: "data")
  run.show(ancestralPlane(points: run.choose(quick: 20, standard: 250, full: 250), run), as: "plane")
  let world = GaussianSampling(.linear(), deviation: 0.5)
  run.card("deviation of samples of N(0, ¼) with β", world.sampled(by: .ddpm(world.schedule)))
  run.card("with β̃", world.sampled(by: .ddpm(world.schedule, rule: .posterior)))
  run.card("by (10.20) as printed", printed(world, .ancestral))
  run.card("calls of the model for one sample", Double(Sampler.ddpm(world.schedule).calls))
}

/// The deviation of samples by the printed formula.
private func printed(_ world: GaussianSampling, _ rule: SamplingRule) -> Double {
  GaussianSampling.deviations(after: world.steps(asPrinted: .ddpm(world.schedule, rule: rule))).last ?? .nan
}

/// The linear schedule with β in proportion to 1/T.
private func world(_ T: Int, deviation s: Double = 0.5) -> GaussianSampling {
  GaussianSampling(.rescaledLinear(T), deviation: s)
}

private func rules(_ world: GaussianSampling) -> [(name: String, rule: SamplingRule)] {
  [("β", .ancestral), ("β̃", .posterior), ("β_t v_{t−1}/v_t", .variances(world.optimalVariances))]
}

private func varianceTable(draws: Int, _ run: Run) -> Table {
  let model = ExactPredictor(
    data: GaussianMixture([.init(weight: 1, mean: [0], deviation: 0.5)]), schedule: .linear())
  let lengths = [25, 100, 1_000, 4_000]
  let exact = rules(world(1_000)).enumerated().map { place, entry -> [Table.Cell] in
    let sampler = Sampler.ddpm(model.schedule, rule: entry.rule)
    let random = run.random.split()
    let x = sampler.sample(
      model, from: random.normal([draws, 1], scalarType: .double), random: random,
      look: run.sampling("sampling with σ² = \(entry.name)", steps: 1_000))
    let row = lengths.map { T -> Table.Cell in
      let world = world(T)
      return .number(world.sampled(by: .ddpm(world.schedule, rule: rules(world)[place].rule)), decimals: 5)
    }
    return [.text(entry.name)] + row + [.number(x.variance().squareRoot().item, decimals: 4)]
  }
  let wrong = [("β, as printed", SamplingRule.ancestral), ("β̃, as printed", .posterior)].map {
    name, rule -> [Table.Cell] in
    [.text(name)] + lengths.map { .number(printed(world($0), rule), decimals: 5) } + [.text("–")]
  }
  return Table(
    "(10.20): the deviation of samples of N(0, ¼), exactly by recursion and of \(grouped(draws)) samples; it should be "
      + "0.5",
    columns: ["σ_t²"] + lengths.map { "T = \($0)" } + ["drawn, T = 1000"], rows: exact + wrong)
}

/// Which variance is right for which data: the deviation of samples divided by that of the data.
public var variancesTable: Table {
  Table(
    "The deviation of samples divided by that of the data, T = 1000",
    columns: ["deviation of the data", "β", "β̃", "β_t v_{t−1}/v_t"],
    rows: [0.05, 0.1, 0.5, 1, 2].map { s in
      let world = world(1_000, deviation: s)
      return [.number(s, decimals: 2)]
        + rules(world).map { .number(world.sampled(by: .ddpm(world.schedule, rule: $0.rule)) / s, decimals: 4) }
    })
}

/// How the deviation of x_t departs from that of the noised data on the way down.
private var errorFigure: Panels {
  let world = GaussianSampling(.linear(), deviation: 0.5)
  let t = (0...1_000).reversed().map(Double.init)
  let exact = (0...1_000).reversed().map { world.variance(at: $0).squareRoot() }
  func deviations(_ steps: [GaussianSampling.LinearStep]) -> [Double] { GaussianSampling.deviations(after: steps) }
  let right = rules(world).map { name, rule in
    Series(
      "σ² = \(name)", x: t,
      zip(deviations(world.steps(of: .ddpm(world.schedule, rule: rule))), exact).map { 100 * ($0 / $1 - 1) })
  }
  let wrong = deviations(world.steps(asPrinted: .ddpm(world.schedule)))
  return Panels(
    "DDPM on data N(0, ¼), exactly",
    [
      LineChart(
        "As printed: 1 − α", x: Axis("t"), y: Axis("deviation of x_t", range: 0...1.05),
        series: [Series("(10.20) as printed", x: t, wrong), Series("exact", x: t, exact)]),
      LineChart("With 1 − ᾱ", x: Axis("t"), y: Axis("error of the deviation, %"), series: right),
    ])
}

/// Samples on their way from noise to data, over the exact density of each step.
private func ancestralPlane(points: Int, _ run: Run) -> Panels {
  let plane = SamplerPlane()
  let (sampler, random) = (Sampler.ddpm(plane.model.schedule), run.random.split())
  let look = run.sampling("sampling in the plane", steps: 1_000)
  let start = random.normal([points, 2], scalarType: .double)
  var seen = [(t: 1_000, x: start)]
  _ = sampler.sample(plane.model, from: start, random: random) { done, x in
    if [400, 150, 0].contains(1_000 - done) { seen.append((1_000 - done, x)) }
    return look(done, x)
  }
  return Panels(
    "DDPM with the exact noise: \(points) points, over the exact log q_t(x)", columns: 2,
    seen.map { t, x in
      SamplerPlane.contours("t = \(t)", [SamplerPlane.points("samples", x)], of: plane.model.noised(at: t))
    })
}
