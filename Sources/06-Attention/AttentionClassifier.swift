// Exercise 6.3  A text classifier with self-attention

import DataSets
import Foundations
import Messages
import Regularization
import Tensors

/// A classifier of token sequences: the sum of token and position embeddings, one residual layer of self-attention, a
/// normalization, the mean over the tokens, and the logits. Exercise 6.3.1
public struct AttentionClassifier: Module {
  /// The embedding vector of each symbol. [V×d]
  public var tokens: Embedding
  /// The embedding vector of each position. [T×d]
  public var positions: Tensor
  /// The attention.
  public var attention: MultiHeadAttention
  /// The normalization after the residual connection.
  public var norm: LayerNormalization
  /// To the logits of K classes.
  public var output: Linear

  /// A classifier of sequences of at most `longest` symbols, of which V are different, in K classes.
  public init(
    symbols V: Int, longest: Int, width d: Int, heads h: Int, classes K: Int, random: RandomSource
  ) {
    tokens = Embedding(table: random.normal([V, d]))
    positions = random.normal([longest, d])
    attention = MultiHeadAttention(d, heads: h, random: random)
    (norm, output) = (LayerNormalization(features: d), Linear(d, K, random: random))
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<AttentionClassifier>] {
    [\.tokens, \.positions, \.attention, \.norm, \.output]
  }

  /// The tokens as vectors. [N×T×d]
  public func embedded(_ sequences: Tokens) -> Tensor {
    require(
      sequences.time <= positions.shape[0],
      "cannot classify a sequence of \(sequences.time) symbols: there are \(positions.shape[0]) positions; shorten it")
    return tokens(sequences.numbers, shape: sequences.shape) + positions[0..<sequences.time]
  }

  /// The logits of each sequence, whatever follows its end. [N×K]
  ///
  /// Padding has the weight 0 in the attention and in the mean.
  public func callAsFunction(_ sequences: Tokens) -> Tensor {
    let x = embedded(sequences)
    let h = norm(x + attention(x, mask: .padding(sequences.lengths)))
    return output(maskedMean(h, lengths: sequences.lengths))
  }

  /// The weights of every head for one sequence. [h×T×T]
  public func weights(_ sequence: [Int]) -> Tensor {
    let x = embedded(Tokens([sequence]))
    return attention.weights(query: x, key: x)[0]
  }

  /// The classifier without some of its heads. Exercise 6.3.4
  public func without(heads removed: [Int]) -> AttentionClassifier {
    var copy = self
    copy.attention = attention.without(removed)
    return copy
  }
}

/// The mean of the vectors of each sequence up to its length; everything after it has weight 0. [N×T×d] → [N×d]
public func maskedMean(_ h: Tensor, lengths: [Int]) -> Tensor {
  let (N, T) = (h.shape[0], h.shape[1])
  require(
    lengths.count == N && lengths.allSatisfy { (1...T).contains($0) },
    "cannot average \(h.shape) over lengths \(lengths): each sequence needs a length from 1 to \(T)")
  let shares = lengths.flatMap { length in (0..<T).map { $0 < length ? 1 / Double(length) : 0 } }
  let weights = Tensor(shares, shape: [N, 1, T], scalarType: h.scalarType)
  return matmul(weights, h).squeezed(axis: 1)
}

/// The mean over queries of ½ Σⱼ |αᵢⱼ − βᵢⱼ|, the fraction of its weight that one map puts on other keys than the other
/// map, for every pair of heads. 0 for equal maps, 1 for maps without a common key. [h×n×n] → [h×h]. Exercise 6.3.3
public func headDistances(_ weights: Tensor) -> Tensor {
  let h = weights.shape[0]
  return (weights.reshaped([h, 1, weights.shape[1], weights.shape[2]]) - weights.expanded(axis: 0)).abs()
    .sum(axes: [3]).mean(axes: [2]) / 2
}
