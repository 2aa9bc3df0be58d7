import DataSets
import Foundation
import Foundations
import Regularization
import Tensors
import Training

/// A fully connected network that has been trained on images, and what became of it.
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
/// Examples that would fill no batch are left out: batch normalization cannot use a batch of one.
public func trainNormalized<O: Optimizer>(
  _ network: NormalizedNetwork, on data: ImageClassification, with optimizer: O, plan: TrainingPlan,
  random: RandomSource
) -> NormalizedRun {
  var (network, optimizer) = (network, optimizer)
  let (x, t) = data.standardizedPixels
  let history = train(
    &network, with: &optimizer, examples: data.train.count / plan.batchSize * plan.batchSize, plan: plan,
    random: random,
    loss: { network, batch in
      crossEntropy(logits: network(x.gathered(batch)), labels: batch.map { data.train.labels[$0] })
    },
    evaluate: { ["test accuracy": accuracy($0(t), labels: data.test.labels)] })
  return NormalizedRun(network: network, history: history)
}

extension ImageClassification {
  /// The images as rows, in numbers whose mean is 0 and whose variance is 1 over all pixels of the training set.
  var standardizedPixels: (train: Tensor, test: Tensor) {
    let (x, t) = (train.flattened, test.flattened)
    let (μ, σ) = (x.mean().item, x.variance().squareRoot().item)
    return ((x - μ) * (1 / σ), (t - μ) * (1 / σ))
  }

  /// The set with at most so many images to learn from and to be judged by.
  func limited(to train: Int, _ test: Int) -> ImageClassification {
    ImageClassification(
      name: name, classNames: classNames, train: self.train.prefix(min(train, self.train.count)),
      test: self.test.prefix(min(test, self.test.count)),
      origin: provenance.split(separator: ",").first.map(String.init) ?? name, isReal: isReal)
  }
}
