// Exercise 6.4  A causal language model in a file, with all that is needed to write with it

import DataSets
import Files
import Messages
import RNN
import Tensors

/// A causal language model of characters, and the characters. Exercise 6.4
public struct AttentionWriter: Sendable {
  /// The model.
  public var model: CausalLanguageModel
  /// What its symbols are.
  public let vocabulary: Vocabulary
  /// What it has learned from.
  public let origin: String

  /// A model of these characters.
  public init(_ model: CausalLanguageModel, vocabulary: Vocabulary, origin: String) {
    require(
      model.symbols == vocabulary.count,
      "cannot write \(vocabulary.count) characters with a model of \(model.symbols): as many are needed")
    (self.model, self.vocabulary, self.origin) = (model, vocabulary, origin)
  }

  /// What a file says next to the weights.
  public var metadata: [String: String] {
    [
      "writer": Self.name, "vocabulary": vocabulary.text, "origin": origin, "context": "\(model.context)",
      "width": "\(model.positions.shape[1])", "heads": "\(model.blocks[0].attention.heads)",
      "blocks": "\(model.blocks.count)",
    ]
  }

  private static let name = "a causal attention model of characters"

  /// The writer in a file.
  ///
  /// Throws a `DataError` that says what the file is if it is no such model, or what is wrong with it.
  public init(path: String) throws {
    let file = try SafetensorsFile(path: path)
    let found = file.metadata
    func error(_ problem: String, _ advice: String = "Have exercise 6.4 write the file again") -> DataError {
      DataError(attempted: "write with the model in \(path)", found: problem, advice: advice)
    }
    guard found["writer"] == Self.name else {
      let what = found["writer"] ?? found["model"].map { "a \($0)" } ?? "no model that says what it is"
      throw error("it holds \(what.excerpt), and \(Self.name) is needed", "Name the file that exercise 6.4 has left")
    }
    func number(_ key: String) throws -> Int {
      guard let number = found[key].flatMap({ Int($0) }), (1...100_000).contains(number) else {
        throw error("its \(key) is \"\((found[key] ?? "").excerpt)\"")
      }
      return number
    }
    let vocabulary = try Vocabulary(text: found["vocabulary"] ?? "", source: path)
    let (context, width) = (try number("context"), try number("width"))
    let (heads, blocks) = (try number("heads"), try number("blocks"))
    // A wrong number would ask for more memory than there is: the two tables tell it.
    let (table, places) = (try file.tensor("tokens.table").shape, try file.tensor("positions").shape)
    guard table == [vocabulary.count, width], places == [context, width], width % heads == 0, context > 1, blocks <= 64
    else {
      throw error(
        "its sizes, \(vocabulary.count) characters, context \(context), width \(width), \(heads) heads, are not those "
          + "of its tables, \(table) and \(places)")
    }
    var model = CausalLanguageModel(
      symbols: vocabulary.count, context: context, width: width, heads: heads, blocks: blocks,
      random: RandomSource(seed: 0))
    try file.load(into: &model)
    self.init(model, vocabulary: vocabulary, origin: found["origin"] ?? "")
  }

  /// The numbers of a text; an empty one is taken for the first character.
  private func numbers(_ text: String) throws -> [Int] {
    let numbers = try vocabulary.encode(text)
    return numbers.isEmpty ? [0] : numbers
  }

  /// Continues a text, handing over character by character. An empty text is continued from the first character.
  ///
  /// Throws a `DataError` if the vocabulary lacks a character of the text.
  public func proceed(
    _ text: String, length: Int, sampling: Sampling, using random: RandomSource, emit: (String) -> Bool
  ) throws {
    model.generate(after: try numbers(text), length: length, sampling: sampling, using: random) {
      emit(vocabulary.decode([$0]))
    }
  }

  /// A continuation of a text.
  public func continuation(
    of text: String, length: Int, sampling: Sampling = Sampling(), using random: RandomSource
  ) throws -> String {
    vocabulary.decode(
      model.continuation(of: try numbers(text), length: length, sampling: sampling, using: random))
  }

  /// The likeliest next characters after a text, each with its probability.
  public func likeliest(after text: String, _ count: Int, temperature: Double = 1) throws -> [(String, Double)] {
    let logits = Continuation(of: try numbers(text), by: model).logits
    let shares = Sampling(temperature: temperature).probabilities(logits.scalars)
    let order = shares.indices.sorted { (shares[$1], $0) < (shares[$0], $1) }
    return order.prefix(count).map { (vocabulary[$0], shares[$0]) }
  }

  /// What the last character of a text looks at, by block and head: its weights on the characters of the window.
  /// [blocks][h][n]
  public func lastWeights(_ text: String) throws -> (symbols: [Int], weights: [[[Double]]]) {
    let all = try numbers(text)
    let window = Array(all[Continuation.window(of: all.count, context: model.context)])
    let (n, T) = (window.count, window.count)
    var (x, weights) = (model.tokens(window, shape: [1, n]) + model.positions[0..<T], [[[Double]]]())
    for block in model.blocks {
      let normalized = block.attentionNorm(x)
      let α = block.attention.weights(query: normalized, key: normalized, mask: .causal)[0]  // [h×n×n]
      weights.append((0..<α.shape[0]).map { α[$0, n - 1].scalars })
      x = block(x)
    }
    return (window, weights)
  }
}
