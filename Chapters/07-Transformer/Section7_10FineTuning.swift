import Attention
import DataSets
import Figures
import Messages
import RNN
import Running
import Tensors
import Training
import Transformer

/// § 7.10: fine-tuning: a language model that has read text without labels learns from few labels, beside the same
/// network from scratch.
public let section7_10f = Exercise(.section, "7.10f", "Fine-tuning with few labels", seconds: 40, full: 300) { run in
  let sizes = FineTuningSizes(run.options.budget)
  let study = try FineTuningStudy(sizes, random: run.random.split(), progress: run.progress)
  run.say(
    "The language model: \(decimals(study.loss, 4)) nats per character, the language itself: "
      + "\(decimals(study.floor, 4))\n")
  run.show(study.table, as: "accuracy")
  run.show(study.figure, as: "accuracy")
  if let first = study.rows.first {
    run.card("fine-tuned, \(first.labels) labels", first.tuned.mean)
    run.card("from scratch, \(first.labels) labels", first.scratch.mean)
  }
  run.parameters = study.parameters
}

/// How much is learned.
public struct FineTuningSizes: Sendable {
  /// The numbers of labels.
  public var labels: [Int]
  /// The choices of labels, the steps of both trainings, and the sentences to be judged by.
  public var choices, pretraining, tuning, test: Int

  /// The sizes of a budget.
  public init(_ budget: Budget) {
    labels = budget.choose(quick: [50], standard: [50, 200], full: [20, 50, 200, 1_000])
    choices = budget.choose(quick: 1, standard: 3, full: 5)
    pretraining = budget.choose(quick: 2, standard: 800, full: 3_000)
    tuning = budget.choose(quick: 2, standard: 80, full: 400)
    test = budget.choose(quick: 50, standard: 500, full: 1_000)
  }
}

/// What was reached with some labels, for every choice of them.
public struct FineTuningRow: Sendable {
  /// The number of labels.
  public let labels: Int
  /// The accuracy on new sentences after pre-training, and from scratch.
  public let tuned, scratch: [Double]
}

extension [Double] {
  var mean: Double { reduce(0, +) / Double(count) }
}

/// A language model, and classifiers that begin as it or as a new one.
public struct FineTuningStudy: Sendable {
  /// The loss of the language model on new sentences, and that of the language itself, in nats per character.
  public let loss, floor: Double
  /// The accuracies.
  public let rows: [FineTuningRow]
  /// The parameters of a classifier.
  public let parameters: Int

  /// Pre-trains a model on text, then trains it and new models on a few labelled sentences.
  public init(
    _ sizes: FineTuningSizes, random: RandomSource, progress: (String) -> @Sendable (TrainingProgress) -> Void
  ) throws {
    let windows = try SentenceWindows(.agreement, characters: 300_000, length: 95, random: random.split())
    let vocabulary = windows.vocabulary
    func newModel(_ random: RandomSource) -> Llama {
      Llama(symbols: vocabulary.count, context: 95, width: 64, heads: 4, groups: 2, blocks: 2, random: random)
    }
    let pieces = random.split()
    var plan = SequencePlan(steps: sizes.pretraining, learningRate: 4e-3, warmup: sizes.pretraining / 10)
    plan.report = progress("pre-training")
    let model = newModel(random.split()).trained(by: plan, random: random.split()) { model in
      model.loss((0..<16).map { _ in windows.draw(pieces) })
    }.model
    let judged = try SentenceWindows(.agreement, characters: 10_000, length: 95, random: random.split()).pieces(50)
    (loss, floor) = (model.loss(judged).item, windows.floor(of: judged))

    let source = random.split()
    func questions(_ count: Int) throws -> LabeledTokens {
      try LabeledTokens((0..<count).map { _ in AgreementQuestion.draw(from: source) }, vocabulary: vocabulary)
    }
    let test = try questions(sizes.test)
    func accuracy(_ start: Llama, _ set: LabeledTokens, _ name: String, _ random: RandomSource) -> Double {
      var classifier = LlamaClassifier(start, classes: 2, random: random.split())
      var recipe = TokenRecipe()
      recipe.weightDecay = 0.01
      var plan = TrainingPlan(steps: sizes.tuning, examples: set.count, batchSize: 25)
      plan.report = progress("\(name), \(set.count) labels")
      trainOnTokens(&classifier, by: recipe, on: set, plan: plan, random: random.split())
      return test.accuracy(of: classifier)
    }
    rows = try sizes.labels.map { count in
      var (tuned, scratch) = ([Double](), [Double]())
      for _ in 0..<sizes.choices {
        let set = try questions(count)
        tuned.append(accuracy(model, set, "fine-tuning", random.split()))
        scratch.append(accuracy(newModel(random.split()), set, "from scratch", random.split()))
      }
      return FineTuningRow(labels: count, tuned: tuned, scratch: scratch)
    }
    parameters = LlamaClassifier(model, classes: 2, random: random).parameterCount
  }

  var table: Table {
    func cells(_ accuracies: [Double]) -> [Table.Cell] {
      [accuracies.mean, accuracies.min() ?? 0, accuracies.max() ?? 0].map { .number($0, decimals: 3) }
    }
    return Table(
      "Singular or plural? Accuracy on new sentences",
      columns: ["labels", "fine-tuned", "lowest", "highest", "from scratch", "lowest ", "highest "],
      rows: rows.map { [.integer($0.labels)] + cells($0.tuned) + cells($0.scratch) })
  }

  var figure: LineChart {
    func series(_ name: String, _ accuracies: (FineTuningRow) -> [Double]) -> Series {
      let all = rows.map(accuracies)
      return Series(
        name, x: rows.map { Double($0.labels) }, all.map(\.mean),
        band: (all.map { $0.min() ?? 0 }, all.map { $0.max() ?? 0 }), style: .both)
    }
    return LineChart(
      "Accuracy by the number of labels", x: Axis("labels", .logarithmic), y: Axis("accuracy", range: 0.4...1),
      series: [series("fine-tuned", \.tuned), series("from scratch", \.scratch)])
  }
}
