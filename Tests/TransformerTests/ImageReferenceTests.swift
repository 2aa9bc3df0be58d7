import Checking
import Tensors
import Testing
import Training
import Transformer

private func sizes(blocks: Int) -> VisionSizes {
  VisionSizes(image: 8, patch: 4, width: 6, heads: 2, blocks: blocks, classes: 3)
}

@Suite("Chapter 7's networks for images beside PyTorch")
struct ImageReferenceTests {
  @Test("§ 7.5: patches and logits are PyTorch's, and so are their gradients", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement(
      "transformer_images",
      [
        .layer { PatchEmbedding(side: 2, channels: 3, width: 5, random: $0) },
        .layer { VisionTransformer(sizes(blocks: 1), random: $0) },
      ], type)
  }

  @Test("§ 7.5: after ten steps losses, parameters and logits are PyTorch's", arguments: [ScalarType.double, .float])
  func training(type: ScalarType) throws {
    try expectAgreement(
      "transformer_images",
      [
        TrainingCase(
          "VisionTransformer, Adam", { VisionTransformer(sizes(blocks: 2), random: $0) },
          Adam(learningRate: 1e-2, epsilon: 1e-3)
        ) { model, inputs, _ in model(inputs[0]) }
      ], type)
  }
}
