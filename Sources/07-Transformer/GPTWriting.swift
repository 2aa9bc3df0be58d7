// § 7.7  A GPT of characters in a file

import Attention
import RNN
import Tensors

extension GPT: AttendingModel {
  /// The name of the kind of model in a file.
  public static var writerName: String { "a GPT of characters" }
  /// The item of the program that saves such files.
  public static var writingItem: String { "section 7.7" }

  /// The context, the width of a vector, the heads, the blocks and the hidden units of a block's network.
  public var sizes: [String: Int] {
    [
      "context": context, "width": width, "heads": encoder.blocks[0].attention.heads, "blocks": encoder.blocks.count,
      "hidden": encoder.blocks[0].network.widening.weight.shape[0],
    ]
  }

  /// A model with the sizes given in a file. Throws a `DataError` if they do not fit its weights.
  public init(sizedAs file: WriterFile) throws {
    let (context, width, heads) = (try file.number("context"), try file.number("width"), try file.number("heads"))
    let (blocks, hidden) = (try file.number("blocks"), try file.number("hidden"))
    try file.check(
      "context \(context), width \(width), \(heads) heads, \(hidden) hidden units",
      [
        ("tokens.table", [file.vocabulary.count, width]), ("positions", [context, width]),
        ("encoder.blocks.0.network.widening.weight", [hidden, width]),
      ], arePossible: width % heads == 0 && context > 1 && blocks <= 64)
    self.init(
      symbols: file.vocabulary.count, context: context, width: width, heads: heads, blocks: blocks, hidden: hidden,
      random: RandomSource(seed: 0))
  }

  /// The attention weights of every block on a piece of text. [h×n×n]
  public func weights(_ piece: [Int]) -> [Tensor] {
    encoder.weights(vectors(of: [piece]), mask: .causal).map { $0[0] }
  }
}
