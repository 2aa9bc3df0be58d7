// The training of one model with one optimizer.

import Tensors

/// The mean loss of a batch, and other means over its examples that are computed along with it, such as the accuracy.
public struct MeasuredLoss {
  /// The mean loss.
  public let loss: Tensor
  /// Other means, by name.
  public let metrics: [String: Double]

  /// A loss with these metrics.
  public init(_ loss: Tensor, metrics: [String: Double] = [:]) { (self.loss, self.metrics) = (loss, metrics) }
}

/// Trains a model by descent. `loss` gets the model and the example numbers of a batch, and returns the mean loss of
/// these examples.
///
/// Examples are numbered from 0 to `examples` − 1. `evaluate` is called at the end of every epoch. This is the case of
/// one player of `train(_:examples:plan:random:step:evaluate:)`; everything else is described there.
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

/// Trains a model and measures it during the training. The metrics that come with each loss are averaged over the
/// examples of an epoch, like the loss. They are passed to `evaluate`, and written into the history together with its
/// result.
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
  /// Drops all tensors of a model that is about to be replaced.
  fileprivate mutating func forgetTensors() {
    let nothing = Tensor([] as [Double])
    forEachParameter { $0 = nothing }
    forEachStatistic { $0 = nothing }
  }
}
