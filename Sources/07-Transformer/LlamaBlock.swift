// § 7.10  The block of LLaMA, and a language model built from it

import Attention
import Foundations
import Messages
import Tensors

/// A block as in LLaMA: Pre-Norm (7.10) with `RMSNormalization`, grouped queries with rotary positions under the causal
/// mask (7.15), and `SwiGLU` instead of (7.8); no biases. § 7.10
///
/// Touvron et al. (2023). The first LLaMA has as many groups as heads; of Llama 2 the two largest models share keys
/// and values.
public struct LlamaBlock: Module {
  /// The normalization before the attention.
  public var attentionNorm: RMSNormalization
  /// The attention.
  public var attention: GroupedQueryAttention
  /// The normalization before the network.
  public var networkNorm: RMSNormalization
  /// The network.
  public var network: SwiGLU
  /// The rotation of queries and keys.
  public let positions: RotaryPositions

  /// A block for vectors of dimension d with h heads in g groups.
  public init(
    _ d: Int, heads h: Int, groups g: Int, hidden d_ff: Int, pairing: RotaryPositions.Pairing = .halves,
    epsilon: Double = 1e-5, random: RandomSource
  ) {
    attention = GroupedQueryAttention(d, heads: h, groups: g, random: random)
    network = SwiGLU(d, hidden: d_ff, random: random)
    attentionNorm = RMSNormalization(features: d, epsilon: epsilon)
    networkNorm = RMSNormalization(features: d, epsilon: epsilon)
    positions = RotaryPositions(d / h, pairing: pairing)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<LlamaBlock>] {
    [\.attentionNorm, \.attention, \.networkNorm, \.network]
  }

  /// The causal output for whole sequences. [B×n×d] → [B×n×d]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let z = attentionNorm(x)
    let (q, k) = (positions(attention.queries(z)), positions(attention.keys(z)))
    return transformed(x + attention.joined(attention.attended(q, k, attention.values(z), mask: .causal)))
  }

  /// The causal output for the tokens after those of a cache, to which their rotated keys and their values are added:
  /// h/g times fewer numbers than with a group for each head. [B×m×d] → [B×m×d]
  public func callAsFunction(_ x: Tensor, cache: inout KeyValueCache, layer: Int) -> Tensor {
    let (z, start) = (attentionNorm(x), cache.count)
    let q = positions(attention.queries(z), from: start)
    let (keys, values) = cache.append(
      keys: positions(attention.keys(z), from: start), values: attention.values(z), layer: layer)
    return transformed(x + attention.joined(attention.attended(q, keys, values, mask: .causal)))
  }

  private func transformed(_ y: Tensor) -> Tensor { y + network(networkNorm(y)) }

  /// The attention weights of every head, by the definition. [B×n×d] → [B×h×n×n]
  public func weights(_ x: Tensor) -> Tensor {
    let z = attentionNorm(x)
    let keys = positions(attention.keys(z))
    let places = (0..<attention.heads).map { $0 * attention.groups / attention.heads }
    return attentionWeights(positions(attention.queries(z)), keys.gathered(places, axis: 1), mask: .causal)
  }
}

/// A causal language model of `LlamaBlock`s: token embeddings, blocks, a normalization, and the logits of the next
/// symbol; every block rotates queries and keys by their positions. § 7.10
///
/// Position t of the output predicts symbol t + 1 and depends only on the symbols up to t. (7.14)
public struct Llama: CausalModel {
  /// The embedding vector of each symbol. [V×d]
  public var tokens: Embedding
  /// The blocks.
  public var blocks: [LlamaBlock]
  /// The last normalization.
  public var norm: RMSNormalization
  /// To the logits of V symbols, without biases.
  public var output: Linear
  /// The largest number of symbols that the model reads at once.
  public let context: Int

  /// A model of V symbols; its feed-forward networks have ⅔ · 4d hidden units by default.
  public init(
    symbols V: Int, context: Int, width d: Int, heads h: Int, groups g: Int, hidden d_ff: Int? = nil, blocks L: Int,
    random: RandomSource
  ) {
    require(
      V >= 1 && context >= 2 && L >= 1,
      "cannot model \(V) symbols with a context of \(context) and \(L) blocks: at least "
        + "1 symbol, a context of 2 and 1 block are needed")
    tokens = Embedding(table: 0.02 * random.normal([V, d]))
    blocks = (0..<L).map { _ in
      LlamaBlock(d, heads: h, groups: g, hidden: d_ff ?? SwiGLU.hidden(for: d), random: random)
    }
    (norm, output) = (RMSNormalization(features: d), Linear(d, V, hasBias: false, random: random))
    self.context = context
  }

  /// All parts.
  public static var parameters: [PartialKeyPath<Llama>] { [\.tokens, \.blocks, \.norm, \.output] }

  /// The number V of symbols.
  public var symbols: Int { output.weight.shape[0] }

  /// The logits after every symbol of N pieces of equal length T. [N×T×V]
  public func callAsFunction(_ pieces: [[Int]]) -> Tensor { output(states(of: pieces)) }

  /// The normalized states at every symbol, from which the logits are computed. [N×T×d]
  public func states(of pieces: [[Int]]) -> Tensor { norm(blocks.reduce(embedded(pieces)) { x, block in block(x) }) }

  /// An empty cache for texts of up to `context` symbols.
  public func emptyCache() -> KeyValueCache { KeyValueCache(capacity: context, layers: blocks.count) }

  /// The logits after the last of the new symbols, given a cache that holds the symbols before them. [N×V]
  public func callAsFunction(_ pieces: [[Int]], cache: inout KeyValueCache) -> Tensor {
    var x = embedded(pieces, behind: cache.count)
    for (layer, block) in blocks.enumerated() { x = block(x, cache: &cache, layer: layer) }
    return output(norm(lastPlace(of: x)))
  }

  /// The vectors of pieces of equal length. [N×T×d]
  private func embedded(_ pieces: [[Int]], behind start: Int = 0) -> Tensor {
    let (N, T) = sizes(of: pieces, behind: start)
    return tokens(pieces.flatMap { $0 }, shape: [N, T])
  }

  /// The attention weights of every head of a block. [N×h×T×T]
  public func weights(_ pieces: [[Int]], block: Int) -> Tensor {
    blocks[block].weights(blocks[..<block].reduce(embedded(pieces)) { x, block in block(x) })
  }
}
