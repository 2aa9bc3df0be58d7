import Attention
import Checking
import Foundations
import Tensors
import Testing
import Training
import Transformer

@Suite("§ 7.3 and § 7.4  Positions, blocks, encoders and decoders beside PyTorch")
struct TransformerReferenceTests {
  @Test(
    "§ 7.4.1, § 7.4.2: outputs and gradients are those of PyTorch's own encoder and decoder",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws { try expectAgreement("transformer", passCases, type) }

  @Test(
    "§ 7.4.3: ten steps of both placements give PyTorch's losses, parameters and logits",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("transformer", trainingCases, type) }
}

private let passCases: [PassCase] = [
  .layer { FeedForward(4, hidden: 7, random: $0) },
  .layer("gelu") { FeedForward(4, hidden: 7, activation: .gelu, random: $0) },
  .layer { LearnedPositions(6, 4, random: $0) },
  .layer { TransformerEncoderBlock(6, heads: 2, hidden: 10, random: $0) },
  .layer("postNorm") {
    TransformerEncoderBlock(6, heads: 3, hidden: 10, placement: .postNorm, activation: .relu, random: $0)
  },
  .layer { TransformerEncoder(6, heads: 2, hidden: 10, blocks: 2, random: $0) },
  .layer("postNorm") {
    TransformerEncoder(6, heads: 2, hidden: 10, blocks: 2, placement: .postNorm, activation: .relu, random: $0)
  },
  PassCase("sinusoidalPositions") { t, _ in t[0] + sinusoidalPositions(9, 6, scalarType: t[0].scalarType) },
  PassCase("gridPositions") { t, _ in t[0] + gridPositions(rows: 3, columns: 4, 8, scalarType: t[0].scalarType) },
  PassCase("TransformerDecoderBlock") { t, _ in
    let block = TransformerDecoderBlock(6, heads: 2, hidden: 10, random: RandomSource(seed: 1))
    return filled(block, t[2...])(t[0], over: t[1])
  },
  PassCase("TransformerDecoderBlock, postNorm") { t, _ in
    let block = TransformerDecoderBlock(
      6, heads: 3, hidden: 10, placement: .postNorm, activation: .relu, random: RandomSource(seed: 1))
    return filled(block, t[2...])(t[0], over: t[1])
  },
  PassCase("TransformerDecoder") { t, _ in filled(decoder(.preNorm, .gelu), t[2...])(t[0], over: t[1]) },
  PassCase("TransformerDecoder, postNorm") { t, _ in filled(decoder(.postNorm, .relu), t[2...])(t[0], over: t[1]) },
  PassCase("TransformerDecoder, padding") { t, integers in
    filled(decoder(.preNorm, .gelu), t[2...])(t[0], over: t[1], memoryMask: .padding(integers[0]))
  },
]

private func decoder(_ placement: NormPlacement, _ activation: Activation) -> TransformerDecoder {
  TransformerDecoder(
    6, heads: 2, hidden: 10, blocks: 2, placement: placement, activation: activation, random: RandomSource(seed: 1))
}

/// A copy with these parameters, in order.
private func filled<M: Model>(_ model: M, _ tensors: ArraySlice<Tensor>) -> M {
  var rest = tensors
  return model.mapParameters { _ in rest.removeFirst() }
}

private let trainingCases: [TrainingCase] = [
  tagging("SequenceTagger, Adam", .preNorm), tagging("SequenceTagger, postNorm, Adam", .postNorm),
]

private func tagging(_ name: String, _ placement: NormPlacement) -> TrainingCase {
  TrainingCase(
    name,
    {
      SequenceTagger(
        symbols: 5, longest: 4, width: 6, heads: 2, hidden: 10, blocks: 2, placement: placement, random: $0)
    }, Adam(learningRate: 1e-2, epsilon: 1e-3)
  ) { model, _, integers in model(Array(integers[1...])) }
}
