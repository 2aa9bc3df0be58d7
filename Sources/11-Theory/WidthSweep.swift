// § 11.10  Networks of variable width: the part of the experiment that is missing in the notes

import Backprop
import Foundations
import Tensors
import Training

/// Networks with one hidden layer of ReLUs, one for each width, trained on the split of Listing 11.10. § 11.10
public struct WidthSweep: Sendable {
  /// A trained network.
  public struct Fit: Sendable {
    /// The number of hidden units H, and of parameters H(D + 2) + 1.
    public let width, parameters: Int
    /// The mean squared errors on targets ±1.
    public let trainingError, testError: Double
    /// The share of right signs among the test examples.
    public let accuracy: Double
  }

  /// The fits, by width.
  public let fits: [Fit]

  /// Trains a network for each width on the mean squared error of targets ±1, by Adam with all examples in each step.
  ///
  /// The learning rate falls from 0.01 to 0 along a cosine. A training ends after the given steps, or when its error
  /// is below 10⁻⁶. The weights start as in the notes' other listings, so that the untrained outputs are small: between
  /// the examples a wide network keeps much of its initial function. `report` gets the number of finished widths.
  public init(
    widths: [Int], on train: ClassificationData, testing test: ClassificationData, steps: Int, random: RandomSource,
    report: (_ finished: Int) -> Void = { _ in }
  ) {
    let (x, y) = (train.examples.converted(to: .float), train.targets.converted(to: .float))
    var fits: [Fit] = []
    for width in widths {
      let network = Self.trained(width: width, x, y, steps: steps, random: random.split())
      let outputs = network(test.examples.converted(to: .float)).flattened(from: 0).converted(to: .double)
      fits.append(
        Fit(
          width: width, parameters: MLP.parameterCount(widths: network.widths),
          trainingError: meanSquaredError(network(x).flattened(from: 0), y).item,
          testError: meanSquaredError(outputs, test.targets).item, accuracy: (outputs * test.targets .> 0).mean().item))
      report(fits.count)
    }
    self.fits = fits
  }

  /// The fit with the largest test error.
  public var peak: Fit? { fits.max { $0.testError < $1.testError } }

  private static func trained(width H: Int, _ x: Tensor, _ y: Tensor, steps: Int, random: RandomSource) -> MLP {
    var network = MLP([x.shape[1], H, 1], random: random)
    var optimizer = Adam(learningRate: 0.01)
    var plan = TrainingPlan(steps: steps)
    plan.learningRate = cosineAnnealing(from: 0.01, over: steps)
    plan.shouldStop = { ($0["loss"].last ?? 1) < 1e-6 }
    train(&network, with: &optimizer, examples: 1, plan: plan, random: random) { network, _ in
      (network(x).flattened(from: 0) - y).squared().mean()
    }
    return network
  }
}
