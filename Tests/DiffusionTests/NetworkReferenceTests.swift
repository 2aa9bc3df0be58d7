import Backprop
import Checking
import Diffusion
import Tensors
import Testing
import Training

@Suite("§ 10.5, Listing 10.8a and b  Networks beside PyTorch")
struct NetworkReferenceTests {
  @Test(
    "§ 10.5, § 10.5.1, (10.19), Listing 10.8a: both time embeddings, the blocks and the attention are PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement(
      "diffusion_models",
      [
        PassCase("timeEmbedding") { inputs, t in
          matmul(
            inputs[0],
            timeEmbedding(t[0].map(Double.init), dimension: 16, scalarType: inputs[0].scalarType))
        },
        PassCase("interleavedTimeEmbedding") { inputs, t in
          matmul(inputs[0], interleavedTimeEmbedding(t[0], dimension: 16, scalarType: inputs[0].scalarType))
        },
        block("TimeBlock", 8, 16), block("TimeBlock, one channel", 1, 8), block("TimeBlock, same channels", 16, 16),
        .layer { MapAttention(channels: 8, random: $0) },
      ], type)
  }

  @Test(
    "Listing 10.8a and b, (10.8), (10.16): ten steps with given t and noise are PyTorch's to 10⁻¹⁰",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws {
    try expectAgreement("diffusion_models", denoisers, type)
  }
}

/// A block as a function of x, t and its parameters.
private func block(_ name: String, _ inputs: Int, _ outputs: Int) -> PassCase {
  PassCase(name) { tensors, _ in
    let block = TimeBlock(inputs, outputs, time: 6, random: RandomSource(seed: 1))
    return block.filled(with: tensors[2...])(tensors[0], time: tensors[1])
  }
}

private let denoisers = [
  network("Listing 10.8", Momentum(learningRate: 1e-4, momentum: 0.9)) { $0.hasStem = false },
  network("with a stem", Adam(learningRate: 2e-4, epsilon: 1e-3)) { ($0.width, $0.time) = (8, 16) },
  network("with attention, three channels", Momentum(learningRate: 1e-4, momentum: 0.9)) {
    ($0.channels, $0.width, $0.time, $0.hasAttention) = (3, 8, 16, true)
  },
]

/// Ten steps of a U-Net with changed sizes.
private func network(
  _ variant: String, _ optimizer: some Optimizer, _ change: @escaping @Sendable (inout UNetSizes) -> Void
) -> DenoiserCase {
  DenoiserCase("UNet, \(variant)", optimizer) {
    var sizes = UNetSizes()
    change(&sizes)
    return UNet(sizes, random: $0)
  }
}
