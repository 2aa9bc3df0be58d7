import Attention
import DataSets
import Figures
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 6.3: one head and several: a planted task that needs two, a text classification that does not, their maps,
/// and heads taken away.
public let exercise6_3 = Exercise(
  "6.3", "One head and several", stars: 2, seconds: 85, quick: 1, full: 1200,
  needs: { DataNeeds.texts(train: $0.choose(quick: 40, standard: 200, full: 200), test: 20) }
) { run in
  let seed = run.random.next()
  let planted = [1, 2, 4].map { heads in
    PlantedResult(
      heads: heads, steps: run.choose(quick: 20, standard: 1500, full: 3000), seed: seed,
      report: run.progress("planted, \(heads) heads"))
  }
  run.show(plantedTable(planted), as: "planted")
  run.show(plantedFigure(planted), as: "planted-learning")
  run.show(offsetMaps(planted[1].model), as: "planted-maps")
  run.show(pruningTable("Planted task, 4 heads: what is left", pruning(planted[2].model)), as: "planted-pruning")

  let texts = try run.data.agNews(
    generated: run.choose(quick: 60, standard: 2000, full: 4000), run.choose(quick: 20, standard: 500, full: 1000))
  run.say(texts.provenance + "\n")
  let task = try HeadTask(texts, longest: 48)
  let results = run.choose(quick: [1, 4], standard: [1, 2, 4, 8, 16], full: [1, 2, 4, 8, 16]).map { heads in
    (0..<run.choose(quick: 1, standard: 2, full: 5)).map { number in
      task.train(
        heads: heads, width: run.choose(quick: 32, standard: 256, full: 256),
        epochs: run.options.epochs ?? run.choose(quick: 1, standard: 4, full: 20), seed: seed &+ UInt64(number),
        report: run.progress("texts, \(heads) heads, run \(number + 1)"))
    }
  }
  run.show(headTable(results), as: "heads")
  let several = results[run.choose(quick: 1, standard: 2, full: 2)][0]
  run.show(textMaps(several.model, task), as: "text-maps")
  run.show(
    pruningTable("Texts, \(several.heads) heads: what is left", pruning(several.model, task)), as: "text-pruning")
  finish(run, planted, results, texts.provenance)
}

private func finish(_ run: Run, _ planted: [PlantedResult], _ results: [[HeadResult]], _ provenance: String) {
  run.parameters = results[0][0].model.parameterCount
  run.card("data", provenance)
  for result in planted {
    run.card("planted, \(result.heads) heads, t − 1", result.accuracies[0])
    run.card("planted, \(result.heads) heads, t − 3", result.accuracies[1])
  }
  let means = results.map { $0.map(\.accuracy).reduce(0, +) / Double($0.count) }
  run.card("texts, largest difference between numbers of heads", (means.max() ?? 0) - (means.min() ?? 0))
}

/// A training on the planted task, for the quality and the steps of Exercise 6.3.2: which tokens are at t − 1 and
/// t − 3?
public struct PlantedResult: Sendable {
  /// The number of heads.
  public let heads: Int
  /// The trained layer.
  public let model: OffsetReader
  /// The accuracies at t − 1 and t − 3 on 200 new sequences, at the end, and every `stepsPerCheck` steps.
  public let accuracies: [Double], history: [[Double]]
  /// The steps between two looks.
  public let stepsPerCheck: Int

  /// Trains a layer with this many heads on fresh sequences.
  public init(heads: Int, steps: Int, seed: UInt64, report: (@Sendable (TrainingProgress) -> Void)? = nil) {
    let random = RandomSource(seed: seed)
    let start = OffsetReader(heads: heads, random: random.split())
    var plan = SequencePlan(steps: steps, learningRate: 3e-3, stepsPerCheck: max(1, steps / 15))
    plan.report = report
    let (drawn, order) = (random.split(), random.split())
    let fresh = TwoOffsets.draw(200, random: RandomSource(seed: 13))
    let result = start.trained(by: plan, random: order) { model in
      model.loss(TwoOffsets.draw(64, random: drawn))
    } evaluate: { model in
      let accuracies = model.accuracies(fresh)
      return ["t − 1": accuracies[0], "t − 3": accuracies[1]]
    }
    (self.heads, model, stepsPerCheck) = (heads, result.model, plan.stepsPerCheck)
    history = [result.history["t − 1"], result.history["t − 3"]]
    accuracies = result.model.accuracies(fresh)
  }

