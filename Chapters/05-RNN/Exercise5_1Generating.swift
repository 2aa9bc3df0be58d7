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
  if let writer = try run.savedWriter(CharacterModel<LongShortTermMemory>.self) { return try write(run, with: writer) }
  let corpus = try run.data.tinyShakespeare(generated: run.choose(quick: 20_000, standard: 200_000, full: 1_000_000))
  let result = try learnToWrite(
    corpus, plan: WritingPlan(run.options.budget, isReal: corpus.isReal),
    random: run.random, report: { run.progress($0) }, tell: run.say)
  run.show(result.task.table([result.simple, result.lstm]), as: "bits")
  run.show(result.task.chart([result.simple, result.lstm]), as: "learning")
  run.parameters = result.writer.model.parameterCount
  run.card("data", corpus.provenance)
  run.card("validation nats per character", result.lstm.loss)
  run.card("validation bits per character", bits(result.lstm.loss))
  run.card("validation bits per character, simple network", bits(result.simple.loss))
  if let truth = result.task.truth { run.card("nats above the language itself, LSTM", result.lstm.loss - truth) }
  run.card("characters learned from per second", measured: result.lstm.charactersPerSecond)
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
  /// The text, and the losses to compare with.
  public let task: LanguageTask
  /// The LSTM, ready to write.
  public let writer: Writer<CharacterModel<LongShortTermMemory>>
  /// How both networks learned.
  public let simple, lstm: LanguageCurve
}

/// Trains both networks on a text. Every line that is told has the validation loss and a sample, always from the same
/// prompt and the same random numbers. Exercise 5.1.2
public func learnToWrite(
  _ corpus: TextCorpus, plan: WritingPlan, random: RandomSource,
  report: (_ label: String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }, tell: (String) -> Void = { _ in }
) throws -> WritingResult {
  let task = try LanguageTask(corpus, judged: plan.judged)
  tell(task.description)
  func learned<Layer: RecurrentLayer>(
    _ type: Layer.Type, _ name: String, _ steps: Int
  ) -> (CharacterModel<Layer>, LanguageCurve) {
    let model = CharacterModel<Layer>(
      symbols: task.vocabulary.count, width: plan.width, hidden: plan.hidden, random: random.split())
    return task.learn(
      model, named: name, by: CharacterRecipe(steps: steps), random: random.split(), report: report(name), tell: tell)
  }
  let (_, simple) = learned(VanillaRNN.self, "simple network", plan.simpleSteps)
  let (model, lstm) = learned(LongShortTermMemory.self, "LSTM", plan.lstmSteps)
  return WritingResult(
    task: task, writer: Writer(model, vocabulary: task.vocabulary, origin: corpus.origin), simple: simple, lstm: lstm)
}

// MARK: - Writing

/// Writes as the reader asks, with the gates to look at.
private func write(
  _ run: Run, with writer: Writer<CharacterModel<LongShortTermMemory>>, language: SmallLanguage? = nil
) throws {
  try run.write(with: writer, views: ["gates": { try gates(of: writer, reading: $0) }], language: language)
}

/// The means of the three gates over all units while the last sixty characters are read, as blocks under the text.
private func gates(of writer: Writer<CharacterModel<LongShortTermMemory>>, reading text: String) throws -> String {
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
