// § 1.3  Loss functions

import Messages
import Tensors

/// The mean squared error: L = 1/N Σᵢ ‖yᵢ − ŷᵢ‖², for predictions and targets stored as rows. § 1.3.1, § 1.9.3
///
/// Minimising it maximises the likelihood of a Gaussian around the prediction. The components of a row are summed, not
/// averaged.
public func meanSquaredError(_ prediction: Tensor, _ target: Tensor) -> Tensor {
  require(
    prediction.shape == target.shape,
    "cannot compare predictions \(prediction.shape) with targets \(target.shape): one row each is needed")
  let residual = prediction - target  // [N×D]
  return (residual * residual).sum() / Double(prediction.shape[0])
}

/// The cross-entropy of predicted probabilities: L = −1/N Σᵢ Σₖ yᵢₖ ln ŷᵢₖ, for one-hot targets. § 1.3.2, § 1.9.4
///
/// A class that does not occur, yᵢₖ = 0, adds nothing, even if its probability is 0. Where the probability of a class
/// that occurs underflows, the loss and its derivative are infinite: training uses the form from logits.
public func crossEntropy(probabilities ŷ: Tensor, oneHot y: Tensor) -> Tensor {
  require(ŷ.shape == y.shape, "cannot compare probabilities \(ŷ.shape) with one-hot targets \(y.shape)")
  return -logarithms(of: ŷ, weightedBy: y).sum() / Double(y.shape[0])
}

/// The cross-entropy of logits z, with ŷ = softmax(z): L = 1/N Σᵢ (ln Σⱼ e^(zᵢⱼ) − zᵢ,ᵧᵢ). § 1.3.2
///
/// The same number as `crossEntropy(probabilities:oneHot:)`, finite for all finite logits. `labels` holds the class yᵢ
/// of each row. Minimising the loss maximises Σᵢ ln p(yᵢ | xᵢ; θ). This is the formula, in a dozen passes over the
/// logits; `Tensor.crossEntropy(labels:)`, which trains networks, takes one pass. [N×K]
public func crossEntropy(logits z: Tensor, labels: [Int]) -> Tensor {
  require(
    z.rank == 2 && z.shape[0] == labels.count,
    "cannot compare logits \(z.shape) with \(labels.count) labels: one row per label is needed")
  return -logSoftmax(z).picked(labels).mean()
}

/// The binary cross-entropy of predicted probabilities: L = −1/N Σᵢ [yᵢ ln ŷᵢ + (1 − yᵢ) ln(1 − ŷᵢ)]. § 1.3.3
///
/// A prediction that is certain and right, 0 or 1, costs nothing; training uses the form from logits.
public func binaryCrossEntropy(probabilities ŷ: Tensor, targets y: Tensor) -> Tensor {
  require(ŷ.shape == y.shape, "cannot compare probabilities \(ŷ.shape) with targets \(y.shape)")
  return -(logarithms(of: ŷ, weightedBy: y) + logarithms(of: 1 - ŷ, weightedBy: 1 - y)).mean()
}

/// The binary cross-entropy of logits z, with ŷ = σ(z): L = 1/N Σᵢ [ln(1 + e^(zᵢ)) − yᵢ zᵢ]. § 1.3.3
///
/// The same number as `binaryCrossEntropy(probabilities:targets:)`, because ln σ(z) = z − ln(1 + eᶻ); finite for all
/// finite logits.
public func binaryCrossEntropy(logits z: Tensor, targets y: Tensor) -> Tensor {
  require(z.shape == y.shape, "cannot compare logits \(z.shape) with targets \(y.shape)")
  return (z.softplus() - y * z).mean()
}

/// w ln p, and 0 where both are 0: the limit of p ln p.
private func logarithms(of p: Tensor, weightedBy w: Tensor) -> Tensor {
  w * select((w .== 0) * (p .== 0), Tensor(1, scalarType: p.scalarType), p).log()
}

/// The share of rows whose largest logit (or probability) is at the label. A row with NaN counts as wrong.
///
/// It is constant almost everywhere and cannot be trained; cross-entropy takes its place.
public func accuracy(_ scores: Tensor, labels: [Int]) -> Double {
  require(
    scores.rank == 2 && scores.shape[0] == labels.count,
    "cannot compare scores \(scores.shape) with \(labels.count) labels: one row per label is needed")
  return Double(hits(scores, labels: labels).count { $0 }) / Double(labels.count)
}

/// Whether the largest number of each row is at the label; false for a row with NaN. [N×K]
public func hits(_ scores: Tensor, labels: [Int]) -> [Bool] {
  let (places, largest) = (scores.argmax(axis: -1), scores.max(axes: [-1]).scalars)
  return labels.indices.map { places[$0] == labels[$0] && !largest[$0].isNaN }
}
