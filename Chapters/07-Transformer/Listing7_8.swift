import DataSets
import Figures
import Foundations
import Messages
import RNN
import Running
import Tensors
import Training
import Transformer

/// Listing 7.8: the classifier, its step on random tokens, and then a training on real ones.
public let listing7_8 = Exercise(
  .listing, "7.8", "A Transformer that classifies sequences", seconds: 90, quick: 3, full: 400,
  needs: { DataNeeds.texts(train: $0 == .quick ? 40 : 500, test: 20) }
) { run in
  let first = ListingStep(random: run.random.split())
  run.say("Loss: \(decimals(first.loss, 4)), Logits shape: \(first.shape)\n")
  run.show(first.table, as: "parameters")
  let losses = (0..<run.choose(quick: 1, standard: 20, full: 20)).map {
    ListingStep.loss(seed: run.options.seed + 1 + UInt64($0))
  }
  run.show(lossTable(losses), as: "initial-loss")
  run.show(varianceTable(random: run.random.split()), as: "variances")

  let sets = try run.data.labeledTexts(generated: run.choose(quick: 120, standard: 8_000, full: 20_000), 2_000)
  var results: [TextResult] = []
  for data in sets {
    let data = data.limited(
      to: data.isReal ? run.choose(quick: 40, standard: 6_000, full: .max) : .max,
      run.choose(quick: 20, standard: 2_000, full: .max))
    let isLong = data.name == "IMDB"
    let task = try TextTask(
      data, longest: isLong ? run.choose(quick: 24, standard: 100, full: 256) : data.isReal ? 48 : 24)
    run.say(task.description + "\n")
    results.append(
      task.trainListing(
        epochs: run.epochs(quick: 1, standard: data.isReal ? 3 : 6, full: data.isReal ? 4 : 10),
        random: run.random.split()
      ) { run.reporting($0, data.name) })
  }
  run.show(resultTable(results), as: "texts")
  run.show(resultFigure(results), as: "texts")

  run.parameters = first.model.parameterCount
  run.card("loss of the synthetic step", first.loss)
  for (data, result) in zip(sets, results) {
    let ending = sets.count == 1 ? "" : ", \(data.name)"
    run.card("data" + ending, data.provenance)
    run.card("test accuracy" + ending, result.accuracies.last ?? .nan)
    run.card("bag of words" + ending, result.bagOfWords)
  }
}

/// One step of Listing 7.8 on random tokens and random classes.
public struct ListingStep: Sendable {
  /// The model after the step.
  public let model: TransformerClassifier
  /// The loss before it.
  public let loss: Double
  /// The shape of the logits.
  public let shape: Shape

  /// The step of the listing: 32 sequences of 64 of 10,000 symbols, AdamW with η = 10⁻⁴ and λ = 0.01.
  public init(random: RandomSource) {
    var model = TransformerClassifier(vocabulary: 10_000, random: random)
    let (tokens, labels) = Self.batch(random)
    var (adam, shape) = (Adam(learningRate: 1e-4, weightDecay: 0.01), Shape([]))
    let (value, gradient) = valueWithGradient(at: model) { model in
      let logits = model(tokens)
      shape = logits.shape
      return logits.crossEntropy(labels: labels)
    }
    adam.update(&model, along: gradient)
    (self.model, loss, self.shape) = (model, value.item, shape)
  }

  /// The loss of an untrained model, with dropout, from a seed.
  public static func loss(seed: UInt64) -> Double {
    let random = RandomSource(seed: seed)
    let model = TransformerClassifier(vocabulary: 10_000, random: random)
    let (tokens, labels) = batch(random)
    return Mode.training { model(tokens).crossEntropy(labels: labels).item }
  }

  private static func batch(_ random: RandomSource) -> (Tokens, [Int]) {
    let sequences = (0..<32).map { _ in (0..<64).map { _ in random.integer(below: 10_000) } }
    return (Tokens(sequences), (0..<32).map { _ in random.integer(below: 2) })
  }
}

/// What a training on texts led to.
public struct TextResult: Sendable {
  /// The texts.
  public let task: TextTask
  /// The trained model.
  public let model: TransformerClassifier
  /// The loss of every epoch, and the test accuracy after it.
  public let losses, accuracies: [Double]
  /// The test accuracy of word counts.
  public let bagOfWords: Double
}

extension TextTask {
  /// Trains the model of the listing, with as many symbols as the texts have, by the recipe of § 7.8.
  ///
  /// Token vectors are N(0, 1/d): with the listing's N(0, 1) the positions are drowned.
  public func trainListing(
    epochs: Int, width d: Int = 128, hidden d_ff: Int = 512, blocks L: Int = 4, heads h: Int = 4,
    dropout p: Double = 0.1,
    learningRate: Double = 1e-3, random: RandomSource, reporting: (TrainingPlan) -> TrainingPlan = { $0 }
  ) -> TextResult {
    var model = TransformerClassifier(
      vocabulary: vocabulary.count, width: d, heads: h, hidden: d_ff, blocks: L, classes: classes, dropout: p,
      deviation: 1 / Double(d).squareRoot(), random: random.split())
    let history = trainTransformer(
      &model, by: TransformerRecipe(learningRate: learningRate), on: train,
      plan: reporting(TrainingPlan(epochs: epochs, batchSize: 32)), random: random.split()
    ) { model, _ in
      ["test accuracy": test.accuracy(of: model)]
    }
    return TextResult(
      task: self, model: model, losses: history.losses, accuracies: history["test accuracy"],
      bagOfWords: bagOfWords(epochs: epochs + 3, random: random.split()))
  }
}
