// § 5.2  A language model in a file, with everything that is needed to generate text

import DataSets
import Files
import Messages
import Running
import Tensors

/// A character language model that generates text and can be saved to a file.
public protocol WritingModel: Model {
  /// The name of the kind of model in a file, such as "an LSTM of characters".
  static var writerName: String { get }
  /// The item of the program that saves such files, such as "exercise 5.1".
  static var writingItem: String { get }
  /// The number V of symbols.
  var symbols: Int { get }
  /// The sizes that a file must hold in addition to the weights, by name.
  var sizes: [String: Int] { get }
  /// A model with the sizes given in a file, whose weights are then loaded. Throws a `DataError` if the sizes do not
  /// fit the weights.
  init(sizedAs file: WriterFile) throws
  /// The logits after some symbols, at least one. [V]
  func logits(after symbols: [Int]) -> Tensor
  /// Continues a text of at least one symbol, passing each symbol to `emit`, until `emit` returns false or `length`
  /// symbols are written.
  func generate(
    after prompt: [Int], length: Int, sampling: Sampling, using random: RandomSource, emit: (Int) -> Bool)
}

/// A character language model with its vocabulary.
public struct Writer<Language: WritingModel>: Sendable {
  /// The model.
  public var model: Language
  /// Its characters.
  public let vocabulary: Vocabulary
  /// The text that it was trained on.
  public let origin: String

  /// A model with its vocabulary.
  public init(_ model: Language, vocabulary: Vocabulary, origin: String) {
    require(
      model.symbols == vocabulary.count,
      "cannot write \(vocabulary.count) characters with a model of \(model.symbols): the numbers must agree")
    (self.model, self.vocabulary, self.origin) = (model, vocabulary, origin)
  }

  /// The metadata of a file.
  public var metadata: [String: String] {
    ["writer": Language.writerName, "vocabulary": vocabulary.text, "origin": origin]
      .merging(model.sizes.mapValues { "\($0)" }) { text, _ in text }
  }

  /// The writer in a file.
  ///
  /// Throws a `DataError` if the file holds another kind of model or is damaged.
  public init(path: String) throws {
    let file = try WriterFile(path: path, of: Language.self)
    var model = try Language(sizedAs: file)
    try file.weights.load(into: &model)
    guard model.isFinite, model.logits(after: [0]).isFinite else {
      throw file.misfit("its weights give infinite or NaN logits for the next character")
    }
    self.init(model, vocabulary: file.vocabulary, origin: file.weights.metadata["origin"] ?? "")
  }

  /// The character numbers of a text; an empty text is replaced by the first character of the vocabulary.
  ///
  /// Throws a `DataError` if the vocabulary lacks a character of the text.
  public func numbers(_ text: String) throws -> [Int] {
    let numbers = try vocabulary.encode(text)
    return numbers.isEmpty ? [0] : numbers
  }

  /// Continues a text, passing on each character. Throws as `numbers` does.
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

  /// The most likely next characters after a text, each with its probability. Throws as `numbers` does.
  public func likeliest(after text: String, _ count: Int, temperature: Double = 1) throws -> [(String, Double)] {
    let shares = Sampling(temperature: temperature).probabilities(model.logits(after: try numbers(text)).scalars)
    let order = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    return order.prefix(count).map { (vocabulary[$0], shares[$0]) }
  }

  /// The writer for the console, with additional views by the names of their commands.
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

/// The file of a writer, while its model is being created.
public struct WriterFile: Sendable {
  /// The characters.
  public let vocabulary: Vocabulary
  /// The weights and the metadata.
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
        advice: "Use a file saved by \(item)")
    }
    vocabulary = try Vocabulary(text: found["vocabulary"] ?? "", source: path)
  }

  /// A number in the file's metadata, from 1 to 100,000. Throws a `DataError` if it is missing or out of range.
  public func number(_ key: String) throws -> Int {
    let text = weights.metadata[key] ?? ""
    guard let number = Int(text), (1...100_000).contains(number) else {
      throw misfit("its \(key) is \"\(text.excerpt)\"")
    }
    return number
  }

  /// Throws a `DataError` unless these tensors have these shapes and the sizes, which are described in words, are
  /// possible: a wrong number could otherwise request more memory than is available.
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
      attempted: "write with the model in \(path)", found: problem, advice: "Save the file again with \(item)")
  }
}

extension CharacterModel: WritingModel where Layer == LongShortTermMemory {
  /// The name of the kind of model in a file.
  public static var writerName: String { "an LSTM of characters" }
  /// The item of the program that saves such files.
  public static var writingItem: String { "exercise 5.1" }

  /// The width of a character's vector, the units, and the number of layers.
  public var sizes: [String: Int] {
    let weights = layers.layers[0].weights
    return ["width": weights.inputs, "hidden": weights.hidden, "layers": layers.layers.count]
  }

  /// A model with the sizes given in a file. Throws a `DataError` if they do not fit its weights.
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
