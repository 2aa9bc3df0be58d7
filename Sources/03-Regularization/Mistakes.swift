// A gallery of mistakes: training confused with evaluation, weight decay inside Adam, leaks from the test data

import Backprop
import Running
import Tensors
import Training

/// Mistakes that confuse training with evaluation.
extension Mistake {
  /// Batch normalization by the batch's own statistics in evaluation: the output for an example depends on the rest of
  /// its batch. § 3.5
  public static func batchStatisticsAtEvaluation(_ layer: BatchNormalization, _ x: Tensor) -> Tensor {
    batchNormalized(x, scale: layer.scale, shift: layer.shift, epsilon: layer.epsilon).value
  }

  /// The output of dropout in training, h̃ = m ⊙ h, for a network that does nothing in evaluation: its weights were
  /// trained on units scaled by 1 − p. § 3.4.1
  public static func dropoutNotRescaled(_ h: Tensor, by m: Tensor) -> Tensor { m * h }

  /// Dropout that stays on in evaluation: two calls give two answers. § 3.4.2
  public static func dropoutLeftOn(_ h: Tensor, probability p: Double, using random: RandomSource) -> Tensor {
    dropout(h, probability: p, using: random)
  }
}

/// Mistakes about weight decay.
extension Mistake {
  /// One step of any optimizer with the decay in the gradient: this is weight decay for plain gradient descent, but not
  /// for a rule that divides by the size of the gradient. § 3.9
  public static func stepWithDecayInside(
    _ optimizer: some Optimizer, from θ: Tensor, along g: Tensor, decay λ: Double
  ) -> Tensor {
    var (optimizer, θ) = (optimizer, θ)
    optimizer.move(&θ, along: g + λ * θ)
    return θ
  }
}

/// Mistakes that leak from the test data.
extension Mistake {
  /// Test examples normalized by their own mean and deviation: this hides how they differ from the training examples.
  /// § 3.7.1
  public static func normalizedByItself(_ test: Tensor) -> Tensor {
    (test - test.mean(axes: [0])) / test.variance(axes: [0]).squareRoot()
  }

  /// The held-out accuracy with features chosen by the labels of *all* examples, including the held-out ones. § 3.1
  public static func accuracyChosenOnAll(_ x: Tensor, labels y: Tensor, fit: Int, features k: Int) -> Double {
    heldOutAccuracy(x, labels: y, fit: fit, features: strongestFeatures(x, labels: y, count: k))
  }
}
