import DataSets
import Figures
import Foundation
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 5.1.2: a language model of characters by the simple recurrent network, and by an LSTM, beside what counting
/// n-grams and, on the generated language, the language itself can do. With `--from` a saved model writes, and nothing
/// is trained.
func generateCharacters(_ run: Run) throws {
  if let path = run.options.generation.model {
    let writer = try Writer(path: path)
    run.card("model", "\(path), learned from \(writer.origin)")
    run.parameters = writer.model.parameterCount
    return try write(run, with: writer)
  }
  let corpus = try run.data.tinyShakespeare(generated: run.choose(quick: 20_000, standard: 200_000, full: 1_000_000))
  let result = try learnToWrite(
    corpus, plan: WritingPlan(run.options.budget, isReal: corpus.isReal),
    random: run.random, report: { run.progress($0) }, tell: run.say)
  run.show(result.table, as: "bits")
  run.show(result.chart, as: "learning")
  run.parameters = result.writer.model.parameterCount
  run.card("data", corpus.provenance)
  run.card("nats per character, LSTM", result.lstm.loss)
  run.card("bits per character, LSTM", bits(result.lstm.loss))
  run.card("bits per character, simple network", bits(result.simple.loss))
  if let truth = result.truth { run.card("nats above the language itself, LSTM", result.lstm.loss - truth) }
  run.card("characters learned from per second", measured: result.charactersPerSecond)
  try run.keep(result.writer.model, metadata: result.writer.metadata, as: "model")
  try write(run, with: result.writer, language: corpus.language)
}

/// How much is trained.
public struct WritingPlan: Sendable {
  /// The steps of the simple network and of the LSTM.
  public var simpleSteps, lstmSteps: Int
  /// The units of both, and the numbers of each character's vector.
  public var hidden, width: Int
  /// How many characters of the validation part are judged.
  public var judged: Int

  /// The plan for a budget; a real text has more to learn.
  public init(_ budget: Budget, isReal: Bool) {
    simpleSteps = budget.choose(quick: 20, standard: 600, full: 4_000)
    lstmSteps = budget.choose(quick: 40, standard: isReal ? 2_000 : 1_200, full: isReal ? 8_000 : 4_000)
    hidden = budget.choose(quick: 32, standard: isReal ? 128 : 96, full: isReal ? 256 : 96)
    (width, judged) = (isReal ? 64 : 32, budget.choose(quick: 2_000, standard: 20_000, full: 20_000))
  }
}

/// What learning to write leaves behind.
public struct WritingResult {
  /// A model's loss in validation after each step that was watched, in nats per character.
  public struct Curve: Sendable {
    /// The steps after which it was measured.
    public var steps: [Int] = []
    /// The losses.
    public var losses: [Double] = []
    /// The last one.
    public var loss: Double { losses.last ?? .nan }
  }
  /// The LSTM, ready to write.
  public let writer: Writer
  /// How both networks learned.
  public let simple, lstm: Curve
  /// The losses of n-grams, n = 1, 2, …
  public let nGrams: [Double]
  /// The loss of guessing: ln V.
  public let uniform: Double
  /// The loss of the language itself on the same text, and its entropy; nil where it is not known.
  public let truth, entropy: Double?
  /// How many characters the LSTM has learned from in a second.
  public let charactersPerSecond: Double
}

/// Trains both networks on a text. Every line that is told has the validation loss and a sample, always from the same
/// prompt and the same random numbers.
public func learnToWrite(
  _ corpus: TextCorpus, plan: WritingPlan, random: RandomSource,
  report: (_ label: String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }, tell: (String) -> Void = { _ in }
) throws -> WritingResult {
  let vocabulary = Vocabulary(charactersOf: corpus.train + corpus.validation)
  let train = try vocabulary.encode(corpus.train)
  let held = Array(try vocabulary.encode(corpus.validation).prefix(plan.judged))
  tell("\(corpus.provenance)\n\(vocabulary.count) different characters, \(grouped(held.count)) judged\n")
  let nGrams = (1...6).map { NGramModel(order: $0, of: train, vocabulary: vocabulary.count).loss(of: held) }
  let language = corpus.language
  let text = vocabulary.decode(held)
  let truth = language.map { $0.loss(of: text) / Double(held.count) }
  let uniform = NGramModel(order: 1, of: [], vocabulary: vocabulary.count).loss(of: held)
  tell(
    "nats per character: guessing \(decimals(uniform, 3)), 1-, 2- and 5-grams "
      + [0, 1, 4].map { decimals(nGrams[$0], 3) }.joined(separator: ", ")
      + (truth.map { ", the language itself \(decimals($0, 3))" } ?? "") + "\n")

  let prompt = try vocabulary.encode(
    String(corpus.train.prefix { $0 != "\n" && $0 != " " }) + (language == nil ? "\n" : " "))
  func learned<Layer: RecurrentLayer>(
    _ type: Layer.Type, _ name: String, _ steps: Int
  )
    -> (CharacterModel<Layer>, WritingResult.Curve, seconds: Double)
  {
    var model = CharacterModel<Layer>(
      symbols: vocabulary.count, width: plan.width, hidden: plan.hidden, random: random.split())
    var curve = WritingResult.Curve()
    let watched = Set([0, 0.01, 0.05, 0.2, 0.5, 1].map { Int((Double(steps) * $0).rounded(.up)) })
    var seconds = 0.0
    let start = Date()
    trainOnText(
      &model, by: CharacterRecipe(steps: steps), on: train, random: random.split(), report: report(name),
      isWatched: watched.contains
    ) { step, model in
      let pause = Date()
      let loss = model.loss(of: held)
      (curve.steps, curve.losses) = (curve.steps + [step], curve.losses + [loss])
      let sample = model.continuation(of: prompt, length: 160, using: RandomSource(seed: 5))
      tell("\(name), step \(step): \(decimals(loss, 3)) nats, \(decimals(bits(loss), 3)) bits")
      tell(twoLines(vocabulary.decode(prompt + sample)))
      seconds -= Date().timeIntervalSince(pause)
    }
    return (model, curve, seconds + Date().timeIntervalSince(start))
  }
  let (_, simple, _) = learned(VanillaRNN.self, "simple network", plan.simpleSteps)
  let (model, lstm, seconds) = learned(LongShortTermMemory.self, "LSTM", plan.lstmSteps)
  let recipe = CharacterRecipe(steps: plan.lstmSteps)
  return WritingResult(
    writer: Writer(model, vocabulary: vocabulary, origin: corpus.origin), simple: simple, lstm: lstm, nGrams: nGrams,
    uniform: uniform, truth: truth, entropy: language?.entropy,
    charactersPerSecond: Double(recipe.steps * recipe.batch * recipe.window) / seconds)
}

