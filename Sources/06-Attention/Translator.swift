// § 6.1  An encoder and a decoder, with and without attention

import DataSets
import Foundations
import Messages
import RNN
import Tensors

/// A network that reads one sequence and writes another: a bidirectional LSTM encoder and an LSTM decoder. § 6.1
///
/// The decoder's step is sₜ = LSTM([yₜ₋₁; cₜ], sₜ₋₁), and its logits are W_o [sₜ; cₜ] + b_o. Without attention cₜ is
/// the last encoder state h_T in every step (6.1): the decoder knows nothing else of the source. With attention cₜ = Σⱼ
/// αₜⱼ hⱼ (6.4). A small network computes the first state s₀ from h_T. Sutskever, Vinyals and Le (2014), Bahdanau, Cho
/// and Bengio (2015); Groudiev, *Deep Learning*, § 6.1.
///
/// Chapter 5's `EncoderDecoder` passes only the last state to the decoder.
///
/// The symbols that can be written are numbered from 0 to K − 1. Two more numbers stand for `end` and `start`.
public struct Translator: Model {
  /// The vectors of the source's symbols.
  public var sourceEmbedding: Embedding
  /// The encoder: hⱼ summarizes the source up to position j from both sides.
  public var encoder: Bidirectional<LongShortTermMemory>
  /// The map from h_T to the hidden state of s₀, before its tanh.
  public var bridge: Linear
  /// The map from h_T to the cell of s₀.
  public var cellBridge: Linear
  /// The vectors of the written symbols, of the end and of the start.
  public var targetEmbedding: Embedding
  /// The decoder.
  public var decoder: LongShortTermMemory
  /// The attention; nil for the fixed context (6.1).
  public var attention: AdditiveAttention?
  /// From [sₜ; cₜ] to the logits of K symbols and of the end.
  public var output: Linear

  /// A network that reads `sourceSymbols` symbols and writes `targetSymbols`.
  public init(
    sourceSymbols: Int, targetSymbols K: Int, hasAttention: Bool, embedding: Int = 32, hidden: Int = 64,
    random: RandomSource
  ) {
    require(
      sourceSymbols >= 1 && K >= 1,
      "cannot translate \(sourceSymbols) symbols into \(K): at least 1 on each side is needed")
    sourceEmbedding = Embedding(sourceSymbols, embedding, random: random)
    encoder = Bidirectional(embedding, hidden, random: random)
    bridge = Linear(2 * hidden, hidden, random: random)
    cellBridge = Linear(2 * hidden, hidden, random: random)
    targetEmbedding = Embedding(K + 2, embedding, random: random)
    decoder = LongShortTermMemory(embedding + 2 * hidden, hidden, random: random)
    attention =
      hasAttention ? AdditiveAttention(queries: hidden, states: 2 * hidden, units: hidden, random: random) : nil
    output = Linear(3 * hidden, K + 1, random: random)
  }

  /// All parts, in the order in which they are applied.
  public static var parameters: [PartialKeyPath<Translator>] {
    [
      \.sourceEmbedding, \.encoder, \.bridge, \.cellBridge, \.targetEmbedding, \.decoder, \.attention, \.output,
    ]
  }

  /// The number of the end, which follows the last symbol: K.
  public var end: Int { output.weight.shape[0] - 1 }
  /// The number of the start, which the decoder reads first: K + 1.
  public var start: Int { end + 1 }
}

/// The output of the encoder: everything that the decoder may look at.
public struct EncodedSource: Sendable {
  /// h₁, …, h_T. [N×T×2d_h]
  public let states: Tensor
  /// h_T, the whole source in one vector: [h⃗_T; h⃖₁]. (6.1) [N×2d_h]
  public let summary: Tensor
  /// The lengths of the sources.
  public let lengths: [Int]
  /// U_a hⱼ, which does not depend on the step; nil without attention. [N×T×d_a]
  let projected: Tensor?
  /// Hides the padding of shorter sources.
  let mask: AttentionMask
}

/// The result of one step of a decoder.
public struct DecoderStep: Sendable {
  /// sₜ.
  public let state: RecurrentState
  /// cₜ. [N×2d_h]
  public let context: Tensor
  /// αₜ, one row for each sequence; nil without attention. [N×T]
  public let weights: Tensor?
}

