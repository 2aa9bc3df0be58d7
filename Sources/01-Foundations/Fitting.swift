// § 1.6  The usual training of a classifier

import DataSets
import Messages
import Tensors
import Training

/// Trains a classifier on examples by a loss of its logits, by default the cross-entropy. § 1.6
///
/// With test examples the history has a "test accuracy" for every epoch, computed in batches of `judgedBy`. `random`
/// determines the order of the examples and nothing else. `crossEntropy(logits:labels:)` is the same loss by its
/// formula.
@discardableResult
public func fit<M: Module<Tensor, Tensor>, O: Optimizer>(
  _ model: inout M, with optimizer: inout O, to examples: Examples, test: Examples? = nil, judgedBy size: Int = .max,
  plan: TrainingPlan, random: RandomSource,
  loss: (_ logits: Tensor, _ labels: [Int]) -> Tensor = { logits, labels in logits.crossEntropy(labels: labels) }
) -> History {
  train(&model, with: &optimizer, examples: examples.count, plan: plan, random: random) { model, batch in
    loss(model(examples.inputs.gathered(batch)), batch.map { examples.labels[$0] })
  } evaluate: { model in
    guard let test else { return [:] }
    return ["test accuracy": accuracy(inBatches(test.inputs, of: size) { model($0) }, labels: test.labels)]
  }
}

/// Applies a function to many examples, a few hundred at a time, so that memory stays small.
public func inBatches(_ x: Tensor, of size: Int = 256, _ f: (Tensor) -> Tensor) -> Tensor {
  require(x.shape[0] > 0 && size > 0, "cannot evaluate \(x.shape[0]) examples in batches of \(size)")
  let count = x.shape[0]
  if size >= count { return f(x) }
  return Tensor.concatenated(stride(from: 0, to: count, by: size).map { f(x[$0..<min($0 + size, count)]) }, axis: 0)
}
