import Attention
import DataSets
import Figures
import Foundation
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 6.4: a causal language model: learning, writing, an LSTM of the same size beside it, and what a character
/// costs. With `--from` a saved model writes, and nothing is trained.
public let exercise6_4 = Exercise(
  "6.4", "Causal attention and generation", stars: 2, seconds: 40, quick: 1, full: 1800,
  needs: { _ in DataNeeds.characters(2_000) }
) { run in
  if let path = run.options.generation.model {
    let writer = try AttentionWriter(path: path)
    run.card("model", "\(path), learned from \(writer.origin)")
    run.parameters = writer.model.parameterCount
    return try write(run, with: writer)
  }
  let corpus = try run.data.tinyShakespeare(generated: run.choose(quick: 12_000, standard: 200_000, full: 1_000_000))
  let task = try LanguageTask(corpus, LanguageSizes(run.options.budget))
  run.say("\(corpus.provenance)\n\(task.vocabulary.count) different characters, \(grouped(task.held.count)) judged\n")
  let attention = task.learnByAttention(random: run.random.split(), report: run.progress("attention"), tell: run.say)
  let lstm = task.learnByLSTM(
    parameters: attention.model.parameterCount, random: run.random.split(), report: run.progress("LSTM"), tell: run.say)
  let lines = task.lines(attention.curve, lstm.curve)
  run.show(lossTable(lines), as: "loss")
  run.show(learningChart(task, attention.curve, lstm.curve), as: "learning")
  run.show(leakTable(task, random: run.random.split()), as: "leak")
  showCosts(task.vocabulary.count, lstm.model, run)

  run.parameters = attention.model.parameterCount
  run.card("data", corpus.provenance)
  run.card("nats per character, attention", attention.curve.loss)
  run.card("bits per character, attention", bits(attention.curve.loss))
  run.card("nats per character, LSTM", lstm.curve.loss)
  run.card("characters learned from per second, attention", measured: attention.curve.charactersPerSecond)
  run.card("characters learned from per second, LSTM", measured: lstm.curve.charactersPerSecond)
  run.card("nats per character, 5-gram", task.nGrams[4])
  if let truth = task.truth { run.card("nats above the language itself, attention", attention.curve.loss - truth) }
  let writer = AttentionWriter(attention.model, vocabulary: task.vocabulary, origin: corpus.origin)
  try run.keep(writer.model, metadata: writer.metadata, as: "model")
  try write(run, with: writer, language: corpus.language)
}.generating

/// How large the models are and how much they see.
public struct LanguageSizes: Sendable {
  /// The places that are looked at, the width, the heads and the blocks.
  public var context, width, heads, blocks: Int
  /// The steps, and the windows of a step.
  public var steps, batch: Int
  /// The highest learning rate of the attention model.
  public var learningRate = 4e-3
  /// How many characters of the validation part are judged.
  public var judged: Int

  /// The sizes of a budget.
  public init(_ budget: Budget) {
    context = budget.choose(quick: 16, standard: 128, full: 128)
    (width, heads) = (budget.choose(quick: 16, standard: 64, full: 128), budget.choose(quick: 2, standard: 4, full: 4))
    blocks = budget.choose(quick: 1, standard: 2, full: 4)
    steps = budget.choose(quick: 10, standard: 800, full: 4000)
    (batch, judged) = (16, budget.choose(quick: 500, standard: 20_000, full: 20_000))
  }
}

/// A text to learn from, and what is known of it.
public struct LanguageTask: Sendable {
  /// The characters.
  public let vocabulary: Vocabulary
  /// The text to learn from, and the text to be judged by.
  public let train, held: [Int]
  /// The losses of n-grams on the latter, n = 1 to 6, and that of guessing, in nats per character.
  public let nGrams: [Double], uniform: Double
  /// The loss of the language itself on the same text, if it is known.
  public let truth: Double?
  /// The models' sizes.
  public let sizes: LanguageSizes
  /// The beginning of every sample.
  public let prompt: [Int]

  /// The task of a text.
  public init(_ corpus: TextCorpus, _ sizes: LanguageSizes) throws {
    let vocabulary = Vocabulary(charactersOf: corpus.train + corpus.validation)
    train = try vocabulary.encode(corpus.train)
    let held = Array(try vocabulary.encode(corpus.validation).prefix(sizes.judged))
    let known = train
    nGrams = (1...6).map { NGramModel(order: $0, of: known, vocabulary: vocabulary.count).loss(of: held) }
    uniform = NGramModel(order: 1, of: [], vocabulary: vocabulary.count).loss(of: held)
    truth = corpus.language.map { $0.loss(of: vocabulary.decode(held)) / Double(held.count) }
    prompt = try vocabulary.encode(
      String(corpus.train.prefix { $0 != "\n" && $0 != " " }) + (corpus.isReal ? "\n" : " "))
    (self.vocabulary, self.held, self.sizes) = (vocabulary, held, sizes)
  }
}

