import Backprop
import CNN
import Foundations
import Regularization
import Tensors
import Training

/// What reference.py records of ten steps of a whole model.
struct RecordedTraining: Decodable {
  let inputs, parameters, statistics: [Recipe]
  /// The labels, and what else the model needs.
  let integers: [[Int]]
  /// Before the first step.
  let logits, gradients: [RecordedArray]
  /// The losses of all steps.
  let losses: [RecordedArray]
  /// After the last step: parameters, running statistics, and logits in evaluation.
  let trained, observed, evaluated: [RecordedArray]
}

/// A model and its optimizer under the name of their record.
struct ModelCase: Sendable {
  let name: String
  let compare: @Sendable (RecordedTraining, ScalarType) throws -> [Comparison]

  /// A model of tensors, trained by an optimizer whose gradients may be changed and whose learning rate may follow a schedule.
  init<M: Module<Tensor, Tensor>, O: Optimizer>(
    _ name: String, _ make: @escaping @Sendable (RandomSource) -> M, _ optimizer: O, schedule: Schedule? = nil,
    edited: @escaping @Sendable (_ gradient: M, _ model: M) -> M = { gradient, _ in gradient }
  ) {
    self.init(name, make, optimizer, schedule: schedule, edited: edited) { model, inputs, _ in model(inputs[0]) }
  }

  /// Any model, with its logits for the recorded inputs and integers.
  init<M: Module, O: Optimizer>(
    _ name: String, _ make: @escaping @Sendable (RandomSource) -> M, _ optimizer: O, schedule: Schedule? = nil,
    edited: @escaping @Sendable (_ gradient: M, _ model: M) -> M = { gradient, _ in gradient },
    logits: @escaping @Sendable (M, [Tensor], [[Int]]) -> Tensor
  ) {
    self.name = name
    compare = { record, type in
      var model = try make(RandomSource(seed: 1))
        .filled(parameters: record.parameters, statistics: record.statistics, type)
      let inputs = record.inputs.map { $0.made(type) }
      var (optimizer, losses, comparisons) = (optimizer, [Double](), [Comparison]())
      for step in 0..<10 {
        if let schedule { optimizer.learningRate = schedule(step) }
        var scores = Tensor(0)
        let (loss, gradient) = valueWithGradient(at: model) { model in
          scores = logits(model, inputs, record.integers)
          return scores.crossEntropy(labels: record.integers[0])
        }
        losses.append(loss.item)
        if step == 0 {
          comparisons += compared("logits", [scores], with: record.logits)
          comparisons += compared("gradient", gradient.parameters, with: record.gradients)
        }
        optimizer.update(&model, along: edited(gradient, model))
      }
      return comparisons
        + compared("losses", [Tensor(losses, scalarType: .double)], with: record.losses)
        + compared("trained parameter", model.parameters, with: record.trained)
        + compared("statistic", model.statistics.filter { $0.rank > 0 }, with: record.observed)
        + compared("evaluated logits", [logits(model, inputs, record.integers)], with: record.evaluated)
    }
  }
}

/// Whole models, each with another way to train it.
///
/// Where batch normalization follows a layer with biases, their gradients are 0 by their formula and rounding alone in fact; Adam makes
/// whole steps of it unless ε is larger than that rounding in `Float`. Hence the ε of two of them.
let modelCases: [ModelCase] = [
  ModelCase("MLP, Momentum", { MLP([12, 16, 8, 4], random: $0) }, Momentum(learningRate: 0.05)),
  ModelCase(
    "NormalizedNetwork, Adam with weight decay", { NormalizedNetwork([8, 12, 10, 3], .batch, random: $0) },
    Adam(learningRate: 1e-3, epsilon: 1e-3, weightDecay: 0.05)),
  ModelCase("LeNet-5, Adam", { LeNet.leNet5(random: $0) }, Adam(learningRate: 1e-3)),
  ModelCase(
    "ColorImageNetwork, Adam with weight decay, cosineAnnealing", { colorImageNetwork(random: $0) },
    Adam(learningRate: 3e-4, epsilon: 1e-3, weightDecay: 1e-2), schedule: cosineAnnealing(from: 3e-4, over: 10)),
  ModelCase(
    "MiniResNet, Momentum with an L2 penalty", { MiniResNet(width: 4, random: $0) }, Momentum(learningRate: 0.02),
    edited: { l2Gradient($0, at: $1, strength: 1e-2) }),
  ModelCase(
    "lstm, Adam", { SequenceClassifier(random: $0) }, Adam(learningRate: 1e-3),
    logits: { model, _, integers in model((tokens: integers[1], lengths: integers[2])) }),
  ModelCase("scaledDotProductAttention, Adam", { AttentionClassifier(random: $0) }, Adam(learningRate: 1e-3)),
]
