// § 7.8  A Transformer that classifies sequences: Listing 7.8

import Attention
import DataSets
import Foundations
import Messages
import Regularization
import Tensors

/// The sinusoidal code (7.4), (7.5) added to vectors, then dropout. Listing 7.8, first part. [B×n×d] → [B×n×d]
public struct PositionalEncoding: Module {
  /// The dropout behind the sum.
  public var dropout: Dropout
  /// The most positions that a sequence may have.
  public let longest: Int

  /// A code for at most `longest` positions.
  public init(longest: Int = 512, dropout p: Double = 0.1, random: RandomSource) {
    require(longest >= 1, "cannot number \(longest) positions: at least 1 is needed")
    (dropout, self.longest) = (Dropout(probability: p, random: random), longest)
  }

  /// The dropout's random state; the code itself is not learned.
  public static var parameters: [PartialKeyPath<PositionalEncoding>] { [\.dropout] }

  /// Dropout(x + PE); the first vector is at position `start`. x: [B×n×d], d even
  public func callAsFunction(_ x: Tensor, from start: Int) -> Tensor {
    require(x.rank == 3, "cannot add positions to \(x.shape): a batch of sequences [B×n×d] is needed")
    let (end, d) = (start + x.shape[1], x.shape[2])
    require(
      start >= 0 && end <= longest,
      "cannot number positions up to \(end): this code was made for \(longest), so cut the sequence")
    return dropout(x + sinusoidalPositions(end, d, scalarType: x.scalarType).sliced(start..<end, axis: 0))
  }

  /// Dropout(x + PE), counted from 0.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, from: 0) }
}

/// The network of Listing 7.8: token vectors times √d plus positions, the blocks of an encoder, the mean over the
/// tokens, and the logits.
///
/// With the listing's 10,000 symbols it has 2,073,602 parameters: 1,280,000 of the embedding, 793,088 of four blocks,
/// 256 of the last normalization, 258 of the classifier. Padding is hidden from the attention and does not count in
/// the mean; the listing counts it there.
public struct TransformerClassifier: Module {
  /// A vector for each symbol. [V×d]
  public var embedding: Embedding
  /// The positions.
  public var positions: PositionalEncoding
  /// The blocks, and the last normalization of Pre-Norm.
  public var encoder: TransformerEncoder
  /// From the mean to the logits of K classes.
  public var classifier: Linear

  /// A classifier of sequences of at most `longest` of V symbols in K classes.
  ///
  /// The token vectors are N(0, σ²). The listing has σ = 1, so that √d times a vector has variance d beside the 0.5 of
  /// the positions; with σ = 1/√d it has variance 1.
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

  /// All parts, in the order in which they work.
  public static var parameters: [PartialKeyPath<TransformerClassifier>] {
    [\.embedding, \.positions, \.encoder, \.classifier]
  }

  /// √d E x: the token vectors, before the positions. [N×T×d]
  public func scaledTokens(_ tokens: Tokens) -> Tensor { scaled(embedding, tokens) }

  /// What the first block reads. [N×T×d]
  public func embedded(_ tokens: Tokens) -> Tensor { positions(scaledTokens(tokens)) }

  /// The logits of each sequence, whatever follows behind its end. [N×K]
  public func callAsFunction(_ tokens: Tokens) -> Tensor {
    let h = encoder(embedded(tokens), mask: paddingMask(tokens))
    return classifier(maskedMean(h, lengths: tokens.lengths))
  }

  /// The weights of every head for one sequence, by block. [h×T×T] for each block
  public func weights(_ sequence: [Int]) -> [Tensor] { encoder.weights(embedded(Tokens([sequence]))).map { $0[0] } }
}

/// √d E x, the vectors of tokens at the scale of Listing 7.8. [N×T×d]
func scaled(_ embedding: Embedding, _ tokens: Tokens) -> Tensor {
  Double(embedding.table.shape[1]).squareRoot() * embedding(tokens.numbers, shape: tokens.shape)
}

/// The mask that hides padding; nothing is hidden where all sequences are equally long.
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
