import Messages
import Tensors

/// How to train: what may vary from run to run while state, data and step stay the same.
public struct TrainingPlan: Sendable {
  /// How often every example is seen.
  public var epochs: Int
  /// How many examples one step looks at; the last batch of an epoch may be smaller.
  public var batchSize: Int
  /// Whether the examples that are left after the last full batch of an epoch are not looked at; they are others in
  /// every epoch.
  ///
  /// A rest of one example is dropped in any case if a model has layers that cannot train on one; see
  /// `NeedsSeveralExamples`.
  public var dropsRest = false
  /// The learning rate of each step, counted from 0 over all epochs; nil leaves the optimizers their own.
  public var learningRate: (@Sendable (_ step: Int) -> Double)?
  /// The metric whose lowest value, over all epochs, marks the models that the training leaves behind; nil leaves the
  /// last.
  public var keepsLowest: String?
  /// Asked after every epoch; true ends the training early.
  public var shouldStop: (@Sendable (History) -> Bool)?
  /// Told after every step, for a progress line.
  public var report: (@Sendable (TrainingProgress) -> Void)?

  /// A plan of so many epochs and batches of this size.
  public init(epochs: Int, batchSize: Int) {
    require(
      epochs >= 0 && batchSize >= 1,
      "cannot train for \(epochs) epochs with batches of \(batchSize): epochs ≥ 0 and batches of at least 1 are needed")
    (self.epochs, self.batchSize) = (epochs, batchSize)
  }

  /// A plan of so many steps without batches, such as those that look at all examples at once, for a training with
  /// `examples: 1`: an epoch is a step.
  public init(steps: Int) { self.init(epochs: steps, batchSize: 1) }

  /// A plan of about so many steps, whatever the number of examples: of as many epochs as they take, and of one at
  /// least.
  public init(steps: Int, examples: Int, batchSize: Int) {
    require(
      examples >= 1 && batchSize >= 1, "cannot make \(steps) steps on \(examples) examples in batches of \(batchSize)")
    let size = min(batchSize, examples)
    self.init(epochs: max(1, steps * size / examples), batchSize: size)
  }

  /// The number of steps in an epoch of so many examples, for schedules that count epochs.
  ///
  /// It depends on the model only where a rest of one example has to be dropped.
  public func stepsPerEpoch(of examples: Int, training model: (any Parameterized)? = nil) -> Int {
    let rest = examples % batchSize
    let isDropped = dropsRest || (rest == 1 && examples > 1 && model.map(needsSeveralExamples) == true)
    return examples / batchSize + (rest == 0 || isDropped ? 0 : 1)
  }
}

/// How far a training has come.
public struct TrainingProgress: Sendable {
  /// The epoch under way, counted from 1, and the number of epochs.
  public let epoch, epochs: Int
  /// The steps done in all epochs, and the number of steps.
  public let step, steps: Int
  /// The mean loss of the epoch so far, over the examples that were seen.
  public let loss: Double
  /// The same for every player that has a name; empty where there is one loss, or none.
  public let players: [PlayerLoss]
  /// Why the step could not be made, if it could not.
  public let breakdown: Breakdown?

  /// A stage of a training.
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
