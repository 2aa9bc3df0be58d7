import Foundation
import Messages
import Tensors

/// How to train: what may vary from run to run while model, data and loss stay the same.
public struct TrainingPlan: Sendable {
  /// How often every example is seen.
  public var epochs: Int
  /// How many examples one step looks at; the last batch of an epoch may be smaller.
  public var batchSize: Int
  /// The learning rate of each step, counted from 0 over all epochs; nil leaves the optimizer's own.
  public var learningRate: (@Sendable (_ step: Int) -> Double)?
  /// The metric whose lowest value, over all epochs, marks the model that the training leaves behind; nil leaves the last.
  public var keepsLowest: String?
  /// Asked after every epoch; true ends the training early.
  public var shouldStop: (@Sendable (History) -> Bool)?
  /// Told after every step, for a progress line.
  public var report: (@Sendable (TrainingProgress) -> Void)?

  /// A plan of so many epochs and batches of this size.
  public init(epochs: Int, batchSize: Int) {
    require(
      epochs >= 0 && batchSize >= 1,
      "cannot train for \(epochs) epochs with batches of \(batchSize): "
        + "no epochs and batches of one are the least")
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
  /// Why the step could not be made, if it could not.
  public let breakdown: Breakdown?

  /// A stage of a training.
  public init(epoch: Int, epochs: Int, step: Int, steps: Int, loss: Double, breakdown: Breakdown? = nil) {
    (self.epoch, self.epochs, self.step, self.steps, self.loss) = (epoch, epochs, step, steps, loss)
    self.breakdown = breakdown
  }
}

/// What a training left behind, epoch by epoch, for figures, tables and tests.
public struct History: Codable, Sendable {
  /// One epoch.
  public struct Epoch: Codable, Sendable {
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
  /// Why the training stopped before a step that could not be made, if it did.
  public internal(set) var breakdown: Breakdown?

  /// A history without epochs.
  public init() {}

  /// The training loss of every epoch.
  public var losses: [Double] { epochs.map(\.loss) }
  /// Whether the training broke down: the last loss is then infinite or no number, and `breakdown` says why.
  public var hasDiverged: Bool { losses.last.map { !$0.isFinite } ?? false }
  /// The number of the epoch, counted from 1, in which a metric was lowest for the first time; nil if it was never a number.
  public func epoch(ofLowest metric: String) -> Int? {
    let values = self[metric]
    return values.filter { $0 < .infinity }.min().flatMap(values.firstIndex).map { $0 + 1 }
  }
  /// A metric at the end of every epoch; NaN where it was not measured.
  public subscript(metric: String) -> [Double] { epochs.map { $0.metrics[metric] ?? .nan } }
}

/// Trains a model: for each epoch, shuffles the examples, and for each batch takes the gradient of the loss and makes a step.
///
/// Examples are known by their number, 0 to `examples` − 1; `loss` gets the model and the numbers of a batch and returns the mean loss of
/// these examples. `evaluate` is asked at the end of every epoch. From `random` comes one permutation of the examples per epoch and
/// nothing else, so the same source gives the same model to the last bit.
///
/// A loss or a gradient that is infinite or no number ends the training before its step, for no later step could mend it: the model stays as it
/// was, the history's last loss is no number, and its `breakdown` says in which layer that began. To find out, the loss is computed once more.
///
/// In a run with a checkpoint the training goes on where it was when the run was killed. `loss` and `evaluate` must then depend on nothing but
/// what they are given, what stays the same, and random sources; a training that has ended before is not repeated.
@discardableResult
public func train<M: Model, O: Optimizer>(
  _ model: inout M, with optimizer: inout O, examples: Int, plan: TrainingPlan, random: RandomSource,
  loss: (M, _ batch: [Int]) -> Tensor, evaluate: (M) -> [String: Double] = { _ in [:] }
) -> History {
  train(&model, with: &optimizer, examples: examples, plan: plan, random: random) { model, batch in
    MeasuredLoss(loss(model, batch))
  } evaluate: { model, _ in
    evaluate(model)
  }
}

/// What the steps of an epoch have shown, when it is evaluated.
public struct EpochSoFar: Sendable {
  /// The number of the epoch, counted from 1.
  public let number: Int
  /// The mean training loss.
  public let loss: Double
  /// The means of what was measured beside the loss.
  public let metrics: [String: Double]
}

/// The mean loss of a batch, and other means over its examples that are known on the way, such as how many were classified correctly.
public struct MeasuredLoss {
  /// The mean loss.
  public let loss: Tensor
  /// Other means, by name.
  public let metrics: [String: Double]

