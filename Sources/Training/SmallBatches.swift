import Tensors

/// A layer that cannot be trained on one example, such as batch normalization: the variance of a single number is 0.
public protocol NeedsSeveralExamples {}

/// Whether a model has a layer that cannot be trained on one example.
func needsSeveralExamples(_ model: any Parameterized) -> Bool {
  model is any NeedsSeveralExamples
    || Mirror(reflecting: model).children.contains { child in
      guard let part = child.value as? any Parameterized, !(part is Tensor) else { return false }
      return needsSeveralExamples(part)
    }
}
