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
  if let writer = try run.savedWriter(CausalLanguageModel.self) { return try write(run, with: writer) }
  let corpus = try run.data.tinyShakespeare(generated: run.choose(quick: 12_000, standard: 200_000, full: 1_000_000))
  let sizes = LanguageSizes(run.options.budget)
  let task = try LanguageTask(corpus, judged: sizes.judged)
  run.say(task.description)
  let attention = task.learnByAttention(
    sizes, random: run.random.split(), report: run.progress("attention"), tell: run.say)
  let lstm = task.learnByLSTM(
    sizes, parameters: attention.model.parameterCount, random: run.random.split(), report: run.progress("LSTM"),
    tell: run.say)
  let curves = [lstm.curve, attention.curve]
  run.show(task.table(curves), as: "loss")
  run.show(task.chart(curves), as: "learning")
  run.show(leakTable(task, sizes, random: run.random.split()), as: "leak")
  showCosts(task.vocabulary.count, lstm.model, run)

  run.parameters = attention.model.parameterCount
  run.card("data", corpus.provenance)
  run.card("validation nats per character", attention.curve.loss)
  run.card("validation bits per character", bits(attention.curve.loss))
  run.card("validation nats per character, LSTM", lstm.curve.loss)
  run.card("characters learned from per second, attention", measured: attention.curve.charactersPerSecond)
  run.card("characters learned from per second, LSTM", measured: lstm.curve.charactersPerSecond)
  run.card("nats per character, 5-gram", task.nGrams[4])
  if let truth = task.truth { run.card("nats above the language itself, attention", attention.curve.loss - truth) }
  let writer = Writer(attention.model, vocabulary: task.vocabulary, origin: corpus.origin)
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

extension LanguageTask {
  /// Trains the attention model on windows of the text. Exercise 6.4.1
  public func learnByAttention(
    _ sizes: LanguageSizes, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil,
    tell: (String) -> Void = { _ in }
  ) -> (model: CausalLanguageModel, curve: LanguageCurve) {
    let start = CausalLanguageModel(
      symbols: vocabulary.count, context: sizes.context, width: sizes.width, heads: sizes.heads, blocks: sizes.blocks,
      random: random.split())
    var plan = SequencePlan(
      steps: sizes.steps, batch: sizes.batch, learningRate: sizes.learningRate, warmup: sizes.steps / 10)
    plan.report = report
    return learn(
      start, named: "attention", by: plan, with: Adam(learningRate: sizes.learningRate), random: random, tell: tell)
  }

  /// Trains an LSTM with about as many parameters on as many characters. Exercise 6.4.3
  public func learnByLSTM(
    _ sizes: LanguageSizes, parameters: Int, random: RandomSource,
    report: (@Sendable (TrainingProgress) -> Void)? = nil, tell: (String) -> Void = { _ in }
  ) -> (model: CharacterModel<LongShortTermMemory>, curve: LanguageCurve) {
    let width = sizes.width / 2
    func count(_ H: Int) -> Int {
      vocabulary.count * width + 4 * H * (width + H + 2) + (H + 1) * vocabulary.count
    }
    let hidden = (1...2000).min { abs(count($0) - parameters) < abs(count($1) - parameters) } ?? 1
    let model = CharacterModel<LongShortTermMemory>(
      symbols: vocabulary.count, width: width, hidden: hidden, random: random.split())
    var recipe = CharacterRecipe(steps: sizes.steps)
    (recipe.batch, recipe.window) = (sizes.batch, sizes.context)
    return learn(model, named: "LSTM", by: recipe, random: random.split(), report: report, tell: tell)
  }
}
