import Applications
import Checking
import Foundations
import Tensors
import Testing

@Suite("§ 12.7  Privacy beside PyTorch")
struct PrivacyReferenceTests {
  @Test("§ 12.7.1, § 12.7.2: clipped sums, private gradients, averages and rounds are PyTorch's")
  func passes() throws { try expectAgreement("applications_privacy", passCases, .double) }
}

private let labels = [0, 2, 1, 1, 0, 2, 2, 0, 1]

private func linear(_ x: [Tensor]) -> Linear {
  var layer = Linear(5, 3, random: RandomSource(seed: 1))
  (layer.weight, layer.bias) = (x[1].stopGradient, x[2].stopGradient)
  return layer
}

private let passCases: [PassCase] = [
  PassCase(several: "PrivateDescent.clippedSum") { x, _ in
    PrivateDescent(clip: 0.8, noise: 0, share: 1).clippedSum(x)
  },
  PassCase("FederatedAveraging.average") { x, _ in FederatedAveraging.average(x, counts: [2, 3, 5]) },
  PassCase(several: "PrivateDescent.gradient") { x, _ in
    let rows = x[0].stopGradient
    return PrivateDescent(clip: 0.8, noise: 0, share: 1).gradient(
      at: linear(x), batch: Array(0..<9), expectedSize: 12, random: RandomSource(seed: 1)
    ) { $0(rows.gathered([$1])).crossEntropy(labels: [labels[$1]]) }.parameters.map(\.stopGradient)
  },
  PassCase(several: "FederatedAveraging, three rounds") { x, _ in
    let rows = x[0].stopGradient
    let federated = FederatedAveraging(
      clients: [[0, 1], [2, 3, 4], [5, 6, 7, 8]], localEpochs: 2, batchSize: nil, learningRate: 0.3)
    var model = linear(x)
    for _ in 0..<3 {
      model =
        federated.round(model, random: RandomSource(seed: 1)) { layer, batch in
          layer(rows.gathered(batch)).crossEntropy(labels: batch.map { labels[$0] })
        }.model
    }
    return model.parameters.map(\.stopGradient)
  },
  PassCase("revealedInput") { x, _ in revealedInput(weightGradient: x[0], biasGradient: x[1]) },
]
