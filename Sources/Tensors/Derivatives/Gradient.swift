// Derivatives: functions of functions. Nothing is stored in tensors, nothing has to be reset, and calls can be nested.

import Messages

/// The gradient of `f` at a point: ∂f/∂p for every parameter p, in the shape of the point.
///
/// The point is a tensor, a model, or an array of them; `f` returns a single number. Values captured by `f` are
/// constants. A model, or an array of models, runs in training mode unless `mode` says otherwise; see
/// `Mode.differentiating`. Where the model has a running statistic, the gradient has the value observed for it by `f`;
/// see `Tensor.observe`.
public func gradient<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> P {
  try valueWithGradient(at: point, mode: mode, of: f).gradient
}

/// The value of `f` at a point and the gradient there, from one run of `f`.
public func valueWithGradient<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> (value: Tensor, gradient: P) {
  let call = GradientCall()
  let value = try call.value(of: f, at: point, mode)
  require(value.count == 1, "cannot take the gradient of a result of shape \(value.shape): it must be a single number")
  let seed = Tensor(repeating: 1, value.shape, scalarType: value.scalarType)
  return (call.outer == nil ? value.stopGradient : value, call.pullBack(seed, from: value, to: point))
}

/// The value of `f` at a point, and the function that maps a cotangent of the value to the cotangent of the point:
/// v ↦ Jᵀ v.
///
/// `f` runs in the same mode as in `gradient(at:mode:of:)`.
public func valueWithPullback<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> P) {
  let call = GradientCall(isKept: true)
  let value = try call.value(of: f, at: point, mode)
  let pullback = { (cotangent: Tensor) in
    require(
      cotangent.shape == value.shape,
      "cannot pull back a cotangent of shape \(cotangent.shape) from \(value.shape): the shapes must be the same")
    return call.pullBack(cotangent, from: value, to: point)
  }
  return (call.outer == nil ? value.stopGradient : value, pullback)
}
