// § 7.8  A Transformer that classifies sequences: Listing 7.8

import Attention
import DataSets
import Foundations
import Messages
import Regularization
import Tensors

/// The sinusoidal code (7.4), (7.5) added to vectors, then dropout. Listing 7.8, first part. [B×n×d] → [B×n×d]
public struct PositionalEncoding: Module {
  /// The dropout after the sum.
  public var dropout: Dropout
  /// The largest number of positions.
  public let longest: Int

  /// A code for at most `longest` positions.
  public init(longest: Int = 512, dropout p: Double = 0.1, random: RandomSource) {
    require(longest >= 1, "cannot encode \(longest) positions: at least 1 is needed")
    (dropout, self.longest) = (Dropout(probability: p, random: random), longest)
  }

  /// The random state of the dropout; the encoding itself is not learned.
  public static var parameters: [PartialKeyPath<PositionalEncoding>] { [\.dropout] }

  /// Dropout(x + PE); the first vector is at position `start`. x: [B×n×d], d even
  public func callAsFunction(_ x: Tensor, from start: Int) -> Tensor {
    require(x.rank == 3, "cannot add positions to \(x.shape): a batch of sequences [B×n×d] is needed")
    let (end, d) = (start + x.shape[1], x.shape[2])
    require(
      start >= 0 && end <= longest,
      "cannot encode positions up to \(end): there are only \(longest); shorten the sequence")
    return dropout(x + sinusoidalPositions(end, d, scalarType: x.scalarType).sliced(start..<end, axis: 0))
  }

  /// Dropout(x + PE), counted from 0.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, from: 0) }
}

/// The network of Listing 7.8: token embeddings times √d plus positions, the blocks of an encoder, the mean over the
/// tokens, and the logits.
///
/// With the listing's 10,000 symbols it has 2,073,602 parameters: 1,280,000 in the embedding, 793,088 in four blocks,
/// 256 in the last normalization, and 258 in the classifier. Padding is hidden from the attention and left out of the
/// mean; the listing includes it in the mean.
public struct TransformerClassifier: Module {
  /// The embedding vector of each symbol. [V×d]
  public var embedding: Embedding
  /// The positions.
  public var positions: PositionalEncoding
  /// The blocks, and the last normalization of Pre-Norm.
  public var encoder: TransformerEncoder
  /// From the mean to the logits of K classes.
  public var classifier: Linear

  /// A classifier of sequences of at most `longest` symbols, of which V are different, in K classes.
  ///
  /// The token embeddings are drawn from N(0, σ²). The listing has σ = 1, so that the scaled embeddings have variance
  /// d, but the positions have 0.5; with σ = 1/√d they have variance 1.
  public init(
    vocabulary V: Int, width d: Int = 128, heads h: Int = 4, hidden d_ff: Int = 512, blocks L: Int = 4,
    classes K: Int = 2, longest: Int = 256, placement: NormPlacement = .preNorm, dropout p: Double = 0.1,
    deviation σ: Double = 1, random: RandomSource
  ) {
    embedding = Embedding(table: σ * random.normal([V, d]))
    positions = PositionalEncoding(longest: longest, dropout: p, random: random)
    encoder = TransformerEncoder(
      d, heads: h, hidden: d_ff, blocks: L, placement: placement, dropout: p, random: random)
    classifier = Linear(d, K, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<TransformerClassifier>] {
    [\.embedding, \.positions, \.encoder, \.classifier]
  }

  /// √d E x: the scaled token embeddings, before the positions are added. [N×T×d]
  public func scaledTokens(_ tokens: Tokens) -> Tensor { scaled(embedding, tokens) }

  /// The input of the first block. [N×T×d]
  public func embedded(_ tokens: Tokens) -> Tensor { positions(scaledTokens(tokens)) }

  /// The logits of each sequence, whatever follows its end. [N×K]
  public func callAsFunction(_ tokens: Tokens) -> Tensor {
    let h = encoder(embedded(tokens), mask: paddingMask(tokens))
    return classifier(maskedMean(h, lengths: tokens.lengths))
  }

  /// The attention weights of every head for one sequence, by block. [h×T×T] for each block
  public func weights(_ sequence: [Int]) -> [Tensor] { encoder.weights(embedded(Tokens([sequence]))).map { $0[0] } }
}

/// √d E x, the token embeddings at the scale of Listing 7.8. [N×T×d]
func scaled(_ embedding: Embedding, _ tokens: Tokens) -> Tensor {
  Double(embedding.table.shape[1]).squareRoot() * embedding(tokens.numbers, shape: tokens.shape)
}

/// The mask that hides padding; it hides nothing if all sequences are equally long.
func paddingMask(_ tokens: Tokens) -> AttentionMask {
  tokens.lengths.contains { $0 < tokens.time } ? .padding(tokens.lengths) : .everything
}

extension TransformerEncoder {
  /// The attention weights of every block, by the definition. (7.1) x: [B×n×d] → [B×h×n×n] for each block
  public func weights(_ x: Tensor, mask: AttentionMask = .everything) -> [Tensor] {
    var (y, weights) = (x, [Tensor]())
    for block in blocks {
      let read = block.placement == .preNorm ? block.attentionNorm(y) : y
      weights.append(block.attention.weights(query: read, key: read, mask: mask))
      y = block(y, mask: mask)
    }
    return weights
  }
}