  /// The steps after which both accuracies first reached a level; nil if they never did.
  public func steps(to level: Double) -> Int? {
    zip(history[0], history[1]).map { min($0, $1) }.firstIndex { $0 >= level }.map { ($0 + 1) * stepsPerCheck }
  }
}

/// Texts as tokens, for classifiers with different numbers of heads. Exercise 6.3.1
public struct HeadTask: Sendable {
  /// The texts to learn from and those to be judged by.
  public let train, test: LabeledTokens
  /// The words.
  public let vocabulary: Vocabulary
  /// The classes.
  public let classes: Int
  /// The most words of a text.
  public let longest: Int

  /// The task of a data set, its texts cut to `longest` words.
  public init(_ texts: TextClassification, longest: Int) throws {
    vocabulary = Vocabulary(wordsOf: texts.train.map(\.words), atMost: 5000)
    train = try LabeledTokens(texts.train, vocabulary: vocabulary, longest: longest)
    test = try LabeledTokens(texts.test, vocabulary: vocabulary, longest: longest)
    (classes, self.longest) = (texts.classNames.count, longest)
  }

  /// Trains a classifier with this many heads; the same seed means the same order of texts.
  public func train(
    heads: Int, width: Int, epochs: Int, seed: UInt64, report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) -> HeadResult {
    let random = RandomSource(seed: seed)
    var model = AttentionClassifier(
      symbols: vocabulary.count, longest: longest, width: width, heads: heads, classes: classes, random: random.split())
    var plan = TrainingPlan(epochs: epochs, batchSize: 64)
    plan.report = report
    let history = trainOnTokens(&model, on: train, plan: plan, random: random.split()) { model, _ in
      ["test accuracy": test.accuracy(of: model)]
    }
    return HeadResult(heads: heads, model: model, history: history)
  }
}

/// A trained classifier, with the accuracy and the speed that Exercise 6.3.2 compares.
public struct HeadResult: Sendable {
  /// The number of heads.
  public let heads: Int
  /// The classifier.
  public let model: AttentionClassifier
  /// Loss and test accuracy after every epoch.
  public let history: History

  /// The test accuracy after the last epoch.
  public var accuracy: Double { history["test accuracy"].last ?? .nan }
  /// The epochs after which nine tenths of the best accuracy were first reached.
  public var epochsToNineTenths: Int {
    let accuracies = history["test accuracy"]
    let best = accuracies.max() ?? 0
    return (accuracies.firstIndex { $0 >= 0.9 * best } ?? 0) + 1
  }
}

/// What each head of a planted layer is worth: without it, and removed one after the other. Exercise 6.3.4
public func pruning(_ model: OffsetReader) -> (single: [PrunedHead], greedy: [PrunedHead]) {
  let fresh = TwoOffsets.draw(100, random: RandomSource(seed: 14))
  func accuracies(_ removed: [Int]) -> [Double] {
    var copy = model
    copy.attention = model.attention.without(removed)
    return copy.accuracies(fresh)
  }
  let heads = model.attention.heads
  return (withoutEachHead(heads, accuracies: accuracies), greedilyPruned(heads, accuracies: accuracies))
}

/// What each head of a classifier is worth on its test texts.
public func pruning(_ model: AttentionClassifier, _ task: HeadTask) -> (single: [PrunedHead], greedy: [PrunedHead]) {
  let judged = task.test.subset(0..<min(200, task.test.count))
  func accuracies(_ removed: [Int]) -> [Double] { [judged.accuracy(of: model.without(heads: removed))] }
  let heads = model.attention.heads
  return (withoutEachHead(heads, accuracies: accuracies), greedilyPruned(heads, accuracies: accuracies))
}
