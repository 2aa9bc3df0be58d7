// § 2.8  Ablation: optimizers

import DataSets
import Foundations
import Tensors
import Training

/// A training run with one optimizer. § 2.8
public struct OptimizerRun: Sendable {
  /// The name of the optimizer.
  public let name: String
  /// Its learning rate.
  public let learningRate: Double
  /// The trained network.
  public let model: MLP
  /// Training loss, test accuracy and, if there were validation images, validation accuracy of every epoch.
  public let history: History

  /// The training loss of the last epoch.
  public var loss: Double { history.losses.last ?? .nan }
  /// The test accuracy after the last epoch.
  public var testAccuracy: Double { history["test accuracy"].last ?? .nan }
  /// The validation accuracy after the last epoch; NaN if there were no validation images.
  public var validationAccuracy: Double { history["validation accuracy"].last ?? .nan }
}

/// The four optimizers that Listing 2.8 compares, with its constants. § 2.8
public let optimizersOfAblation: KeyValuePairs<String, any Optimizer> = [
  "SGD": GradientDescent(learningRate: 0.01),
  "SGD+Momentum": Momentum(learningRate: 0.01, momentum: 0.9),
  "Adam": Adam(learningRate: 1e-3),
  "AdamW": Adam(learningRate: 1e-3, weightDecay: 0.01),
]

/// Trains a classifier of images with an optimizer, on the cross-entropy: what Listing 2.8 calls `train_and_eval`.
/// § 2.8
///
/// Network and optimizer are values: copies are trained, so the same two may be passed to any number of training runs.
/// A seed draws the weights and then the batches, the same for all optimizers. Validation images are measured like the
/// test images.
public func trainClassifier(
  hidden: [Int], with optimizer: some Optimizer, named name: String, on data: ImageClassification,
  validation: LabeledImages? = nil, plan: TrainingPlan, seed: UInt64
) -> OptimizerRun {
  let random = RandomSource(seed: seed)
  let scale = PixelScale(of: data.train)
  let train = data.train.standardized(by: scale).rows
  var judges = ["test accuracy": data.test.standardized(by: scale).rows]
  judges["validation accuracy"] = validation?.standardized(by: scale).rows
  var model = MLP([train.inputs.shape[1]] + hidden + [data.classNames.count], random: random)
  var copy = optimizer
  let history = Training.train(&model, with: &copy, examples: train.count, plan: plan, random: random) { model, batch in
    crossEntropy(logits: model(train.inputs.gathered(batch)), labels: batch.map { train.labels[$0] })
  } evaluate: { model in
    judges.mapValues { accuracy(model($0.inputs), labels: $0.labels) }
  }
  return OptimizerRun(name: name, learningRate: optimizer.learningRate, model: model, history: history)
}
