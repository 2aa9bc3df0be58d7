import Checking
import Regularization
import Tensors
import Testing
import Training
import Foundations

@Suite("Chapter 3 against PyTorch")
struct RegularizationReferenceTests {
  @Test(
    "layers, losses, penalties and transformed images have PyTorch's outputs, gradients and statistics",
    arguments: [ScalarType.double, .float])
  func passes(type: ScalarType) throws {
    try expectAgreement("regularization", normalizedCases + droppingCases + lossCases + imageCases, type)
  }

  @Test("optimizers agree with PyTorch's after one step and after ten", arguments: [ScalarType.double, .float])
  func steps(type: ScalarType) throws { try expectAgreement("regularization", optimizerCases, type) }

  @Test(
    "after ten steps a normalized network has PyTorch's losses, parameters and statistics",
    arguments: [ScalarType.double, .float])
  func trainings(type: ScalarType) throws { try expectAgreement("regularization", trainingCases, type) }
}

private let normalizedCases: [PassCase] =
  ["rows", "rows, evaluation"].map { variant in PassCase.layer(variant) { _ in BatchNormalization(features: 5) } }
  + [
    .layer("images") { _ in BatchNormalization(features: 3, momentum: 0.3, epsilon: 1e-3) },
    .layer("images, evaluation") { _ in BatchNormalization(features: 3) },
    .layer("features") { _ in LayerNormalization(features: 6) },
    .layer("images") { _ in LayerNormalization([3, 4, 5]) },
    .layer { _ in GroupNormalization(channels: 6, groups: 2) },
    .layer("instances") { _ in GroupNormalization.instance(channels: 3) },
    .layer("batch") { NormalizedNetwork([4, 6, 5, 3], .batch, random: $0) },
    .layer("layer") { NormalizedNetwork([4, 6, 5, 3], .layer, random: $0) },
  ]

private let droppingCases: [PassCase] = [
  PassCase("invertedDropout, given mask") { t, n in
    let mask = Tensor(n[0].map(Double.init), shape: t[0].shape, scalarType: t[0].scalarType)
    return invertedDropout(t[0], by: mask, probability: 0.4)
  },
  .layer("evaluation") { Dropout(probability: 0.5, random: $0) },
  .layer("evaluation") { DropPath(probability: 0.5, random: $0) },
  .layer("evaluation") { StochasticDepth(Linear(4, 4, random: $0), survival: 0.7, random: $0) },
  .layer { RegularizedNetwork(inputs: 6, hidden: 5, classes: 3, dropout: 0, random: $0) },
  .layer("evaluation") { RegularizedNetwork(inputs: 6, hidden: 5, classes: 3, random: $0) },
]

private let lossCases: [PassCase] = [
  PassCase("crossEntropy, of distributions") { t, _ in
    crossEntropy(logits: t[0], targets: t[1] / t[1].sum(axes: [1], keepsAxes: true))
  },
  PassCase("crossEntropy, mixup") { t, n in
    let y = Tensor.oneHot(n[0], classes: 4, scalarType: t[0].scalarType)
    let x = mixed(t[0], t[0].flipped(axis: 0), share: t[2])
    return crossEntropy(
      logits: matmul(x, t[1].transposed), targets: mixed(y, y.flipped(axis: 0), share: t[2]))
  },
  PassCase("smoothedCrossEntropy") { t, n in smoothedCrossEntropy(logits: t[0], labels: n[0], smoothing: 0.2) },
  PassCase("klDivergence") { t, _ in klDivergence(logits: t[0], from: t[1]) },
  PassCase("symmetricDivergence") { t, _ in symmetricDivergence(logits: t[0], t[1]) },
  PassCase("rDropLoss") { t, n in rDropLoss(logits: t[0], t[1], labels: n[0], weight: 0.7) },
  PassCase("l1Penalty") { t, _ in l1Penalty(t, strength: 0.3) },
  PassCase("l2Penalty") { t, _ in l2Penalty(t, strength: 0.3) },
  PassCase("ElasticNet") { t, _ in ElasticNet(strength: 0.3, mix: 0.4)(t[0]) },
  PassCase("negativeLogPosterior") { t, _ in
    negativeLogPosterior(t[0], t[1], t[2], noiseVariance: 0.3, priorVariance: 0.7)
  },
]

private let imageCases: [PassCase] = [(30.0, 1.0), (-75, 1), (12.5, 0.8)].map { degrees, factor in
  PassCase("transformed, by \(short(degrees)) degrees and \(short(factor))") { t, _ in
    transformed(t[0], by: [AffineMap.rotation(degrees: degrees).after(.scaling(factor))])
  }
}

/// A number as the script writes it: 30, not 30.0.
private func short(_ number: Double) -> String { Int(exactly: number).map(String.init) ?? "\(number)" }

private let optimizerCases: [OptimizerCase] = [
  OptimizerCase { _ in ShrinkingGradientDescent(learningRate: 0.05, strength: 0.3) },
  OptimizerCase { _ in AdamWithL2(learningRate: 0.05, penalty: 0.3) },
  OptimizerCase { _ in Clipped(Adam(learningRate: 0.05), norm: 2) },
]

/// The gradient of biases before a batch normalization is 0 by the formula, and rounding errors in practice. Adam turns
/// these into whole steps unless ε is larger than the rounding of `Float`.
private let trainingCases: [TrainingCase] = [
  TrainingCase(
    "NormalizedNetwork, Adam with weight decay", { NormalizedNetwork([8, 12, 10, 3], .batch, random: $0) },
    Adam(learningRate: 1e-3, epsilon: 1e-3, weightDecay: 0.05))
]
