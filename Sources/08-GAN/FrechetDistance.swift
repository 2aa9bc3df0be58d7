// § 8.8.2  The Fréchet distance

import Messages
import Tensors

/// The mean and the covariance of features: all that (8.19) uses of a set of images.
public struct FeatureStatistics: Sendable {
  /// The mean μ. [d]
  public let mean: Tensor
  /// The covariance Σ. [d×d]
  public let covariance: Tensor

  /// A Gaussian with this mean [d] and this symmetric covariance [d×d] without negative eigenvalues, both in `Double`.
  public init(mean: Tensor, covariance: Tensor) {
    require(
      mean.rank == 1 && covariance.shape == Shape([mean.count, mean.count]),
      "cannot describe features by a mean \(mean.shape) and a covariance \(covariance.shape): "
        + "[d] and [d×d] are needed")
    require(
      mean.isFinite && covariance.isFinite,
      "cannot describe features whose mean or covariance has NaN or infinite numbers: are all features finite?")
    (self.mean, self.covariance) = (mean.converted(to: .double), covariance.converted(to: .double))
  }

  /// The mean and the unbiased covariance Σ = 1/(N − 1) Σₙ (xₙ − μ)(xₙ − μ)ᵀ of features, in `Double`. [N×d]
  public init(of features: Tensor) {
    require(
      features.rank == 2 && features.shape[0] >= 2,
      "cannot take the covariance of features \(features.shape): at least two rows are needed")
    let x = features.stopGradient.converted(to: .double)
    let mean = x.mean(axes: [0])
    let centred = x - mean
    self.init(mean: mean, covariance: matmul(centred.transposed, centred) / Double(x.shape[0] - 1))
  }

  /// The trace of the covariance: the mean squared distance from the mean.
  public var totalVariance: Double {
    let d = mean.count
    return covariance.reshaped([d * d]).sliced(0..<d * d, axis: 0, by: d + 1).sum().item
  }
}

/// ‖μ_r − μ_g‖² + tr(Σ_r + Σ_g − 2 (Σ_r Σ_g)^½): the squared Fréchet distance of two Gaussians, in `Double`. (8.19)
///
/// Unlike the Inception Score it compares with real data. Remark 8.10
///
/// Σ_r Σ_g is not symmetric. Its root has the trace of the symmetric (Σ_r^½ Σ_g Σ_r^½)^½, which is the sum of the
/// singular values of Σ_r^½ Σ_g^½: real and not negative, even for covariances without full rank.
public func frechetDistance(_ r: FeatureStatistics, _ g: FeatureStatistics) -> Double {
  require(
    r.mean.count == g.mean.count,
    "cannot compare \(r.mean.count) features with \(g.mean.count): their number must be equal")
  let root = matmul(symmetricRoot(r.covariance), symmetricRoot(g.covariance))
  let traceOfRoot = LinearAlgebra.singularValues(root).sum().item
  let distance = (r.mean - g.mean).squared().sum().item + r.totalVariance + g.totalVariance - 2 * traceOfRoot
  return max(0, distance)
}

/// The Fréchet distance of two sets of features, [N×d] and [M×d], by their means and unbiased covariances. (8.19)
public func frechetDistance(_ real: Tensor, _ generated: Tensor) -> Double {
  frechetDistance(FeatureStatistics(of: real), FeatureStatistics(of: generated))
}

/// The value of (8.19) to be expected for N and M samples of one Gaussian with covariance Σ, to first order in 1/N and
/// 1/M: (1/N + 1/M) (tr Σ + ½ Σᵢⱼ λᵢ λⱼ (1 + δᵢⱼ) / (λᵢ + λⱼ)) with the eigenvalues λ of Σ.
///
/// For Σ = I, d features and N = M it is (2d + d(d + 1)/2)/N. The distance itself is 0: this is the bias of (8.19).
public func frechetBias(covariance: Tensor, counts N: Int, _ M: Int) -> Double {
  let λ = LinearAlgebra.symmetricEigen(covariance.converted(to: .double)).values.scalars.map { max(0, $0) }
  var sum = λ.reduce(0, +)
  for i in λ.indices {
    for j in λ.indices where λ[i] + λ[j] > 0 { sum += λ[i] * λ[j] * (i == j ? 2 : 1) / (λ[i] + λ[j]) / 2 }
  }
  return sum * (1 / Double(N) + 1 / Double(M))
}

/// Σ^½ of a covariance; an eigenvalue below 0 counts as 0, because in a covariance it can only come from rounding.
/// [d×d]
private func symmetricRoot(_ Σ: Tensor) -> Tensor {
  let (λ, V) = LinearAlgebra.symmetricEigen(Σ)
  let scale = λ.abs().max().item
  require(
    λ.min().item >= -1e-8 * scale,
    "cannot take the root of a covariance with the eigenvalue \(λ.min().item): none may be negative")
  return matmul(V * maximum(0, λ).squareRoot(), V.transposed)
}
