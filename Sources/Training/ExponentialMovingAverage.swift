import Messages
import Tensors

/// A copy of a model whose parameters are averaged over its training: θ̄ ← d θ̄ + (1 − d) θ after every step.
///
/// The average of the last 1/(1 − d) steps or so has less of the noise of single steps, and generative models are
/// usually sampled with it. Behind step n, counted from 1, d is min(decay, n/(n + 9)), so that the first, untrained
/// parameters are soon forgotten. Running statistics are taken over from the model and not averaged: the mean of two
/// unit vectors is no unit vector, and a count is a whole number.
///
///     var average = ExponentialMovingAverage(of: model)
///     train(&state, …) { state, step in
///       try step.descend(&state.model, with: &state.optimizer) { … }
///       state.average.update(with: state.model, step: step.number)
///     }
public struct ExponentialMovingAverage<M: Model>: Model {
  /// The averaged model.
  public var model: M
  /// The largest share of the old average that a step keeps.
  public let decay: Double

  /// The average of a model that has not been trained yet.
  public init(of model: M, decay: Double = 0.999) {
    require(0..<1 ~= decay, "cannot average parameters with a decay of \(decay): a number from 0 up to 1 is needed")
    (self.model, self.decay) = (model, decay)
  }

  /// The averaged model.
  public static var parameters: [PartialKeyPath<ExponentialMovingAverage<M>>] { [\.model] }

  /// The share of the old average that the step keeps: min(decay, n/(n + 9)). step: n, counted from 1
  public func keptShare(at step: Int) -> Double { min(decay, Double(step) / Double(step + 9)) }

  /// Moves the average towards the model, and adopts its running statistics. step: the number of the step that trained
  /// the model last, counted from 1
  public mutating func update(with trained: M, step: Int) {
    let others = trained.parameters
    require(
      step >= 1 && others.map(\.shape) == model.parameters.map(\.shape),
      "cannot average parameters \(model.parameters.map(\.shape)) with \(others.map(\.shape)) behind step \(step): the "
        + "shapes must be the same, and steps are counted from 1")
    let moved = 1 - keptShare(at: step)
    var rest = others[...]
    model.forEachParameter { θ in θ.updateByDescent(θ - rest.removeFirst(), learningRate: moved) }
    model.adoptStatistics(of: trained)
  }
}
