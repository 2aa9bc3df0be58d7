// Derivatives: functions from functions to functions. Nothing is stored in tensors, nothing has to be reset, and calls nest.

import Messages

/// The gradient of `f` at a point: ∂f/∂p for every parameter p, in the shape of the point.
///
/// The point is a tensor, a model, or an array of them; `f` returns a single number. What `f` captures counts as constant.
/// A model, or an array of models, runs in training mode unless `mode` says otherwise; see `Mode.differentiating`. In the place of a running statistic the gradient
/// has what `f` observed for it, see `Tensor.observe`.
public func gradient<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> P {
  try valueWithGradient(at: point, mode: mode, of: f).gradient
}

/// The value of `f` at a point and its gradient there, from one run of `f`.
public func valueWithGradient<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> (value: Tensor, gradient: P) {
  let call = GradientCall()
  let value = try call.value(of: f, at: point, mode)
  require(value.count == 1, "cannot take the gradient of a result of shape \(value.shape): it must be a single number")
  let seed = Tensor(repeating: 1, value.shape, scalarType: value.scalarType)
  return (call.outer == nil ? value.stopGradient : value, call.pullBack(seed, from: value, to: point))
}

/// The value of `f` at a point, and the function that takes a cotangent of the value to the cotangent of the point: v ↦ Jᵀ v.
///
/// `f` runs in the mode in which `gradient(at:mode:of:)` runs it.
public func valueWithPullback<P: Parameterized>(
  at point: P, mode: Mode? = nil, of f: (P) throws -> Tensor
) rethrows -> (value: Tensor, pullback: (Tensor) -> P) {
  let call = GradientCall(isKept: true)
  let value = try call.value(of: f, at: point, mode)
  let pullback = { (cotangent: Tensor) in
    require(
      cotangent.shape == value.shape,
      "cannot pull back a cotangent of shape \(cotangent.shape) from \(value.shape): it has the shape of the result")
    return call.pullBack(cotangent, from: value, to: point)
  }
  return (call.outer == nil ? value.stopGradient : value, pullback)
}
