// § 6.1 and Exercises 6.1, 6.3, 6.4  Training on sequences

import Backprop
import Tensors
import Training

/// How a sequence model is trained: by Adam with the gradient clipped to norm 1. The learning rate rises over the first
/// steps and then falls along a cosine to a tenth of its maximum.
public struct SequencePlan: Sendable {
  /// The number of steps.
  public var steps: Int
  /// The number of sequences in a step.
  public var batch: Int
  /// The highest learning rate.
  public var learningRate: Double
  /// The number of steps in which the learning rate rises from 0.
  public var warmup: Int
  /// The weight decay of AdamW.
  public var weightDecay = 0.0
  /// The number of steps between two evaluations.
  public var stepsPerCheck: Int
  /// Called after every step, for a progress line.
  public var report: (@Sendable (TrainingProgress) -> Void)?

  /// A plan with the given number of steps and batch size.
  public init(steps: Int, batch: Int = 64, learningRate: Double, warmup: Int = 0, stepsPerCheck: Int? = nil) {
    (self.steps, self.batch, self.learningRate) = (steps, batch, learningRate)
    (self.warmup, self.stepsPerCheck) = (warmup, min(steps, stepsPerCheck ?? steps))
  }

  /// The learning rate of step t, counted from 0.
  func rate(_ t: Int) -> Double {
    if t < warmup { return learningRate * Double(t + 1) / Double(warmup) }
    let end = max(1, steps - warmup)
    return cosineAnnealing(from: learningRate, to: learningRate / 10, over: end)(min(t - warmup, end))
  }
}

extension Model {
  /// A copy that was trained by a plan, with the history of its losses: one entry for every `stepsPerCheck` steps.
  ///
  /// `loss` gets the model and draws new examples from `random` in every step, so that no example is used twice.
  public func trained(
    by plan: SequencePlan, random: RandomSource, loss: (Self) -> Tensor,
    evaluate: (Self) -> [String: Double] = { _ in [:] }
  ) -> (model: Self, history: History) {
    let adam = Adam(learningRate: plan.learningRate, weightDecay: plan.weightDecay)
    return trained(by: plan, with: adam, random: random, loss: loss) { model, _ in evaluate(model) }
  }

  /// The same with a given optimizer, such as one with several parameter groups; its learning rates are set by the
  /// plan. `evaluate` gets the number of steps, too.
  public func trained<O: Optimizer>(
    by plan: SequencePlan, with optimizer: O, random: RandomSource, loss: (Self) -> Tensor,
    evaluate: (Self, _ steps: Int) -> [String: Double]
  ) -> (model: Self, history: History) {
    var player = Learner(model: self, optimizer: optimizer)
    var training = TrainingPlan(epochs: max(1, plan.steps / max(1, plan.stepsPerCheck)), batchSize: 1)
    (training.report, training.learningRate) = (plan.report, plan.rate)
    let history = train(&player, examples: max(1, plan.stepsPerCheck), plan: training, random: random) {
      player, step throws(Breakdown) in
      let (value, gradient) = valueWithGradient(at: player.model) { loss($0) }
      try step.descend(&player.model, with: &player.optimizer, along: gradient.clipped(norm: 1), loss: value.item)
    } evaluate: { player, epoch in
      evaluate(player.model, epoch.number * max(1, plan.stepsPerCheck))
    }
    return (player.model, history)
  }
}

/// A model with its optimizer.
private struct Learner<M: Model, O: Optimizer>: TrainingState {
  var model: M
  var optimizer: O
  static var kept: [PartialKeyPath<Learner>] { [\.model, \.optimizer] }
}
