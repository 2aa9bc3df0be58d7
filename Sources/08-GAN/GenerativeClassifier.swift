// § 8.1  A classifier that knows the joint distribution

import DataSets
import Messages
import Tensors

extension GaussianMixture {
  /// The most likely Gaussians for points with known classes: πₖ = N_k / N, and μₖ and Σₖ are the mean and the
  /// covariance of the points of class k. With its weights it is the joint distribution p(x, y). Definition 8.2
  ///
  /// Memberships r are one-hot labels, or shares that add up to 1 in every row: πₖ = Σₙ rₙₖ / N, and
  /// μₖ = Σₙ rₙₖ xₙ / Σₙ rₙₖ. With a shared covariance, the mean Σₖ πₖ Σₖ, log p(1 | x) − log p(0 | x) is linear in x.
  /// `smallest` is added to all variances. Throws if a covariance is not positive definite. x: [N×D]; r: [N×K]
  public init(
    fitting x: Tensor, memberships r: Tensor, sharesCovariance: Bool = false, smallest: Double = 0
  ) throws(LinearAlgebraError) {
    require(
      x.rank == 2 && r.rank == 2 && x.shape[0] == r.shape[0],
      "cannot fit Gaussians to points \(x.shape) with memberships \(r.shape): shapes [N×D] and [N×K] are needed")
    let (x, r) = (x.converted(to: .double), r.converted(to: .double))
    let (N, K, counts) = (Double(x.shape[0]), r.shape[1], r.sum(axes: [0]).scalars)
    let empty = counts.firstIndex { !($0 > 0) }
    require(
      empty == nil,
      "cannot fit Gaussian \(empty ?? 0) of \(K): its memberships add up to \(counts[empty ?? 0]); each class needs "
        + "points")
    let means = (0..<K).map { k in (r.sliced(k..<k + 1, axis: 1) * x).sum(axes: [0]) / counts[k] }
    var covariances = (0..<K).map { k in
      let d = x - means[k]
      return matmul((r.sliced(k..<k + 1, axis: 1) * d).transposed, d) / counts[k]  // [D×D]
    }
    if sharesCovariance {
      let shared = zip(counts, covariances).map { $0 / N * $1 }.reduce(
        .zeros(covariances[0].shape, scalarType: .double), +)
      covariances = [Tensor](repeating: shared, count: K)
    }
    var components: [Component] = []
    for k in 0..<K {
      let L = try LinearAlgebra.cholesky(covariances[k] + smallest * .identity(x.shape[1], scalarType: .double))
      components.append(
        Component(weight: counts[k] / N, mean: means[k].scalars, factor: (0..<x.shape[1]).map { L[$0].scalars }))
    }
    self.init(components)
  }

  /// The mean and the covariance of the whole mixture: Σₖ πₖ μₖ and Σₖ πₖ (Σₖ + (μₖ − μ)(μₖ − μ)ᵀ).
  public var moments: (mean: Tensor, covariance: Tensor) {
    let parts = components.map { (π: $0.weight, μ: Tensor($0.mean, scalarType: .double), Σ: $0.covariance) }
    let zeros = Tensor.zeros([dimension], scalarType: .double)
    let mean = parts.reduce(zeros) { $0 + $1.π * $1.μ }
    let covariance = parts.reduce(Tensor.zeros([dimension, dimension], scalarType: .double)) { sum, part in
      let d = part.μ - mean
      return sum + part.π * (part.Σ + d.expanded(axis: 1) * d)
    }
    return (mean, covariance)
  }
}

extension GaussianMixture.Component {
  /// Σ = L Lᵀ. [D×D]
  public var covariance: Tensor {
    let L = Tensor(factor, scalarType: .double)
    return matmul(L, L.transposed)
  }
}

/// The boundary nᵀx + c = 0 between two classes, with ‖n‖ = 1 and class 1 on the side to which n points. § 8.1
public struct LinearBoundary: Sendable {
  /// The normal n.
  public let normal: [Double]
  /// The offset c.
  public let offset: Double

  /// The points where the logit wᵀx + b is 0.
  public init(weights w: Tensor, bias b: Double) {
    let length = w.norm().item
    (normal, offset) = ((w / length).scalars, b / length)
  }

  /// The boundary of two Gaussians with the same covariance: w = Σ⁻¹ (μ₁ − μ₀) and
  /// b = log π₁/π₀ − ½ (μ₁ᵀ Σ⁻¹ μ₁ − μ₀ᵀ Σ⁻¹ μ₀).
  public init(between mixture: GaussianMixture) throws(LinearAlgebraError) {
    let parts = mixture.components
    require(
      parts.count == 2 && parts[0].factor == parts[1].factor,
      "cannot find the boundary between \(parts.count) Gaussians: two with the same covariance are needed")
    let (μ0, μ1) = (Tensor(parts[0].mean, scalarType: .double), Tensor(parts[1].mean, scalarType: .double))
    let w = try LinearAlgebra.solve(parts[0].covariance, μ1 - μ0)
    let odds = Tensor(parts[1].weight / parts[0].weight, scalarType: .double).log()
    self.init(weights: w, bias: (odds - 0.5 * (w * (μ0 + μ1)).sum()).item)
  }

  /// The largest difference between two boundaries in a component of the normal or in the offset.
  public func gap(to other: LinearBoundary) -> Double {
    zip(normal + [offset], other.normal + [other.offset]).map { abs($0 - $1) }.max() ?? 0
  }
}
