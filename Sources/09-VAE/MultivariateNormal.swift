// § 9.5, Exercise 9.1  Normal distributions with any covariance matrix, and their divergence

import Distributions
import Messages
import Tensors

/// A vector z ∼ N(μ, Σ) with any positive definite covariance matrix. All numbers are `Double`.
public struct MultivariateNormal: Sendable {
  /// The mean μ. [d]
  public let mean: Tensor
  /// The covariance matrix Σ. [d×d]
  public let covariance: Tensor
  /// The lower triangle L with L Lᵀ = Σ. [d×d]
  public let factor: Tensor
  /// L⁻¹, which makes independent standard normal numbers of z − μ. [d×d]
  private let whitening: Tensor

  /// N(μ, Σ). Throws if Σ is not positive definite.
  public init(mean μ: Tensor, covariance Σ: Tensor) throws(LinearAlgebraError) {
    require(
      μ.rank == 1 && Σ.shape == [μ.count, μ.count],
      "cannot make a normal distribution of a mean \(μ.shape) and a covariance \(Σ.shape): [d] and [d×d] are needed")
    (mean, covariance) = (μ.converted(to: .double), Σ.converted(to: .double))
    factor = try LinearAlgebra.cholesky(covariance)
    whitening = try LinearAlgebra.inverse(factor)
  }

  /// N(μ, diag σ²), as in Theorem 9.6. q: [d]
  public init(_ q: Normal) {
    require(q.mean.rank == 1, "cannot join normal variables \(q.mean.shape) into one vector: [d] is needed")
    mean = q.mean.converted(to: .double)
    let (logVariance, I) = (q.logVariance.converted(to: .double), Tensor.identity(q.mean.count, scalarType: .double))
    (covariance, factor) = (I * logVariance.exp(), I * (0.5 * logVariance).exp())
    whitening = I * (-0.5 * logVariance).exp()
  }

  /// N(0, I) in d dimensions.
  public static func standard(_ d: Int) -> MultivariateNormal {
    MultivariateNormal(Normal.standard([d], scalarType: .double))
  }

  /// The number of coordinates: d.
  public var dimension: Int { mean.count }

  /// log |Σ| = −2 Σⱼ log (L⁻¹)ⱼⱼ.
  public var logDeterminant: Double {
    let I = Tensor.identity(dimension, scalarType: .double)
    return -2 * (whitening * I).sum(axes: [1]).log().sum().item
  }

  /// log N(z; μ, Σ) of every row: −½ (‖L⁻¹ (z − μ)‖² + log |Σ| + d log 2π). [N×d] → [N]
  public func logDensity(of z: Tensor) -> Tensor {
    let squares = matmul(z - mean, whitening.transposed).squared().sum(axes: [1])
    return -0.5 * (squares + (logDeterminant + Double(dimension) * log2π))
  }

  /// μ + L ε for every row ε of standard normal noise, a draw. [N×d] → [N×d]
  public func draws(noise ε: Tensor) -> Tensor { mean + matmul(ε.converted(to: .double), factor.transposed) }

  /// −E[log N(z; μ, Σ)] = ½ (log |Σ| + d (1 + log 2π)), in nats.
  public var entropy: Double { 0.5 * (logDeterminant + Double(dimension) * (1 + log2π)) }

  /// E[log N(z; μ, Σ)] for z from another normal distribution q: log N(μ_q; μ, Σ) − ½ Tr(Σ⁻¹ Σ_q).
  public func expectedLogDensity(under q: MultivariateNormal) -> Double {
    logDensity(of: q.mean.expanded(axis: 0)).item - 0.5 * precisionTrace(q)
  }

  /// KL(q ‖ p) = ½ [log |Σ₂|/|Σ₁| − d + Tr(Σ₂⁻¹ Σ₁) + (μ₂ − μ₁)ᵀ Σ₂⁻¹ (μ₂ − μ₁)], in nats, for this q = N(μ₁, Σ₁) and
  /// p = N(μ₂, Σ₂). (9.28)
  public func klDivergence(to p: MultivariateNormal) -> Double {
    require(
      dimension == p.dimension,
      "cannot compare normal distributions in \(dimension) and \(p.dimension) dimensions: they must be equal")
    let distance = matmul(p.whitening, (p.mean - mean).expanded(axis: 1)).squared().sum().item
    return 0.5 * (p.logDeterminant - logDeterminant - Double(dimension) + p.precisionTrace(self) + distance)
  }

  /// Tr(Σ⁻¹ Σ_q) = ‖L⁻¹ L_q‖², the sum of all squared elements.
  private func precisionTrace(_ q: MultivariateNormal) -> Double { matmul(whitening, q.factor).squared().sum().item }

  /// The distribution N(A μ + b, A Σ Aᵀ) of A z + b, for a matrix A with independent rows. A: [k×d]; b: [k]
  public func mapped(by A: Tensor, plus b: Tensor) throws(LinearAlgebraError) -> MultivariateNormal {
    try MultivariateNormal(
      mean: matmul(A, mean.expanded(axis: 1)).squeezed(axis: 1) + b,
      covariance: matmul(matmul(A, covariance), A.transposed))
  }
}

/// log 2π.
let log2π = 1.8378770664093453
