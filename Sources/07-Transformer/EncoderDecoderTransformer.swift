// § 7.4.4  The complete architecture: an encoder and a decoder

import Attention
import DataSets
import Foundations
import Messages
import Tensors

/// The Transformer of Figure 7.1: an encoder reads a sequence, and a decoder, which attends to the encoder's output,
/// writes another. § 7.4.4
///
/// All positions of the target are computed at once in training, whereas chapter 6's `Translator` computes one state
/// after another. Figure 7.1 and the base model of Vaswani et al. (2017) are Post-Norm, with d = 512, 8 heads,
/// d_ff = 2,048 and 6 + 6 blocks: 18,914,304 parameters of the encoder and 25,224,192 of the decoder. The default here
/// is Pre-Norm, which has one more normalization at the end of each.
///
/// The symbols that can be written are numbered from 0 to K − 1. Two more numbers stand for `end` and `start`.
public struct EncoderDecoderTransformer: Model {
  /// The vectors of the source's symbols. [V×d]
  public var sourceEmbedding: Embedding
  /// The vectors of the written symbols, of the end and of the start. [(K+2)×d]
  public var targetEmbedding: Embedding
  /// The positions of both sequences.
  public var positions: PositionalEncoding
  /// The encoder.
  public var encoder: TransformerEncoder
  /// The decoder.
  public var decoder: TransformerDecoder
  /// To the logits of K symbols and of the end.
  public var output: Linear

  /// A network that reads `sourceSymbols` symbols and writes `targetSymbols`; encoder and decoder have L blocks each.
  ///
  /// Token embeddings are drawn from N(0, 1/d), so that they have variance 1 after multiplication by √d.
  public init(
    sourceSymbols V: Int, targetSymbols K: Int, width d: Int = 512, heads h: Int = 8, hidden d_ff: Int = 2_048,
    blocks L: Int = 6, longest: Int = 512, placement: NormPlacement = .preNorm, activation: Activation = .relu,
    dropout p: Double = 0, random: RandomSource
  ) {
    require(V >= 1 && K >= 1, "cannot translate \(V) symbols into \(K): at least 1 on each side is needed")
    func embedding(_ count: Int) -> Embedding {
      Embedding(table: random.normal([count, d]) / Double(d).squareRoot())
    }
    (sourceEmbedding, targetEmbedding) = (embedding(V), embedding(K + 2))
    positions = PositionalEncoding(longest: longest, dropout: p, random: random)
    encoder = TransformerEncoder(
      d, heads: h, hidden: d_ff, blocks: L, placement: placement, activation: activation, dropout: p, random: random)
    decoder = TransformerDecoder(
      d, heads: h, hidden: d_ff, blocks: L, placement: placement, activation: activation, dropout: p, random: random)
    output = Linear(d, K + 1, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<EncoderDecoderTransformer>] {
    [\.sourceEmbedding, \.targetEmbedding, \.positions, \.encoder, \.decoder, \.output]
  }

  /// The number of the end, which follows the last symbol: K.
  public var end: Int { output.weight.shape[0] - 1 }
  /// The number of the start, which the decoder reads first: K + 1.
  public var start: Int { end + 1 }

  /// The encoder's output, to which the decoder attends in every block. [N×T×d]
  public func encode(_ source: Tokens) -> Tensor {
    encoder(positions(scaled(sourceEmbedding, source)), mask: paddingMask(source))
  }

  /// What the decoder reads when the first of these tokens is at position `place`. [N×n×d]
  func read(_ tokens: Tokens, from place: Int = 0) -> Tensor { positions(scaled(targetEmbedding, tokens), from: place) }

  /// The logits of every symbol of the targets and of their ends, given the correct earlier symbols: teacher forcing.
  /// [N×(T'+1)×(K+1)]
  ///
  /// The decoder reads the start and the target, so row t of a target of T' symbols predicts symbol t, and row T'
  /// predicts the end. Padding comes after the symbols, so the causal mask hides it. With another mask a row sees the
  /// symbol that it has to predict: the loss tends to 0, and nothing is learned.
  public func logits(_ source: Tokens, _ target: Tokens, mask: AttentionMask = .causal) -> Tensor {
    require(
      source.count == target.count,
      "cannot translate \(source.count) sources into \(target.count) targets: one for each is needed")
    return output(decoder(read(inputs(target)), over: encode(source), mask: mask, memoryMask: paddingMask(source)))
  }

  /// The targets with the start symbol before them, as the decoder reads them.
  func inputs(_ target: Tokens) -> Tokens { Tokens(target.sequences.map { [start] + $0 }, padding: end) }

  /// The mean cross-entropy over all symbols of the targets and their ends.
  public func loss(_ source: Tokens, _ target: Tokens, mask: AttentionMask = .causal) -> Tensor {
    let labels = Tokens(target.sequences.map { $0 + [end] }, padding: end)
    let z = logits(source, target, mask: mask)
    return z.reshaped([z.shape[0] * z.shape[1], z.shape[2]])
      .crossEntropy(labels: labels.numbers, where: labels.isReal)
  }

  /// The weights of the cross-attention, by block, for one source and one target: row t has the weights for symbol t,
  /// and the last row those for the end. [h×(T'+1)×T] for each block
  public func crossWeights(_ source: [Int], _ target: [Int]) -> [Tensor] {
    let memory = encode(Tokens([source]))
    var (y, weights) = (read(inputs(Tokens([target]))), [Tensor]())
    for block in decoder.blocks {
      let a = block.placement(y, norm: block.attentionNorm) { block.attention($0, mask: .causal) }
      let query = block.placement == .preNorm ? block.crossNorm(a) : a
      weights.append(block.crossAttention.weights(query: query, key: memory)[0])
      y = block(y, over: memory)
    }
    return weights
  }
}
