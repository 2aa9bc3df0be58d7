// A gallery of mistakes: training and evaluation mixed up, decay that is none, test data that judge themselves

import Backprop
import Running
import Tensors
import Training

/// Training and evaluation mixed up.
extension Mistake {
  /// Batch normalization by the batch's own statistics, in evaluation too: what is said of an example depends on its company. § 3.5
  public static func batchStatisticsAtEvaluation(_ layer: BatchNormalization, _ x: Tensor) -> Tensor {
    batchNormalized(x, scale: layer.scale, shift: layer.shift, epsilon: layer.epsilon).value
  }

  /// The output of dropout in training, h̃ = m ⊙ h, for a network that does nothing in evaluation: its units were 1 − p as large when its
  /// weights were made. § 3.4.1
  public static func dropoutNotRescaled(_ h: Tensor, by m: Tensor) -> Tensor { m * h }

  /// Dropout whose noise goes on in evaluation: who asks twice gets two answers. § 3.4.2
  public static func dropoutLeftOn(_ h: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
    dropout(h, probability: p, using: random)
  }
}

/// Decay.
extension Mistake {
  /// One step of any optimizer along the gradient with the decay in it: it is decay for plain gradient descent, and not for a rule that
  /// divides by the gradient's size. § 3.9
  public static func stepWithDecayInside(
    _ optimizer: some Optimizer, from θ: Tensor, along g: Tensor, decay λ: Double
  ) -> Tensor {
    var (optimizer, θ) = (optimizer, θ)
    optimizer.move(&θ, along: g + λ * θ)
    return θ
  }
}

/// Test data that take part in what they are to judge.
extension Mistake {
  /// Test examples normalized by their own mean and deviation: what sets them apart from the training examples is taken away. § 3.7.1
  public static func normalizedByItself(_ test: Tensor) -> Tensor {
    (test - test.mean(axes: [0])) / test.variance(axes: [0]).squareRoot()
  }

  /// The held-out accuracy with the features that go best with the labels of *all* examples, those held out among them. § 3.1
  public static func accuracyChosenOnAll(_ x: Tensor, labels y: Tensor, fit: Int, features k: Int) -> Double {
    heldOutAccuracy(x, labels: y, fit: fit, features: strongestFeatures(x, labels: y, count: k))
  }
}
