import Figures
import Foundations
import Running
import Tensors
import Training

/// The test loss of students that grow, or whose data grow.
public struct ScalingStudy: Sendable {
  /// What grows: parameters or examples.
  public let what: String
  /// Its sizes.
  public let sizes: [Double]
  /// The test loss of each, the mean over the seeds.
  public let losses: [Double]
  /// The power law that fits best.
  public let law: PowerLaw
}

/// Trains students of growing width on 20,000 examples, and students of width 64 on growing sets.
///
/// They learn a fixed random function of four variables without noise, which a wide student could learn perfectly. More
/// examples cannot help a student of width 64 below what it reaches with all of them: that loss is the floor L∞ of the
/// second law.
public func studyScaling(
  widths: [Int], examples: [Int], seeds: Int, seed: UInt64, plan: (_ label: String) -> TrainingPlan
) -> [ScalingStudy] {
  let teacher = Teacher(random: RandomSource(seed: seed))
  func mean(_ loss: (_ random: RandomSource) -> Double) -> Double {
    (0..<seeds).map { loss(RandomSource(seed: seed + 1 + UInt64($0))) }.reduce(0, +) / Double(seeds)
  }
  func student(_ width: Int, _ examples: Int) -> Double {
    let plan = plan("width \(width), \(examples) examples")
    return mean { teacher.lossOfStudent(width: width, examples: examples, plan: plan, random: $0) }
  }
  let byWidth = widths.map { student($0, 20_000) }
  let byData = examples.map { student(64, $0) }
  let floor = min(student(64, 20_000), 0.9 * (byData.min() ?? 0))
  let parameters = widths.map { Double(MLP.parameterCount(widths: [4, $0, $0, 1])) }
  return [
    study("parameters", parameters, byWidth, floor: 0),
    study("examples", examples.map(Double.init), byData, floor: floor),
  ]
}

private func study(_ what: String, _ sizes: [Double], _ losses: [Double], floor: Double) -> ScalingStudy {
  let law = PowerLaw(fitting: Tensor(sizes, scalarType: .double), Tensor(losses, scalarType: .double), floor: floor)
  return ScalingStudy(what: what, sizes: sizes, losses: losses, law: law)
}

/// A random function of four variables with mean 0 and variance 1 on normal inputs: sums of waves in many directions.
struct Teacher {
  private let directions, phases, test: Tensor
  private let scale: Double
  private let shift: Double

  init(random: RandomSource) {
    directions = random.normal([30, 4], standardDeviation: 0.8)
    phases = random.uniform([30], in: 0..<6.28)
    test = random.normal([2_000, 4])
    let raw = (matmul(test, directions.transposed) + phases).sin().sum(axes: [1])
    (scale, shift) = (1 / raw.variance().squareRoot().item, raw.mean().item)
  }

  /// The function at points stored as rows. [N×4] → [N×1]
  func callAsFunction(_ x: Tensor) -> Tensor {
    scale * ((matmul(x, directions.transposed) + phases).sin().sum(axes: [1], keepsAxes: true) - shift)
  }

  /// The test loss of a network 4-width-width-1 after a plan's steps on batches of 128 drawn from the examples.
  func lossOfStudent(width: Int, examples: Int, plan: TrainingPlan, random: RandomSource) -> Double {
    var student = MLP([4, width, width, 1], activation: .gelu, initialization: .xavier, random: random)
    var optimizer = Adam()
    let pool = random.normal([examples, 4])
    var plan = plan
    let steps = plan.epochs
    plan.learningRate = { step in cosineRate(5e-3, step: step, of: steps) }
    train(&student, with: &optimizer, examples: 1, plan: plan, random: random) { student, _ in
      let x = pool.gathered((0..<128).map { _ in random.integer(below: examples) })
      return meanSquaredError(student(x), self(x))
    }
    return meanSquaredError(student(test), self(test)).item
  }
}

func showScaling(_ run: Run) {
  let studies = studyScaling(
    widths: run.choose(quick: [2, 8], standard: [2, 4, 8, 16, 32, 64], full: [2, 4, 8, 16, 32, 64, 128]),
    examples: run.choose(
      quick: [32, 128], standard: [64, 128, 256, 512, 1024, 2048, 4096],
      full: [64, 128, 256, 512, 1024, 2048, 4096, 8192]),
    seeds: run.choose(quick: 1, standard: 3, full: 5), seed: run.options.seed
  ) { label in run.plan(steps: run.choose(quick: 50, standard: 2_500, full: 5_000), label: label) }
  for study in studies {
    run.show(
      Table(
        "Test loss against \(study.what)", columns: [study.what, "test loss", "power law"],
        rows: zip(study.sizes, study.losses).map { size, loss in
          let fitted = study.law(Tensor(size, scalarType: .double)).item
          return [.integer(Int(size)), .number(loss, decimals: 4), .number(fitted, decimals: 4)]
        }), as: "scaling-\(study.what)")
    run.card("exponent, \(study.what)", study.law.exponent)
    if study.law.floor > 0 { run.card("floor, \(study.what)", study.law.floor) }
  }
  run.show(Panels("Scaling laws", studies.map(scalingChart)), as: "scaling")
}

private func scalingChart(_ study: ScalingStudy) -> LineChart {
  let fitted = study.law(Tensor(study.sizes, scalarType: .double)).scalars
  return LineChart(
    "Test loss against \(study.what)", x: Axis(study.what, .logarithmic), y: Axis("test loss", .logarithmic),
    series: [
      Series("measured", x: study.sizes, study.losses, style: .points),
      Series("power law", x: study.sizes, fitted),
    ])
}
