// § 6.4.2  Why the scores are divided by √d_k

import Messages
import Tensors

/// The distribution of the entries of q and k: each has mean 0 and variance 1, as Theorem 6.3 requires.
public enum UnitEntries: String, CaseIterable, Sendable {
  /// N(0, 1).
  case normal
  /// U(−√3, √3).
  case uniform
  /// −1 or 1.
  case sign = "±1"

  /// Independent entries.
  public func drawn(_ shape: Shape, from random: RandomSource, scalarType: ScalarType = .double) -> Tensor {
    switch self {
    case .normal: random.normal(shape, scalarType: scalarType)
    case .uniform: random.uniform(shape, in: -3.0.squareRoot()..<3.0.squareRoot(), scalarType: scalarType)
    case .sign: 2 * random.bernoulli(shape, probability: 0.5, scalarType: scalarType) - 1
    }
  }
}

/// Dot products qᵀk of `count` independent pairs with d_k independent entries each: mean 0 (6.10), variance d_k (6.11),
/// and variance 1 after division by √d_k (6.12). Theorem 6.3 [count]
public func dotProducts(
  of entries: UnitEntries, depth d_k: Int, count: Int, from random: RandomSource
) -> Tensor {
  // In parts, so that 10⁵ pairs of 1,024 entries need no gigabyte.
  let part = max(1, 1_000_000 / d_k)
  let parts = stride(from: 0, to: count, by: part).map { start in
    let shape: Shape = [min(part, count - start), d_k]
    return (entries.drawn(shape, from: random) * entries.drawn(shape, from: random)).sum(axes: [1])
  }
  return Tensor.concatenated(parts, axis: 0)
}

/// The Jacobian of the softmax at its value p: ∂pᵢ/∂zⱼ = pᵢ (δᵢⱼ − pⱼ), that is diag(p) − p pᵀ. § 6.4.2 […×n] → […×n×n]
///
/// If p is one-hot, all entries are 0 and no gradient passes. The Jacobian depends on the differences between the
/// entries of z, not on their size.
public func softmaxJacobian(_ p: Tensor) -> Tensor {
  let n = p.shape[-1]
  let column = p.expanded(axis: -1)  // […×n×1]
  return column * (Tensor.identity(n, scalarType: p.scalarType) - p.expanded(axis: -2))
}

/// The entropy of rows of probabilities: −Σ p ln p, from 0 for one-hot rows to ln n for uniform ones. […×n] → […]
public func entropy(of p: Tensor) -> Tensor {
  let isPositive = p .> 0
  return -(p * select(isPositive, p, Tensor(1, scalarType: p.scalarType)).log()).sum(axes: [-1])
}
