// § 5.4 and Exercise 5.4  Training on tasks that need memory

import Backprop
import Tensors
import Training

/// The result of training on a task that needs memory.
public struct DelayTraining<Layer: RecurrentLayer>: Sendable {
  /// The network after the last step.
  public let network: SequenceNetwork<Layer>
  /// The accuracy on new sequences, measured every `stepsPerCheck` steps.
  public let accuracies: [Double]
  /// The number of steps between two measurements.
  public let stepsPerCheck: Int

  /// The last of the accuracies.
  public var accuracy: Double { accuracies.last ?? 0 }
  /// The number of steps made.
  public var steps: Int { accuracies.count * stepsPerCheck }
  /// The number of steps after which `level` was first reached; nil if it never was.
  public func steps(to level: Double) -> Int? {
    accuracies.firstIndex { $0 >= level }.map { ($0 + 1) * stepsPerCheck }
  }
}

/// How a network is trained on a task that needs memory: by Adam on new sequences in every step, with the gradient
/// clipped to norm 1 (5.8). Training stops when the accuracy on new sequences reaches `level`, or after the largest
/// number of steps.
public struct DelayPlan: Sendable {
  /// The largest number of steps.
  public var steps: Int
  /// The number of sequences in a step.
  public var batch: Int
  /// Adam's learning rate.
  public var learningRate: Double
  /// The steps between two measurements on 500 new sequences.
  public var stepsPerCheck = 100
  /// The fraction of right answers at which the training stops.
  public var level = 0.995
  /// Called after every step, for a progress line.
  public var report: (@Sendable (TrainingProgress) -> Void)?

  /// At most this many steps, with batches of this size.
  public init(steps: Int, batch: Int = 32, learningRate: Double) {
    (self.steps, self.batch, self.learningRate) = (steps, batch, learningRate)
  }
}

extension SequenceNetwork {
  /// Trains a copy of this network on the copy task.
  public func trained(on task: CopyTask, plan: DelayPlan, random: RandomSource) -> DelayTraining<Layer> {
    trained(plan: plan, random: random) { network in
      let (x, symbols) = task.batch(plan.batch, random: random)
      return task.loss(network(x), symbols)
    } accuracy: { network in
      let (x, symbols) = task.batch(500, random: random)
      return task.accuracy(network(x), symbols)
    }
  }

  /// Trains a copy of this network on the latch.
  public func trained(on task: LatchTask, plan: DelayPlan, random: RandomSource) -> DelayTraining<Layer> {
    trained(plan: plan, random: random) { network in
      let (x, classes) = task.batch(plan.batch, random: random)
      return task.loss(network.summary(x), classes)
    } accuracy: { network in
      let (x, classes) = task.batch(500, random: random)
      return task.accuracy(network.summary(x), classes)
    }
  }

  /// An epoch is the steps between two measurements.
  private func trained(
    plan: DelayPlan, random: RandomSource, loss: (SequenceNetwork) -> Tensor, accuracy: (SequenceNetwork) -> Double
  ) -> DelayTraining<Layer> {
    var player = DelayPlayer(network: self, optimizer: Adam(learningRate: plan.learningRate))
    var training = TrainingPlan(epochs: max(1, plan.steps / plan.stepsPerCheck), batchSize: 1)
    training.report = plan.report
    let level = plan.level
    training.shouldStop = { ($0["accuracy"].last ?? 0) >= level }
    let history = train(&player, examples: plan.stepsPerCheck, plan: training, random: random) {
      player, step throws(Breakdown) in
      let (value, gradient) = valueWithGradient(at: player.network) { loss($0) }
      try step.descend(
        &player.network, with: &player.optimizer, along: gradient.clipped(norm: 1), loss: value.item)
    } evaluate: { player, _ in
      ["accuracy": accuracy(player.network)]
    }
    return DelayTraining(network: player.network, accuracies: history["accuracy"], stepsPerCheck: plan.stepsPerCheck)
  }
}

/// A network with its optimizer.
private struct DelayPlayer<Layer: RecurrentLayer>: TrainingState {
  var network: SequenceNetwork<Layer>
  var optimizer: Adam
  static var kept: [PartialKeyPath<DelayPlayer>] { [\.network, \.optimizer] }
}
