import Messages
public import Tensors

/// Independent normal variables N(μ, σ²), one for each element of a tensor.
///
/// It is a model with its mean and its log variance as parameters, so a posterior or a policy can be trained directly.
/// All results are elementwise: sum them over the axes of a variable of several dimensions.
public struct Normal: Model {
  /// The means μ.
  public var mean: Tensor
  /// The logarithms of the variances, log σ²: every number is allowed.
  public var logVariance: Tensor

  /// Normal variables with these means and log variances, which must have the same shape.
  public init(mean: Tensor, logVariance: Tensor) {
    require(
      mean.shape == logVariance.shape,
      "cannot make normal variables of means \(mean.shape) and log variances \(logVariance.shape): the shapes differ")
    (self.mean, self.logVariance) = (mean, logVariance)
  }

  /// Standard normal variables N(0, 1).
  public static func standard(_ shape: Shape, scalarType: ScalarType = .float) -> Normal {
    let zeros = Tensor.zeros(shape, scalarType: scalarType)
    return Normal(mean: zeros, logVariance: zeros)
  }

  /// The means and the log variances.
  public static var parameters: [PartialKeyPath<Normal>] { [\.mean, \.logVariance] }

  /// The standard deviations σ.
  public var standardDeviation: Tensor { (0.5 * logVariance).exp() }

  /// A draw μ + σ ε with ε ∼ N(0, 1); it has derivatives with respect to μ and log σ². Kingma and Welling (2014)
  public func sample(using random: RandomSource) -> Tensor {
    mean + standardDeviation * random.normal(mean.shape).converted(to: mean.scalarType)
  }

  /// log p(x) = −½ (log 2π + log σ² + (x − μ)² / σ²).
  public func logDensity(at x: Tensor) -> Tensor {
    -0.5 * (log2π + logVariance + (x - mean).squared() * (-logVariance).exp())
  }

  /// The score ∂ log p(x) / ∂x = (μ − x) / σ².
  public func score(at x: Tensor) -> Tensor { (mean - x) * (-logVariance).exp() }

  /// The differential entropy ½ (1 + log 2π + log σ²), in nats.
  public var entropy: Tensor { 0.5 * (1 + log2π + logVariance) }

  /// KL(p ‖ q) = ½ (log σ_q² − log σ_p² + (σ_p² + (μ_p − μ_q)²) / σ_q² − 1), in nats, for this p and the other q.
  public func klDivergence(to q: Normal) -> Tensor {
    let ratio = logVariance - q.logVariance
    return 0.5 * (ratio.exp() - ratio - 1 + (mean - q.mean).squared() * (-q.logVariance).exp())
  }

  /// The squared Wasserstein distance W₂² = (μ_p − μ_q)² + (σ_p − σ_q)².
  public func squaredWassersteinDistance(to q: Normal) -> Tensor {
    (mean - q.mean).squared() + (standardDeviation - q.standardDeviation).squared()
  }
}

/// log 2π.
private let log2π = 1.8378770664093453
