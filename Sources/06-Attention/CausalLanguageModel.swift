// Exercise 6.4  A language model of causal self-attention

import Foundations
import Messages
import Regularization
import Tensors

/// A block of causal self-attention and a small network at every position, each with a residual connection:
/// x ← x + attention(LN(x)), then x ← x + W₂ relu(W₁ LN(x) + b₁) + b₂. § 6.10
public struct CausalBlock: Module {
  /// The normalization before the attention.
  public var attentionNorm: LayerNormalization
  /// The attention, with the causal mask (6.20).
  public var attention: MultiHeadAttention
  /// The normalization before the small network.
  public var networkNorm: LayerNormalization
  /// W₁, b₁: d → 4 d.
  public var widening: Linear
  /// W₂, b₂: 4 d → d.
  public var narrowing: Linear
  /// The attention mask; other masks than the causal one only serve to show what goes wrong.
  public var mask = AttentionMask.causal

  /// A block of width d with h heads.
  public init(width d: Int, heads h: Int, random: RandomSource) {
    (attentionNorm, networkNorm) = (LayerNormalization(features: d), LayerNormalization(features: d))
    attention = MultiHeadAttention(d, heads: h, random: random)
    (widening, narrowing) = (Linear(d, 4 * d, random: random), Linear(4 * d, d, random: random))
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<CausalBlock>] {
    [\.attentionNorm, \.attention, \.networkNorm, \.widening, \.narrowing]
  }

  /// The block's output for whole sequences. [N×T×d]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let y = x + attention(attentionNorm(x), mask: mask)
    return y + network(networkNorm(y))
  }

  /// The block's output for the tokens after those of a cache, to which their keys and values are added. [N×m×d]
  public func callAsFunction(_ x: Tensor, cache: inout KeyValueCache, layer: Int) -> Tensor {
    let y = x + attention(attentionNorm(x), cache: &cache, layer: layer)
    return y + network(networkNorm(y))
  }

  private func network(_ x: Tensor) -> Tensor { narrowing(relu(widening(x))) }
}

/// A language model: token and position embeddings, causal blocks, a normalization, and the logits of the next symbol.
/// Exercise 6.4.1
///
/// Position t of the output predicts symbol t + 1 and depends only on the symbols up to t. Each position has a learned
/// vector, so the model reads at most `context` symbols at once.
public struct CausalLanguageModel: CausalModel {
  /// The embedding vector of each symbol. [V×d]
  public var tokens: Embedding
  /// The embedding vector of each position. [T×d]
  public var positions: Tensor
  /// The blocks.
  public var blocks: [CausalBlock]
  /// The last normalization.
  public var norm: LayerNormalization
  /// To the logits of V symbols.
  public var output: Linear

  /// A model of V symbols.
  public init(
    symbols V: Int, context: Int, width d: Int, heads h: Int, blocks count: Int, random: RandomSource
  ) {
    require(
      V >= 1 && context >= 2 && count >= 1,
      "cannot model \(V) symbols with a context of \(context) and \(count) blocks: at least "
        + "1 symbol, a context of 2 and 1 block are needed")
    tokens = Embedding(table: 0.02 * random.normal([V, d]))
    positions = 0.02 * random.normal([context, d])
    blocks = (0..<count).map { _ in CausalBlock(width: d, heads: h, random: random) }
    (norm, output) = (LayerNormalization(features: d), Linear(d, V, random: random))
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<CausalLanguageModel>] {
    [\.tokens, \.positions, \.blocks, \.norm, \.output]
  }

  /// The number V of symbols.
  public var symbols: Int { output.weight.shape[0] }
  /// The largest number of symbols that the model reads at once.
  public var context: Int { positions.shape[0] }

  /// The logits after every symbol of N pieces of equal length T. [N×T×V]
  public func callAsFunction(_ pieces: [[Int]]) -> Tensor {
    output(norm(blocks.reduce(vectors(of: pieces, behind: 0)) { x, block in block(x) }))
  }

  /// An empty cache for texts of up to `context` symbols.
  public func emptyCache() -> KeyValueCache { KeyValueCache(capacity: context, layers: blocks.count) }

  /// The logits after the last of the new symbols, given a cache that holds the symbols before them. [N×V]
  ///
  /// Up to rounding they are the logits at the last position of the whole text, but only the new symbols are computed.
  public func callAsFunction(_ pieces: [[Int]], cache: inout KeyValueCache) -> Tensor {
    var x = vectors(of: pieces, behind: cache.count)
    for (layer, block) in blocks.enumerated() { x = block(x, cache: &cache, layer: layer) }
    return output(norm(lastPlace(of: x)))
  }

  /// The vectors of symbols and positions, added. [N×T×d]
  func vectors(of pieces: [[Int]], behind start: Int) -> Tensor {
    let (N, T) = sizes(of: pieces, behind: start)
    return tokens(pieces.flatMap { $0 }, shape: [N, T]) + positions[start..<start + T]
  }
}
