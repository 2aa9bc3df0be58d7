import DataSets
import Figures
import Messages
import Running
import Tensors
import Transformer

/// § 7.7 with Lehaut, § 3.3: byte-pair encoding: what merges do to a text, and why the loss per token does not compare.
public let section7_7b = Exercise(
  .section, "7.7b", "Byte-pair encoding", seconds: 3, quick: 1, full: 15, needs: { _ in DataNeeds.characters(2_000) }
) { run in
  run.show(mergeTable(BytePairTraining.all(of: "aaabdaaabac")), as: "small")

  let corpus = try run.data.tinyShakespeare(generated: run.choose(quick: 20_000, standard: 200_000, full: 1_000_000))
  let merges = run.choose(quick: 50, standard: 500, full: 5000)
  run.say("\(corpus.provenance)\n")
  let (words, duration) = learn(merges, from: corpus.train, .gpt2)
  let (whole, wholeDuration) = learn(merges, from: corpus.train, .none)
  run.show(lengthFigure([("words apart", words), ("not cut", whole)]), as: "tokens")

  let encoding = words.encoding(specials: ["<|endoftext|>"])
  run.show(longestTable(encoding), as: "longest")
  run.say("A line of the text: \(spelled(firstLine(corpus.validation), by: encoding))\n")
  let judged = run.choose(quick: 4_000, standard: 20_000, full: 20_000)
  let rows = judge(words, on: String(corpus.validation.prefix(judged)), learnedFrom: corpus.train)
  run.show(lossTable(rows), as: "loss")
  run.show(vocabularyTable, as: "vocabularies")

  let bytes = Array(corpus.train.utf8)
  let clock = ContinuousClock()
  let encodingTime = clock.measure { _ = encoding.encode(bytes) } / .seconds(1)
  run.card("data", corpus.provenance)
  run.card("merges", "\(grouped(words.steps.count)), \(grouped(encoding.count)) tokens")
  run.card("bytes per token of the text", Double(bytes.count) / Double(words.tokenCount))
  run.card("bits per byte of a bigram, bytes", rows.first?.bitsPerByte ?? .nan)
  run.card("bits per byte of a bigram, tokens", rows.last?.bitsPerByte ?? .nan)
  run.card("seconds to learn the merges, words apart", measured: duration)
  run.card("seconds to learn the merges, not cut", measured: wholeDuration)
  run.card("megabytes encoded per second", measured: Double(bytes.count) / encodingTime / 1e6)
}

extension BytePairTraining {
  /// A training that goes on until no pair occurs twice. The text is not cut.
  public static func all(of text: String) -> BytePairTraining {
    var training = BytePairTraining(Array(text.utf8), splitting: .none)
    while training.merge() != nil {}
    return training
  }
}

private func learn(
  _ merges: Int, from text: String, _ splitting: MergeTable.Splitting
) -> (training: BytePairTraining, seconds: Double) {
  let (bytes, clock) = (Array(text.utf8), ContinuousClock())
  let start = clock.now
  var training = BytePairTraining(bytes, splitting: splitting)
  while training.steps.count < merges, training.merge() != nil {}
  return (training, start.duration(to: clock.now) / .seconds(1))
}

private func mergeTable(_ training: BytePairTraining) -> Table {
  let table = training.encoding().table
  return Table(
    "The merges of aaabdaaabac", columns: ["pair", "occurs", "new token", "tokens of the text"],
    rows: training.steps.map {
      [
        .text("\(table.spelled($0.merge.left)) \(table.spelled($0.merge.right))"), .integer($0.occurrences),
        .text(table.spelled($0.merge.joined)), .integer($0.tokenCount),
      ]
    })
}

private func lengthFigure(_ trainings: [(name: String, training: BytePairTraining)]) -> LineChart {
  LineChart(
    "The length of the text after each merge", x: Axis("merges", .logarithmic), y: Axis("tokens"),
    series: trainings.map { name, training in
      Series(name, x: training.steps.indices.map { Double($0 + 1) }, training.steps.map { Double($0.tokenCount) })
    })
}

private func longestTable(_ encoding: BytePairEncoding) -> Table {
  let table = encoding.table
  let long = table.merges.map(\.joined).sorted { table.tokens[$0].count > table.tokens[$1].count }.prefix(8)
  return Table(
    "The longest tokens (Ġ is a space, Ċ a line break)", columns: ["number", "bytes", "token"],
    rows: long.map { [.integer($0), .integer(table.tokens[$0].count), .text(table.spelled($0))] })
}

