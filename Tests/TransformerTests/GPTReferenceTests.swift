import Checking
import Tensors
import Testing
import Training
import Transformer

@Suite("§ 7.7  GPT beside PyTorch")
struct GPTReferenceTests {
  @Test(
    "Definition 7.11: logits, loss, gradients and ten steps of AdamW are PyTorch's",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("transformer_gpt", cases, type) }
}

private let cases = [
  gpt("GPT, AdamW"), gpt("GPT, tanh form, own head, AdamW", activation: .geluByTanh, isTied: false),
]

private func gpt(_ name: String, activation: Activation = .gelu, isTied: Bool = true) -> TrainingCase {
  TrainingCase(
    name,
    {
      GPT(
        symbols: 5, context: 7, width: 8, heads: 4, blocks: 2, activation: activation, isTied: isTied, random: $0)
    }, Adam(learningRate: 1e-2, beta2: 0.99, epsilon: 1e-3, weightDecay: 0.1)
  ) { model, _, integers in model(Array(integers[1...])).reshaped([15, 5]) }
}
