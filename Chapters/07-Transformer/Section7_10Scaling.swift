import Attention
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training
import Transformer

/// § 7.10: the power law (7.16) on models of five sizes, trained on a language whose entropy is known.
public let section7_10d = Exercise(.section, "7.10d", "Scaling laws", seconds: 30, quick: 1, full: 900) { run in
  let study = try LanguageScaling(
    widths: run.choose(quick: [4, 8], standard: [4, 8, 16, 32, 64], full: [4, 8, 16, 32, 64, 128]),
    steps: run.choose(quick: 3, standard: 600, full: 4_000), random: run.random.split(), progress: run.progress)
  run.show(study.table, as: "sizes")
  run.show(study.lawTable, as: "laws")
  run.show(study.figure, as: "scaling")
  run.card("ten times the parameters, (7.16): loss times", PowerLaw.kaplan.ratio(ofGrowing: 10))
  run.card("exponent of L", study.whole.exponent)
  run.card("N from which the law of L is below H", study.end)
  run.card("exponent of L − H", study.aboveFloor.exponent)
  run.card("exponent of L − H, counting embeddings", study.countingAll.exponent)
}

/// Models of several sizes, and the laws that fit their losses.
public struct LanguageScaling: Sendable {
  /// The models, the smallest first.
  public let runs: [ScalingRun]
  /// The loss H of the language itself on the same sentences, in nats per character.
  public let floor: Double
  /// The law of L, that of L − H, and that of L − H by all parameters.
  public let whole, aboveFloor, countingAll: PowerLaw

  /// Trains GPTs of two blocks and these widths for equally many steps.
  public init(
    widths: [Int], steps: Int, random: RandomSource,
    progress: (String) -> @Sendable (TrainingProgress) -> Void
  ) throws {
    let windows = try SentenceWindows(.agreement, characters: 500_000, length: 95, random: random.split())
    let judged = try SentenceWindows(.agreement, characters: 20_000, length: 95, random: random.split()).pieces(100)
    let H = windows.floor(of: judged)
    let runs = widths.map { d in
      let start = GPT(
        symbols: windows.vocabulary.count, context: 95, width: d, heads: max(1, d / 16), blocks: 2,
        random: random.split())
      let pieces = random.split()
      // Narrow models need larger rates.
      var plan = SequencePlan(steps: steps, learningRate: 3e-3 * (64 / Double(d)).squareRoot(), warmup: steps / 10)
      plan.report = progress("width \(d)")
      let model = start.trained(by: plan, random: random.split()) { model in
        model.loss((0..<16).map { _ in windows.draw(pieces) })
      }.model
      return ScalingRun(
        width: d, parameters: model.encoder.parameterCount, all: model.parameterCount,
        loss: model.loss(judged).item)
    }
    func tensor(_ number: (ScalingRun) -> Double) -> Tensor { Tensor(runs.map(number), scalarType: .double) }
    let (n, all, loss) = (tensor { Double($0.parameters) }, tensor { Double($0.all) }, tensor(\.loss))
    (self.runs, floor) = (runs, H)
    whole = PowerLaw(fitting: n, loss)
    aboveFloor = PowerLaw(fitting: n, loss, floor: H)
    countingAll = PowerLaw(fitting: all, loss, floor: H)
  }

  /// The N at which the law of L reaches the language's own loss, which no model can go below: (N_c/N)^α = H.
  public var end: Double {
    Tensor(floor, scalarType: .double).power(-1 / whole.exponent).item * whole.scale
  }

  var table: Table {
    Table(
      "GPTs of two blocks on a language of \(decimals(floor, 4)) nats per character",
      columns: ["width", "N", "with embeddings", "loss L", "L − H"],
      rows: runs.map {
        [
          .integer($0.width), .integer($0.parameters), .integer($0.all), .number($0.loss, decimals: 4),
          .number($0.loss - floor, decimals: 4),
        ]
      })
  }

  private func residual(_ law: PowerLaw, _ n: (ScalingRun) -> Int) -> Double {
    law.residual(
      Tensor(runs.map { Double(n($0)) }, scalarType: .double), Tensor(runs.map(\.loss), scalarType: .double))
  }

  var lawTable: Table {
    Table(
      "Power laws, and how far the losses are from them",
      columns: ["law", "α", "ten times N: loss times", "rms of the error of the logarithm"],
      rows: [
        ("L = (N_c/N)^α", whole, residual(whole, \.parameters)),
        ("L − H = (N_c/N)^α", aboveFloor, residual(aboveFloor, \.parameters)),
        ("L − H, N with embeddings", countingAll, residual(countingAll, \.all)),
      ].map { name, law, residual in
        [
          .text(name), .number(law.exponent, decimals: 3), .number(law.ratio(ofGrowing: 10), decimals: 3),
          .number(residual, decimals: 3),
        ]
      } + [
        [.text("(7.16)"), .number(0.076, decimals: 3), .number(PowerLaw.kaplan.ratio(ofGrowing: 10), decimals: 3), ""]
      ])
  }

  var figure: LineChart {
    let n = runs.map { Double($0.parameters) }
    let x = Tensor(n, scalarType: .double)
    return LineChart(
      "Loss against parameters", x: Axis("N, without embeddings", .logarithmic),
      y: Axis("nats per character", .logarithmic),
      series: [
        Series("L", x: n, runs.map(\.loss), style: .points),
        Series("power law of L", x: n, whole(x).scalars),
        Series("L − H", x: n, runs.map { $0.loss - floor }, style: .points),
        Series("power law of L − H", x: n, (aboveFloor(x) - floor).scalars),
      ])
  }
}
