import Kernels
import Messages

// Normalization: batch, layer, group and instance. One pass over memory forward and one backward, with the activation.

/// Batch normalization: f(γ x̂ + β) with x̂ = (x − μ) / √(σ² + ε), where every channel has its own mean μ and variance
/// σ² over all examples and positions, and its own scale γ and shift β. x: [N×C] or [N×C×…]; scale and shift: [C]
///
/// The mean and the variance (the mean squared distance from the mean) are returned as constants, for running
/// statistics. [C]
public func batchNormalized(
  _ x: Tensor, scale: Tensor, shift: Tensor, epsilon: Double = 1e-5, then activation: Activation = .identity
) -> (value: Tensor, mean: Tensor, variance: Tensor) {
  x.requireChannels(scale, shift, "normalize a batch of shape")
  let n = x.normalization(.batch, epsilon, activation)
  return x.normalized(scale, shift, n) { x, scale, shift in
    let others = x.shape.lengths.indices.filter { $0 != 1 }
    return activation.definition(
      x.standardized(over: others, epsilon) * scale.alongChannels(of: x) + shift.alongChannels(of: x))
  }
}

/// Batch normalization with given statistics, as in a trained network: f(γ (x − μ) / √(σ² + ε) + β). x: [N×C] or
/// [N×C×…]; mean, variance, scale and shift: [C]
public func batchNormalized(
  _ x: Tensor, mean: Tensor, variance: Tensor, scale: Tensor, shift: Tensor, epsilon: Double = 1e-5,
  then activation: Activation = .identity
) -> Tensor {
  x.requireChannels(scale, shift, "normalize a batch of shape")
  x.requireChannels(mean, variance, "normalize, by mean and variance, a batch of shape")
  let inputs = [x, mean, variance, scale, shift]
  let buffer = Buffer(x.scalarType, count: x.count)
  normalize(
    x.elements, mean: mean.elements, variance: variance.elements, scale: scale.elements, shift: shift.elements,
    x.normalization(.batch, epsilon, activation), into: buffer)
  return Tensor(x.shape, buffer).recorded(jointly: inputs) { g, _ in
    valueWithPullback(at: inputs) { inputs in
      let v = inputs.dropFirst().map { $0.alongChannels(of: inputs[0]) }
      return activation.definition((inputs[0] - v[0]) / (v[1] + epsilon).squareRoot() * v[2] + v[3])
    }.pullback(g)
  }
}

/// Layer normalization: f(γ x̂ + β) with x̂ = (x − μ) / √(σ² + ε), where every example has its own mean μ and variance
/// σ² over the last axes, and every position in them its own scale γ and shift β. x: […×D]; scale and shift: [D], or
/// several last axes of x
public func layerNormalized(
  _ x: Tensor, scale: Tensor, shift: Tensor, epsilon: Double = 1e-5, then activation: Activation = .identity
) -> Tensor {
  let axes = max(0, x.rank - scale.rank)..<x.rank
  require(
    scale.rank > 0 && scale.shape == shift.shape && x.shape.lengths[axes] == scale.shape.lengths[...],
    "cannot normalize the last axes of \(x.shape) with scale \(scale.shape) and shift \(shift.shape): "
      + "give both the shape of these axes")
  for other in [scale, shift] { x.requireSameType(other, "normalize") }
  let n = Normalization(
    examples: x.shape.lengths[..<axes.lowerBound].reduce(1, *), channels: scale.count, positions: 1,
    groups: .neighbours(1), epsilon: epsilon, activation: activation)
  return x.normalized(scale, shift, n) { x, scale, shift in
    activation.definition(x.standardized(over: Array(axes), epsilon) * scale + shift)
  }.value
}

