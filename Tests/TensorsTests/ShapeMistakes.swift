import Tensors

/// A programmer's mistake and its message.
struct Mistake: Sendable {
  let message: String
  let make: @Sendable () -> Void

  init(_ message: String, _ make: @escaping @Sendable () -> Any) {
    self.message = message
    self.make = { _ = make() }
  }

  static let all = [
    makingAndReading, updates, broadcasting, shaping, partsAndIndices, products, derivatives, models,
    recurrence, convolutions, losses, poolingAndDropout, attention, normalizations, embedding, statistics, naming,
  ].flatMap { $0 }

  static let makingAndReading = [
    Mistake("cannot fill [2×2] with 3 scalars: it holds 4") { Tensor([1, 2, 3], shape: [2, 2]) },
    Mistake("cannot fill [2×2] with 1 scalars: it holds 4") { Tensor(floats: [1], shape: [2, 2]) },
    Mistake("cannot make a matrix of rows with lengths [1, 2]: all must be the same") { Tensor([[1], [1, 2]]) },
    Mistake("cannot make a shape of [2, -1]: a length is negative") { Tensor.zeros([2, -1]) },
    Mistake("cannot make a shape of [\(Int.max), 2]: no memory holds that many elements") { Shape([Int.max, 2]) },
    Mistake("cannot make a shape of [\(Int.max)]: no memory holds that many elements") { Tensor.zeros([Int.max]) },
    Mistake("cannot encode class 3 (entry 1) among 3 classes: they are counted from 0") {
      Tensor.oneHot([0, 3], classes: 3)
    },
    Mistake("cannot space 0 numbers between 1.0 and 2.0: at least 1 is needed") {
      Tensor.linear(from: 1, to: 2, count: 0)
    },
    Mistake("cannot read [2×1] as a single number: it has 2 elements") { Tensor.zeros([2, 1]).item },
    Mistake("cannot read the length of axis 2 of [2×3], which has 2 axes") { Tensor.zeros([2, 3]).shape[2] },
  ]

  static let updates = [
    Mistake(
      "cannot differentiate through an in-place update: "
        + "compute the new parameters as a new value, or apply stopGradient first"
    ) {
      gradient(at: Tensor([1, 2])) { θ in
        var θ = θ
        θ.updateByDescent(Tensor([3, 4]), learningRate: 0.1)
        return θ.sum()
      }
    },
    Mistake(
      "cannot differentiate through an in-place update: "
        + "compute the new parameters as a new value, or apply stopGradient first"
    ) {
      gradient(at: Tensor([1, 2])) { g in adamStep(g).sum() }
    },
    Mistake("cannot accumulate [2] with factors of shape [1]: one is needed for each element") {
      Tensor([1, 2]).cumulativeSum(axis: 0, factors: Tensor([1]))
    },
  ]

  static let broadcasting = [
    Mistake("cannot add [2] and [3]: lengths 2 and 3 differ, and neither is 1") {
      Tensor([1, 2]) + Tensor([1, 2, 3])
    },
    Mistake("cannot subtract a float tensor and a double tensor: convert one with converted(to:)") {
      Tensor(1) - Tensor(1, scalarType: .double)
    },
    Mistake("cannot broadcast [2×3] to [3]: only axes of length 1 repeat, and new axes come first") {
      Tensor.zeros([2, 3]).broadcast(to: [3])
    },
    Mistake("cannot sum [3] to [2×3], which has more axes") { Tensor.zeros([3]).summed(to: [2, 3]) },
    Mistake("cannot sum over axes [1, -1] of [2×3]: one is named twice") { Tensor.zeros([2, 3]).sum(axes: [1, -1]) },
    Mistake("cannot take the minimum over axes [0] of [0×3]: there are no elements") {
      Tensor.zeros([0, 3]).min(axes: [0])
    },
    Mistake("cannot find the 4 largest along axis 1 of [2×3]: it has 3") { Tensor.zeros([2, 3]).largest(4) },
    Mistake("cannot find the extreme along axis 0 of [0×3]: there are no elements") {
      Tensor.zeros([0, 3]).argmax(axis: 0)
    },
  ]

  static let shaping = [
    Mistake("cannot reshape [2×3] to [4]: there are 6 elements, not 4") { Tensor.zeros([2, 3]).reshaped([4]) },
    Mistake("cannot permute the axes of [2×3] by [0, 0]: each must be named once") {
      Tensor.zeros([2, 3]).permuted([0, 0])
    },
    Mistake("cannot transpose [3]: it has fewer than two axes") { Tensor.zeros([3]).transposed },
    Mistake("cannot insert axis 3 into [2]: the new axis can be 0 to 1, or -2 to -1") {
      Tensor.zeros([2]).expanded(axis: 3)
    },
    Mistake("cannot squeeze axis 0 of [2×1]: its length is not 1") { Tensor.zeros([2, 1]).squeezed(axis: 0) },
    Mistake("cannot repeat [2] -1 times: the number must not be negative") { Tensor.zeros([2]).repeated(-1, axis: 0) },
    Mistake("cannot concatenate an empty list: at least one tensor is needed") { Tensor.concatenated([], axis: 0) },
    Mistake("cannot concatenate [2×3] and [2×2] along axis 0: the other lengths must be the same") {
      Tensor.concatenated([Tensor.zeros([2, 3]), Tensor.zeros([2, 2])], axis: 0)
    },
    Mistake("cannot split axis 0 of [4] into pieces of [1, 2]: they add up to 3, and the axis has length 4") {
      Tensor.zeros([4]).split([1, 2], axis: 0)
    },
  ]

