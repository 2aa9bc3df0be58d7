// § 5.2  A language model in a file, with all that is needed to write with it

import DataSets
import Files
import Messages
import Running
import Tensors

/// A language model of characters that writes, and that a file can hold.
public protocol WritingModel: Model {
  /// What a file calls it, such as "an LSTM of characters".
  static var writerName: String { get }
  /// The item that leaves such files, such as "exercise 5.1".
  static var writingItem: String { get }
  /// The number V of symbols.
  var symbols: Int { get }
  /// The numbers that a file has to hold beside the weights, by name.
  var sizes: [String: Int] { get }
  /// A model of the sizes that a file tells, whose weights are to be read. Throws a `DataError` if the sizes are not
  /// those of the weights.
  init(sizedAs file: WriterFile) throws
  /// The logits after some symbols, at least one. [V]
  func logits(after symbols: [Int]) -> Tensor
  /// Continues a text of at least one symbol, handing over symbol by symbol, until `emit` returns false or `length` are
  /// written.
  func generate(
    after prompt: [Int], length: Int, sampling: Sampling, using random: RandomSource, emit: (Int) -> Bool)
}

/// A language model of characters, and the characters.
public struct Writer<Language: WritingModel>: Sendable {
  /// The model.
  public var model: Language
  /// What its symbols are.
  public let vocabulary: Vocabulary
  /// What it has learned from.
  public let origin: String

  /// A model of these characters.
  public init(_ model: Language, vocabulary: Vocabulary, origin: String) {
    require(
      model.symbols == vocabulary.count,
      "cannot write \(vocabulary.count) characters with a model of \(model.symbols): as many are needed")
    (self.model, self.vocabulary, self.origin) = (model, vocabulary, origin)
  }

  /// What a file says beside the weights.
  public var metadata: [String: String] {
    ["writer": Language.writerName, "vocabulary": vocabulary.text, "origin": origin]
      .merging(model.sizes.mapValues { "\($0)" }) { text, _ in text }
  }

  /// The writer in a file.
  ///
  /// Throws a `DataError` that says what the file is if it is no such model, or what is wrong with it.
  public init(path: String) throws {
    let file = try WriterFile(path: path, of: Language.self)
    var model = try Language(sizedAs: file)
    try file.weights.load(into: &model)
    guard model.isFinite, model.logits(after: [0]).isFinite else {
      throw file.misfit("with its weights the logits of the next character are infinite or NaN")
    }
    self.init(model, vocabulary: file.vocabulary, origin: file.weights.metadata["origin"] ?? "")
  }

  /// The numbers of a text; an empty one is taken for the first character.
  ///
  /// Throws a `DataError` if the vocabulary lacks a character of the text.
  public func numbers(_ text: String) throws -> [Int] {
    let numbers = try vocabulary.encode(text)
    return numbers.isEmpty ? [0] : numbers
  }

  /// Continues a text, handing over character by character. Throws as `numbers` does.
  public func proceed(
    _ text: String, length: Int, sampling: Sampling, using random: RandomSource, emit: (String) -> Bool
  ) throws {
    model.generate(after: try numbers(text), length: length, sampling: sampling, using: random) {
      emit(vocabulary.decode([$0]))
    }
  }

  /// A continuation of a text. Throws as `numbers` does.
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

  /// The likeliest next characters after a text, each with its probability. Throws as `numbers` does.
  public func likeliest(after text: String, _ count: Int, temperature: Double = 1) throws -> [(String, Double)] {
    let shares = Sampling(temperature: temperature).probabilities(model.logits(after: try numbers(text)).scalars)
    let order = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    return order.prefix(count).map { (vocabulary[$0], shares[$0]) }
  }

  /// The writer as the console knows it, with more to look at by the names of their commands.
  public func generator(views: [String: (String) throws -> String] = [:]) -> TextGenerator {
    var generator = TextGenerator { text, settings, random, emit in
      let sampling = Sampling(temperature: settings.temperature, topK: settings.topK, topP: settings.topP)
      try proceed(text, length: settings.length, sampling: sampling, using: random, emit: emit)
    } likeliest: { text, count, temperature in
      try likeliest(after: text, count, temperature: temperature)
    }
    generator.views = views
    return generator
  }
}

/// The file of a writer, while its model is made.
public struct WriterFile: Sendable {
  /// The characters.
  public let vocabulary: Vocabulary
  /// The weights, and what is said beside them.
  public let weights: SafetensorsFile
  private let path, item: String

  /// Opens a file of this kind of model. Throws a `DataError` if it holds anything else.
  public init<Language: WritingModel>(path: String, of kind: Language.Type) throws {
    (self.path, item) = (path, Language.writingItem)
    weights = try SafetensorsFile(path: path)
    let found = weights.metadata
    guard found["writer"] == Language.writerName else {
      let what = found["writer"] ?? found["model"].map { "a \($0)" } ?? "no model that says what it is"
      throw DataError(
        attempted: "write with the model in \(path)",
        found: "it holds \(what.excerpt), and \(Language.writerName) is needed",
        advice: "Name the file that \(item) has left")
    }
    vocabulary = try Vocabulary(text: found["vocabulary"] ?? "", source: path)
  }

  /// A number that the file tells, from 1 to 100,000. Throws a `DataError` if there is none.
  public func number(_ key: String) throws -> Int {
    let text = weights.metadata[key] ?? ""
    guard let number = Int(text), (1...100_000).contains(number) else {
      throw misfit("its \(key) is \"\(text.excerpt)\"")
    }
    return number
  }

  /// Throws a `DataError` unless these tensors have these shapes and the sizes, which are told in words, are possible:
  /// a wrong number would otherwise ask for more memory than there is.
  public func check(_ sizes: String, _ shapes: [(name: String, shape: Shape)], arePossible: Bool = true) throws {
    let found = try shapes.map { try weights.tensor($0.name).shape }
    guard found == shapes.map(\.shape), arePossible else {
      throw misfit(
        "its sizes, \(vocabulary.count) characters, \(sizes), are not those of its weights, "
          + found.map { "\($0)" }.joined(separator: " and "))
    }
  }

  fileprivate func misfit(_ problem: String) -> DataError {
    DataError(
      attempted: "write with the model in \(path)", found: problem, advice: "Have \(item) write the file again")
  }
}

extension CharacterModel: WritingModel where Layer == LongShortTermMemory {
  /// What a file calls it.
  public static var writerName: String { "an LSTM of characters" }
  /// The item that leaves such files.
  public static var writingItem: String { "exercise 5.1" }

  /// The width of a character's vector, the units, and the number of layers.
  public var sizes: [String: Int] {
    let weights = layers.layers[0].weights
    return ["width": weights.inputs, "hidden": weights.hidden, "layers": layers.layers.count]
  }

  /// A model of the sizes that a file tells. Throws a `DataError` if they are not those of its weights.
  public init(sizedAs file: WriterFile) throws {
    let (width, hidden, layers) = (try file.number("width"), try file.number("hidden"), try file.number("layers"))
    try file.check(
      "width \(width), \(hidden) units",
      [
        ("embedding.table", [file.vocabulary.count, width]),
        ("layers.layers.0.weights.recurrent", [4 * hidden, hidden]),
      ], arePossible: layers <= 16)
    self.init(
      symbols: file.vocabulary.count, width: width, hidden: hidden, layers: layers, random: RandomSource(seed: 0))
  }

  /// The logits after some symbols. [V]
  public func logits(after symbols: [Int]) -> Tensor { position(after: symbols).logits }
}
