// § 1.6  Implementation: a network that reads handwritten digits
// § 1.7  Ablation: width and depth

import DataSets
import Tensors
import Training

/// The result of Listing 1.6: a trained MLP, its history, and its last accuracy.
public struct ClassifierRun: Sendable {
  /// The trained network.
  public let model: MLP
  /// Training loss and test accuracy of every epoch.
  public let history: History

  /// The test accuracy after the last epoch.
  public var testAccuracy: Double { history["test accuracy"].last ?? .nan }
}

/// Trains an MLP to classify images, as Listing 1.6 does: Adam with η = 0.001 on the cross-entropy. § 1.6
///
/// Pixels are standardized by the mean and deviation of the training set, on MNIST 0.1307 and 0.3081. Output 1.6 is the
/// `history`.
public func trainClassifier(
  hidden: [Int] = [256, 128], activation: Activation = .relu, on data: ImageClassification, plan: TrainingPlan,
  learningRate: Double = 1e-3, random: RandomSource
) -> ClassifierRun {
  let data = data.standardized()
  let (train, test) = (data.train.rows, data.test.rows)
  let widths = [train.inputs.shape[1]] + hidden + [data.classNames.count]
  var model = MLP(widths, activation: activation, random: random)
  var optimizer = Adam(learningRate: learningRate)
  let history = fit(&model, with: &optimizer, to: train, test: test, plan: plan, random: random)
  return ClassifierRun(model: model, history: history)
}

/// The hidden widths that Listing 1.7 compares, under the names that the notes give them. § 1.7
///
/// On 784 inputs and 10 classes they have 814,090, 235,146, 242,762 and 63,370 parameters. Output 1.7 prints three of
/// these wrong. The wide network has 3.46 and 3.35 times as many as the next two, not 3 times as in Remark 1.4.
public let widthAndDepthAblation: [(name: String, hidden: [Int])] = [
  ("Shallow-wide", [1024]),
  ("2-layers", [256, 128]),
  ("3-layers", [256, 128, 64]),
  ("Deep-narrow", [64, 64, 64, 64]),
]
