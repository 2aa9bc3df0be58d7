import Backprop
import CNN
import Checking
import DataSets
import Tensors
import Testing
import Training
import Transformer

@Suite("§ 7.4.4 and § 7.8  Models beside PyTorch")
struct ClassifierReferenceTests {
  @Test("Listing 7.8: positions are added as PyTorch adds them", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement("transformer_models", [.layer { PositionalEncoding(dropout: 0, random: $0) }], type)
  }

  @Test(
    "§ 7.4.4, Listing 7.8: models have after ten steps PyTorch's losses, parameters and logits",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("transformer_models", trainingCases, type) }
}

private func classifier(_ random: RandomSource) -> TransformerClassifier {
  TransformerClassifier(
    vocabulary: 7, width: 8, heads: 2, hidden: 12, blocks: 2, classes: 3, longest: 6, dropout: 0,
    random: random)
}

private func translator(_ random: RandomSource) -> EncoderDecoderTransformer {
  EncoderDecoderTransformer(
    sourceSymbols: 6, targetSymbols: 4, width: 8, heads: 2, hidden: 12, blocks: 1, random: random)
}

private func adamW<M: Parameterized>(_ model: M) -> ParameterGroups<Adam> {
  .adamW(of: model, learningRate: 1e-2, epsilon: 1e-3, weightDecay: 0.1)
}

private let trainingCases: [TrainingCase] = [
  TrainingCase(
    "TransformerClassifier, AdamW, warm-up, cosine", classifier,
    adamW(classifier(RandomSource(seed: 1))), schedule: warmupCosine(to: 1e-2, warmup: 3, over: 10)
  ) { model, _, integers in model(Tokens(Array(integers[1...]))) },
  TrainingCase("EncoderDecoderTransformer, AdamW", translator, adamW(translator(RandomSource(seed: 1)))) {
    model, _, integers in
    let logits = model.logits(Tokens(Array(integers[1..<4])), Tokens(Array(integers[4...])))
    return logits.reshaped([logits.shape[0] * logits.shape[1], logits.shape[2]])
  },
]
