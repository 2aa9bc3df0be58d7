// Derivatives of derivatives. They are short, because derivative rules are tensor operations and gradient calls can be
// nested. All run `f` in the same mode as `gradient(at:mode:of:)`.

/// The product of the Hessian of `f` with a direction: H v = ∇(∇f · v), without forming H.
public func hessianVectorProduct<P: Parameterized>(
  at point: P, along v: P, mode: Mode? = nil, of f: (P) -> Tensor
) -> P {
  gradient(at: point, mode: mode) { p in gradient(at: p, mode: mode, of: f).dot(v) }
}

/// The Hessian of `f` at a vector x: H[i, j] = ∂²f/∂xᵢ∂xⱼ. [n×n]
public func hessian(at x: Tensor, mode: Mode? = nil, of f: (Tensor) -> Tensor) -> Tensor {
  jacobian(at: x, mode: mode) { gradient(at: $0, mode: mode, of: f) }
}

/// The Jacobian of `f` at x: J[i…, j…] = ∂f(x)[i…]/∂x[j…], of shape (shape of f(x)) × (shape of x).
public func jacobian(at x: Tensor, mode: Mode? = nil, of f: (Tensor) -> Tensor) -> Tensor {
  let (value, pullback) = valueWithPullback(at: x, mode: mode, of: f)
  let unit = Tensor.identity(value.count, scalarType: value.scalarType)
  let rows = (0..<value.count).map { pullback(unit[$0].reshaped(value.shape)) }
  let shape = Shape(value.shape.lengths + x.shape.lengths)
  return rows.isEmpty ? Tensor.zeros(shape, scalarType: x.scalarType) : Tensor.stacked(rows, axis: 0).reshaped(shape)
}

/// The gradient of each example's loss: every parameter gains a first axis over the `count` examples.
///
/// `f` returns the loss of the example at a given position. The mean over the first axis is the gradient of the mean
/// loss. The examples run one after another, and each finds the running statistics left by the one before: the result
/// contains the last ones.
public func perExampleGradients<P: Parameterized>(
  at point: P, count: Int, mode: Mode? = nil, of f: (P, _ example: Int) -> Tensor
) -> P {
  var (model, each) = (point, [[Tensor]]())
  for example in 0..<count {
    let gradient = gradient(at: model, mode: mode) { f($0, example) }
    model.adoptStatistics(of: gradient)
    each.append(gradient.parameters)
  }
  var (result, position) = (model, 0)
  result.forEachParameter { tensor in
    tensor =
      each.isEmpty
      ? Tensor.zeros(Shape([0] + tensor.shape.lengths), scalarType: tensor.scalarType)
      : Tensor.stacked(each.map { $0[position] }, axis: 0)
    position += 1
  }
  return result
}
