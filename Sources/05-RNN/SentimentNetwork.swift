// § 5.8  Classifying sequences of unequal length: Listing 5.8

import DataSets
import Foundations
import Regularization
import Tensors

/// The network of Listing 5.8: a bidirectional LSTM of two layers, and a small head that classifies its final states in
/// both directions. § 5.8
///
/// Symbol 0 is padding. Where the listing packs the sequences, the layers here use their lengths. With 1,000 symbols
/// the network has 2,561,410 parameters: 128,000 for the embedding, 2,367,488 for the LSTM, 65,922 for the head.
/// Output 5.8 prints 1,447,170.
public struct SentimentNetwork: Module {
  /// The embedding vector of each symbol.
  public var embedding: Embedding
  /// Both layers, each in both directions, with dropout between them.
  public var layers: Stacked<Bidirectional<LongShortTermMemory>>
  /// The linear layers of the head.
  public var hidden, output: Linear
  /// The dropout before each of them.
  public var dropouts: [Dropout]

  /// A network for the given numbers of symbols and classes.
  public init(
    symbols: Int, width: Int = 128, hidden size: Int = 256, layers count: Int = 2, head: Int = 128, classes: Int = 2,
    dropout p: Double = 0.3, random: RandomSource
  ) {
    embedding = Embedding(symbols, width, random: random)
    layers = Stacked(width, size, layers: count, dropout: p, random: random)
    hidden = Linear(2 * size, head, random: random)
    output = Linear(head, classes, random: random)
    dropouts = (0..<2).map { _ in Dropout(probability: p, random: random) }
  }

  /// Embedding, LSTM, head and the dropouts' random states.
  public static var parameters: [PartialKeyPath<SentimentNetwork>] {
    [\.embedding, \.layers, \.hidden, \.output, \.dropouts]
  }

  /// The logits of each sequence. [N×T] → [N×classes]
  public func callAsFunction(_ tokens: Tokens) -> Tensor {
    let x = embedding(tokens.numbers, shape: tokens.shape)  // [N×T×128]
    let h = layers(x, lengths: tokens.lengths).final[layers.layers.count - 1].hidden  // [N×512]
    return output(dropouts[1](relu(hidden(dropouts[0](h)))))
  }
}