extension Translator {
  /// Reads sources.
  public func encode(_ source: Tokens) -> EncodedSource {
    let x = sourceEmbedding(source.numbers, shape: source.shape)  // [N×T×d_e]
    let (states, final) = encoder(x, lengths: source.lengths)
    let hasPadding = source.lengths.contains { $0 < source.time }
    return EncodedSource(
      states: states, summary: final.hidden, lengths: source.lengths, projected: attention?.projected(states),
      mask: hasPadding ? .padding(source.lengths) : .everything)
  }

  /// s₀ = (tanh(W h_T + b), W' h_T + b'): the first hidden state and the first cell.
  public func initialState(_ source: EncodedSource) -> RecurrentState {
    RecurrentState(hidden: bridge(source.summary).tanh(), cell: cellBridge(source.summary))
  }

  /// One step: sₜ, cₜ and αₜ from the tokens yₜ₋₁ and the state sₜ₋₁. (6.2), (6.3), (6.4)
  public func step(_ tokens: [Int], from s: RecurrentState, reading source: EncodedSource) -> DecoderStep {
    let (context, weights) = context(s.hidden, source)
    let input = Tensor.concatenated([targetEmbedding(tokens), context], axis: -1).expanded(axis: 1)  // [N×1×(d_e+2d_h)]
    return DecoderStep(state: decoder(input, lengths: nil, initial: s).final, context: context, weights: weights)
  }

  /// The logits of the symbol after a step, W_o [sₜ; cₜ] + b_o. [N×(K+1)]
  public func logits(_ step: DecoderStep) -> Tensor {
    output(Tensor.concatenated([step.state.hidden, step.context], axis: -1))
  }

  /// cₜ, and αₜ if there is attention.
  private func context(_ s: Tensor, _ source: EncodedSource) -> (context: Tensor, weights: Tensor?) {
    guard let attention, let Uh = source.projected else { return (source.summary, nil) }
    let e = attention.scores(s.expanded(axis: 1), projected: Uh)  // (6.2) [N×1×T]
    let α = maskedSoftmax(e, source.mask)  // (6.3)
    let c = matmul(α, source.states)  // (6.4) [N×1×2d_h]
    return (c.squeezed(axis: 1), α.squeezed(axis: 1))
  }

  /// The logits of every symbol of the targets and of their ends, given the correct earlier symbols: teacher forcing.
  /// [N×(T'+1)×(K+1)]
  ///
  /// The decoder reads the start and the target, so row t of a target of T' symbols predicts symbol t, and row T'
  /// predicts the end.
  public func logits(_ source: Tokens, _ target: Tokens) -> Tensor {
    require(
      source.count == target.count,
      "cannot translate \(source.count) sources into \(target.count) targets: one for each is needed")
    let inputs = Tokens(target.sequences.map { [start] + $0 }, padding: end)
    let encoded = encode(source)
    let first = initialState(encoded)
    return attention == nil ? fixedLogits(inputs, encoded, first) : attendedLogits(inputs, encoded, first)
  }

  /// With the same context in every step the whole decoder is one recurrent layer.
  private func fixedLogits(_ inputs: Tokens, _ source: EncodedSource, _ first: RecurrentState) -> Tensor {
    let context = source.summary.expanded(axis: 1).repeated(inputs.time, axis: 1)
    let x = Tensor.concatenated([targetEmbedding(inputs.numbers, shape: inputs.shape), context], axis: -1)
    let states = decoder(x, lengths: nil, initial: first).states
    return output(Tensor.concatenated([states, context], axis: -1))
  }

  /// With attention cₜ depends on sₜ₋₁, so the steps follow one another.
  private func attendedLogits(_ inputs: Tokens, _ source: EncodedSource, _ first: RecurrentState) -> Tensor {
    var (s, joined) = (first, [Tensor]())
    for t in 0..<inputs.time {
      let tokens = (0..<inputs.count).map { inputs.numbers[$0 * inputs.time + t] }
      let step = step(tokens, from: s, reading: source)
      s = step.state
      joined.append(Tensor.concatenated([s.hidden, step.context], axis: -1))
    }
    return output(Tensor.stacked(joined, axis: 1))
  }

  /// The mean cross-entropy over all symbols of the targets and their ends.
  public func loss(_ source: Tokens, _ target: Tokens) -> Tensor {
    let labels = Tokens(target.sequences.map { $0 + [end] }, padding: end)
    let z = logits(source, target)
    return z.reshaped([z.shape[0] * z.shape[1], z.shape[2]])
      .crossEntropy(labels: labels.numbers, where: labels.isReal)
  }
}
