// § 7.4.1, § 7.4.3  The block of an encoder

import Attention
import Foundations
import Messages
import Regularization
import Tensors

/// The placement of the normalizations in a block. Definitions 7.5 and 7.6
public enum NormPlacement: Sendable, CaseIterable {
  /// x + SubLayer(LN(x)). (7.10)
  case preNorm
  /// LN(x + SubLayer(x)). (7.9)
  case postNorm

  /// A sub-layer with its residual connection and its normalization.
  public func callAsFunction(_ x: Tensor, norm: LayerNormalization, _ subLayer: (Tensor) -> Tensor) -> Tensor {
    switch self {
    case .preNorm: x + subLayer(norm(x))
    case .postNorm: norm(x + subLayer(x))
    }
  }
}

/// A block of a Transformer's encoder: self-attention, then the network (7.8), each with a residual connection and a
/// normalization. § 7.4.1, Listing 7.8
///
/// With the mask `.causal` it is the block of a GPT. § 7.7
public struct TransformerEncoderBlock: Module {
  /// The normalization of the attention.
  public var attentionNorm: LayerNormalization
  /// The self-attention, with biases as in Listing 7.8.
  public var attention: MultiHeadAttention
  /// The normalization of the network.
  public var networkNorm: LayerNormalization
  /// The network (7.8).
  public var network: FeedForward
  /// The dropout after the attention, the hidden units and the network.
  public var attentionDropout, hiddenDropout, networkDropout: Dropout
  /// The placement of the normalizations.
  public let placement: NormPlacement

  /// A block for vectors of dimension d.
  public init(
    _ d: Int, heads h: Int, hidden d_ff: Int, placement: NormPlacement = .preNorm, activation: Activation = .gelu,
    dropout p: Double = 0, epsilon: Double = 1e-5, random: RandomSource
  ) {
    attention = MultiHeadAttention(d, heads: h, hasBias: true, random: random)
    network = FeedForward(d, hidden: d_ff, activation: activation, random: random)
    attentionNorm = LayerNormalization(features: d, epsilon: epsilon)
    networkNorm = LayerNormalization(features: d, epsilon: epsilon)
    attentionDropout = Dropout(probability: p, random: random)
    hiddenDropout = Dropout(probability: p, random: random)
    networkDropout = Dropout(probability: p, random: random)
    self.placement = placement
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<TransformerEncoderBlock>] {
    [
      \.attentionNorm, \.attention, \.attentionDropout, \.networkNorm, \.network, \.hiddenDropout, \.networkDropout,
    ]
  }

  /// The block's output without a mask. [B×n×d] → [B×n×d]
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: .everything) }

  /// The block's output, where a mask says which positions a position may look at. [B×n×d] → [B×n×d]
  public func callAsFunction(_ x: Tensor, mask: AttentionMask) -> Tensor {
    blocked(x) { attention($0, mask: mask) }
  }

  /// The output for the tokens after those of a cache, to which their keys and values are added; the mask is causal.
  /// [B×m×d] → [B×m×d]
  public func callAsFunction(_ x: Tensor, cache: inout KeyValueCache, layer: Int) -> Tensor {
    blocked(x) { attention($0, cache: &cache, layer: layer) }
  }

  /// The two sub-layers, with this attention.
  private func blocked(_ x: Tensor, own: (Tensor) -> Tensor) -> Tensor {
    let y = placement(x, norm: attentionNorm) { attentionDropout(own($0)) }
    return placement(y, norm: networkNorm) { networkDropout(network.narrowing(hiddenDropout(network.hidden($0)))) }
  }
}

/// The encoder: blocks, and after Pre-Norm blocks one more normalization. § 7.4.1 [B×n×d] → [B×n×d]
///
/// The sum of a Pre-Norm block is not normalized, so another normalization is needed after the last block. Definition
/// 7.6 leaves it out, and Listing 7.8 has it.
public struct TransformerEncoder: Module {
  /// The blocks.
  public var blocks: [TransformerEncoderBlock]
  /// The last normalization; nil after Post-Norm blocks.
  public var norm: LayerNormalization?

  /// An encoder of L equal blocks.
  public init(
    _ d: Int, heads h: Int, hidden d_ff: Int, blocks L: Int, placement: NormPlacement = .preNorm,
    activation: Activation = .gelu, dropout p: Double = 0, epsilon: Double = 1e-5, random: RandomSource
  ) {
    blocks = (0..<L).map { _ in
      TransformerEncoderBlock(
        d, heads: h, hidden: d_ff, placement: placement, activation: activation, dropout: p, epsilon: epsilon,
        random: random)
    }
    norm = placement == .preNorm ? LayerNormalization(features: d, epsilon: epsilon) : nil
  }

  /// The blocks and the last normalization.
  public static var parameters: [PartialKeyPath<TransformerEncoder>] { [\.blocks, \.norm] }

  /// The output without a mask.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: .everything) }

  /// The output, where a mask says which positions a position may look at.
  public func callAsFunction(_ x: Tensor, mask: AttentionMask) -> Tensor {
    let y = blocks.reduce(x) { x, block in block(x, mask: mask) }
    return norm.map { $0(y) } ?? y
  }

  /// The causal output for the tokens after those of a cache, to which their keys and values are added.
  public func callAsFunction(_ x: Tensor, cache: inout KeyValueCache) -> Tensor {
    var y = x
    for (layer, block) in blocks.enumerated() { y = block(y, cache: &cache, layer: layer) }
    return norm.map { $0(y) } ?? y
  }
}
