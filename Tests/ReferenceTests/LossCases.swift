import Foundations
import Regularization
import Tensors

/// The losses, and the penalties that are added to them.
let lossCases: [PassCase] = crossEntropyCases + binaryCases + otherLossCases

private let crossEntropyCases: [PassCase] = [
  PassCase("crossEntropy, of probabilities") { t, n in crossEntropy(probabilities: t[0], oneHot: oneHot(n, t[0])) },
  PassCase("crossEntropy, of logits") { t, n in crossEntropy(logits: t[0], labels: n[0]) },
  PassCase("crossEntropy, fused") { t, n in t[0].crossEntropy(labels: n[0]) },
  PassCase("crossEntropy, fused, large logits") { t, n in t[0].crossEntropy(labels: n[0]) },
  PassCase("crossEntropy, fused, smoothed") { t, n in t[0].crossEntropy(labels: n[0], smoothing: 0.1) },
  PassCase("crossEntropy, of distributions") { t, _ in
    crossEntropy(logits: t[0], targets: t[1] / t[1].sum(axes: [1], keepsAxes: true))
  },
  PassCase("crossEntropy, mixup") { t, n in
    let y = oneHot(n, t[0])
    let x = mixed(t[0], t[0].flipped(axis: 0), share: t[2])
    return crossEntropy(
      logits: matmul(x, t[1].transposed), targets: mixed(y, y.flipped(axis: 0), share: t[2]))
  },
  PassCase("smoothedCrossEntropy") { t, n in smoothedCrossEntropy(logits: t[0], labels: n[0], smoothing: 0.2) },
]

/// The recorded labels as rows of zeros and ones.
private func oneHot(_ integers: [[Int]], _ x: Tensor) -> Tensor {
  Tensor.oneHot(integers[0], classes: 4, scalarType: x.scalarType)
}

private let binaryCases: [PassCase] = [
  PassCase("binaryCrossEntropy, of probabilities") { t, _ in binaryCrossEntropy(probabilities: t[0], targets: t[1]) },
  PassCase("binaryCrossEntropy, of logits") { t, _ in binaryCrossEntropy(logits: t[0], targets: t[1]) },
  PassCase("binaryCrossEntropy, fused") { t, _ in t[0].binaryCrossEntropy(targets: t[1]) },
  PassCase("binaryCrossEntropy, fused, summed") { t, _ in t[0].binaryCrossEntropy(targets: t[1], isSummed: true) },
  PassCase("binaryCrossEntropy, fused, constant targets") { t, _ in
    t[0].binaryCrossEntropy(targets: constantTargets(t[0]))
  },
  PassCase("binaryCrossEntropyOfProbabilities") { t, _ in t[0].binaryCrossEntropyOfProbabilities(targets: t[1]) },
  PassCase("binaryCrossEntropyOfProbabilities, summed, constant targets") { t, _ in
    t[0].binaryCrossEntropyOfProbabilities(targets: constantTargets(t[0]), isSummed: true)
  },
]

/// Targets between 0 and 1 that nobody differentiates.
private func constantTargets(_ x: Tensor) -> Tensor {
  Recipe(shape: [5, 4], offset: 0, scale: 0.5, shift: 0.5).made(x.scalarType)
}

private let otherLossCases: [PassCase] = [
  PassCase("meanSquaredError") { t, _ in meanSquaredError(t[0], t[1]) },
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
