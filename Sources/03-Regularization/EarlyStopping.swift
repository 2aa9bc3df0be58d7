// § 3.8  Early stopping

import Messages
import Tensors
import Training

/// The rule that stops training when the validation loss has not improved for `patience` epochs. Definition 3.7
///
/// The class of Listing 3.10 as a value, so a copy counts its own epochs. A loss is an improvement if it is lower than
/// the lowest so far by more than `minimalImprovement`. Prechelt (1998).
public struct EarlyStopping: Sendable {
  /// The number of epochs without improvement that ends the training.
  public let patience: Int
  /// How much lower than the lowest a loss must be to count as an improvement.
  public let minimalImprovement: Double
  /// The loss of the last improvement; infinite before the first.
  public private(set) var bestLoss = Double.infinity
  /// The number of epochs since the last improvement.
  public private(set) var epochsWithoutImprovement = 0
  /// Whether the patience has run out at any time so far.
  public private(set) var shouldStop = false

  /// A rule that has seen no epoch yet.
  public init(patience: Int = 10, minimalImprovement: Double = 1e-4) {
    require(
      patience >= 1 && minimalImprovement >= 0,
      "cannot stop early with patience \(patience) and minimal improvement \(minimalImprovement): "
        + "patience ≥ 1 and an improvement ≥ 0 are needed"
    )
    (self.patience, self.minimalImprovement) = (patience, minimalImprovement)
  }

  /// Records the validation loss of one more epoch, and returns whether it was an improvement. NaN is not.
  @discardableResult
  public mutating func observe(_ validationLoss: Double) -> Bool {
    let isImprovement = validationLoss < bestLoss - minimalImprovement
    if isImprovement {
      bestLoss = validationLoss
      epochsWithoutImprovement = 0
    } else {
      epochsWithoutImprovement += 1
      if epochsWithoutImprovement >= patience { shouldStop = true }
    }
    return isImprovement
  }

  /// Whether training should stop after these validation losses, one for each epoch.
  public func shouldStop(after losses: [Double]) -> Bool {
    var rule = self
    for loss in losses { rule.observe(loss) }
    return rule.shouldStop
  }

  /// The rule applied to the metric of this name, for `TrainingPlan.shouldStop`.
  public func watching(_ metric: String) -> @Sendable (History) -> Bool {
    { history in shouldStop(after: history[metric]) }
  }
}

/// Trains with early stopping, and leaves the model of the best epoch instead of the last. Definition 3.7
///
/// `validationLoss` is computed at the end of every epoch, and recorded in the history as "validation loss". The plan's
/// own `shouldStop` also applies. Listing 3.10 keeps the last model instead, after `patience` epochs of overfitting.
@discardableResult
public func train<M: Module, O: Optimizer>(
  _ model: inout M, with optimizer: inout O, examples: Int, plan: TrainingPlan, stopping rule: EarlyStopping,
  random: RandomSource, loss: (M, _ batch: [Int]) -> Tensor, validationLoss: (M) -> Double
) -> (history: History, bestEpoch: Int) {
  var plan = plan
  let (name, planned, isOver) = ("validation loss", plan.shouldStop, rule.watching("validation loss"))
  plan.shouldStop = { history in isOver(history) || planned?(history) == true }
  plan.keepsLowest = name
  let history = Training.train(
    &model, with: &optimizer, examples: examples, plan: plan, random: random, loss: loss,
    evaluate: { model in [name: validationLoss(model)] })
  return (history, history.epoch(ofLowest: name) ?? 0)
}
