// § 6.5 and Exercise 6.3  A task that needs two heads

import Foundations
import Messages
import Tensors

/// The planted task, where heads specialise (Remark 6.5): at every position t of a random sequence, predict the token
/// at t − 1 and the token at t − 3.
///
/// The weights of one attention map sum to 1, so a single head reads a mixture of the two tokens' vectors, which is
/// harder to decode than either of them; two heads can look at one position each.
public enum TwoOffsets {
  /// The offsets of the two tokens.
  public static let offsets = [1, 3]

  /// N random sequences of T of V tokens.
  public static func draw(_ N: Int, time T: Int = 16, symbols V: Int = 16, random: RandomSource) -> [[Int]] {
    (0..<N).map { _ in (0..<T).map { _ in random.integer(below: V) } }
  }
}

/// One layer of self-attention that predicts for each position the tokens at given offsets before it.
///
/// Token embeddings plus position embeddings, attention without a mask, and one linear map to V logits for each offset.
/// Only the attention moves information between positions. § 6.6.1
public struct OffsetReader: Model {
  /// The embedding vector of each token. [V×d]
  public var tokens: Embedding
  /// The embedding vector of each position. [T×d]
  public var positions: Tensor
  /// The attention.
  public var attention: MultiHeadAttention
  /// To the logits of V tokens for each offset.
  public var output: Linear

  /// A model for sequences of T tokens, of which V are different.
  public init(
    symbols V: Int = 16, time T: Int = 16, width d: Int = 64, heads h: Int, random: RandomSource
  ) {
    tokens = Embedding(V, d, random: random)
    positions = random.normal([T, d])
    attention = MultiHeadAttention(d, heads: h, random: random)
    output = Linear(d, TwoOffsets.offsets.count * V, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<OffsetReader>] { [\.tokens, \.positions, \.attention, \.output] }

  /// The sequences as vectors. [N×T×d]
  public func embedded(_ sequences: [[Int]]) -> Tensor {
    tokens(sequences.flatMap { $0 }, shape: [sequences.count, positions.shape[0]]) + positions
  }

  /// The logits of each offset at every position. [N×T×V] for each offset
  public func callAsFunction(_ sequences: [[Int]]) -> [Tensor] {
    let logits = output(attention(embedded(sequences)))
    return logits.split([Int](repeating: tokens.table.shape[0], count: TwoOffsets.offsets.count), axis: -1)
  }

  /// The logits and the correct tokens for one offset, at the positions that have such a token.
  private func rows(_ logits: Tensor, _ sequences: [[Int]], offset: Int) -> (logits: Tensor, labels: [Int]) {
    let (N, T, V) = (logits.shape[0], logits.shape[1], logits.shape[2])
    let rows = logits.sliced(offset..<T, axis: 1).reshaped([N * (T - offset), V])
    return (rows, sequences.flatMap { $0.dropLast(offset) })
  }

  /// The mean of both cross-entropies.
  public func loss(_ sequences: [[Int]]) -> Tensor {
    let losses = zip(self(sequences), TwoOffsets.offsets).map { logits, offset in
      let (rows, labels) = rows(logits, sequences, offset: offset)
      return rows.crossEntropy(labels: labels)
    }
    return losses.dropFirst().reduce(losses[0], +) / Double(losses.count)
  }

  /// The fraction of positions at which each offset is answered correctly.
  public func accuracies(_ sequences: [[Int]]) -> [Double] {
    zip(self(sequences), TwoOffsets.offsets).map { logits, offset in
      let (rows, labels) = rows(logits, sequences, offset: offset)
      return Double(zip(rows.argmax(), labels).count { $0 == $1 }) / Double(labels.count)
    }
  }

  /// The mean weight that each head puts on each offset, over sequences and the positions that have both. [h][offset]
  public func weightsOnOffsets(_ sequences: [[Int]]) -> [[Double]] {
    let x = embedded(sequences)
    let α = attention.weights(query: x, key: x).mean(axes: [0])  // [h×T×T]
    let first = TwoOffsets.offsets.max() ?? 0
    let places = first..<x.shape[1]
    func mean(_ head: Int, _ offset: Int) -> Double {
      let weights: [Double] = places.map { α[head, $0, $0 - offset].item }
      return weights.reduce(0, +) / Double(places.count)
    }
    return (0..<α.shape[0]).map { head in TwoOffsets.offsets.map { mean(head, $0) } }
  }
}
