import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// § 10.10: a sampler of 20 steps is distilled into one evaluation.
public let section10_10c = Exercise(
  .section, "10.10c", "Consistency distillation", seconds: 25, quick: 2, full: 120
) { run in
  let schedule = NoiseSchedule.linear()
  run.show(gaussianTable(schedule), as: "gaussian")
  let study = ConsistencyStudy(
    schedule, steps: run.choose(quick: 20, standard: 10_000, full: 40_000),
    count: run.choose(quick: 60, standard: 400, full: 800), random: run.random.split(),
    report: run.progress("distillation"))
  run.show(study.table, as: "ring")
  run.show(study.figure, as: "ring")
  run.parameters = study.model.parameterCount
  run.card("rms distance of f(x_T, T) to the teacher's end", study.endError)
  run.card("rms difference of f along a trajectory", study.inconsistency)
  for row in study.rows where row.calls <= 2 {
    run.card("W₂, \(row.name), \(row.calls) \(row.calls == 1 ? "call" : "calls")", row.distance)
  }
  run.card("W₂ of two samples of the data", study.between)
}

/// x s/√v_t beside DDIM through all steps, for Gaussian data.
private func gaussianTable(_ schedule: NoiseSchedule) -> Table {
  let s = 0.5
  let data = GaussianMixture([.init(weight: 1, mean: [0], deviation: s)])
  let closed = GaussianConsistency(deviation: s, schedule: schedule)
  let stepped = SteppedConsistency(of: ExactPredictor(data: data, schedule: schedule), schedule: schedule)
  let x = Tensor([[1]], scalarType: .double)
  return Table(
    "The consistency function of N(0, ¼) at x = 1",
    columns: ["t", "x s/√v_t", "DDIM in t steps", "E[x₀ | x_t], one step"],
    rows: [1, 10, 100, 300, 1_000].map { t in
      let ᾱ = schedule.ᾱ[t]
      let mean = ᾱ.squareRoot() * s * s / (ᾱ * s * s + 1 - ᾱ)
      return [
        .integer(t), .number(closed.end(of: x, at: t).item, decimals: 4),
        .number(stepped.end(of: x, at: t).item, decimals: 4), .number(mean, decimals: 4),
      ]
    })
}

/// A consistency model of a ring of eight Gaussians, distilled from the exact predictor.
public struct ConsistencyStudy {
  /// Samples of one way to sample.
  public struct Row {
    /// The way.
    public let name: String
    /// The calls of the network, or of the predictor.
    public let calls: Int
    /// W₂ to samples of the data, and the share of the samples within three deviations of a mode.
    public let distance, share: Double
    let samples: Tensor
  }

  /// The distilled model.
  public let model: ConsistencyModel
  /// DDIM, and the model.
  public let rows: [Row]
  /// W₂ between two samples of the data.
  public let between: Double
  /// The root mean squared distance between f(x_T, T) and the end of the teacher's trajectory, and between f at the
  /// middle of it and f(x_T, T).
  public let endError, inconsistency: Double

  /// The study with this number of training steps and this number of samples.
  public init(
    _ schedule: NoiseSchedule, steps: Int, count: Int, random: RandomSource,
    report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    let teacher = ExactPredictor(data: ringOfEight, schedule: schedule)
    let sampler = Sampler.ddim(schedule, steps: 20)
    let x0 = ringOfEight.sample(count: 10_000, from: random).points
    var student = ConsistencyModel(
      TimedNetwork(2, hidden: [128, 128, 128], random: random.split()), deviation: 2.0.squareRoot(),
      schedule: schedule)
    var plan = TrainingPlan(steps: steps, examples: x0.shape[0], batchSize: 256)
    plan.report = report
    distill(teacher, into: &student, on: x0, times: sampler.times, plan: plan, random: random.split())
    model = student

    let data = ringOfEight.sample(count: count, from: random).points
    let noise = random.normal([count, 2])
    func row(_ name: String, _ calls: Int, _ x: Tensor) -> Row {
      Row(
        name: name, calls: calls, distance: Transport(from: x, to: data, power: 2).distance,
        share: ModeCoverage(of: x, in: ringOfEight).share, samples: x)
    }
    let ddim = [1, 2, 4, 8, 20].map { S in
      row("DDIM", S, Sampler.ddim(schedule, steps: S).sample(teacher, from: noise, random: random))
    }
    let consistent = [[1_000], [1_000, 400], [1_000, 600, 400, 200]].map { times in
      row(
        "consistency", times.count,
        student.sample(from: noise, times: times, schedule: schedule, random: RandomSource(seed: 7)))
    }
    rows = ddim + consistent
    between = Transport(from: ringOfEight.sample(count: count, from: random).points, to: data, power: 2).distance
    var middle = noise
    _ = sampler.sample(teacher, from: noise, random: random) { done, x in
      middle = x
      return done < 10
    }
    let end = student.end(of: noise, at: 1_000)
    func rms(_ a: Tensor, _ b: Tensor) -> Double { (a - b).squared().sum(axes: [1]).mean().item.squareRoot() }
    endError = rms(end, ddim[4].samples)
    inconsistency = rms(end, student.end(of: middle, at: 500))
  }

  var table: Table {
    Table(
      "Samples of a ring of eight Gaussians", columns: ["sampler", "calls", "W₂ to the data", "share at a mode"],
      rows: rows.map {
        [.text($0.name), .integer($0.calls), .number($0.distance, decimals: 3), .number($0.share, decimals: 3)]
      }
        + [["two samples of the data", "", .number(between, decimals: 3), .number(0.989, decimals: 3)]])
  }

  var figure: Panels {
    let shown = [
      ("DDIM, 1 call", rows[0]), ("DDIM, 8 calls", rows[3]), ("consistency, 1 call", rows[5]),
      ("consistency, 2 calls", rows[6]),
    ]
    return Panels(
      "Few evaluations", columns: 2,
      shown.map { title, row in
        var plot = ScatterPlot(
          title, x: Axis("x₁", range: -3...3), y: Axis("x₂", range: -3...3),
          groups: [
            Series(
              "samples", x: row.samples.sliced(0..<1, axis: 1).scalars, row.samples.sliced(1..<2, axis: 1).scalars,
              style: .points)
          ])
        plot.size = .init(width: 560, height: 600)
        return plot
      })
  }
}
