import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// The mixture on the line that § 10.10 carries noise to.
public let twoHills = GaussianMixture([
  .init(weight: 0.3, mean: [-2], deviation: 0.3), .init(weight: 0.7, mean: [1.5], deviation: 0.5),
])

/// § 10.10: flow matching, with exact velocities on the line and trained ones in the plane.
public let section10_10 = Exercise(.section, "10.10", "Flow matching", seconds: 15, quick: 2, full: 150) { run in
  run.say("Noise N(0, 1) is carried to the mixture 0.3 N(−2, 0.3²) + 0.7 N(1.5, 0.5²).\n")
  let table = StepTable(steps: [1, 2, 4, 8, 16, 32], quantiles: run.choose(quick: 200, standard: 2_000, full: 10_000))
  run.show(table.table, as: "steps")
  run.show(lineFigure(), as: "line")

  let steps = run.choose(quick: 40, standard: 6_000, full: 20_000)
  let (line, rms) = trainedOnLine(
    steps: steps, random: run.random.split(), report: run.progress("velocity on the line"))
  run.say(
    "A network of \(grouped(line.parameterCount)) parameters learns the velocity: rms error \(decimals(rms, 4))\n")

  let study = PlaneStudy(
    steps: run.choose(quick: 20, standard: 2_000, full: 10_000), count: run.choose(quick: 60, standard: 400, full: 800),
    random: run.random.split(), report: run.progress)
  run.show(study.table, as: "plane")
  run.show(study.figure, as: "plane")
  run.parameters = study.fields[0].model.parameterCount
  for (name, values) in table.distances where name.hasPrefix("independent") {
    run.card("W₁, \(name), 16 steps", values[4])
  }
  run.card("W₁, optimal pairs, 1 step", table.distances[3].values[0])
  run.card("rms error of the trained velocity", rms)
  for field in study.fields { run.card("curvature, \(field.name) pairs", field.curvature) }
}

// MARK: - On the line

/// W₁ between the end of a flow and the data, for exact velocities, without chance: quantiles are carried.
public struct StepTable: Sendable {
  /// The numbers of steps.
  public let steps: [Int]
  /// The methods, each with its distances.
  public let distances: [(name: String, values: [Double])]

  /// The distances with these numbers of steps.
  public init(steps: [Int], quantiles n: Int) {
    self.steps = steps
    let noise = Tensor(middleQuantiles(n), shape: [n, 1], scalarType: .double)
    let data = Tensor(twoHills.middleQuantiles(n), scalarType: .double)
    func distances(_ end: (Int) -> Tensor) -> [Double] {
      steps.map { wassersteinBySorting(end($0).reshaped([n]), data).item }
    }
    let (independent, optimal) = (ExactVelocity(to: twoHills), MonotoneFlow.transport(to: twoHills, quantiles: n))
    let schedule = NoiseSchedule.linear()
    let predictor = ExactPredictor(data: twoHills, schedule: schedule)
    self.distances =
      FlowSolver.allCases.map { solver in
        ("independent pairs, \(solver.rawValue)", distances { independent.flowed(noise, steps: $0, by: solver) })
      } + [
        ("optimal pairs, euler", distances { optimal.flowed(noise, steps: $0) }),
        (
          "DDIM, linear schedule",
          distances {
            Sampler.ddim(schedule, steps: $0).sample(predictor, from: noise, random: RandomSource(seed: 1))
          }
        ),
      ]
  }

  var table: Table {
    Table(
      "W₁ to the data after some steps, with exact velocities",
      columns: ["field and method"] + steps.map { $0 == 1 ? "1 step" : "\($0)" },
      rows: distances.map { name, values in [.text(name)] + values.map { .number($0, decimals: 4) } })
  }
}

/// The trajectories of 25 quantiles of the noise, with independent and with optimal pairs.
private func lineFigure() -> Panels {
  let n = 25
  let noise = Tensor(middleQuantiles(n), shape: [n, 1], scalarType: .double)
  func panel(_ title: String, _ field: some VelocityField) -> LineChart {
    var (times, path) = ([0.0], [noise.scalars])
    _ = field.flowed(noise, steps: 60, by: .heun) { t, x in
      times.append(t)
      path.append(x.scalars)
      return true
    }
    let ends = path[path.count - 1]
    func lines(_ name: String, _ isChosen: (Double) -> Bool) -> Series {
      let chosen = (0..<n).filter { isChosen(ends[$0]) }
      return Series(
        name, x: chosen.flatMap { _ in times + [.nan] }, chosen.flatMap { i in path.map { $0[i] } + [.nan] })
    }
    return LineChart(
      title, x: Axis("t", range: 0...1), y: Axis("x", range: -3.2...3.2),
      series: [lines("to the right hill", { $0 > -0.5 }), lines("to the left hill", { $0 <= -0.5 })])
  }
  return Panels(
    "From noise to data on the line",
    [
      panel("independent pairs", ExactVelocity(to: twoHills)),
      panel("optimal pairs", MonotoneFlow.transport(to: twoHills)),
    ])
}

/// A network trained by flow matching on the mixture on the line, and the root of E(v_θ(x_t, t) − v(x_t, t))² with t
/// uniform.
public func trainedOnLine(
  steps: Int, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil
) -> (model: TimedNetwork, rms: Double) {
  let n = 20_000
  let x1 = twoHills.sample(count: n, from: random).points
  var model = TimedNetwork(1, hidden: [64, 64, 64], scale: 100, random: random.split())
  var plan = TrainingPlan(steps: steps, examples: n, batchSize: 512)
  plan.report = report
  trainVelocity(&model, on: x1, learningRate: 3e-3, plan: plan, random: random.split())
  let exact = ExactVelocity(to: twoHills)
  let errors = (0..<50).map { step in
    let t = (Double(step) + 0.5) / 50
    let x = straightPath(
      from: random.normal([1_000, 1]), to: twoHills.sample(count: 1_000, from: random).points,
      at: [Double](repeating: t, count: 1_000))
    return (model.velocity(at: x, time: t) - exact.velocity(at: x, time: t)).squared().mean().item
  }
  return (model, (errors.reduce(0, +) / 50).squareRoot())
}
