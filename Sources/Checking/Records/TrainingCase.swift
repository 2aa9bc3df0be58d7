public import Tensors
public import Training

/// The record of a model that is trained for ten steps.
public struct RecordedTraining: Decodable, Sendable {
  let inputs, parameters, statistics: [TensorRecipe]
  /// The labels, and other integers that the model needs.
  let integers: [[Int]]
  /// Before the first step.
  let logits, gradients: [RecordedArray]
  /// The losses of all steps.
  let losses: [RecordedArray]
  /// After the last step: parameters, running statistics, and logits in evaluation.
  let trained, observed, evaluated: [RecordedArray]
}

/// A model and its optimizer with the name of their record.
public struct TrainingCase: Sendable {
  /// The name of the record: the subject, and after a comma the variant.
  public let name: String
  let compare: @Sendable (RecordedTraining, ScalarType) throws -> [Comparison]

  /// A model of tensors and its optimizer; gradients may be changed, and the learning rate may follow a schedule.
  public init<M: Module<Tensor, Tensor>, O: Optimizer>(
    _ name: String, _ make: @escaping @Sendable (RandomSource) -> M, _ optimizer: O,
    schedule: (@Sendable (_ t: Int) -> Double)? = nil,
    edited: @escaping @Sendable (_ gradient: M, _ model: M) -> M = { gradient, _ in gradient }
  ) {
    self.init(name, make, optimizer, schedule: schedule, edited: edited) { model, inputs, _ in model(inputs[0]) }
  }

  /// Any model, with its logits for the recorded inputs and integers.
  public init<M: Model, O: Optimizer>(
    _ name: String, _ make: @escaping @Sendable (RandomSource) -> M, _ optimizer: O,
    schedule: (@Sendable (_ t: Int) -> Double)? = nil,
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