/// The first two lines of a sample, each behind a bar.
private func twoLines(_ text: String) -> String {
  let lines = displayed(text).split(separator: "\n", omittingEmptySubsequences: false).prefix(2)
  return lines.map { "  | \($0.prefix(100))" }.joined(separator: "\n") + "\n"
}

extension WritingResult {
  /// All losses, from guessing to the best.
  public var table: Table {
    var rows = [("guessing", uniform)]
    rows += nGrams.enumerated().map { ("\($0 + 1)-gram, Witten–Bell", $1) }
    rows += [("simple network", simple.loss), ("LSTM", lstm.loss)]
    if let truth { rows.append(("the language itself, on this text", truth)) }
    if let entropy { rows.append(("its entropy", entropy)) }
    return Table(
      "What is left to guess of the next character", columns: ["model", "nats", "bits"],
      rows: rows.map { [.text($0), .number($1, decimals: 4), .number(bits($1), decimals: 4)] })
  }

  /// The losses over the steps, and two marks.
  var chart: LineChart {
    func line(_ name: String, _ curve: Curve) -> Series {
      Series(name, x: curve.steps.map(Double.init), curve.losses.map { bits($0) })
    }
    let ends = [0, Double(max(simple.steps.last ?? 1, lstm.steps.last ?? 1))]
    func mark(_ name: String, _ nats: Double) -> Series { Series(name, x: ends, [bits(nats), bits(nats)]) }
    return LineChart(
      "Learning to write", x: Axis("step"), y: Axis("bits per character, validation"),
      series: [
        line("simple network", simple), line("LSTM", lstm), mark("2-gram", nGrams[1]), mark("5-gram", nGrams[4]),
      ]
        + (truth.map { [mark("the language itself", $0)] } ?? []))
  }
}

// MARK: - Writing

/// Writes as the reader asks, and measures how much of a longer text is of the language.
private func write(_ run: Run, with writer: Writer, language: SmallLanguage? = nil) throws {
  let first = writer.vocabulary.decode(0..<writer.vocabulary.count).contains("R") ? "ROMEO:\n" : "the "
  let known = (try? writer.vocabulary.encode(first)) != nil ? first : writer.vocabulary[0]
  let length = run.choose(quick: 40, standard: 200, full: 400)
  guard try run.write(generator(writer), prompt: known, length: length) != nil, let language else { return }
  let text = try writer.continuation(
    of: "\n", length: run.choose(quick: 300, standard: 4_000, full: 20_000), using: run.random.split())
  run.card("share of its lines that are sentences of the language", language.share(ofSentencesIn: text))
}

/// The writer as the console knows it.
func generator(_ writer: Writer) -> TextGenerator {
  func sampling(_ settings: GenerationSettings) -> Sampling {
    Sampling(temperature: settings.temperature, topK: settings.topK, topP: settings.topP)
  }
  var generator = TextGenerator { text, settings, random, emit in
    try writer.proceed(text, length: settings.length, sampling: sampling(settings), using: random, emit: emit)
  } likeliest: { text, count, temperature in
    try writer.likeliest(after: text, count, temperature: temperature)
  }
  generator.views = ["gates": { try gates(of: writer, reading: $0) }]
  return generator
}

/// The means of the three gates over all units while the last sixty characters are read, as blocks under the text.
private func gates(of writer: Writer, reading text: String) throws -> String {
  let symbols = Array(try writer.vocabulary.encode(text).suffix(60))
  if symbols.isEmpty { return "there is no text yet" }
  let x = writer.model.embedding(symbols, shape: [1, symbols.count])
  let trace = LSTMCell(writer.model.layers.layers[0]).trace(x)
  func row(_ name: String, _ gate: (LSTMCell.Gates) -> Tensor) -> String {
    let blocks = trace.map { step -> Character in
      let level = Int(gate(step.gates).mean().item * 8)
      return Array("▁▂▃▄▅▆▇█")[min(max(level, 0), 7)]
    }
    return "\(name) \(String(blocks))"
  }
  let shown = displayed(writer.vocabulary.decode(symbols)).replacing("\n", with: "¶")
  return [
    "        \(shown)", row("forget ", \.forget), row("input  ", \.input), row("output ", \.output),
  ].joined(separator: "\n")
}
