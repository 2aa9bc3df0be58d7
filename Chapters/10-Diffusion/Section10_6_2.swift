import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors

/// § 10.6.2: DDIM with any number of steps and any η, and its codes.
public let section10_6_2 = Exercise(.section, "10.6.2", "DDIM: deterministic sampling", seconds: 2, quick: 1) { run in
  let table = stepsTable
  run.show(table, as: "steps")
  run.show(orderFigure, as: "order")
  run.show(implicitPlane(run), as: "plane")
  run.show(codesTable(points: run.choose(quick: 20, standard: 200, full: 200), run), as: "codes")
  let world = GaussianSampling(.linear(), deviation: 0.5)
  run.card("deviation of samples of N(0, ¼), S = 10", world.sampled(by: .ddim(world.schedule, steps: 10)))
  run.card("S = 50", world.sampled(by: .ddim(world.schedule, steps: 50)))
  run.card("S = 1000", world.sampled(by: .ddim(world.schedule, steps: 1_000)))
}

private let counts = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000]

private func deviation(_ schedule: NoiseSchedule, _ S: Int, η: Double) -> Double {
  GaussianSampling(schedule, deviation: 0.5).sampled(by: .ddim(schedule, steps: S, η: η))
}

/// The deviation for data N(0, ¼).
private var stepsTable: Table {
  let kinds: [(String, NoiseSchedule, Double)] = [
    ("linear, η = 0", .linear(), 0), ("η = ½", .linear(), 0.5), ("η = 1", .linear(), 1),
    ("cosine, η = 0", .cosine(), 0), ("η = ½", .cosine(), 0.5), ("η = 1", .cosine(), 1),
  ]
  return Table(
    "(10.21): the deviation of samples of N(0, ¼) by S steps kT/S, T = 1000, exactly; it should be 0.5",
    columns: ["S"] + kinds.map(\.0),
    rows: counts.map { S in
      [.integer(S)] + kinds.map { .number(deviation($0.1, S, η: $0.2), decimals: 4) }
    })
}

/// The error against S: a line of slope −1.
private var orderFigure: LineChart {
  let S = counts.map(Double.init)
  func errors(_ schedule: NoiseSchedule, η: Double) -> [Double] { counts.map { 0.5 - deviation(schedule, $0, η: η) } }
  return LineChart(
    "DDIM: samples of N(0, ¼) are too narrow", x: Axis("S", .logarithmic), y: Axis("0.5 − deviation", .logarithmic),
    series: [
      Series("linear, η = 0", x: S, errors(.linear(), η: 0), style: .both),
      Series("cosine, η = 0", x: S, errors(.cosine(), η: 0), style: .both),
      Series("linear, η = 1", x: S, errors(.linear(), η: 1), style: .both),
      Series("1/S", x: S, S.map { 1 / $0 }),
    ])
}

/// Paths from the same noise by several samplers.
private func implicitPlane(_ run: Run) -> Panels {
  let plane = SamplerPlane()
  let starts = RandomSource(seed: 12).normal([4, 2], scalarType: .double)
  let samplers: [(String, Sampler)] = [
    ("S = 1000, η = 0", .ddim(plane.model.schedule, steps: 1_000)),
    ("S = 10, η = 0", .ddim(plane.model.schedule, steps: 10)),
    ("S = 1000, η = 0.1", .ddim(plane.model.schedule, steps: 1_000, η: 0.1)),
    ("S = 10, η = 1", .ddim(plane.model.schedule, steps: 10, η: 1)),
  ]
  return Panels(
    "DDIM from the same four x_T, over log p(x)", columns: 2,
    samplers.map { name, sampler in
      SamplerPlane.contours(
        name,
        plane.paths(
          plane.model, from: starts, by: sampler, random: run.random.split(),
          look: run.sampling("sampling paths", steps: sampler.times.count)))
    })
}

/// Data to noise and back.
private func codesTable(points: Int, _ run: Run) -> Table {
  let plane = SamplerPlane()
  let random = run.random.split()
  let x = SamplerPlane.data.sample(count: points, from: random).points.converted(to: .double)
  return Table(
    "§ 10.6.2: \(points) points are encoded and decoded in S steps: root mean square of what is lost",
    columns: ["S", "calls up and down", "lost", "one correction", "four corrections", "deviation of the codes"],
    rows: [20, 50, 100, 200, 500].map { S in
      let sampler = Sampler.ddim(plane.model.schedule, steps: S)
      let codes = [0, 1, 4].map { sampler.encoded(plane.model, x, corrections: $0) }
      let lost = codes.map { code in
        (sampler.sample(plane.model, from: code, random: random) - x).squared().mean().squareRoot().item
      }
      return [.integer(S), .integer(2 * S)] + lost.map { .scientific($0) } + [
        .number(codes[2].variance().squareRoot().item, decimals: 3)
      ]
    })
}
