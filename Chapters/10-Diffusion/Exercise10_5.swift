import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors
import Training

/// Exercise 10.5: a U-Net that is told the class, and guidance without a classifier.
public let exercise10_5 = Exercise(
  "10.5", "Guidance without a classifier", stars: 3, seconds: 30, quick: 3, full: 900,
  needs: { _ in DataNeeds(train: 64, test: 40, testClasses: 2, size: .exactly(28)) }
) { run in
  let data = try run.comparedDigits()
  let schedule = NoiseSchedule.linear()
  var sizes = UNetSizes()
  (sizes.width, sizes.time) = (run.choose(quick: 8, standard: 16, full: 32), 64)
  let plan = run.plan(quick: 1, standard: 40, full: 200, batchSize: 64)
  let trained = trainedConditional(
    sizes, on: data, schedule: schedule, learningRate: 1e-3, plan: plan, random: run.random.split())
  run.show(lossTable(trained), as: "losses")

  let perClass = run.choose(quick: 3, standard: 36, full: 100)
  let measure = run.measure(for: data, count: 10 * perClass)
  let study = GuidanceStudy(
    trained.model, schedule: schedule, side: data.train.width, steps: run.choose(quick: 4, standard: 50, full: 100),
    perClass: perClass, scales: [0, 1, 3, 7], measure, random: run.random.split(),
    tell: run.say)
  run.show(study.table, as: "guidance")
  run.show(study.figure, as: "guidance")
  run.show(study.sheet(perRow: min(3, perClass)), as: "samples")
  run.parameters = trained.model.parameterCount
  run.card("data", data.provenance)
  run.card("accuracy of the judge", measure.accuracy)
  run.card("test loss with the class", trained.losses.conditional)
  run.card("test loss without it", trained.losses.unconditional)
  for row in study.rows { run.card("asked class recognized, w = \(Int(row.scale))", row.accuracy) }
  for row in study.rows { run.card("spread within a class, w = \(Int(row.scale))", row.spread) }
  run.card(study.rows[0].quality, beside: measure.real, of: "w = 0")
  run.card(study.rows[2].quality, of: "w = 3")
}

// MARK: - Exercise 10.5.2

/// A conditional U-Net after its training, with the losses of both branches on the test images.
public struct TrainedConditional: Sendable {
  /// The average of the network.
  public let model: ConditionalUNet
  /// The simple loss of both branches.
  public let losses: BranchLosses
  /// The same with classes drawn at random instead of the right ones.
  public let wrongClass: Double
}

/// Trains a conditional U-Net on digits; the class of each example is dropped with probability 0.1. Exercise 10.5.3
public func trainedConditional(
  _ sizes: UNetSizes, on data: ImageClassification, schedule: NoiseSchedule, learningRate: Double, plan: TrainingPlan,
  random: RandomSource
) -> TrainedConditional {
  let K = data.classNames.count
  var training = DenoiserTraining(
    ConditionalUNet(sizes, classes: K, random: random.split()), averaging: 0.995, learningRate: learningRate)
  training.train(
    on: centred(data.train.images), classes: data.train.labels, schedule: schedule, plan: plan, random: random.split())
  func losses(_ labels: [Int]) -> BranchLosses {
    BranchLosses(
      of: training.average.model, on: centred(data.test.images), classes: labels, schedule: schedule,
      random: RandomSource(seed: 5))
  }
  return TrainedConditional(
    model: training.average.model, losses: losses(data.test.labels),
    wrongClass: losses(data.test.labels.map { ($0 + 1 + random.integer(below: K - 1)) % K }).conditional)
}

private func lossTable(_ trained: TrainedConditional) -> Table {
  Table(
    "Mean of (ε − ε_θ)² on test images, at the same t and ε", columns: ["the network is told", "loss"],
    rows: [
      ["the right class", .number(trained.losses.conditional, decimals: 4)],
      ["nothing, ∅", .number(trained.losses.unconditional, decimals: 4)],
      ["a wrong class", .number(trained.wrongClass, decimals: 4)],
    ])
}