/// The first line of a text that has some length.
private func firstLine(_ text: String) -> String {
  let lines = text.split(separator: "\n").map(String.init)
  return String((lines.first { $0.utf8.count >= 30 } ?? lines.first ?? "").prefix(60))
}

/// A text's tokens, with bars between them.
public func spelled(_ text: String, by encoding: BytePairEncoding) -> String {
  encoding.encode(text).map(encoding.table.spelled).joined(separator: "|")
}

// MARK: - The loss per token and per byte

/// What a bigram model of the tokens loses.
public struct TokenLoss: Sendable {
  /// The number of merges.
  public let merges: Int
  /// The bytes of a token of the judged text, on average.
  public let bytesPerToken: Double
  /// The loss in nats per token.
  public let natsPerToken: Double

  /// The same loss for each byte, in bits: loss / (ln 2 · bytes per token).
  public var bitsPerByte: Double { bits(natsPerToken) / bytesPerToken }
}

/// Bigram models of the tokens after no merges, and after ever more, judged on a text that none has seen.
public func judge(
  _ training: BytePairTraining, on held: String, learnedFrom text: String
) -> [TokenLoss] {
  let all = training.steps.map { (left: $0.merge.left, right: $0.merge.right) }
  let counts = [0, all.count / 16, all.count / 8, all.count / 4, all.count / 2, all.count]
  return counts.map { count in
    let table = MergeTable(pairs: Array(all.prefix(count)), splitting: training.splitting)
    let encoding = BytePairEncoding(table)
    let model = NGramModel(order: 2, of: encoding.encode(text), vocabulary: encoding.count)
    let tokens = encoding.encode(held)
    return TokenLoss(
      merges: count, bytesPerToken: Double(held.utf8.count) / Double(tokens.count), natsPerToken: model.loss(of: tokens)
    )
  }
}

private func lossTable(_ rows: [TokenLoss]) -> Table {
  Table(
    "A bigram model of the tokens, on text that it has not seen",
    columns: ["merges", "bytes per token", "nats per token", "bits per byte"],
    rows: rows.map {
      [
        .integer($0.merges), .number($0.bytesPerToken, decimals: 2), .number($0.natsPerToken, decimals: 3),
        .number($0.bitsPerByte, decimals: 3),
      ]
    })
}

// MARK: - The vectors of a vocabulary

/// A vocabulary of V tokens, each with a vector of d numbers. Lehaut, *How Does It Work?*, § 3.3
public struct VocabularySize: Sendable {
  /// The model.
  public let name: String
  /// V and d.
  public let symbols: Int, width: Int
  /// The parameters of the whole model, if there is one.
  public let total: Int?
  /// V d, the parameters of the table.
  public var parameters: Int { symbols * width }
}

/// The smallest and the largest of the sizes that Lehaut calls typical, and those of three published models.
public let vocabularySizes: [VocabularySize] = {
  let (BERT, LLaMA) = (BERTSizes.base, LlamaSizes.llama7B)
  let (V, T, d) = (50_257, 1_024, 768)
  let GPT2 = (V + T) * d + ParameterCount.encoder(blocks: 12, d, hidden: 4 * d) + ParameterCount.norm(d)
  return [
    VocabularySize(name: "smallest", symbols: 30_000, width: 512, total: nil),
    VocabularySize(name: "largest", symbols: 40_000, width: 4_096, total: nil),
    VocabularySize(name: "BERT base", symbols: BERT.symbols, width: BERT.width, total: BERT.parameterCount()),
    VocabularySize(name: "GPT-2", symbols: V, width: d, total: GPT2),
    VocabularySize(name: "LLaMA 7B", symbols: LLaMA.symbols, width: LLaMA.width, total: LLaMA.stored),
  ]
}()

private let vocabularyTable = Table(
  "The table of the tokens' vectors", columns: ["model", "tokens", "numbers each", "parameters", "of all"],
  rows: vocabularySizes.map { size in
    let share = size.total.map { Table.Cell.number(Double(size.parameters) / Double($0), decimals: 3) }
    return [
      .text(size.name), .integer(size.symbols), .integer(size.width), .integer(size.parameters), share ?? .text(""),
    ]
  })
