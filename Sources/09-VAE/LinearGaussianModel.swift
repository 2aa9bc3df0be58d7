// § 9.1, § 9.3  A latent-variable model in which everything has a closed form

import Distributions
import Messages
import Tensors

/// z ∼ N(0, I) and x | z ∼ N(W z + b, s² I): the integral (9.1), the posterior and the bound have closed forms.
///
/// It is probabilistic principal component analysis: Tipping and Bishop (1999). All numbers are `Double`.
public struct LinearGaussianModel: Sendable {
  /// W. [D×d]
  public let weights: Tensor
  /// b. [D]
  public let offset: Tensor
  /// The variance s² of the noise.
  public let noise: Double
  /// p(x) = N(b, W Wᵀ + s² I), the integral (9.1).
  public let marginal: MultivariateNormal
  /// Λ = I + Wᵀ W / s², the inverse covariance of every posterior. [d×d]
  public let precision: Tensor

  /// The model with these weights [D×d], this offset [D] (zeros if omitted) and this noise variance s².
  public init(weights W: Tensor, offset: Tensor? = nil, noise s²: Double) throws(LinearAlgebraError) {
    require(W.rank == 2, "cannot make a linear model of weights \(W.shape): [D×d] is needed")
    let b = offset ?? Tensor.zeros([W.shape[0]])
    require(
      b.shape == [W.shape[0]] && s² > 0,
      "cannot make a linear model of weights \(W.shape), offset \(b.shape) and noise \(s²): [D×d], [D] and a positive "
        + "variance are needed")
    (weights, self.offset, noise) = (W.converted(to: .double), b.converted(to: .double), s²)
    let (D, d) = (W.shape[0], W.shape[1])
    marginal = try MultivariateNormal(
      mean: self.offset,
      covariance: matmul(weights, weights.transposed) + s² * Tensor.identity(D, scalarType: .double))
    precision = Tensor.identity(d, scalarType: .double) + matmul(weights.transposed, weights) / s²
  }

  /// The number of latent variables: d.
  public var latentCount: Int { weights.shape[1] }

  /// p(z | x) = N(Λ⁻¹ Wᵀ (x − b) / s², Λ⁻¹). x: [D]
  public func posterior(of x: Tensor) throws(LinearAlgebraError) -> MultivariateNormal {
    let covariance = try LinearAlgebra.inverse(precision)
    let mean = matmul(matmul(covariance, weights.transposed), (x - offset).expanded(axis: 1)).squeezed(axis: 1) / noise
    return try MultivariateNormal(mean: mean, covariance: covariance)
  }

  /// log p(x | z) and the prior as a function of z, for one x. x: [D]
  public func joint(of x: Tensor) -> JointDensity {
    let (W, b, s²) = (weights, offset, noise)
    return JointDensity(latentCount: latentCount) { z in
      let squares = (x - b - matmul(z, W.transposed)).squared().sum(axes: [1])
      return -0.5 * (squares / s² + Double(x.count) * log(2 * Double.pi * s²))
    }
  }

  // MARK: - The bound

  /// E[log p(x | z)] for z ∼ q: the first term of (9.8). x: [D]
  public func expectedLogLikelihood(of x: Tensor, under q: MultivariateNormal) -> Double {
    joint(of: x).logLikelihood(q.mean.expanded(axis: 0)).item
      - 0.5 * matmul(weights, q.factor).squared().sum().item / noise
  }

  /// E[log p(x | z)] for z ∼ N(μ, diag σ²), with derivatives: log p(x | μ) − Σⱼ (WᵀW)ⱼⱼ σⱼ² / 2s². x: [D]; q: [d]
  public func expectedLogLikelihood(of x: Tensor, under q: Normal) -> Tensor {
    joint(of: x).logLikelihood(q.mean.expanded(axis: 0)).sum()
      - (weights.squared().sum(axes: [0]) * q.logVariance.exp()).sum() / (2 * noise)
  }

  /// ELBO(x) = E[log p(x | z)] − KL(q ‖ p(z)). (9.8) x: [D]
  public func bound(of x: Tensor, by q: MultivariateNormal) -> Double {
    expectedLogLikelihood(of: x, under: q) - q.klDivergence(to: .standard(latentCount))
  }

  /// ELBO(x) = E[log p(x, z)] − E[log q(z | x)], the first term of (9.7). x: [D]
  public func boundFromJoint(of x: Tensor, by q: MultivariateNormal) -> Double {
    expectedLogLikelihood(of: x, under: q) + MultivariateNormal.standard(latentCount).expectedLogDensity(under: q)
      + q.entropy
  }

  /// The diagonal q(z | x) with the largest bound: the posterior's mean and the variances 1/Λⱼⱼ. x: [D]
  public func bestDiagonal(of x: Tensor) throws(LinearAlgebraError) -> Normal {
    Normal(mean: try posterior(of: x).mean, logVariance: -precisionDiagonal.log())
  }

  /// Exercise 9.2: the smallest gap between log p(x) and the bound for diagonal q, ½ (Σⱼ log Λⱼⱼ − log |Λ|), the same
  /// for every x. It is 0 if and only if Wᵀ W is diagonal.
  public var smallestDiagonalGap: Double {
    0.5 * (precisionDiagonal.log().sum().item - LinearAlgebra.logDeterminant(precision).logarithm)
  }

  private var precisionDiagonal: Tensor {
    (precision * Tensor.identity(latentCount, scalarType: .double)).sum(axes: [1])
  }

  /// Var p(x | z) / p(x)² for z ∼ N(0, I): what plain Monte Carlo has to average away. § 9.3.1 x: [D]
  ///
  /// N(x; W z, s² I)² = (4π s²)^(−D/2) N(x; W z, ½ s² I), so the second moment is a marginal density too.
  public func relativeVariance(of x: Tensor) throws(LinearAlgebraError) -> Double {
    let row = x.expanded(axis: 0)
    let sharper = try LinearGaussianModel(weights: weights, offset: offset, noise: noise / 2)
    let secondMoment = sharper.marginal.logDensity(of: row) - 0.5 * Double(x.count) * log(4 * Double.pi * noise)
    return (secondMoment - 2 * marginal.logDensity(of: row)).expm1().item
  }
}

/// log x of one number.
func log(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }
