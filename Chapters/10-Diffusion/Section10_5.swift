import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors
import Training

/// § 10.5: the time embedding in both forms, and what each part of the U-Net is worth.
public let section10_5 = Exercise(
  .section, "10.5", "The U-Net and its time embedding", seconds: 25, quick: 2, full: 200
) { run in
  run.show(embeddingTable(), as: "embedding")
  run.show(embeddingFigure(), as: "embedding")

  let digits = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
  let study = PartStudy(
    on: centred(digits.first.images), test: centred(digits.rest.images),
    epochs: run.choose(quick: 1, standard: 20, full: 150), width: run.choose(quick: 8, standard: 8, full: 16),
    seed: run.options.seed, report: run.progress)
  run.show(study.table, as: "parts")
  run.show(study.figure, as: "times")
  run.parameters = study.results[0].parameters
  for result in study.results { run.card("test loss, \(result.variant.rawValue)", result.loss) }
}

/// The two forms of the time embedding for d = 128 and t < 1,000. (10.19), Listing 10.8a
public func embeddingTable() -> Table {
  let (d, t) = (128, Array(0..<1_000))
  let listed = timeEmbedding(t.map(Double.init), dimension: d, scalarType: .double)
  let formula = interleavedTimeEmbedding(t, dimension: d, scalarType: .double)
  let ordered = sinesFirst(formula)
  // The last sine of t = 1 is the last frequency, up to its cube.
  let (last, own) = (ordered[1, d / 2 - 1].item, listed[1, d / 2 - 1].item)
  func neighbours(_ codes: Tensor) -> Double { (codes[1..<1_000] - codes[0..<999]).norm(axes: [1]).min().item }
  func row(_ name: String, _ codes: Tensor, _ frequency: Double) -> [Table.Cell] {
    [
      .text(name), .number((codes - listed).abs().max().item, decimals: 3), .scientific(frequency),
      .number(neighbours(codes), decimals: 3),
    ]
  }
  return Table(
    "Two time embeddings, d = 128, t = 0, …, 999",
    columns: ["form", "largest difference", "last frequency", "least distance of neighbours"],
    rows: [
      row("Listing 10.8a", listed, own), row("(10.19)", formula, last), row("(10.19), sines first", ordered, last),
    ])
}

/// An interleaved embedding with all sines before all cosines, the order of the listing. [N×d]
public func sinesFirst(_ codes: Tensor) -> Tensor {
  let d = codes.shape[1]
  return codes.gathered((0..<d).map { $0 < d / 2 ? 2 * $0 : 2 * $0 - d + 1 }, axis: 1)
}

/// Both forms as maps over time, with d = 32.
private func embeddingFigure() -> Panels {
  let t = Array(stride(from: 0, to: 1_000, by: 25))
  func map(_ title: String, _ codes: Tensor) -> HeatMap {
    HeatMap(
      title, rowTitle: "number", columnTitle: "t = 0, 25, …, 975",
      values: (0..<32).map { codes.transposed[$0].scalars },
      format: nil,
      colors: .diverging, range: -1...1)
  }
  return Panels(
    "The time embedding, d = 32",
    [
      map("Listing 10.8a: sines, then cosines", timeEmbedding(t.map(Double.init), dimension: 32)),
      map("(10.19): interleaved", interleavedTimeEmbedding(t, dimension: 32)),
    ])
}

/// U-Nets that lack a part, or have one more, trained alike on digits. § 10.5
public struct PartStudy: Sendable {
  /// A network.
  public enum Variant: String, Sendable, CaseIterable {
    case complete = "as listed, with a stem"
    case blind = "without the time"
    case shallow = "without skip connections"
    case bare = "without the stem"
    case attentive = "with attention"
  }

  /// What came of it.
  public struct Result: Sendable {
    /// The network.
    public let variant: Variant
    /// Its parameters.
    public let parameters: Int
    /// The simple loss of the averaged network on test images.
    public let loss: Double
    /// The same at each of `times`.
    public let lossAtTimes: [Double]
  }

  /// The steps at which the losses are measured.
  public static let times = [1, 5, 10, 25, 50, 100, 200, 400, 700, 1_000]
  /// The results, in the order of the variants.
  public let results: [Result]

  /// Trains all variants. x0, test: [N×1×H×W]
  public init(
    on x0: Tensor, test: Tensor, epochs: Int, width: Int, variants: [Variant] = Variant.allCases, seed: UInt64,
    report: (String) -> @Sendable (TrainingProgress) -> Void
  ) {
    let schedule = NoiseSchedule.linear()
    results = variants.map { variant in
      var sizes = UNetSizes()
      (sizes.width, sizes.time) = (width, 32)
      (sizes.hasSkips, sizes.hasStem) = (variant != .shallow, variant != .bare)
      sizes.hasAttention = variant == .attentive
      let network = TimedUNet(network: UNet(sizes, random: RandomSource(seed: seed)), isBlind: variant == .blind)
      var training = DenoiserTraining(network, learningRate: 4e-3)
      var plan = TrainingPlan(epochs: epochs, batchSize: 64)
      plan.report = report(variant.rawValue)
      training.train(on: x0, schedule: schedule, plan: plan, random: RandomSource(seed: seed + 1))
      let trained = training.average.model
      return Result(
        variant: variant, parameters: network.parameterCount,
        loss: trained.simpleLoss(on: test, schedule: schedule, random: RandomSource(seed: 10)),
        lossAtTimes: Self.times.map {
          trained.simpleLoss(on: test, schedule: schedule, at: $0, random: RandomSource(seed: 10))
        })
    }
  }

  var table: Table {
    Table(
      "What the parts are worth: mean of (ε − ε̂)² on test images, equal trainings",
      columns: ["network", "parameters", "all t", "t = 1", "t = 10", "t = 100", "t = 1,000"],
      rows: results.map { result in
        let chosen = [1, 10, 100, 1_000].compactMap { Self.times.firstIndex(of: $0) }.map { result.lossAtTimes[$0] }
        return [.text(result.variant.rawValue), .integer(result.parameters), .number(result.loss, decimals: 4)]
          + chosen.map { .number($0, decimals: 4) }
      })
  }

  var figure: LineChart {
    LineChart(
      "The loss at each t", x: Axis("t", .logarithmic), y: Axis("mean of (ε − ε̂)²", .logarithmic),
      series: results.map {
        Series($0.variant.rawValue, x: Self.times.map(Double.init), $0.lossAtTimes, style: .both)
      })
  }
}

/// A U-Net that is told t, or always the same t instead.
private struct TimedUNet: Model, NoisePredictor {
  var network: UNet
  let isBlind: Bool
  static var parameters: [PartialKeyPath<TimedUNet>] { [\.network] }

  func noise(in x: Tensor, at t: [Int]) -> Tensor {
    network.noise(in: x, at: isBlind ? t.map { _ in 1 } : t)
  }
}
