// § 5.9  Ablation study: Listing 5.9

import DataSets
import Foundations
import Tensors

/// The network of Listing 5.9: bidirectional layers of one kind, and a linear layer. § 5.9
///
/// With 1,000 symbols and one LSTM layer of 64 units it has 227,586 parameters; Output 5.9 prints 226,434.
public struct FlexibleNetwork<Layer: RecurrentLayer>: Module {
  /// The summary of a sequence that the linear layer reads.
  public enum Summary: Sendable {
    /// The final states of both directions, as in the listing.
    case final
    /// The largest value of each unit over all positions of the sequence.
    case maximum
  }

  /// The embedding vector of each symbol.
  public var embedding: Embedding
  /// The layers, each in both directions.
  public var layers: Stacked<Bidirectional<Layer>>
  /// The linear layer.
  public var output: Linear
  /// The summary that it reads.
  public let summary: Summary

  /// A network of `layers` layers with `hidden` units in each direction.
  public init(
    symbols: Int, width: Int = 128, hidden: Int = 128, layers count: Int = 1, classes: Int = 2,
    summary: Summary = .final, dropout: Double = 0, random: RandomSource
  ) {
    embedding = Embedding(symbols, width, random: random)
    layers = Stacked(width, hidden, layers: count, dropout: dropout, random: random)
    output = Linear(2 * hidden, classes, random: random)
    self.summary = summary
  }

  /// All three parts.
  public static var parameters: [PartialKeyPath<FlexibleNetwork>] { [\.embedding, \.layers, \.output] }

  /// The logits of each sequence. [N×T] → [N×classes]
  public func callAsFunction(_ tokens: Tokens) -> Tensor {
    let (states, final) = layers(embedding(tokens.numbers, shape: tokens.shape), lengths: tokens.lengths)
    switch summary {
    case .final: return output(final[final.count - 1].hidden)
    case .maximum:
      let isReal = Tensor(
        tokens.isReal.map { $0 ? 1 : 0 }, shape: [tokens.count, tokens.time, 1], scalarType: states.scalarType)
      let hidden = Tensor(-.infinity, scalarType: states.scalarType)
      return output(select(isReal, states, hidden).max(axes: [1]))
    }
  }
}
