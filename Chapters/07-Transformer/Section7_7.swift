import Attention
import CNN
import DataSets
import Figures
import Foundation
import Messages
import RNN
import Running
import Tensors
import Training
import Transformer

/// § 7.7: a GPT learns to write, from a language whose entropy is known, or from Tiny Shakespeare. With `--from` a
/// saved one writes, or GPT-2 as it is published, and nothing is trained.
public let section7_7 = Exercise(
  .section, "7.7", "GPT: autoregressive language modeling", seconds: 60, quick: 2, full: 1800,
  needs: { _ in DataNeeds.characters(2_000) }
) { run in
  if let path = run.options.generation.model, PublishedGPT.isOne(path) { return try writePublished(run, path) }
  if let writer = try run.savedWriter(GPT.self) { return try write(run, with: writer) }
  let corpus = try run.data.tinyShakespeare(generated: run.choose(quick: 12_000, standard: 200_000, full: 1_000_000))
  let sizes = GPTSizes(run.options.budget, isReal: corpus.isReal)
  let task = try LanguageTask(corpus, judged: sizes.judged)
  run.say(task.description)
  run.show(factorTable(random: run.random.split()), as: "factors")
  let (model, curve) = task.learn(sizes, random: run.random.split(), report: run.progress("GPT"), tell: run.say)
  run.show(task.table([curve]), as: "loss")
  run.show(task.chart([curve]), as: "learning")

  run.parameters = model.parameterCount
  run.card("data", corpus.provenance)
  run.card("validation nats per character", curve.loss)
  run.card("validation bits per character", bits(curve.loss))
  run.card("nats per character, 5-gram", task.nGrams[4])
  if let truth = task.truth {
    run.card("excess over the language in the second half of the window, nats", curve.loss - truth)
  }
  run.card("characters learned from per second", measured: curve.charactersPerSecond)
  showSpeed(of: model, run)
  let writer = Writer(model, vocabulary: task.vocabulary, origin: corpus.origin)
  try run.keep(writer.model, metadata: writer.metadata, as: "model")
  try write(run, with: writer, language: corpus.language)
}.generating.readingModelFolders

/// How large a GPT is and how much it sees.
public struct GPTSizes: Sendable {
  /// The places that are looked at, the width, the heads and the blocks.
  public var context, width, heads, blocks: Int
  /// The steps, the windows of a step, and the steps in which the learning rate rises.
  public var steps, batch, warmup: Int
  /// The highest learning rate.
  public var learningRate: Double
  /// How many characters of the validation part are judged.
  public var judged: Int

  /// The sizes of a budget; a real text has more to learn.
  public init(_ budget: Budget, isReal: Bool) {
    context = budget.choose(quick: 16, standard: 64, full: 128)
    width = budget.choose(quick: 16, standard: isReal ? 128 : 64, full: isReal ? 192 : 64)
    heads = budget.choose(quick: 2, standard: 4, full: isReal ? 6 : 4)
    blocks = budget.choose(quick: 1, standard: isReal ? 4 : 2, full: isReal ? 6 : 2)
    steps = budget.choose(quick: 10, standard: isReal ? 2_000 : 1_000, full: 5_000)
    batch = budget.choose(quick: 12, standard: isReal ? 12 : 24, full: 32)
    warmup = min(100, steps / 10)
    learningRate = 4e-3
    judged = budget.choose(quick: 500, standard: 20_000, full: 20_000)
  }
}

extension LanguageTask {
  /// Trains a GPT on windows of the text by AdamW with β₂ = 0.99 and a weight decay of 0.1 on matrices. § 7.7
  public func learn(
    _ sizes: GPTSizes, random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil,
    tell: (String) -> Void = { _ in }
  ) -> (model: GPT, curve: LanguageCurve) {
    var plan = SequencePlan(
      steps: sizes.steps, batch: sizes.batch, learningRate: sizes.learningRate, warmup: sizes.warmup)
    plan.report = report
    let start = GPT(
      symbols: vocabulary.count, context: sizes.context, width: sizes.width, heads: sizes.heads, blocks: sizes.blocks,
      random: random.split())
    let adam = ParameterGroups.adamW(of: start, learningRate: sizes.learningRate, beta2: 0.99, weightDecay: 0.1)
    return learn(start, named: "GPT", by: plan, with: adam, random: random, tell: tell)
  }
}

/// Writes as the reader asks, and shows what the last character looked at.
private func write(_ run: Run, with writer: Writer<GPT>, language: SmallLanguage? = nil) throws {
  let views = ["attention": { try attentionView(of: writer, reading: $0) }]
  guard let last = try run.write(with: writer, views: views, language: language) else { return }
  run.show(try lastWeightsMap(of: writer, reading: last), as: "attention")
}

/// What the probabilities of all sequences sum to, with and without a symbol for the beginning. (7.14)
func factorTable(random: RandomSource) -> Table {
  let rows = [(2, 3), (3, 3), (3, 5)].map { V, T -> [Table.Cell] in
    let model = GPT(symbols: V, context: T + 1, width: 8, heads: 2, blocks: 1, random: random)
    let sequences = allSequences(of: V, length: T)
    func sum(_ start: Int?) -> Double {
      sequences.reduce(0) { $0 + exp(model.logProbability(of: $1, after: start)) }
    }
    return [
      .integer(V), .integer(T), .integer(sequences.count), .number(sum(0), decimals: 4), .number(sum(nil), decimals: 4),
    ]
  }
  return Table(
    "What p(x₁, …, x_T) sums to over all sequences",
    columns: ["symbols V", "T", "sequences", "p(x₁) given symbol 0", "without the factor p(x₁)"], rows: rows)
}

/// Characters written per second with and without keys and values that are kept, up to a full context.
private func showSpeed(of model: GPT, _ run: Run) {
  let length = model.context - 1
  func perSecond(_ usesCache: Bool) -> Double {
    let seconds = (0..<3).map { _ in
      let start = Date()
      _ = model.continuation(
        of: [0], length: length, sampling: .greedy, usesCache: usesCache, using: RandomSource(seed: 1))
      return Date().timeIntervalSince(start)
    }
    return Double(length) / (seconds.min() ?? 1)
  }
  let (kept, again) = (perSecond(true), perSecond(false))
  run.card("characters per second with a cache", measured: kept)
  run.card("characters per second without a cache", measured: again)
  run.card("time without cache over with, \(length) characters", measured: kept / again)
}
