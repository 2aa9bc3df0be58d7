import Kernels
import Messages

// Optimizer steps on parameters, in one pass over memory.

extension Tensor {
  /// One step of Adam: m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g², θ ← (1 − η λ) θ − η (m / c₁) / (√(v / c₂) + ε).
  ///
  /// Parameter, gradient and moments have one shape. Shared memory is copied first. A gradient whose square overflows,
  /// from about 10²⁰ in `Float`, makes its parameter NaN.
  public mutating func updateByAdam(
    _ gradient: Tensor, m: inout Tensor, v: inout Tensor, beta1: Double, beta2: Double, epsilon: Double,
    learningRate: Double, correction1: Double, correction2: Double, weightDecay: Double = 0
  ) {
    require(
      gradient.shape == shape && m.shape == shape && v.shape == shape,
      "cannot update parameters \(shape) along a gradient \(gradient.shape) with moments \(m.shape) and \(v.shape): "
        + "all four shapes must be the same")
    for other in [gradient, m, v] { requireSameType(other, "update by Adam") }
    requireUnrecorded(gradient)
    makeUnique()
    m.makeUnique()
    v.makeUnique()
    let constants = AdamConstants(
      beta1: beta1, beta2: beta2, epsilon: epsilon, learningRate: learningRate, correction1: correction1,
      correction2: correction2, weightDecay: weightDecay)
    updateAdam(buffer, gradient: gradient.elements, m: m.buffer, v: v.buffer, constants: constants, count: count)
  }

  /// One step of gradient descent: θ ← θ − η g. Shared memory is copied first.
  public mutating func updateByDescent(_ gradient: Tensor, learningRate: Double) {
    require(
      gradient.shape == shape,
      "cannot descend from parameters \(shape) along a gradient \(gradient.shape): the shapes must be the same")
    requireSameType(gradient, "descend along")
    requireUnrecorded(gradient)
    makeUnique()
    updateGradientDescent(buffer, gradient: gradient.elements, learningRate: learningRate, count: count)
  }

  /// Makes the tensor the only owner of its memory, and removes its history.
  private mutating func makeUnique() {
    ownMemory()
    self = stopGradient
  }

  /// Stops where an update would silently cut a derivative.
  private func requireUnrecorded(_ gradient: Tensor) {
    let recorded = [self, gradient].compactMap(\.node?.recording)
    require(
      !recorded.contains { $0 === Recording.current },
      "cannot differentiate through an in-place update: "
        + "compute the new parameters as a new value, or apply stopGradient first"
    )
  }
}
