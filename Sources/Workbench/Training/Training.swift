import Foundation
import Tensors

/// How to train: what may vary from run to run while model, data and loss stay the same.
public struct TrainingPlan: Sendable {
  /// How often every example is seen.
  public var epochs: Int
  /// How many examples one step looks at; the last batch of an epoch may be smaller.
  public var batchSize: Int
  /// The learning rate of each step, counted from 0 over all epochs; nil leaves the optimizer's own.
  public var learningRate: (@Sendable (_ step: Int) -> Double)?
  /// Asked after every epoch; true ends the training early.
  public var shouldStop: (@Sendable (History) -> Bool)?
  /// Told after every step, for a progress line.
  public var report: (@Sendable (TrainingProgress) -> Void)?

  /// A plan of so many epochs and batches of this size.
  public init(epochs: Int, batchSize: Int) {
    require(epochs >= 0 && batchSize >= 1, "cannot train for \(epochs) epochs with batches of \(batchSize)")
    (self.epochs, self.batchSize) = (epochs, batchSize)
  }
}

/// How far a training has come.
public struct TrainingProgress: Sendable {
  /// The epoch under way, counted from 1, and the number of epochs.
  public let epoch, epochs: Int
  /// The steps done in all epochs, and the number of steps.
  public let step, steps: Int
  /// The mean loss of the epoch so far.
  public let loss: Double

  /// A stage of a training.
  public init(epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double) {
    (self.epoch, self.epochs, self.step, self.steps, self.loss) = (epoch, epochs, step, steps, loss)
  }
}

/// What a training left behind, epoch by epoch, for figures, tables and tests.
public struct History: Sendable {
  /// One epoch.
  public struct Epoch: Sendable {
    /// The number of the epoch, counted from 1.
    public let number: Int
    /// The mean training loss over the examples of the epoch, measured while the model was learning.
    public let loss: Double
    /// What the evaluation found at the end of the epoch, by name.
    public let metrics: [String: Double]
    /// The seconds the epoch took, evaluation included.
    public let seconds: Double
  }

  /// The epochs so far.
  public var epochs: [Epoch] = []

  /// A history without epochs.
  public init() {}

  /// The training loss of every epoch.
  public var losses: [Double] { epochs.map(\.loss) }
  /// Whether the last loss is infinite or no number, after which a training makes no step.
  public var hasDiverged: Bool { losses.last.map { !$0.isFinite } ?? false }
  /// A metric at the end of every epoch; NaN where it was not measured.
  public subscript(metric: String) -> [Double] { epochs.map { $0.metrics[metric] ?? .nan } }
}

/// Trains a model: for each epoch, shuffles the examples, and for each batch takes the gradient of the loss and makes a step.
///
/// Examples are known by their number, 0 to `examples` − 1; `loss` gets the model and the numbers of a batch and returns the mean loss of
/// these examples. `evaluate` is asked at the end of every epoch. From `random` comes one permutation of the examples per epoch and
/// nothing else, so the same source gives the same model to the last bit.
///
/// A loss that is infinite or no number ends the training before its step, for no later step could mend it: the model stays as it was,
/// and the history's last loss tells.
@discardableResult
public func train<M: Module, O: Optimizer>(
  _ model: inout M, with optimizer: inout O, examples: Int, plan: TrainingPlan, random: RandomSource,
  loss: (M, _ batch: [Int]) -> Tensor, evaluate: (M) -> [String: Double] = { _ in [:] }
) -> History {
  require(
    examples >= 1 && plan.batchSize >= 1, "cannot train on \(examples) examples in batches of \(plan.batchSize)")
  var history = History()
  let stepsPerEpoch = (examples + plan.batchSize - 1) / plan.batchSize
  for epoch in stride(from: 1, through: plan.epochs, by: 1) {
    let start = Date()
    let order = random.permutation(examples)
    var total = 0.0
    for (place, first) in stride(from: 0, to: examples, by: plan.batchSize).enumerated() {
      let batch = Array(order[first..<min(first + plan.batchSize, examples)])
      let step = (epoch - 1) * stepsPerEpoch + place
      if let rate = plan.learningRate { optimizer.learningRate = rate(step) }

      let (value, gradient) = valueWithGradient(at: model) { loss($0, batch) }
      total += value.item * Double(batch.count)
      if total.isFinite { optimizer.update(&model, along: gradient) }

      plan.report?(
        TrainingProgress(
          epoch: epoch, epochs: plan.epochs, step: step + 1, steps: plan.epochs * stepsPerEpoch,
          loss: total / Double(first + batch.count)))
      if !total.isFinite { break }
    }
    let metrics = evaluate(model)
    history.epochs.append(
      History.Epoch(
        number: epoch, loss: total / Double(examples), metrics: metrics, seconds: Date().timeIntervalSince(start)))
    if history.hasDiverged || plan.shouldStop?(history) == true { break }
  }
  return history
}
