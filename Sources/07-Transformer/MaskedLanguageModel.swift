// § 7.6  Masked language modeling

import DataSets
import Foundations
import Messages
import Regularization
import Tensors

/// BERT with the head that predicts masked tokens: p(xᵢ | x_{∖M}) for every position i. Definition 7.10
///
/// The head is LN(GELU(W h + b)) Eᵀ + c: the token embeddings E are used a second time, as in a GPT.
public struct MaskedLanguageModel: Model {
  /// The encoder.
  public var encoder: BERTEncoder
  /// W, b.
  public var transform: Linear
  /// The normalization after it.
  public var norm: LayerNormalization
  /// c, a number for each symbol. [V]
  public var bias: Tensor
  /// The activation between them.
  public let activation: Activation

  /// A model of these sizes.
  public init(_ sizes: BERTSizes, dropout p: Double = 0, random: RandomSource) {
    encoder = BERTEncoder(sizes, dropout: p, random: random)
    transform = Linear(sizes.width, sizes.width, random: random)
    norm = LayerNormalization(features: sizes.width, epsilon: sizes.epsilon)
    bias = .zeros([sizes.symbols])
    activation = sizes.activation
    transform.startAsBERT(random: random)
  }

  /// The encoder and the head.
  public static var parameters: [PartialKeyPath<MaskedLanguageModel>] {
    [\.encoder, \.transform, \.norm, \.bias]
  }

  /// The logits of states. [… d] → [… V]
  public func logits(_ states: Tensor) -> Tensor {
    matmul(norm(transform(states).activated(by: activation)), encoder.tokens.table.transposed) + bias
  }

  /// The logits at every position of sequences. [N×T×V]
  public func callAsFunction(_ sequences: Tokens) -> Tensor { logits(encoder(sequences)) }

  /// −1/|M| Σ_{i ∈ M} ln p(xᵢ | x_{∖M}): (7.13), divided by the number of chosen positions, in nats for each.
  ///
  /// Logits are computed at chosen positions only. Stops if there are none, because their mean would be NaN.
  public func loss(_ batch: MaskedSequences) -> Tensor {
    require(
      batch.chosenCount > 0,
      "cannot predict masked tokens in \(batch.inputs.count) sequences: no token is masked; use the choice .atLeastOne")
    let inputs = Tokens(batch.inputs)
    let isChosen = batch.isChosen.flatMap { row in (0..<inputs.time).map { $0 < row.count && row[$0] } }
    let places = isChosen.indices.filter { isChosen[$0] }
    let states = encoder(inputs).reshaped([inputs.numbers.count, encoder.width])  // [N·T×d]
    let targets = zip(batch.targets, batch.isChosen).flatMap { target, row in
      zip(target, row).filter(\.1).map(\.0)
    }
    return logits(states.gathered(places)).crossEntropy(labels: targets)
  }
}

/// (7.13), divided by |M|, for logits at all positions: those outside of M do not contribute. [N×T×V]
///
/// `MaskedLanguageModel.loss` does not even compute those.
public func maskedLoss(logits: Tensor, _ batch: MaskedSequences) -> Tensor {
  let targets = Tokens(batch.targets)
  let isChosen = batch.isChosen.flatMap { row in (0..<targets.time).map { $0 < row.count && row[$0] } }
  return logits.reshaped([targets.numbers.count, logits.shape[2]]).crossEntropy(
    labels: targets.numbers, where: isChosen)
}
