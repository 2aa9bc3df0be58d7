import Messages
import Tensors

/// The settings of a training run that may vary between runs with the same state, data and step.
public struct TrainingPlan: Sendable {
  /// The number of times that every example is seen.
  public var epochs: Int
  /// The number of examples in one step. The last batch of an epoch may be smaller.
  public var batchSize: Int
  /// Whether the examples after the last full batch of an epoch are skipped. They are different ones in every epoch.
  ///
  /// A single remaining example is always skipped if a model has layers that cannot be trained on one; see
  /// `NeedsSeveralExamples`.
  public var dropsRest = false
  /// The learning rate of each step, counted from 0 over all epochs; nil to use the optimizers' own rates.
  public var learningRate: (@Sendable (_ step: Int) -> Double)?
  /// The metric that selects the resulting models: those of the epoch in which it was lowest; nil for the last epoch.
  public var keepsLowest: String?
  /// Called after every epoch; true ends the training early.
  public var shouldStop: (@Sendable (History) -> Bool)?
  /// Called after every step, for a progress line.
  public var report: (@Sendable (TrainingProgress) -> Void)?

  /// A plan with this number of epochs and this batch size.
  public init(epochs: Int, batchSize: Int) {
    require(
      epochs >= 0 && batchSize >= 1,
      "cannot train for \(epochs) epochs with batches of \(batchSize): "
        + "epochs ≥ 0 and batches of at least 1 are needed")
    (self.epochs, self.batchSize) = (epochs, batchSize)
  }

  /// A plan with this number of steps without batches, for training with `examples: 1`: each epoch is one step, for
  /// example on all the data at once.
  public init(steps: Int) { self.init(epochs: steps, batchSize: 1) }

  /// A plan with about this number of steps for any number of examples: with the number of epochs that they take, but
  /// at least one.
  public init(steps: Int, examples: Int, batchSize: Int) {
    require(
      examples >= 1 && batchSize >= 1, "cannot make \(steps) steps on \(examples) examples in batches of \(batchSize)")
    let size = min(batchSize, examples)
    self.init(epochs: max(1, steps * size / examples), batchSize: size)
  }

  /// The number of steps in an epoch with this number of examples, for schedules that count epochs.
  ///
  /// It depends on the model only where a single remaining example must be skipped.
  public func stepsPerEpoch(of examples: Int, training model: (any Parameterized)? = nil) -> Int {
    let rest = examples % batchSize
    let isDropped = dropsRest || (rest == 1 && examples > 1 && model.map(needsSeveralExamples) == true)
    return examples / batchSize + (rest == 0 || isDropped ? 0 : 1)
  }
}

/// The progress of a training run.
public struct TrainingProgress: Sendable {
  /// The current epoch, counted from 1, and the number of epochs.
  public let epoch, epochs: Int
  /// The number of steps done in all epochs so far, and the total number of steps.
  public let step, steps: Int
  /// The mean loss over the examples that the epoch has seen so far.
  public let loss: Double
  /// The mean loss of every player that has a name; empty if there is only one loss, or none.
  public let players: [PlayerLoss]
  /// The reason why the step could not be made, if it could not.
  public let breakdown: Breakdown?

  /// The progress at a step.
  public init(
    epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double, players: [PlayerLoss] = [],
    breakdown: Breakdown? = nil
  ) {
    (self.epoch, self.epochs, self.step, self.steps) = (epoch, epochs, step, steps)
    (self.loss, self.players, self.breakdown) = (loss, players, breakdown)
  }
}

/// The mean loss of one of several players.
public struct PlayerLoss: Equatable, Sendable {
  /// The player's name.
  public let name: String
  /// The mean of its loss.
  public let loss: Double

  /// A player with this mean loss.
  public init(name: String, loss: Double) { (self.name, self.loss) = (name, loss) }
}
