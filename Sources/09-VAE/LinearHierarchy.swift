// § 9.10  Two levels of latent variables in closed form

import Messages
import Tensors

/// A hierarchy of two linear-Gaussian levels: z₂ ∼ N(0, I), z₁ = A z₂ + s₁ ε₁, x = W z₁ + s ε. § 9.10
public struct LinearHierarchy: Sendable {
  /// A. [d₁×d₂]
  public let upper: Tensor
  /// W. [D×d₁]
  public let lower: Tensor
  /// The deviations s₁ and s.
  public let upperDeviation, lowerDeviation: Double

  /// The model with these matrices and deviations, in `Double`.
  public init(upper A: Tensor, lower W: Tensor, upperDeviation s₁: Double, lowerDeviation s: Double) {
    require(
      A.rank == 2 && W.rank == 2 && W.shape[1] == A.shape[0] && s₁ > 0 && s > 0,
      "cannot make a hierarchy of levels \(A.shape) and \(W.shape): [d₁×d₂], [D×d₁] and positive deviations are "
        + "needed")
    (upper, lower) = (A.converted(to: .double), W.converted(to: .double))
    (upperDeviation, lowerDeviation) = (s₁, s)
  }

  /// A distribution of both levels given x: z₂ ∼ N(B x, S₂) and z₁ ∼ N(C x + G z₂, S₁).
  public struct Posterior: Sendable {
    /// B. [d₂×D]
    public var upperMean: Tensor
    /// S₂. [d₂×d₂]
    public var upperCovariance: Tensor
    /// C. [d₁×D]
    public var lowerMean: Tensor
    /// G. [d₁×d₂]
    public var lowerSlope: Tensor
    /// S₁. [d₁×d₁]
    public var lowerCovariance: Tensor

    /// The distribution with these matrices.
    public init(
      upperMean B: Tensor, upperCovariance S₂: Tensor, lowerMean C: Tensor, lowerSlope G: Tensor,
      lowerCovariance S₁: Tensor
    ) {
      (upperMean, upperCovariance, lowerMean, lowerSlope, lowerCovariance) = (B, S₂, C, G, S₁)
    }
  }

  /// The three terms of the hierarchical bound, in nats: E log p(x | z₁) − KL(q(z₂ | x) ‖ p(z₂)) −
  /// E KL(q(z₁ | x, z₂) ‖ p(z₁ | z₂)). § 9.10
  public struct Terms: Sendable {
    /// E log p(x | z₁).
    public let reconstruction: Double
    /// KL(q(z₂ | x) ‖ p(z₂)), and the mean over z₂ of KL(q(z₁ | x, z₂) ‖ p(z₁ | z₂)).
    public let upperDivergence, lowerDivergence: Double
    /// The bound.
    public var bound: Double { reconstruction - upperDivergence - lowerDivergence }
  }

  /// The covariance of x: C = W (A Aᵀ + s₁² I) Wᵀ + s² I. [D×D]
  public var covariance: Tensor {
    let z₁ = matmul(upper, upper.transposed) + square(upperDeviation) * identity(lower.shape[1])
    return matmul(matmul(lower, z₁), lower.transposed) + square(lowerDeviation) * identity(lower.shape[0])
  }

  /// log p(x) = log N(x; 0, C). x: [D]
  public func logEvidence(of x: Tensor) throws -> Double {
    let C = covariance
    let logDeterminant = LinearAlgebra.logDeterminant(C).logarithm
    return -0.5 * (Double(x.count) * log2π + logDeterminant + (x * (try LinearAlgebra.solve(C, x))).sum().item)
  }

  /// The exact posterior of both levels.
  public func posterior() throws -> Posterior {
    let (A, W) = (upper, lower)
    let B = matmul(matmul(W, A).transposed, try LinearAlgebra.inverse(covariance))
    let (u, v) = (1 / square(upperDeviation), 1 / square(lowerDeviation))
    let S₁ = try LinearAlgebra.inverse(u * identity(A.shape[0]) + v * matmul(W.transposed, W))
    return Posterior(
      upperMean: B, upperCovariance: identity(A.shape[1]) - matmul(matmul(B, W), A),
      lowerMean: v * matmul(S₁, W.transposed), lowerSlope: u * matmul(S₁, A), lowerCovariance: S₁)
  }

  /// The bound in closed form for any Gaussian q of this form. x: [D]
  public func terms(of x: Tensor, under q: Posterior) -> Terms {
    let (m₂, c) = (matmul(q.upperMean, x), matmul(q.lowerMean, x))
    func spread(_ M: Tensor, _ S: Tensor) -> Double { (matmul(M, S) * M).sum().item }  // tr M S Mᵀ
    func trace(_ S: Tensor) -> Double { (S * identity(S.shape[0])).sum().item }
    func logDeterminant(_ S: Tensor) -> Double { LinearAlgebra.logDeterminant(S).logarithm }
    func size(_ v: Tensor) -> Double { v.squared().sum().item }
    let (v₁, v) = (square(upperDeviation), square(lowerDeviation))
    // x − W z₁, with z₁ = c + G z₂ + noise of covariance S₁.
    let residual = size(x - matmul(lower, c + matmul(q.lowerSlope, m₂)))
    let variance =
      spread(lower, q.lowerCovariance) + spread(matmul(lower, q.lowerSlope), q.upperCovariance)
    let D = Double(x.count)
    // c + (G − A) z₂, the difference of the means of q and p.
    let gap = q.lowerSlope - upper
    let distance = size(c + matmul(gap, m₂)) + spread(gap, q.upperCovariance)
    let (d₁, d₂) = (Double(c.count), Double(m₂.count))
    return Terms(
      reconstruction: -0.5 * (D * (log2π + log(v)) + (residual + variance) / v),
      upperDivergence: 0.5 * (trace(q.upperCovariance) + size(m₂) - d₂ - logDeterminant(q.upperCovariance)),
      lowerDivergence: 0.5
        * ((trace(q.lowerCovariance) + distance) / v₁ - d₁ + d₁ * log(v₁) - logDeterminant(q.lowerCovariance)))
  }
}

private func square(_ x: Double) -> Double { x * x }

private func identity(_ n: Int) -> Tensor { .identity(n, scalarType: .double) }
