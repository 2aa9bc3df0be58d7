// § 8.4.2  The gradient penalty

import Messages
import Tensors

/// x̂ = ε x + (1 − ε) G(z) with one ε ∼ U(0, 1) for each example. (8.16) real, fake: [N×…] → [N×…]
public func interpolated(_ real: Tensor, _ fake: Tensor, using random: RandomSource) -> Tensor {
  require(
    real.shape == fake.shape,
    "cannot interpolate between examples \(real.shape) and \(fake.shape): equal shapes are needed")
  let perExample = Shape([real.shape[0]] + [Int](repeating: 1, count: real.rank - 1))
  let ε = random.uniform(perExample, in: 0..<1, scalarType: real.scalarType)
  return ε * real + (1 - ε) * fake
}

/// ‖∇f(x)‖₂ for each example x, over all of its numbers. x: [N×…] → [N]
///
/// The result is differentiable. The sum over the batch has the gradients of single examples only if f treats them
/// separately: with batch normalization in f the examples mix.
public func gradientNorms(_ x: Tensor, of f: (Tensor) -> Tensor) -> Tensor {
  let slope = gradient(at: x) { f($0).sum() }
  return (slope.squared().flattened(from: 1).sum(axes: [1]) + 1e-24).squareRoot()
}

/// E[(‖∇f(x̂)‖₂ − 1)²], the penalty of (8.16) without its factor λ. x̂: [N×…]
public func gradientPenalty(at x̂: Tensor, of f: (Tensor) -> Tensor) -> Tensor {
  (gradientNorms(x̂, of: f) - 1).squared().mean()
}

/// ½ E‖∇f(x)‖² at real examples, the penalty R1 of Mescheder et al. (2018) without its factor γ. x: [N×…]
public func realPenalty(at x: Tensor, of f: (Tensor) -> Tensor) -> Tensor {
  0.5 * gradientNorms(x, of: f).squared().mean()
}
