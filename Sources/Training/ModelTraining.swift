// The training of one model with one optimizer.

import Tensors

/// The mean loss of a batch, and other means over its examples that are known on the way, such as how many were
/// classified correctly.
public struct MeasuredLoss {
  /// The mean loss.
  public let loss: Tensor
  /// Other means, by name.
  public let metrics: [String: Double]

  /// A loss with these metrics.
  public init(_ loss: Tensor, metrics: [String: Double] = [:]) { (self.loss, self.metrics) = (loss, metrics) }
}

/// Trains a model by descent: `loss` gets the model and the numbers of a batch and returns the mean loss of these
/// examples.
///
/// Examples are known by their number, 0 to `examples` − 1. `evaluate` is asked at the end of every epoch. All else is
/// as in `train(_:examples:plan:random:step:evaluate:)`, of which this is the case of one player.
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

/// Trains a model and measures it on the way: the metrics that come with each loss are averaged over the examples of an
/// epoch, as the loss is, given to `evaluate`, and written into the history beside what it returns.
@discardableResult
public func train<M: Model, O: Optimizer>(
  _ model: inout M, with optimizer: inout O, examples: Int, plan: TrainingPlan, random: RandomSource,
  loss: (M, _ batch: [Int]) -> MeasuredLoss, evaluate: (M, _ epoch: EpochSoFar) -> [String: Double]
) -> History {
  var player = Player(model: model, optimizer: optimizer)
  model.forgetTensors()  // a second reference to the parameters would have the first step copy them all
  let history = train(&player, examples: examples, plan: plan, random: random) { player, step throws(Breakdown) in
    try step.descend(&player.model, with: &player.optimizer) { model in
      let measured = loss(model, step.batch)
      for (name, value) in measured.metrics { step.measure(name, value) }
      return measured.loss
    }
  } evaluate: { player, epoch in
    evaluate(player.model, epoch)
  }
  (model, optimizer) = (player.model, player.optimizer)
  return history
}

/// A model with its optimizer.
private struct Player<M: Model, O: Optimizer>: TrainingState {
  var model: M
  var optimizer: O
  static var kept: [PartialKeyPath<Player>] { [\.model, \.optimizer] }
}

extension Parameterized {
  /// Lets go of all tensors, for a model that is going to be replaced.
  fileprivate mutating func forgetTensors() {
    let nothing = Tensor([] as [Double])
    forEachParameter { $0 = nothing }
    forEachStatistic { $0 = nothing }
  }
}
