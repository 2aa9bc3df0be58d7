// § 5.2  A language model in a file, with all that is needed to write with it

import DataSets
import Files
import Messages
import Tensors

/// A language model of characters, and the characters. § 5.2
public struct Writer: Sendable {
  /// The model.
  public var model: CharacterModel<LongShortTermMemory>
  /// What its symbols are.
  public let vocabulary: Vocabulary
  /// What it has learned from.
  public let origin: String

  /// A model of these characters.
  public init(_ model: CharacterModel<LongShortTermMemory>, vocabulary: Vocabulary, origin: String) {
    require(
      model.symbols == vocabulary.count,
      "cannot write \(vocabulary.count) characters with a model of \(model.symbols): as many are needed")
    (self.model, self.vocabulary, self.origin) = (model, vocabulary, origin)
  }

  /// What a file has to say beside the weights.
  public var metadata: [String: String] {
    let weights = model.layers.layers[0].weights
    return [
      "writer": Self.name, "vocabulary": vocabulary.text, "origin": origin, "width": "\(weights.inputs)",
      "hidden": "\(weights.hidden)", "layers": "\(model.layers.layers.count)",
    ]
  }

  private static let name = "an LSTM of characters"

  /// The writer in a file.
  ///
  /// Throws a `DataError` that says what the file is if it is no such model, or what is wrong with it.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    let found = file.metadata
    func error(_ problem: String, _ advice: String) -> DataError {
      DataError(attempted: "write with the model in \(path)", found: problem, advice: advice)
    }
    guard found["writer"] == Self.name else {
      let what = found["writer"] ?? found["model"].map { "a \($0)" } ?? "no model that says what it is"
      throw error("it holds \(what.excerpt), and \(Self.name) is needed", "Name the file that exercise 5.1 has left")
    }
    func number(_ key: String) throws -> Int {
      guard let number = found[key].flatMap({ Int($0) }), (1...100_000).contains(number) else {
        throw error("its \(key) is \"\((found[key] ?? "").excerpt)\"", "Have exercise 5.1 write the file again")
      }
      return number
    }
    let vocabulary = try Vocabulary(text: found["vocabulary"] ?? "", source: path)
    let (width, hidden, layers) = (try number("width"), try number("hidden"), try number("layers"))
    // A wrong number would ask for more memory than there is: the table and the recurrent weights tell it.
    let (table, recurrent) = (
      try file.tensor("embedding.table").shape, try file.tensor("layers.layers.0.weights.recurrent").shape
    )
    guard table == [vocabulary.count, width], recurrent == [4 * hidden, hidden], layers <= 16 else {
      throw error(
        "its sizes, \(vocabulary.count) characters, width \(width), \(hidden) units, are not those of its weights, "
          + "\(table) and \(recurrent)", "Have exercise 5.1 write the file again")
    }
    var model = CharacterModel<LongShortTermMemory>(
      symbols: vocabulary.count, width: width, hidden: hidden, layers: layers, random: RandomSource(seed: 0))
    try file.load(into: &model)
    self.init(model, vocabulary: vocabulary, origin: found["origin"] ?? "")
  }

  /// Continues a text, handing over character by character. An empty text is continued from the first character.
  ///
  /// Throws a `DataError` if the vocabulary lacks a character of the text.
  public func proceed(
    _ text: String, length: Int, sampling: Sampling, using random: RandomSource, emit: (String) -> Bool
  ) throws {
    let prompt = try vocabulary.encode(text)
    model.generate(
      after: prompt.isEmpty ? [0] : prompt, length: length, sampling: sampling, using: random
    ) { emit(vocabulary.decode([$0])) }
  }

  /// A continuation of a text.
  public func continuation(
    of text: String, length: Int, sampling: Sampling = Sampling(), using random: RandomSource
  ) throws -> String {
    var written = ""
    try proceed(text, length: length, sampling: sampling, using: random) { character in
      written += character
      return true
    }
    return written
  }

  /// The likeliest next characters after a text, each with its probability.
  public func likeliest(after text: String, _ count: Int, temperature: Double = 1) throws -> [(String, Double)] {
    let prompt = try vocabulary.encode(text)
    let logits = model.position(after: prompt.isEmpty ? [0] : prompt).logits
    let shares = Sampling(temperature: temperature).probabilities(logits.scalars)
    let order = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    return order.prefix(count).map { (vocabulary[$0], shares[$0]) }
  }
}