/// The loss of a model in validation after some of its steps, in nats per character.
public struct LanguageCurve: Sendable {
  /// The steps, and the losses after them.
  public var steps: [Int] = [], losses: [Double] = []
  /// The characters that were learned from in a second, measuring left out.
  public var charactersPerSecond = 0.0
  /// The last loss.
  public var loss: Double { losses.last ?? .nan }
}

extension LanguageTask {
  /// The steps at which a model is looked at: 0, 1, 5, 20, 50 and 100 % of all.
  private var watched: [Int] { [0, 0.01, 0.05, 0.2, 0.5, 1].map { Int((Double(sizes.steps) * $0).rounded(.up)) } }

  /// Judges a model, and tells a line of numbers and the beginning of a sample, always from the same prompt and seed.
  private func look(
    _ name: String, _ step: Int, _ curve: inout LanguageCurve, _ loss: Double, sample: [Int], _ tell: (String) -> Void
  ) {
    (curve.steps, curve.losses) = (curve.steps + [step], curve.losses + [loss])
    let text = displayed(vocabulary.decode(prompt + sample)).split(separator: "\n", omittingEmptySubsequences: false)
    tell("\(name), step \(step): \(decimals(loss, 3)) nats, \(decimals(bits(loss), 3)) bits")
    tell(text.prefix(2).map { "  | \($0.prefix(100))" }.joined(separator: "\n") + "\n")
  }

  /// Trains the attention model on windows of the text. Exercise 6.4.1
  public func learnByAttention(
    random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil, tell: (String) -> Void = { _ in }
  ) -> (model: CausalLanguageModel, curve: LanguageCurve) {
    let start = CausalLanguageModel(
      symbols: vocabulary.count, context: sizes.context, width: sizes.width, heads: sizes.heads, blocks: sizes.blocks,
      random: random.split())
    var plan = SequencePlan(
      steps: sizes.steps, batch: sizes.batch, learningRate: sizes.learningRate, warmup: sizes.steps / 10,
      stepsPerCheck: max(1, sizes.steps / 100))
    plan.report = report
    var (curve, pause) = (LanguageCurve(), 0.0)
    func watch(_ step: Int, _ model: CausalLanguageModel) {
      guard watched.contains(step) else { return }
      let began = Date()
      let sample = model.continuation(of: prompt, length: 160, using: RandomSource(seed: 5))
      look("attention", step, &curve, model.loss(of: held), sample: sample, tell)
      pause += Date().timeIntervalSince(began)
    }
    let began = Date()
    watch(0, start)
    let model = start.trained(on: train, by: plan, random: random, watch: watch).model
    curve.charactersPerSecond =
      Double(sizes.steps * sizes.batch * sizes.context) / (Date().timeIntervalSince(began) - pause)
    return (model, curve)
  }

  /// Trains an LSTM with about as many parameters on as many characters. Exercise 6.4.3
  public func learnByLSTM(
    parameters: Int, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil,
    tell: (String) -> Void = { _ in }
  ) -> (model: CharacterModel<LongShortTermMemory>, curve: LanguageCurve) {
    let width = sizes.width / 2
    func count(_ H: Int) -> Int {
      vocabulary.count * width + 4 * H * (width + H + 2) + (H + 1) * vocabulary.count
    }
    let hidden = (1...2000).min { abs(count($0) - parameters) < abs(count($1) - parameters) } ?? 1
    var model = CharacterModel<LongShortTermMemory>(
      symbols: vocabulary.count, width: width, hidden: hidden, random: random.split())
    var recipe = CharacterRecipe(steps: sizes.steps)
    (recipe.batch, recipe.window) = (sizes.batch, sizes.context)
    var (curve, pause) = (LanguageCurve(), 0.0)
    let began = Date()
    trainOnText(
      &model, by: recipe, on: train, random: random.split(), report: report, isWatched: watched.contains
    ) { step, model in
      let start = Date()
      let sample = model.continuation(of: prompt, length: 160, using: RandomSource(seed: 5))
      look("LSTM", step, &curve, model.loss(of: held), sample: sample, tell)
      pause += Date().timeIntervalSince(start)
    }
    curve.charactersPerSecond =
      Double(sizes.steps * sizes.batch * sizes.context) / (Date().timeIntervalSince(began) - pause)
    return (model, curve)
  }

  /// All losses by name, from guessing to the language itself.
  func lines(_ attention: LanguageCurve, _ lstm: LanguageCurve) -> [(name: String, nats: Double)] {
    [("guessing", uniform)] + nGrams.enumerated().map { ("\($0 + 1)-gram, Witten–Bell", $1) }
      + [("LSTM", lstm.loss), ("attention", attention.loss)]
      + (truth.map { [("the language itself, on this text", $0)] } ?? [])
  }
}
