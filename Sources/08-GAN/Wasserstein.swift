// § 8.4.1  The Wasserstein distance in one dimension

import Messages
import Tensors

/// W₁ of two samples of equal size on the line: 1/N Σᵢ |x₍ᵢ₎ − y₍ᵢ₎|, both in ascending order. (8.13) x, y: [N]
///
/// On the line the cheapest coupling keeps the order. The result has derivatives with respect to both samples.
public func wassersteinBySorting(_ x: Tensor, _ y: Tensor) -> Tensor {
  require(
    x.rank == 1 && x.shape == y.shape && x.count >= 1,
    "cannot compare samples \(x.shape) and \(y.shape) by sorting: two vectors of the same length are needed; "
      + "for others use wassersteinByDistributions")
  return (x.sorted() - y.sorted()).abs().mean()
}

/// W₁ = ∫ |F(t) − G(t)| dt of two samples of any sizes on the line, F and G their distribution functions. (8.13)
///
/// Points may have weights; each sample's weights are scaled to sum 1. x, w: [N]; y, its weights: [M]
public func wassersteinByDistributions(
  _ x: Tensor, _ y: Tensor, weights w: Tensor? = nil, _ otherWeights: Tensor? = nil
) -> Tensor {
  require(
    x.rank == 1 && y.rank == 1 && x.count >= 1 && y.count >= 1,
    "cannot compare samples \(x.shape) and \(y.shape) on the line: two vectors are needed")
  let (p, q) = (w ?? .one(x), otherWeights ?? .one(y))
  let points = Tensor.concatenated([x, y], axis: 0)
  let order = points.argsort()
  let t = points.gathered(order)
  let steps = Tensor.concatenated([p / p.sum(), -(q / q.sum())], axis: 0).gathered(order)
  let n = t.count
  return (steps.cumulativeSum(axis: 0)[0..<n - 1].abs() * (t[1..<n] - t[0..<n - 1])).sum()
}

/// W₁ = ∫ |F(t) − G(t)| dt of two distribution functions, by a rule over an interval that holds both distributions.
/// (8.13)
public func wassersteinDistance(
  _ F: (Tensor) -> Tensor, _ G: (Tensor) -> Tensor, by rule: Quadrature
) -> Tensor {
  rule.integral { (F($0) - G($0)).abs() }
}

extension Tensor {
  fileprivate static func one(_ x: Tensor) -> Tensor { .ones(x.shape, scalarType: x.scalarType) }
}

// MARK: - Weighted points on the line

/// The optimal coupling of two distributions on the same points of the line, and the potential that proves it. (8.13),
/// (8.14)
public struct LineTransport: Sendable {
  /// The points, ascending. [n]
  public let points: Tensor
  /// The plan γ: γ[i, j] is the mass that goes from point i to point j. Its rows sum to p, its columns to q. [n×n]
  public let plan: Tensor
  /// A 1-Lipschitz f with E_p f − E_q f = W₁: its slope is the sign of G − F. Theorem 8.8 [n]
  public let potential: Tensor
  /// W₁ as the cost of the plan, Σ γ[i, j] |xᵢ − xⱼ|, and by the potential, Σ (pᵢ − qᵢ) fᵢ.
  public let primal, dual: Double

  /// The transport from weights p to weights q, both with sum 1, on ascending points.
  public init(points: [Double], from p: [Double], to q: [Double]) {
    let n = points.count
    require(
      n >= 1 && p.count == n && q.count == n && (p + q).allSatisfy { $0 >= 0 }
        && abs(p.reduce(0, +) - 1) < 1e-9 && abs(q.reduce(0, +) - 1) < 1e-9
        && zip(points, points.dropFirst()).allSatisfy { $0 < $1 },
      "cannot transport \(p.count) weights to \(q.count) on \(n) points: the points must ascend, and each needs two "
        + "weights; both lists of weights must be at least 0 and sum to 1")
    let plan = Self.monotone(p, q)
    var (f, difference) = ([0.0], 0.0)
    for i in 0..<n - 1 {
      difference += q[i] - p[i]  // G − F between the points i and i + 1
      f.append(f[i] + (difference > 0 ? 1 : difference < 0 ? -1 : 0) * (points[i + 1] - points[i]))
    }
    primal = plan.enumerated().reduce(0) { $0 + $1.element * abs(points[$1.offset / n] - points[$1.offset % n]) }
    dual = (0..<n).reduce(0) { $0 + (p[$1] - q[$1]) * f[$1] }
    self.points = Tensor(points, scalarType: .double)
    self.plan = Tensor(plan, shape: [n, n], scalarType: .double)
    potential = Tensor(f, scalarType: .double)
  }

  /// The plan that keeps the order: mass goes from the first point with mass left to the first point that still needs
  /// mass.
  private static func monotone(_ p: [Double], _ q: [Double]) -> [Double] {
    let n = p.count
    var (plan, left, lacking) = ([Double](repeating: 0, count: n * n), p, q)
    var (i, j) = (0, 0)
    while i < n && j < n {
      let mass = min(left[i], lacking[j])
      plan[i * n + j] += mass
      left[i] -= mass
      lacking[j] -= mass
      if left[i] <= lacking[j] { i += 1 } else { j += 1 }
    }
    return plan
  }
}
