import Backprop
import Checking
import GAN
import Tensors
import Testing

@Suite("§ 8.8  The judge and the measures beside PyTorch")
struct JudgeReferenceTests {
  @Test(
    "§ 8.8, (8.18), (8.19): logits, gradients and measures are PyTorch's", arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement(
      "gan_quality",
      [
        .layer { ImageJudge(side: 12, classes: 4, random: $0) },
        PassCase("frechetDistance") { t, _ in scalar(frechetDistance(t[0], t[1]), t[0]) },
        PassCase("inceptionScore") { t, _ in scalar(inceptionScore(of: t[0].softmax(axis: 1)), t[0]) },
        PassCase("labelEntropy") { t, _ in scalar(labelEntropy(of: t[0].softmax(axis: 1)), t[0]) },
        PassCase("labelDivergence") { t, _ in scalar(labelDivergence(of: t[0].softmax(axis: 1)), t[0]) },
        PassCase("NeighbourMeasures") { t, _ in
          let m = NeighbourMeasures(of: t[1], among: NeighbourBalls(around: t[0], k: 3))
          return Tensor([m.density, m.coverage, m.precision, m.recall], scalarType: t[0].scalarType)
        },
      ], type)
  }

  @Test(
    "Exercise 8.6: after ten steps losses, parameters and logits are PyTorch's", arguments: [ScalarType.double, .float])
  func training(type: ScalarType) throws {
    try expectAgreement(
      "gan_quality",
      [
        TrainingCase(
          "ImageJudge, momentum", { ImageJudge(side: 8, classes: 3, random: $0) }, Momentum(learningRate: 0.01)
        ) { model, inputs, _ in model(inputs[0]) }
      ], type)
  }
}

private func scalar(_ value: Double, _ like: Tensor) -> Tensor { Tensor(value, scalarType: like.scalarType) }
