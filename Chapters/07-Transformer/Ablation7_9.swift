import DataSets
import Figures
import Messages
import RNN
import Running
import Tensors
import Training
import Transformer

/// Table 7.1: twelve Transformers that classify the same texts, each trained from several seeds; and a planted task.
public let ablation7_9 = Exercise(
  .ablation, "7.9", "Norms, layers, heads and hidden units", seconds: 150, quick: 3, full: 3_000,
  needs: { DataNeeds.texts(train: $0 == .quick ? 40 : 500, test: 20) }
) { run in
  let hops = [1, 2].map { blocks in
    HopResult(
      blocks: blocks, examples: run.choose(quick: 64, standard: 40_000, full: 80_000), seed: run.options.seed,
      report: run.progress("pointers, \(blocks) \(blocks == 1 ? "block" : "blocks")"))
  }
  run.show(hopTable(hops), as: "pointers")

  let data = try run.data.imdb(generated: run.choose(quick: 120, standard: 8_000, full: 20_000), 2_000)
  let limited = data.limited(
    to: data.isReal ? run.choose(quick: 40, standard: 2_000, full: .max) : .max,
    data.isReal ? run.choose(quick: 20, standard: 1_000, full: .max) : .max)
  let task = try TextTask(
    limited,
    longest: data.isReal
      ? run.choose(quick: 16, standard: 100, full: 256) : run.choose(quick: 24, standard: 20, full: 53))
  run.say(task.description + "\n")
  let plan = TransformerAblationPlan(
    epochs: run.epochs(quick: 1, standard: data.isReal ? 3 : 4, full: 10),
    width: run.choose(quick: 16, standard: 32, full: 128),
    seeds: run.choose(quick: 1, standard: 2, full: 3))
  let rows = compareTransformers(task, plan, seed: run.options.seed) { run.progress($0) }
  let counts = task.bagOfWords(epochs: plan.epochs + 3, random: run.random.split())
  run.show(ablationTable(rows, plan), as: "accuracy")
  run.show(ablationFigure(rows), as: "accuracy")
  run.show(remarkTable(rows), as: "remark")

  run.card("data", task.provenance)
  run.card("bag of words", counts)
  run.card("base, Pre-Norm", rows[1].mean)
  run.card("base, Post-Norm", rows[0].mean)
  run.card("largest spread over seeds", rows.map(\.spread).max() ?? .nan)
  run.card("one standard error of an accuracy on these texts", standardError(rows[1].mean, of: task.test.count))
  run.card("two hops, 1 block", hops[0].accuracy)
  run.card("two hops, 2 blocks", hops[1].accuracy)
}

/// A configuration of Table 7.1.
public struct TransformerConfiguration: Sendable, Equatable {
  /// Its name in the table.
  public let name: String
  /// Where it normalizes; the table tells it for the first two rows only.
  public let placement: NormPlacement
  /// Its layers and heads, and d_ff at d = 128.
  public let blocks, heads, hidden: Int
  /// The accuracy that the table prints, in percent.
  public let printed: Double

  /// The twelve rows of the table.
  public static let table: [TransformerConfiguration] = [
    .init("base, Post-Norm", .postNorm, 4, 4, 512, 86.3), .init("base, Pre-Norm", .preNorm, 4, 4, 512, 87.1),
    .init("1 layer", .preNorm, 1, 4, 512, 82.5), .init("2 layers", .preNorm, 2, 4, 512, 85.4),
    .init("6 layers", .preNorm, 6, 4, 512, 87.4), .init("8 layers", .preNorm, 8, 4, 512, 87.2),
    .init("1 head", .preNorm, 4, 1, 512, 84.8), .init("2 heads", .preNorm, 4, 2, 512, 86.0),
    .init("8 heads", .preNorm, 4, 8, 512, 87.3), .init("d_ff = d", .preNorm, 4, 4, 128, 84.1),
    .init("d_ff = 2 d", .preNorm, 4, 4, 256, 85.9), .init("d_ff = 8 d", .preNorm, 4, 4, 1_024, 87.5),
  ]