/// Group normalization: f(γ x̂ + β) with x̂ = (x − μ) / √(σ² + ε), where in every example each of `groups` groups of
/// neighbouring channels has its own mean μ and variance σ², and every channel its own scale γ and shift β. x: [N×C] or
/// [N×C×…]; scale and shift: [C]
public func groupNormalized(
  _ x: Tensor, groups: Int, scale: Tensor, shift: Tensor, epsilon: Double = 1e-5,
  then activation: Activation = .identity
) -> Tensor {
  x.requireChannels(scale, shift, "normalize, in groups of channels,")
  require(
    groups > 0 && x.shape[1] % groups == 0,
    "cannot normalize \(x.shape) in \(groups) groups of equal size: it has \(x.shape[1]) channels")
  let n = x.normalization(.neighbours(groups), epsilon, activation)
  return x.normalized(scale, shift, n) { x, scale, shift in
    let grouped = x.reshaped([x.shape[0], groups, n.groupSize]).standardized(over: [2], epsilon)
    return activation.definition(
      grouped.reshaped(x.shape) * scale.alongChannels(of: x) + shift.alongChannels(of: x))
  }.value
}

/// Instance normalization: group normalization with one channel per group. x: [N×C×…]; scale and shift: [C]
public func instanceNormalized(
  _ x: Tensor, scale: Tensor, shift: Tensor, epsilon: Double = 1e-5, then activation: Activation = .identity
) -> Tensor {
  x.requireChannels(scale, shift, "normalize, channel by channel,")
  return groupNormalized(x, groups: x.shape[1], scale: scale, shift: shift, epsilon: epsilon, then: activation)
}

extension Tensor {
  /// The normalization of the channels, the second axis.
  fileprivate func normalization(
    _ groups: Normalization.Groups, _ epsilon: Double, _ activation: Activation
  ) -> Normalization {
    Normalization(
      examples: shape[0], channels: shape[1], positions: shape.lengths[2...].reduce(1, *), groups: groups,
      epsilon: epsilon, activation: activation)
  }

  /// The value, differentiable, and the statistics, constant.
  fileprivate func normalized(
    _ scale: Tensor, _ shift: Tensor, _ n: Normalization,
    definition: @escaping @Sendable (_ x: Tensor, _ scale: Tensor, _ shift: Tensor) -> Tensor
  ) -> (value: Tensor, mean: Tensor, variance: Tensor) {
    let (x, γ, β) = (contiguous(), scale.contiguous(), shift.contiguous())
    let y = Buffer(scalarType, count: count)
    let (mean, variance) = (Buffer(scalarType, count: n.groupCount), Buffer(scalarType, count: n.groupCount))
    normalize(x.elements, scale: γ.elements, shift: β.elements, n, into: y, mean: mean, variance: variance)
    let value = Tensor.fused(
      [x, γ, β], value: Tensor(shape, y), definition: { definition($0[0], $0[1], $0[2]) },
      pullback: { g, _ in
        let (dx, dγ, dβ) = (Buffer(g.scalarType, count: g.count), n.channelBuffer(g), n.channelBuffer(g))
        pullBackNormalization(
          g.elements, through: x.elements, scale: γ.elements, shift: β.elements, mean: mean, variance: variance, n,
          into: dx, scale: dγ, shift: dβ)
        return [Tensor(x.shape, dx), Tensor(γ.shape, dγ), Tensor(β.shape, dβ)]
      })
    return (value, Tensor([n.groupCount], mean), Tensor([n.groupCount], variance))
  }

  /// (x − μ) / √(σ² + ε) in plain tensor operations.
  fileprivate func standardized(over axes: [Int], _ epsilon: Double) -> Tensor {
    let deviation = self - mean(axes: axes, keepsAxes: true)
    return deviation / (deviation.squared().mean(axes: axes, keepsAxes: true) + epsilon).squareRoot()
  }

  /// One number for each channel of x, in a shape that repeats along its other axes. [C×1×…]
  fileprivate func alongChannels(of x: Tensor) -> Tensor {
    reshaped(Shape([count] + x.shape.lengths[2...].map { _ in 1 }))
  }

  fileprivate func requireChannels(_ first: Tensor, _ second: Tensor, _ attempt: String) {
    require(
      rank >= 2 && first.shape == [shape[1]] && second.shape == first.shape,
      "cannot \(attempt) \(shape) with one number for each channel in \(first.shape) and \(second.shape): "
        + "channels are axis 1")
    for other in [first, second] { requireSameType(other, "normalize") }
  }
}

extension Normalization {
  fileprivate func channelBuffer(_ g: Tensor) -> Buffer { Buffer(g.scalarType, count: channels) }
}
