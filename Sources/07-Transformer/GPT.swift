// § 7.7  GPT: autoregressive language modeling

import Attention
import Foundations
import Messages
import Regularization
import Tensors

/// A language model of causal Transformer blocks: p(x_t | x₁, …, x_{t−1}) for every t in one pass. Definition 7.11
///
/// x₀ = E[symbols] + P[positions], then Pre-Norm blocks under the mask (7.15), then a last normalization. The logits of
/// the next symbol are the dot products with the token embeddings, x Eᵀ: the table is used twice, so its gradient is
/// the sum over both uses. Radford et al. (2018, 2019); Press and Wolf (2017) for the tied table.
public struct GPT: CausalModel {
  /// The embedding vector of each symbol, E. [V×d]
  public var tokens: Embedding
  /// A learned vector for each position, P. [T×d]
  public var positions: Tensor
  /// The dropout after the sum of both.
  public var dropout: Dropout
  /// The blocks and the last normalization.
  public var encoder: TransformerEncoder
  /// A separate matrix for the logits; nil if they are the dot products with the token embeddings.
  public var head: Linear?

  /// A model of V symbols that reads at most `context` symbols at once, with the initialization of GPT-2.
  ///
  /// All matrices are initialized from N(0, 0.02²), except that those that add to the residual stream, W^O and W₂, are
  /// initialized from N(0, 0.02²/(2L)), so that the sum of their 2L outputs does not grow with the number L of blocks.
  /// Biases start at 0. d_ff is `hidden`, which is 4 d by default.
  public init(
    symbols V: Int, context: Int, width d: Int, heads h: Int, blocks L: Int, hidden d_ff: Int? = nil,
    activation: Activation = .gelu, dropout p: Double = 0, epsilon: Double = 1e-5, isTied: Bool = true,
    random: RandomSource
  ) {
    require(
      V >= 1 && context >= 2 && L >= 1,
      "cannot model \(V) symbols with a context of \(context) and \(L) blocks: at least "
        + "1 symbol, a context of 2 and 1 block are needed")
    tokens = Embedding(table: 0.02 * random.normal([V, d]))
    positions = 0.02 * random.normal([context, d])
    dropout = Dropout(probability: p, random: random)
    encoder = TransformerEncoder(
      d, heads: h, hidden: d_ff ?? 4 * d, blocks: L, placement: .preNorm, activation: activation, dropout: p,
      epsilon: epsilon, random: random)
    head = isTied ? nil : Linear(weight: 0.02 * random.normal([V, d]), bias: nil)
    for layer in encoder.blocks.indices { encoder.blocks[layer].startAsGPT2(blocks: L, random: random) }
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<GPT>] { [\.tokens, \.positions, \.dropout, \.encoder, \.head] }

  /// The number V of symbols.
  public var symbols: Int { tokens.table.shape[0] }
  /// The largest number of symbols that the model reads at once.
  public var context: Int { positions.shape[0] }
  /// The dimension d of the vectors.
  public var width: Int { positions.shape[1] }

  /// The logits after every symbol of N pieces of equal length T. [N×T×V]
  public func callAsFunction(_ pieces: [[Int]]) -> Tensor { logits(states(of: pieces)) }

  /// The normalized final states, from which the logits are computed. [N×T×d]
  public func states(of pieces: [[Int]]) -> Tensor { encoder(vectors(of: pieces), mask: .causal) }

  /// E[symbols] + P[positions], where the first position is `start`, with dropout. [N×T×d]
  public func vectors(of pieces: [[Int]], behind start: Int = 0) -> Tensor {
    let (N, T) = sizes(of: pieces, behind: start)
    return dropout(tokens(pieces.flatMap { $0 }, shape: [N, T]) + positions[start..<start + T])
  }

  /// x Eᵀ, or the output of the separate head. [… d] → [… V]
  public func logits(_ x: Tensor) -> Tensor { head.map { $0(x) } ?? matmul(x, tokens.table.transposed) }

  /// An empty cache for texts of up to `context` symbols.
  public func emptyCache() -> KeyValueCache { KeyValueCache(capacity: context, layers: encoder.blocks.count) }

  /// The logits after the last of the new symbols, given a cache that holds the symbols before them. [N×V]
  public func callAsFunction(_ pieces: [[Int]], cache: inout KeyValueCache) -> Tensor {
    logits(lastPlace(of: encoder(vectors(of: pieces, behind: cache.count), cache: &cache)))
  }
}

extension TransformerEncoderBlock {
  /// Initializes the block's matrices as in GPT-2: see `GPT.init`.
  fileprivate mutating func startAsGPT2(blocks L: Int, random: RandomSource) {
    func drawn(_ linear: Linear, _ σ: Double = 0.02) -> Linear {
      Linear(weight: σ * random.normal(linear.weight.shape), bias: linear.bias.map { Tensor.zeros($0.shape) })
    }
    let residual = 0.02 / Double(2 * L).squareRoot()
    attention.query = drawn(attention.query)
    attention.key = drawn(attention.key)
    attention.value = drawn(attention.value)
    attention.output = drawn(attention.output, residual)
    network.widening = drawn(network.widening)
    network.narrowing = drawn(network.narrowing, residual)
  }
}
