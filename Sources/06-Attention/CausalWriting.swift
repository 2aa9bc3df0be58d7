// Exercise 6.4  Text generation by causal language models from a file

import DataSets
import Messages
import RNN
import Tensors

/// A causal language model that generates text, and whose attention weights can be shown.
public protocol AttendingModel: CausalModel, WritingModel {
  /// The attention weights of every block on a piece of text. [h×n×n]
  func weights(_ piece: [Int]) -> [Tensor]
}

extension AttendingModel {
  /// The logits after some symbols. [V]
  public func logits(after symbols: [Int]) -> Tensor { Continuation(of: symbols, by: self).logits }

  /// Continues a text with a cache, passing each symbol to `emit`.
  public func generate(
    after prompt: [Int], length: Int, sampling: Sampling, using random: RandomSource, emit: (Int) -> Bool
  ) {
    generate(after: prompt, length: length, sampling: sampling, usesCache: true, using: random, emit: emit)
  }
}

extension CausalLanguageModel: AttendingModel {
  /// The name of the kind of model in a file.
  public static var writerName: String { "a causal attention model of characters" }
  /// The item of the program that saves such files.
  public static var writingItem: String { "exercise 6.4" }

  /// The context, the width of a vector, the heads and the blocks.
  public var sizes: [String: Int] {
    ["context": context, "width": positions.shape[1], "heads": blocks[0].attention.heads, "blocks": blocks.count]
  }

  /// A model with the sizes given in a file. Throws a `DataError` if they do not fit its weights.
  public init(sizedAs file: WriterFile) throws {
    let (context, width) = (try file.number("context"), try file.number("width"))
    let (heads, blocks) = (try file.number("heads"), try file.number("blocks"))
    try file.check(
      "context \(context), width \(width), \(heads) heads",
      [("tokens.table", [file.vocabulary.count, width]), ("positions", [context, width])],
      arePossible: width % heads == 0 && context > 1 && blocks <= 64)
    self.init(
      symbols: file.vocabulary.count, context: context, width: width, heads: heads, blocks: blocks,
      random: RandomSource(seed: 0))
  }
}

extension CausalLanguageModel {
  /// The attention weights of every block on a piece of text. [h×n×n]
  public func weights(_ piece: [Int]) -> [Tensor] {
    var x = vectors(of: [piece], behind: 0)
    return blocks.map { block in
      defer { x = block(x) }
      let normalized = block.attentionNorm(x)
      return block.attention.weights(query: normalized, key: normalized, mask: block.mask)[0]
    }
  }
}
