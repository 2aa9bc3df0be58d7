import DataSets
import Figures
import Messages
import Running
import Tensors
import Transformer

// § 7.6: published encoders

/// Embeds the reader's sentences by a published encoder, or fills a [MASK] in if the reader writes one and the model
/// has a head for it.
func usePublished(_ run: Run, _ path: String) throws {
  let encoder = try SentenceEncoder(path: path)
  run.parameters = encoder.encoder.parameterCount
  run.card("model", path)
  run.card("pieces of words", Double(encoder.tokenizer.count))
  run.card("numbers of a sentence", Double(encoder.encoder.width))
  if run.options.generation.isInteractive {
    var memory = SentenceMemory(encoder)
    return run.answerLines { memory.answer(to: $0) }
  }
  let prompt = try run.options.generation.promptText()
  if let prompt, prompt.contains("[MASK]"), try MaskedLanguageModel.hasHead(path) {
    let model = try MaskedLanguageModel(loading: path)
    for line in prompt.split(whereSeparator: \.isNewline) {
      run.say(filledIn(String(line), by: model, encoder.tokenizer))
    }
    return
  }
  let sentences = prompt.map { $0.split(whereSeparator: \.isNewline).map(String.init) } ?? exampleSentences
  let vectors = encoder.embedded(sentences)
  run.show(nearestTable(sentences, vectors), as: "nearest")
  if 2...30 ~= sentences.count { run.show(cosineMap(sentences, vectors), as: "cosines") }
  if prompt == nil {
    let nearest = nearestNeighbours(vectors)
    let pairs = sentences.indices.count { nearest[$0].number == $0 ^ 1 }
    run.card("sentences whose nearest is their pair, of \(sentences.count)", Double(pairs))
  }
  try run.keep(SentenceVectors(vectors: vectors), as: "vectors")
}

/// Pairs of sentences that mean about the same in other words.
public let exampleSentences = [
  "The cat sleeps on the warm windowsill.", "A kitten is napping in the sun.",
  "Interest rates were raised again in March.", "The central bank has made borrowing more expensive.",
  "Add salt and let the soup simmer.", "Stir the broth over low heat.",
  "The striker scored twice in the second half.", "Our team won the match 3–1.",
  "My laptop will not start.", "The computer refuses to boot.",
]

/// The vectors of sentences, for a file.
struct SentenceVectors: Model {
  /// One row for each sentence.
  var vectors: Tensor
  static var parameters: [PartialKeyPath<SentenceVectors>] { [\.vectors] }
}

/// The reader's sentences so far.
public struct SentenceMemory {
  private let encoder: SentenceEncoder
  private var sentences: [String] = []
  private var vectors: Tensor?

  /// No sentences yet.
  public init(_ encoder: SentenceEncoder) { self.encoder = encoder }

  /// The nearest of the earlier sentences, each with its cosine; the new one is remembered.
  public mutating func answer(to line: String) -> String {
    if line.allSatisfy(\.isWhitespace) { return "write a sentence, or :quit" }
    let vector = encoder.embedded([line])
    defer {
      sentences.append(line)
      vectors = vectors.map { Tensor.concatenated([$0, vector], axis: 0) } ?? vector
    }
    guard let vectors else { return "that is the first; the next ones are compared with it" }
    let cosines = matmul(vectors, vector.transposed).scalars
    return likeliest(cosines, 3).map { "\(decimals($0.share, 3))  \(sentences[$0.number])" }.joined(separator: "\n")
  }
}

/// The row with the largest product with each row, other than itself.
func nearestNeighbours(_ vectors: Tensor) -> [(number: Int, cosine: Double)] {
  let n = vectors.shape[0]
  let cosines = matmul(vectors, vectors.transposed).scalars
  return (0..<n).map { i in
    let best = (0..<n).filter { $0 != i }.max { cosines[i * n + $0] < cosines[i * n + $1] } ?? i
    return (best, cosines[i * n + best])
  }
}

func nearestTable(_ sentences: [String], _ vectors: Tensor) -> Table {
  let nearest = nearestNeighbours(vectors)
  return Table(
    "The nearest sentence to each", columns: ["sentence", "nearest", "cosine"],
    rows: sentences.indices.map { i in
      [
        .text(brief(sentences[i])), .text(brief(sentences[nearest[i].number])),
        .number(nearest[i].cosine, decimals: 3),
      ]
    })
}

/// The cosines of all pairs.
func cosineMap(_ sentences: [String], _ vectors: Tensor) -> HeatMap {
  let n = sentences.count
  let cosines = matmul(vectors, vectors.transposed).scalars
  return HeatMap(
    "Cosines of the vectors of sentences", rows: sentences.enumerated().map { "\($0 + 1) \(brief($1, 24))" },
    columns: (1...n).map { "\($0)" }, values: (0..<n).map { Array(cosines[$0 * n..<($0 + 1) * n]) }, format: "%.2f",
    range: 0...1)
}

/// The beginning of a sentence.
private func brief(_ text: String, _ count: Int = 44) -> String {
  text.count <= count ? text : text.prefix(count - 1) + "…"
}

/// The likeliest pieces for the first [MASK] of a line.
func filledIn(_ line: String, by model: MaskedLanguageModel, _ tokenizer: WordPiece) -> String {
  let numbers = tokenizer.encode(line, longest: model.encoder.longest)
  guard let mask = tokenizer.mask, let place = numbers.firstIndex(of: mask) else {
    return "there is no [MASK] in: \(line)"
  }
  let shares = model.filledIn([(numbers, place)], mask: mask)[0]
  return line + "\n"
    + likeliest(shares, 5).map { "\(decimals($0.share, 3))  \(tokenizer[$0.number])" }.joined(separator: "\n")
}
