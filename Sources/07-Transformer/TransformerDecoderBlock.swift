// § 7.4.2  The block of a decoder

import Attention
import Foundations
import Messages
import Regularization
import Tensors

/// A block of a Transformer's decoder: masked self-attention, attention over the encoder's output, and the network
/// (7.8), each with a residual connection and a normalization. § 7.4.2
public struct TransformerDecoderBlock: Model {
  /// The normalization of the self-attention.
  public var attentionNorm: LayerNormalization
  /// The self-attention; the usual mask is `.causal`.
  public var attention: MultiHeadAttention
  /// The normalization of the cross-attention. In Pre-Norm blocks it is applied only to the queries.
  public var crossNorm: LayerNormalization
  /// The cross-attention: queries from the decoder, keys and values from the encoder's output.
  public var crossAttention: MultiHeadAttention
  /// The normalization of the network.
  public var networkNorm: LayerNormalization
  /// The network (7.8).
  public var network: FeedForward
  /// The dropout after the two attentions, the hidden units and the network.
  public var attentionDropout, crossDropout, hiddenDropout, networkDropout: Dropout
  /// The placement of the normalizations.
  public let placement: NormPlacement

  /// A block for vectors of dimension d.
  public init(
    _ d: Int, heads h: Int, hidden d_ff: Int, placement: NormPlacement = .preNorm, activation: Activation = .gelu,
    dropout p: Double = 0, epsilon: Double = 1e-5, random: RandomSource
  ) {
    func norm() -> LayerNormalization { LayerNormalization(features: d, epsilon: epsilon) }
    func dropout() -> Dropout { Dropout(probability: p, random: random) }
    attention = MultiHeadAttention(d, heads: h, hasBias: true, random: random)
    crossAttention = MultiHeadAttention(d, heads: h, hasBias: true, random: random)
    network = FeedForward(d, hidden: d_ff, activation: activation, random: random)
    (attentionNorm, crossNorm, networkNorm) = (norm(), norm(), norm())
    (attentionDropout, crossDropout, hiddenDropout, networkDropout) = (dropout(), dropout(), dropout(), dropout())
    self.placement = placement
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<TransformerDecoderBlock>] {
    [
      \.attentionNorm, \.attention, \.attentionDropout, \.crossNorm, \.crossAttention, \.crossDropout, \.networkNorm,
      \.network, \.hiddenDropout, \.networkDropout,
    ]
  }

  /// The block's output. `memoryMask` hides positions of the encoder's output, such as padding. y: [B×n×d], memory:
  /// [B×m×d] → [B×n×d]
  public func callAsFunction(
    _ y: Tensor, over memory: Tensor, mask: AttentionMask = .causal, memoryMask: AttentionMask = .everything
  ) -> Tensor {
    blocked(y) {
      attention($0, mask: mask)
    } cross: {
      crossAttention($0, over: memory, mask: memoryMask)
    }
  }

  /// The output for the tokens after those of a cache, to which their keys and values are added; the mask is causal.
  /// [B×n×d] → [B×n×d]
  public func callAsFunction(_ y: Tensor, cache: inout DecoderCache, layer: Int) -> Tensor {
    let memory = cache.memory[layer]
    return blocked(y) {
      attention($0, cache: &cache.tokens, layer: layer)
    } cross: {
      let queries = crossAttention.queries($0)
      return crossAttention.joined(fusedAttention(queries, memory.keys, memory.values, mask: cache.memoryMask))
    }
  }

  /// The three sub-layers, with these attentions.
  private func blocked(_ y: Tensor, own: (Tensor) -> Tensor, cross: (Tensor) -> Tensor) -> Tensor {
    let a = placement(y, norm: attentionNorm) { attentionDropout(own($0)) }
    let c = placement(a, norm: crossNorm) { crossDropout(cross($0)) }
    return placement(c, norm: networkNorm) { networkDropout(network.narrowing(hiddenDropout(network.hidden($0)))) }
  }
}

/// The decoder: blocks, and after Pre-Norm blocks one more normalization. § 7.4.2
public struct TransformerDecoder: Model {
  /// The blocks.
  public var blocks: [TransformerDecoderBlock]
  /// The last normalization; nil after Post-Norm blocks.
  public var norm: LayerNormalization?

  /// A decoder of L equal blocks.
  public init(
    _ d: Int, heads h: Int, hidden d_ff: Int, blocks L: Int, placement: NormPlacement = .preNorm,
    activation: Activation = .gelu, dropout p: Double = 0, epsilon: Double = 1e-5, random: RandomSource
  ) {
    blocks = (0..<L).map { _ in
      TransformerDecoderBlock(
        d, heads: h, hidden: d_ff, placement: placement, activation: activation, dropout: p, epsilon: epsilon,
        random: random)
    }
    norm = placement == .preNorm ? LayerNormalization(features: d, epsilon: epsilon) : nil
  }

  /// The blocks and the last normalization.
  public static var parameters: [PartialKeyPath<TransformerDecoder>] { [\.blocks, \.norm] }

  /// The output; all blocks attend to the same output of the encoder. y: [B×n×d], memory: [B×m×d] → [B×n×d]
  public func callAsFunction(
    _ y: Tensor, over memory: Tensor, mask: AttentionMask = .causal, memoryMask: AttentionMask = .everything
  ) -> Tensor {
    require(
      y.rank == 3 && memory.rank == 3 && y.shape[0] == memory.shape[0] && y.shape[2] == memory.shape[2],
      "cannot decode \(y.shape) over \(memory.shape): sequences [B×n×d] and an encoder's output [B×m×d] of as many "
        + "sequences and the same d are needed")
    let z = blocks.reduce(y) { y, block in block(y, over: memory, mask: mask, memoryMask: memoryMask) }
    return norm.map { $0(z) } ?? z
  }

  /// A cache for up to `capacity` tokens, still empty, with the keys and values of the given output of the encoder.
  public func emptyCache(
    over memory: Tensor, capacity: Int, memoryMask: AttentionMask = .everything
  ) -> DecoderCache {
    DecoderCache(
      tokens: KeyValueCache(capacity: capacity, layers: blocks.count),
      memory: blocks.map { ($0.crossAttention.keys(memory), $0.crossAttention.values(memory)) }, memoryMask: memoryMask)
  }

  /// The causal output for the tokens after those of a cache, to which their keys and values are added.
  /// [B×n×d] → [B×n×d]
  public func callAsFunction(_ y: Tensor, cache: inout DecoderCache) -> Tensor {
    var z = y
    for (layer, block) in blocks.enumerated() { z = block(z, cache: &cache, layer: layer) }
    return norm.map { $0(z) } ?? z
  }
}

/// The cache of a decoder: the keys and values of the tokens that it has read, and those of the encoder's output, which
/// never change. § 7.4.2
public struct DecoderCache: Sendable {
  /// The keys and values of the tokens.
  public internal(set) var tokens: KeyValueCache
  /// The keys and values of the encoder's output, one pair for each block. [B×h×m×d_k]
  let memory: [(keys: Tensor, values: Tensor)]
  /// Hides positions of the encoder's output.
  let memoryMask: AttentionMask
}
