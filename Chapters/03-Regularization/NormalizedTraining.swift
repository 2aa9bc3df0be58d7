import DataSets
import Foundation
import Foundations
import Regularization
import Tensors
import Training

/// A fully connected network trained on images, with its history.
public struct NormalizedRun: Sendable {
  /// The trained network.
  public let network: NormalizedNetwork
  /// Loss and test accuracy, epoch by epoch.
  public let history: History

  /// The test accuracy at the end.
  public var testAccuracy: Double { history["test accuracy"].last ?? .nan }

  /// The first epoch whose mean training loss is at most this, or nil.
  public func epochs(toLoss target: Double) -> Int? { history.losses.firstIndex { $0 <= target }.map { $0 + 1 } }
}

/// Trains a network on images by any optimizer.
///
/// All batches are full, because a small last batch would distort the running statistics.
public func trainNormalized<O: Optimizer>(
  _ network: NormalizedNetwork, on data: ImageClassification, with optimizer: O, plan: TrainingPlan,
  random: RandomSource
) -> NormalizedRun {
  var (network, optimizer, plan) = (network, optimizer, plan)
  plan.dropsRest = data.train.count >= plan.batchSize
  let (x, t) = data.standardizedPixels
  let history = fit(
    &network, with: &optimizer, to: Examples(x, labels: data.train.labels), test: Examples(t, labels: data.test.labels),
    plan: plan, random: random, loss: crossEntropy(logits:labels:))
  return NormalizedRun(network: network, history: history)
}

extension ImageClassification {
  /// The images as rows, standardized to mean 0 and variance 1 over all pixels of the training set.
  var standardizedPixels: (train: Tensor, test: Tensor) {
    let (x, t) = (train.flattened, test.flattened)
    let (μ, σ) = (x.mean().item, x.variance().squareRoot().item)
    return ((x - μ) * (1 / σ), (t - μ) * (1 / σ))
  }
}
