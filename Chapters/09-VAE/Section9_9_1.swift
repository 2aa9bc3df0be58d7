import Backprop
import Figures
import Messages
import Running
import Tensors
import Training
import VAE

/// § 9.9.1: a decoder that can do without z lets the posterior collapse; annealing and free bits keep it.
public let section9_9_1 = Exercise(
  .section, "9.9.1", "Posterior collapse with a strong decoder", seconds: 15, quick: 1, full: 60
) { run in
  let world = PersistentPixels()
  let random = RandomSource(seed: 991)
  let (train, test) = (
    world.drawn(run.choose(quick: 512, standard: 6_000, full: 20_000), random: random),
    world.drawn(2_000, random: random)
  )
  let truth = world.logLikelihoods(of: test).mean().item
  run.say(
    "Images of 8×8 pixels, each equal to the one before with probability \(1 - world.change): the exact "
      + "−log p(x) is \(decimals(-truth, 2)) nats an image on average.\n")
  let epochs = run.epochs(quick: 1, standard: 30, full: 40)
  let results = CollapseRemedy.all.map { remedy in
    CollapseRun(
      remedy, train: train, test: test, epochs: epochs, random: RandomSource(seed: run.options.seed),
      report: run.progress(remedy.name))
  }
  run.show(collapseTable(results), as: "collapse")
  run.show(unitFigure(results), as: "units")
  run.show(
    LineChart(
      "KL during the training", x: Axis("epoch"), y: Axis("nats per image", .logarithmic),
      series: results.map { Series($0.remedy.name, $0.history["KL"].map { max($0, 1e-4) }) }), as: "training")
  run.show(sheet(sampleGrid(results, random: run.random.split())), as: "samples")

  run.parameters = results[0].parameters
  for result in results { run.card("KL, \(result.remedy.name)", result.measure.divergence) }
  run.card("−log p(x) on average, exact", -truth)
}

/// Ways to train a model whose decoder is strong, and a weak decoder to compare with. § 9.9.1
public struct CollapseRemedy: Sendable {
  /// The name in the tables.
  public let name: String
  /// The share of the steps in which β grows to 1.
  public var annealing = 0.0
  /// λ, in nats for each latent variable.
  public var freeBits = 0.0
  /// Whether the decoder sees the pixels before the one that it predicts.
  public var isAutoregressive = true

  /// A training with this name, without remedies.
  public init(_ name: String) { self.name = name }

  /// Without a remedy, with annealing, with free bits, and with a decoder that needs z.
  public static let all: [CollapseRemedy] = {
    var (annealed, free, weak) = (
      CollapseRemedy("β annealed from 0 to 1"), CollapseRemedy("free bits, λ = 0.5"), CollapseRemedy("weak decoder")
    )
    annealed.annealing = 0.8
    free.freeBits = 0.5
    weak.isAutoregressive = false
    return [CollapseRemedy("plain"), annealed, free, weak]
  }()
}

/// A model that was trained on black and white images, such as those of `PersistentPixels`.
public struct CollapseRun: Sendable {
  /// How it was trained.
  public let remedy: CollapseRemedy
  /// Its parameters.
  public let parameters: Int
  /// The training's history, with "KL" after every epoch.
  public let history: History
  /// Both terms on the test images.
  public let measure: EvidenceMeasure
  /// The model, if its decoder is autoregressive.
  public let model: AutoregressiveVAE?

  /// Trains with eight latent variables. train, test: [N×D] of 0 and 1
  public init(
    _ remedy: CollapseRemedy, train: Tensor, test: Tensor, epochs: Int, random: RandomSource,
    report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) {
    var plan = TrainingPlan(epochs: epochs, batchSize: 64)
    plan.report = report
    let steps = epochs * plan.stepsPerEpoch(of: train.shape[0])
    let weight: Schedule = annealedWeight(over: max(1, Int(remedy.annealing * Double(steps))))
    func trained<M: EvidenceModel>(_ model: M) -> (M, History, EvidenceMeasure) {
      var model = model
      let history = trainByEvidence(
        &model, on: train, learningRate: 1e-2, plan: plan, random: random.split(), freeBits: remedy.freeBits, β: weight)
      return (model, history, EvidenceMeasure(of: model, on: test, random: RandomSource(seed: 9)))
    }
    self.remedy = remedy
    if remedy.isAutoregressive {
      let (model, history, measure) = trained(AutoregressiveVAE(pixels: train.shape[1], random: random.split()))
      (self.model, self.history, self.measure, parameters) = (model, history, measure, model.parameterCount)
    } else {
      let (model, history, measure) = trained(
        VariationalAutoencoder(inputs: train.shape[1], hidden: [256], latent: 8, random: random.split()))
      (self.model, self.history, self.measure, parameters) = (nil, history, measure, model.parameterCount)
    }
  }
}

private func collapseTable(_ results: [CollapseRun]) -> Table {
  Table(
    "Nats per test image, d = 8",
    columns: ["training", "decoder", "reconstruction", "KL", "loss", "active units"],
    rows: results.map { result in
      [
        .text(result.remedy.name), .text(result.remedy.isAutoregressive ? "autoregressive" : "independent pixels"),
        .number(result.measure.reconstruction, decimals: 2), .number(result.measure.divergence, decimals: 3),
        .number(result.measure.loss(), decimals: 2), .integer(result.measure.activeUnits.count),
      ]
    })
}

private func unitFigure(_ results: [CollapseRun]) -> BarChart {
  BarChart(
    "KL of each latent variable",
    categories: (1...results[0].measure.divergences.count).map(String.init),
    categoryLabel: "latent variable, by KL",
    y: Axis("nats"), series: results.map { Series($0.remedy.name, $0.measure.divergences.sorted(by: >)) }, format: nil)
}

/// Every row of a tensor n times, one after the other. [N×…] → [nN×…]
public func repeated(_ rows: Tensor, times n: Int) -> Tensor { rows.gathered((0..<n * rows.shape[0]).map { $0 / n }) }

/// Samples of the autoregressive models: three latent vectors, four images of each.
private func sampleGrid(_ results: [CollapseRun], random: RandomSource) -> ImageGrid {
  let models = results.compactMap { result in result.model.map { (result.remedy.name, $0) } }
  let codes = random.normal([3, 8])
  let z = repeated(codes, times: 4)
  return ImageGrid(
    "Samples: four images for each of three z",
    rows: models.map { pictures($0.1.sampled(z, random: RandomSource(seed: 5))) }, rowTitles: models.map(\.0),
    columnTitles: (0..<12).map { $0 % 4 == 0 ? "z\($0 / 4 + 1)" : "" })
}
