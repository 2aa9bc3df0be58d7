// § 3.5  Batch normalization: the layer

import Messages
import Tensors
import Training

/// Batch normalization: BN(x) = γ x̂ + β, with the statistics of the batch in training and running ones otherwise.
/// (3.14), § 3.5
///
/// Ioffe and Szegedy (2015). Channels are axis 1; the statistics are over all other axes: the examples of [N×C], the
/// examples and pixels of [N×C×H×W]. Each training batch updates the running mean, μ ← (1 − α) μ + α μ_B, and likewise
/// the running variance with the *unbiased* variance of the batch, m / (m − 1) σ_B², as PyTorch does.
public struct BatchNormalization: Module, NeedsSeveralExamples {
  /// The factors γ. [C]
  public var scale: Tensor
  /// The offsets β. [C]
  public var shift: Tensor
  /// The running mean and the running variance. [C]
  public var runningMean, runningVariance: Tensor
  /// The weight α of a new batch in the running statistics.
  public let momentum: Double
  /// The term ε that keeps the quotient finite.
  public let epsilon: Double

  /// A normalization of features or channels, with γ = 1 and β = 0.
  public init(features: Int, momentum: Double = 0.1, epsilon: Double = 1e-5) {
    require(
      features >= 1 && 0...1 ~= momentum && epsilon >= 0,
      "cannot normalize \(features) features with α = \(momentum) and ε = \(epsilon): α in 0...1 and ε ≥ 0 are needed")
    (scale, shift) = (.ones([features]), .zeros([features]))
    (runningMean, runningVariance) = (.zeros([features]), .ones([features]))
    (self.momentum, self.epsilon) = (momentum, epsilon)
  }

  /// The factors and the offsets.
  public static var parameters: [PartialKeyPath<BatchNormalization>] { [\.scale, \.shift] }
  /// The running mean and the running variance.
  public static var statistics: [PartialKeyPath<BatchNormalization>] { [\.runningMean, \.runningVariance] }

  /// The normalized batch. [N×C] or [N×C×…]
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, then: .identity) }

  /// The normalized batch with an activation function after it, in one pass over memory.
  public func callAsFunction(_ x: Tensor, then activation: Activation) -> Tensor {
    if Mode.current == .evaluation {
      return batchNormalized(
        x, mean: runningMean, variance: runningVariance, scale: scale, shift: shift, epsilon: epsilon, then: activation)
    }
    let (y, μ, σ2) = batchNormalized(x, scale: scale, shift: shift, epsilon: epsilon, then: activation)
    let (α, m) = (momentum, Double(x.count / x.shape[1]))
    require(
      m > 1,
      "cannot normalize \(x.shape) by its own statistics: a single number per channel has no variance. "
        + "In training every batch needs at least two examples, including the last batch of an epoch")
    runningMean.observe { (1 - α) * $0 + α * μ }
    runningVariance.observe { (1 - α) * $0 + α * m / (m - 1) * σ2 }
    return y
  }
}

extension BatchNormalization {
  /// The affine map of every channel that the layer is in evaluation: y = a x + b with a = γ / √(σ² + ε) and
  /// b = β − a μ. [C]
  public var affineMap: (factor: Tensor, offset: Tensor) {
    let a = scale / (runningVariance + epsilon).squareRoot()
    return (a, shift - a * runningMean)
  }

  /// The weights and bias of a linear or convolutional layer with this normalization, in evaluation, folded into it:
  /// W ← a W and b ← a b + (β − a μ), output by output. weight: [C×…]; bias: [C]
  public func folded(weight: Tensor, bias: Tensor?) -> (weight: Tensor, bias: Tensor) {
    require(
      weight.rank >= 2 && weight.shape[0] == scale.count,
      "cannot fold the normalization of \(scale.count) channels into weights \(weight.shape): "
        + "one row per channel is needed"
    )
    let (a, b) = affineMap
    let rows = Shape([scale.count] + weight.shape.lengths.dropFirst().map { _ in 1 })
    return (a.reshaped(rows) * weight, bias.map { a * $0 + b } ?? b)
  }
}
