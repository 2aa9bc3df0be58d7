import DataSets
import Diffusion
import Figures
import Messages
import Running
import Tensors
import Training

/// Listing 10.8b: the training of the U-Net on digits, between the best linear predictor and perfect memory.
public let listing10_8b = Exercise(
  .listing, "10.8b", "Training by the simple loss", seconds: 45, quick: 2, full: 4_200,
  needs: { _ in DataNeeds(size: .exactly(28)) }
) { run in
  let data = try run.diffusionDigits()
  run.say(data.provenance + "\n")
  let schedule = NoiseSchedule.linear()
  let trained = run.trainedDenoiser(on: data, schedule: schedule)
  try trained.keep(in: run)

  let bounds = LossBounds(of: trained, on: data, schedule: schedule)
  run.say("")
  run.show(bounds.table, as: "losses")
  run.show(bounds.figure, as: "times")
  run.show(learningCurve(trained.history, bounds), as: "training")
  run.parameters = trained.model.parameterCount
  run.card("data", data.provenance)
  run.card("steps", Double(trained.steps))
  run.card("test loss", bounds.network.test)
  run.card("test loss, averaged parameters", bounds.average.test)
  run.card("test loss, best linear predictor", bounds.linear.test)
  run.card("training loss, perfect memory", bounds.memory.train)
  run.card("test loss, perfect memory", bounds.memory.test)
}

/// The simple loss of a trained network between that of the best linear predictor and that of one that has memorized
/// the training set. § 10.2.2, Output 10.8
public struct LossBounds: Sendable {
  /// The losses on some training images and on some test images.
  public typealias Losses = (train: Double, test: Double)
  /// The network after its last step, with its averaged parameters, the best linear prediction, and perfect memory.
  public let network, average, linear, memory: Losses
  private let curves: [Series]

  /// The losses on at most 500 images of each kind.
  public init(of trained: TrainedDenoiser, on data: ImageClassification, schedule: NoiseSchedule) {
    let x0 = centred(data.train.images)
    let (train, test) = (x0[0..<min(500, x0.shape[0])], centred(data.test.prefix(500).images))
    func losses(_ model: some NoisePredictor) -> Losses {
      let found = [train, test].map {
        model.simpleLoss(on: $0, schedule: schedule, times: 5, random: RandomSource(seed: 10))
      }
      return (found[0], found[1])
    }
    let best = LinearPredictor(fittedTo: x0, schedule: schedule)
    let memorizing = MemorizingPredictor(x0, schedule: schedule)
    (network, average) = (losses(trained.model), losses(trained.average))
    (linear, memory) = (losses(best), losses(memorizing))
    let times = [1, 2, 5, 10, 20, 50, 100, 200, 400, 700, 1_000]
    func curve(_ name: String, _ model: some NoisePredictor, _ x0: Tensor) -> Series {
      let values = times.map { model.simpleLoss(on: x0, schedule: schedule, at: $0, random: RandomSource(seed: 10)) }
      return Series(name, x: times.map(Double.init), values, style: .both)
    }
    curves = [
      curve("network, averaged", trained.average, test), curve("best linear predictor", best, test),
      curve("perfect memory, test images", memorizing, test),
    ]
  }

  var table: Table {
    let rows = [
      ("network", network), ("network, averaged parameters", average), ("best linear predictor", linear),
      ("perfect memory of the training set", memory),
    ]
    return Table(
      "Mean of (ε − ε̂)² over all t", columns: ["predictor", "training images", "test images"],
      rows: rows.map { [.text($0.0), .number($0.1.train, decimals: 4), .number($0.1.test, decimals: 4)] })
  }

  var figure: LineChart {
    LineChart(
      "The loss at each t, test images", x: Axis("t", .logarithmic), y: Axis("mean of (ε − ε̂)²", .logarithmic),
      series: curves)
  }
}

/// The loss of each epoch, and that of the average on test images.
private func learningCurve(_ history: History, _ bounds: LossBounds) -> LineChart {
  let measured = history.epochs.filter { $0.metrics["test loss"] != nil }
  return LineChart(
    "Training by the simple loss", x: Axis("epoch"), y: Axis("mean of (ε − ε̂)²", .logarithmic),
    series: [
      Series("loss, during the epoch", history.losses),
      Series(
        "test loss of the average", x: measured.map { Double($0.number) },
        measured.compactMap { $0.metrics["test loss"] }, style: .both),
      Series("best linear predictor, test", history.losses.map { _ in bounds.linear.test }),
    ])
}
