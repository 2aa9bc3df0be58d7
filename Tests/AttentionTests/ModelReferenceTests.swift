import Attention
import Checking
import DataSets
import Foundations
import Tensors
import Testing
import Training

@Suite("Chapter 6's models beside PyTorch")
struct AttentionModelReferenceTests {
  @Test("§ 6.10: a causal block has PyTorch's outputs and gradients", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement("attention_models", [.layer { CausalBlock(width: 6, heads: 2, random: $0) }], type)
  }

  @Test(
    "§ 6.1, § 6.6.1: models have after ten steps PyTorch's losses, parameters and logits",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("attention_models", trainingCases, type) }
}

private let trainingCases: [TrainingCase] = [
  translation("Translator, Adam", hasAttention: true),
  translation("Translator, fixed context, Adam", hasAttention: false),
  TrainingCase(
    "CausalLanguageModel, Adam",
    { CausalLanguageModel(symbols: 5, context: 7, width: 6, heads: 2, blocks: 2, random: $0) },
    Adam(learningRate: 1e-2)
  ) { model, _, integers in rows(model(Array(integers[1...]))) },
  TrainingCase(
    "OffsetReader, Adam", { OffsetReader(symbols: 5, time: 5, width: 6, heads: 2, random: $0) },
    Adam(learningRate: 1e-2)
  ) { model, _, integers in rows(Tensor.concatenated(model(Array(integers[1...])), axis: -1)) },
  TrainingCase(
    "AttentionClassifier, Adam",
    { AttentionClassifier(symbols: 5, longest: 6, width: 8, heads: 2, classes: 3, random: $0) },
    Adam(learningRate: 1e-2)
  ) { model, _, integers in model(Tokens(Array(integers[1...]))) },
]

/// Three sources, then three targets.
private func translation(_ name: String, hasAttention: Bool) -> TrainingCase {
  TrainingCase(
    name,
    {
      Translator(
        sourceSymbols: 6, targetSymbols: 4, hasAttention: hasAttention, embedding: 3, hidden: 4, random: $0)
    }, Adam(learningRate: 1e-2)
  ) { model, _, integers in rows(model.logits(Tokens(Array(integers[1..<4])), Tokens(Array(integers[4...])))) }
}

private func rows(_ logits: Tensor) -> Tensor {
  logits.reshaped([logits.shape[0] * logits.shape[1], logits.shape[2]])
}