  /// A loss with these metrics.
  public init(_ loss: Tensor, metrics: [String: Double] = [:]) { (self.loss, self.metrics) = (loss, metrics) }
}

/// Trains a model and measures it on the way: the metrics that come with each loss are averaged over the examples of an epoch, as the
/// loss is, given to `evaluate`, and written into the history beside what it returns.
@discardableResult
public func train<M: Model, O: Optimizer>(
  _ model: inout M, with optimizer: inout O, examples: Int, plan: TrainingPlan, random: RandomSource,
  loss: (M, _ batch: [Int]) -> MeasuredLoss, evaluate: (M, _ epoch: EpochSoFar) -> [String: Double]
) -> History {
  require(
    examples >= 1 && plan.batchSize >= 1,
    "cannot train on \(examples) examples in batches of \(plan.batchSize): "
      + "one of each is the least")
  var (state, best) = (TrainingState(), BestModel<M>())
  var keeper = TrainingKeeper(model, optimizer, examples: examples, plan: plan, random: random)
  var resumed = keeper?.resume(&model, &best, &optimizer, &state)
  if state.isOver { return state.history }
  while state.epoch <= plan.epochs && !state.isOver {
    let start = Date().addingTimeInterval(-state.seconds)
    let order = resumed ?? state.drawOrder(examples, random)
    resumed = nil
    for first in stride(from: state.batch * plan.batchSize, to: examples, by: plan.batchSize) {
      let batch = Array(order[first..<min(first + plan.batchSize, examples)])
      state.batch = first / plan.batchSize
      let step = plan.step(epoch: state.epoch, batch: state.batch, examples: examples)
      if let rate = plan.learningRate { optimizer.learningRate = rate(step) }
      keeper?.prepare(model, best, optimizer, state.after(Date().timeIntervalSince(start)))

      var metrics: [String: Double] = [:]
      let (value, gradient) = valueWithGradient(at: model) { model in
        let measured = loss(model, batch)
        metrics = measured.metrics
        return measured.loss
      }
      let breakdown = Breakdown.found(
        step: step + 1, epoch: state.epoch, loss: value.item, gradient: gradient, at: model
      ) { loss($0, batch).loss }
      keeper?.commit(nextLoss: value.item, breakdown)
      state.add(value.item, metrics, examples: batch.count, breakdown)
      if breakdown == nil { optimizer.update(&model, along: gradient) }

      plan.tell(state, step: step, examples: examples, seen: first + batch.count)
      if breakdown != nil { break }
    }
    let epoch = state.soFar(examples)
    let metrics = evaluate(model, epoch).merging(epoch.metrics) { evaluated, _ in evaluated }
    if let name = plan.keepsLowest { best.offer(model, loss: metrics[name] ?? .nan) }
    state.finishEpoch(examples, metrics, seconds: Date().timeIntervalSince(start))
    state.isOver = state.history.hasDiverged || plan.shouldStop?(state.history) == true
  }
  state.isOver = true
  model = best.model ?? model
  keeper?.finish(model, best, optimizer, state)
  return state.history
}

extension TrainingPlan {
  /// The number of a step, counted from 0 over all epochs.
  fileprivate func step(epoch: Int, batch: Int, examples: Int) -> Int {
    (epoch - 1) * ((examples + batchSize - 1) / batchSize) + batch
  }

  /// Tells that a step is done.
  fileprivate func tell(_ state: TrainingState, step: Int, examples: Int, seen: Int) {
    let steps = self.step(epoch: epochs + 1, batch: 0, examples: examples)
    report?(
      TrainingProgress(
        epoch: state.epoch, epochs: epochs, step: step + 1, steps: steps, loss: state.total / Double(seen),
        breakdown: state.history.breakdown))
  }
}
