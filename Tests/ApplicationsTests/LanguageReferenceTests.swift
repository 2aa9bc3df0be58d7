import Applications
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 12.2, § 12.8, Fleuret 3.1  Losses and layers beside PyTorch")
struct LanguageReferenceTests {
  @Test(
    "§ 12.2.3, § 12.8, Fleuret 3.1: losses and low-rank layers with their gradients are PyTorch's",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement(
      "applications_language",
      [
        PassCase("softTargetLoss") { inputs, _ in
          softTargetLoss(student: inputs[0], teacher: inputs[1], temperature: 3)
        },
        PassCase("tripletLoss") { inputs, _ in tripletLoss(inputs[0], inputs[1], inputs[2]) },
        PassCase("spanLoss") { inputs, integers in
          spanLoss(start: inputs[0], end: inputs[1], starts: integers[0], ends: integers[1])
        },
        PassCase("LowRankLinear") { inputs, _ in adapted(inputs[1...4], strength: 4)(inputs[0]) },
        PassCase("LowRankMLP") { inputs, _ in
          var network = LowRankMLP(
            MLP([6, 5, 4], random: RandomSource(seed: 1)), rank: 2, random: RandomSource(seed: 1))
          network.layers = [adapted(inputs[1...4]), adapted(inputs[5...8])]
          return network(inputs[0])
        },
      ], type)
  }
}

/// A frozen layer W, b with the change B A, from the recorded numbers W, b, A, B.
private func adapted(_ p: ArraySlice<Tensor>, strength α: Double? = nil) -> LowRankLinear {
  let p = Array(p)
  var layer = LowRankLinear(
    Linear(weight: p[0], bias: p[1]), rank: p[2].shape[0], strength: α, random: RandomSource(seed: 1))
  (layer.down, layer.up) = (p[2], p[3])
  return layer
}
