// § 3.8  Early stopping

import Messages
import Tensors
import Training

/// The rule that halts a training when the validation loss has not improved for `patience` epochs. Definition 3.7
///
/// The class of Listing 3.10 as a value: a loss counts as an improvement if it is lower than the lowest so far by more than `minimalImprovement`.
/// A copy remembers its own epochs. Prechelt (1998).
public struct EarlyStopping: Sendable {
  /// How many epochs without improvement end the training.
  public let patience: Int
  /// By how much a loss must be lower than the lowest to count.
  public let minimalImprovement: Double
  /// The loss of the last improvement; infinite before the first.
  public private(set) var bestLoss = Double.infinity
  /// The epochs that have passed since the last improvement.
  public private(set) var epochsWithoutImprovement = 0
  /// Whether the patience has run out, at any time so far.
  public private(set) var shouldStop = false

  /// A rule that has seen no epoch yet.
  public init(patience: Int = 10, minimalImprovement: Double = 1e-4) {
    require(
      patience >= 1 && minimalImprovement >= 0,
      "cannot stop early with patience \(patience) and minimal improvement \(minimalImprovement): patience ≥ 1 and an improvement ≥ 0 are needed"
    )
    (self.patience, self.minimalImprovement) = (patience, minimalImprovement)
  }

  /// Takes in the validation loss of one more epoch, and returns whether it was an improvement. A loss that is no number is none.
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

  /// Whether a training with these validation losses, one for each epoch, should stop by now.
  public func shouldStop(after losses: [Double]) -> Bool {
    var rule = self
    for loss in losses { rule.observe(loss) }
    return rule.shouldStop
  }

  /// The rule as a question to a history, for `TrainingPlan.shouldStop`: it watches the metric of this name.
  public func watching(_ metric: String) -> @Sendable (History) -> Bool {
    { history in shouldStop(after: history[metric]) }
  }
}

/// Trains with early stopping, and leaves behind the model of the best epoch instead of the last. Definition 3.7
///
/// `validationLoss` is asked at the end of every epoch, and stands in the history as "validation loss". The plan's own reason to stop
/// counts too. Listing 3.10 keeps the last model; the epochs of patience are then epochs of overfitting.
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
