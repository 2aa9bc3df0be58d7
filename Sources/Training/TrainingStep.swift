import Messages
import Tensors

/// One step of a training run: its number, its examples, and its measurements.
///
/// A class, because its identity is the step: every player that descends in the step reports to it.
public final class TrainingStep {
  /// The number of the step over all epochs, and the number of its epoch, both counted from 1.
  public let number, epoch: Int
  /// The numbers of the examples in the step.
  public let batch: [Int]
  /// The learning rate of the plan for this step; nil if it has none.
  public let learningRate: Double?
  /// The players with measured losses, in the order of their first measurement.
  private(set) var players: [String] = []
  private var sums: [String: Sum] = [:]

  private struct Sum {
    var total = 0.0
    var count = 0
    var mean: Double { total / Double(count) }
  }

  /// The name of the loss of a player without a name.
  static let loss = "loss"

  init(number: Int, epoch: Int, batch: [Int], learningRate: Double?) {
    (self.number, self.epoch, self.batch, self.learningRate) = (number, epoch, batch, learningRate)
  }

  // MARK: - What the step does

  /// Makes a step of descent: computes the gradient of the loss, moves the model along it, and returns the loss.
  ///
  /// If several models are trained, `player` is the name of this one in breakdowns and in the history, where its mean
  /// loss appears under that name. The optimizer gets the plan's learning rate if the plan has one. If the loss, the
  /// gradient or an observed statistic is infinite or NaN, this throws a `Breakdown` and leaves model and optimizer
  /// unchanged.
  @discardableResult
  public func descend<M: Parameterized, O: Optimizer>(
    _ model: inout M, with optimizer: inout O, player: String? = nil, _ loss: (M) -> Tensor
  ) throws(Breakdown) -> Double {
    let (value, gradient) = valueWithGradient(at: model, of: loss)
    try descend(&model, with: &optimizer, along: gradient, loss: value.item, player, again: loss)
    return value.item
  }

  /// Makes a step of descent along a gradient that was computed by other means, such as a clipped and noised one.
  public func descend<M: Parameterized, O: Optimizer>(
    _ model: inout M, with optimizer: inout O, player: String? = nil, along gradient: M, loss: Double
  ) throws(Breakdown) {
    try descend(&model, with: &optimizer, along: gradient, loss: loss, player, again: { _ in Tensor(0) })
  }

  private func descend<M: Parameterized, O: Optimizer>(
    _ model: inout M, with optimizer: inout O, along gradient: M, loss: Double, _ player: String?,
    again: (M) -> Tensor
  ) throws(Breakdown) {
    let name = player ?? Self.loss
    measure(name, loss)
    if !players.contains(name) { players.append(name) }
    let measured = sums
    let breakdown = Breakdown.found(
      player: player, step: number, epoch: epoch, loss: loss, gradient: gradient, at: model, again: again)
    sums = measured  // finding the cause may have added measurements
    if let breakdown { throw breakdown }
    if let learningRate { optimizer.learningRate = learningRate }
    optimizer.update(&model, along: gradient)
  }

  /// Records another measurement of the batch, such as the accuracy. The history has its mean over the epoch's
  /// examples. If a step measures it several times, their mean is used. The name "loss" is for the loss of a step that
  /// descends by other means.
  public func measure(_ name: String, _ value: Double) {
    sums[name, default: Sum()].total += value
    sums[name, default: Sum()].count += 1
  }

  // MARK: - Measurements

  /// The means of all measurements, by name.
  var measures: [String: Double] { sums.mapValues(\.mean) }

  /// The loss of the step: the one without a player's name, or else the sum over the players.
  var loss: Double { sums[Self.loss]?.mean ?? players.reduce(0) { $0 + (sums[$1]?.mean ?? 0) } }
}
