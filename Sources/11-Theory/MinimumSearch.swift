// Exercise 11.6  Minima found by SGD, Adam and SAM

import Backprop
import DataSets
import Foundations
import Messages
import Tensors
import Training

/// A rule of training, and its learning rate. Exercise 11.6.2
public enum MinimumRule: Sendable, Hashable {
  /// Stochastic gradient descent with momentum 0.9.
  case sgd(Double)
  /// Adam.
  case adam(Double)
  /// Sharpness-aware minimization (11.14) with radius ρ around momentum 0.9.
  case sam(Double, radius: Double)

  /// The learning rate η.
  public var learningRate: Double {
    switch self {
    case .sgd(let η), .adam(let η), .sam(let η, _): η
    }
  }

  /// The name, for tables.
  public var name: String {
    switch self {
    case .sgd: "SGD"
    case .adam: "Adam"
    case .sam(_, let ρ): "SAM, ρ = \(NumberText.formatted(ρ, "%g"))"
    }
  }
}

/// A minimum that a rule has found. Exercise 11.6
public struct FoundMinimum<M: Module<Tensor, Tensor>>: Sendable {
  /// The trained network.
  public let model: M
  /// The accuracy on the training examples, with the labels that were trained, and on the test examples.
  public let trainAccuracy, testAccuracy: Double
  /// The training loss, and the largest eigenvalue of its Hessian.
  public let loss, curvature: Double
  /// The eigenvector of that eigenvalue, of length 1.
  public let sharpest: M
}

/// Trains a network by a rule, and measures the minimum. Exercise 11.6.4
///
/// The curvature is that of the loss over the first `measured` training examples.
public func findMinimum<M: Module<Tensor, Tensor>>(
  from start: M, by rule: MinimumRule, train: Examples, test: Examples, measured: Int = .max, iterations: Int = 60,
  plan: TrainingPlan, random: RandomSource
) -> FoundMinimum<M> {
  let model: M
  switch rule {
  case .sgd(let η):
    model = descended(start, Momentum(learningRate: η), radius: nil, train, plan, random)
  case .adam(let η):
    model = descended(start, Adam(learningRate: η), radius: nil, train, plan, random)
  case .sam(let η, let ρ):
    model = descended(start, Momentum(learningRate: η), radius: ρ, train, plan, random)
  }
  let count = min(measured, train.count)
  let (x, y) = (train.inputs[0..<count], Array(train.labels.prefix(count)))
  func loss(_ model: M) -> Tensor { model(x).crossEntropy(labels: y) }
  func share(_ part: Examples) -> Double {
    accuracy(inBatches(part.inputs) { model($0) }, labels: part.labels)
  }
  let curvature = largestCurvature(at: model, iterations: iterations, random: random.split(), of: loss)
  return FoundMinimum(
    model: model, trainAccuracy: share(train), testAccuracy: share(test), loss: loss(model).item,
    curvature: curvature.value, sharpest: curvature.direction)
}

/// The network after its training, sharpness-aware if a radius is given.
private func descended<M: Module<Tensor, Tensor>, O: Optimizer>(
  _ start: M, _ optimizer: O, radius ρ: Double?, _ train: Examples, _ plan: TrainingPlan, _ random: RandomSource
) -> M {
  var state = Descender(model: start, optimizer: optimizer)
  Training.train(&state, examples: train.count, plan: plan, random: random) { state, step throws(Breakdown) in
    let (x, y) = (train.inputs.gathered(step.batch), step.batch.map { train.labels[$0] })
    func loss(_ model: M) -> Tensor { model(x).crossEntropy(labels: y) }
    if let ρ {
      try step.descendSharpnessAware(&state.model, with: &state.optimizer, radius: ρ, loss)
    } else {
      try step.descend(&state.model, with: &state.optimizer, loss)
    }
  }
  return state.model
}

/// A network with its optimizer.
private struct Descender<M: Model, O: Optimizer>: TrainingState {
  var model: M
  var optimizer: O
  static var kept: [PartialKeyPath<Self>] { [\.model, \.optimizer] }
}

extension Examples {
  /// The same inputs, with a share of the labels replaced by another class at random.
  public func withWrongLabels(share: Double, classes K: Int, random: RandomSource) -> Examples {
    require(0...1 ~= share && K >= 2, "cannot make a share of \(share) of the labels wrong among \(K) classes")
    let places = random.permutation(count).prefix(Int((share * Double(count)).rounded()))
    var labels = labels
    for place in places { labels[place] = (labels[place] + 1 + random.integer(below: K - 1)) % K }
    return Examples(inputs, labels: labels)
  }
}