  static let partsAndIndices = [
    Mistake("cannot slice 1..<5 by 1 of axis 1 of [2×3]: the range must be in 0..<3, the step at least 1") {
      Tensor.zeros([2, 3]).sliced(1..<5, axis: 1)
    },
    Mistake("cannot pad [2] by -1 and 0: neither may be negative") {
      Tensor.zeros([2]).padded(axis: 0, before: -1, after: 0)
    },
    Mistake("cannot take position [0, 0] of [2]: it has 1 axes") { Tensor.zeros([2])[0, 0] },
    Mistake("cannot take position [2] of [2×3]: axis 0 has positions 0 to 1, or -2 to -1") {
      Tensor.zeros([2, 3])[2]
    },
    Mistake("cannot assign to 1..<3 of axis 0 of [2×3]: the range must be in 0..<2") {
      var x = Tensor.zeros([2, 3])
      x[1..<3] = Tensor(0)
      return x
    },
    Mistake("cannot assign to 1..<4 of axis 1 of [2×3]: the range must be in 0..<3") {
      var x = Tensor.zeros([2, 3])
      x[1..<4, axis: -1] = Tensor(0)
      return x
    },
    Mistake("cannot assign axis 2 of [2×3], which has 2 axes") {
      var x = Tensor.zeros([2, 3])
      x[0..<1, axis: 2] = Tensor(0)
      return x
    },
    Mistake("cannot assign to part of a float tensor and a double tensor") {
      var x = Tensor.zeros([2, 3])
      x[0] = Tensor(0, scalarType: .double)
      return x
    },
    Mistake("cannot gather index 2 (entry 1): the axis has length 2") { Tensor.zeros([2, 3]).gathered([0, 2]) },
    Mistake("cannot scatter [2×3] along axis 0 to 1 indices: one is needed for each slice") {
      Tensor.zeros([2, 3]).scatterAdded([0], length: 2)
    },
    Mistake("cannot pick 1 elements from [2×3]: a matrix is needed, and one index for each row") {
      Tensor.zeros([2, 3]).picked([0])
    },
  ]

  static let products = [
    Mistake("cannot multiply [1×2] by [3×1]: the inner lengths 2 and 3 differ") {
      matmul(Tensor([[1, 2]]), Tensor([[1], [2], [3]]))
    },
    Mistake("cannot multiply [] by [2]: a single number is not a matrix") { matmul(Tensor(1), Tensor([1, 2])) },
    Mistake("cannot multiply a batch of matrices: match the batch axes of [2] and [3]: lengths 2 and 3 differ") {
      matmul(Tensor.zeros([2, 1, 1]), Tensor.zeros([3, 1, 1]))
    },
    Mistake("cannot multiply [2×3] by [3×4] and add [3]: [… × k], [k × n] and [n] are needed") {
      matmul(Tensor.zeros([2, 3]), Tensor.zeros([3, 4]), plus: Tensor.zeros([3]))
    },
  ]

  static let derivatives = [
    Mistake("cannot take the gradient of a result of shape [2]: it must be a single number") {
      gradient(at: Tensor([1, 2])) { $0 }
    },
    Mistake("cannot pull back a cotangent of shape [3] from [2]: the shapes must be the same") {
      valueWithPullback(at: Tensor([1, 2])) { $0 }.pullback(Tensor([1, 2, 3]))
    },
  ]

  static let models = [
    Mistake("ListsAName lists \\ListsAName.name as a parameter, but it is neither a tensor nor a model nor an array") {
      ListsAName().parameters
    },
    Mistake("ListsAConstant lists \\ListsAConstant.weight as a parameter, but it is a constant: declare it with var") {
      ListsAConstant().parameters
    },
    Mistake("cannot pair parameters of shapes [[2], []] with [[2]]: both models must have the same structure") {
      [Tensor([1, 2]), Tensor(1)].zipParameters([Tensor([1, 2])]) { $0 + $1 }
    },
    Mistake("cannot read 2 parameters from a tensor of shape [3]: shape [2] is needed") {
      Tensor([1, 2]).withParameters(from: Tensor([1, 2, 3]))
    },
    Mistake(
      "cannot update parameters [2] along a gradient [1] with moments [2] and [2]: all four shapes must be the same"
    ) { adamStep(Tensor([1])) },
    Mistake("cannot descend from parameters [2] along a gradient [3]: the shapes must be the same") {
      descentStep(Tensor.ones([3]))
    },
    Mistake("cannot descend along a float tensor and a double tensor") {
      descentStep(Tensor.ones([2], scalarType: .double))
    },
    Mistake("cannot find the normal quantile of 1.0: a probability strictly between 0 and 1 is needed") {
      _ = normalQuantile(1)
    },
    Mistake("cannot update by Adam a float tensor and a double tensor") {
      adamStep(Tensor([1, 2], scalarType: .double))
    },
  ]
}

private struct ListsAName: Module {
  var name = "layer"
  static var parameters: [PartialKeyPath<Self>] { [\.name] }
  func callAsFunction(_ x: Tensor) -> Tensor { x }
}

private struct ListsAConstant: Module {
  let weight = Tensor(1)
  static var parameters: [PartialKeyPath<Self>] { [\.weight] }
  func callAsFunction(_ x: Tensor) -> Tensor { x }
}

private func adamStep(_ gradient: Tensor) -> Tensor {
  var (theta, m, v) = (Tensor([1, 2]), Tensor([0, 0]), Tensor([0, 0]))
  theta.updateByAdam(
    gradient, m: &m, v: &v, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, learningRate: 1, correction1: 1, correction2: 1)
  return theta
}

private func descentStep(_ gradient: Tensor) -> Tensor {
  var theta = Tensor.ones([2])
  theta.updateByDescent(gradient, learningRate: 1)
  return theta
}