  /// A configuration.
  public init(
    _ name: String, _ placement: NormPlacement, _ blocks: Int, _ heads: Int, _ hidden: Int, _ printed: Double
  ) {
    (self.name, self.placement, self.blocks, self.heads) = (name, placement, blocks, heads)
    (self.hidden, self.printed) = (hidden, printed)
  }
}

/// How the configurations are trained.
public struct TransformerAblationPlan: Sendable {
  /// The epochs of each training.
  public let epochs: Int
  /// d; d_ff is scaled with it.
  public let width: Int
  /// The trainings of each configuration, from different seeds.
  public let seeds: Int
  /// The recipe, the same for all.
  public var recipe = TransformerRecipe(learningRate: 3e-3)

  /// A plan.
  public init(epochs: Int, width: Int, seeds: Int) { (self.epochs, self.width, self.seeds) = (epochs, width, seeds) }
}

/// A configuration and its test accuracies, one for each seed.
public struct AblatedTransformer: Sendable {
  /// The configuration.
  public let configuration: TransformerConfiguration
  /// Its parameters.
  public let parameters: Int
  /// The test accuracy after the last epoch, by seed.
  public let accuracies: [Double]
  /// The mean of the accuracies.
  public var mean: Double { accuracies.reduce(0, +) / Double(accuracies.count) }
  /// The largest minus the smallest.
  public var spread: Double { (accuracies.max() ?? .nan) - (accuracies.min() ?? .nan) }
}

/// Trains configurations on the same texts, in the same order for each seed.
public func compareTransformers(
  _ task: TextTask, _ plan: TransformerAblationPlan,
  _ configurations: [TransformerConfiguration] = TransformerConfiguration.table, seed: UInt64,
  progress: (_ label: String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> [AblatedTransformer] {
  configurations.map { configuration in
    var (count, accuracies) = (0, [Double]())
    for trial in 0..<plan.seeds {
      let random = RandomSource(seed: seed + UInt64(trial))
      let d = plan.width
      var model = TransformerClassifier(
        vocabulary: task.vocabulary.count, width: d, heads: configuration.heads,
        hidden: configuration.hidden * d / 128, blocks: configuration.blocks, classes: task.classes,
        placement: configuration.placement, dropout: 0, deviation: 1 / Double(d).squareRoot(), random: random.split())
      var training = TrainingPlan(epochs: plan.epochs, batchSize: 32)
      training.report = progress("\(configuration.name), run \(trial + 1)")
      trainTransformer(&model, by: plan.recipe, on: task.train, plan: training, random: random.split())
      count = model.parameterCount
      accuracies.append(task.test.accuracy(of: model))
    }
    return AblatedTransformer(configuration: configuration, parameters: count, accuracies: accuracies)
  }
}

/// A training on the planted task of § 7.9: two hops.
public struct HopResult: Sendable {
  /// The blocks and the parameters.
  public let blocks, parameters: Int
  /// The accuracy on 2,000 new sequences.
  public let accuracy: Double

  /// Trains an encoder of this many blocks on sequences of 5 places.
  public init(blocks: Int, examples: Int, seed: UInt64, report: (@Sendable (TrainingProgress) -> Void)? = nil) {
    let (random, places) = (RandomSource(seed: seed), 5)
    var model = TransformerClassifier(
      vocabulary: places, width: 32, heads: 2, hidden: 64, blocks: blocks, classes: places, dropout: 0,
      deviation: 1 / 32.0.squareRoot(), random: random.split())
    var plan = TrainingPlan(epochs: 1, batchSize: 32)
    plan.report = report
    let train = PointerChase.draw(examples, places: places, hops: 2, random: random.split())
    trainTransformer(
      &model, by: TransformerRecipe(learningRate: 4e-3), on: train, plan: plan, random: random.split())
    (self.blocks, parameters) = (blocks, model.parameterCount)
    accuracy = PointerChase.draw(2_000, places: places, hops: 2, random: RandomSource(seed: 79)).accuracy(of: model)
  }
}

/// √(p (1 − p) / n).
func standardError(_ p: Double, of n: Int) -> Double { (p * (1 - p) / Double(n)).squareRoot() }
