// § 8.4.1  Transport between clouds of points

import Messages
import Tensors

/// ‖xᵢ − yⱼ‖ for all pairs of rows. x: [N×D]; y: [M×D] → [N×M]
public func pairwiseDistances(_ x: Tensor, _ y: Tensor) -> Tensor {
  require(
    x.rank == 2 && y.rank == 2 && x.shape[1] == y.shape[1],
    "cannot take distances between points \(x.shape) and \(y.shape): two matrices with equally long rows are needed")
  return (x.expanded(axis: 1) - y.expanded(axis: 0)).squared().sum(axes: [2]).squareRoot()
}

/// The cheapest transport between two clouds of N points each, W = (1/N Σᵢ ‖xᵢ − y_π(i)‖ᵏ)^(1/k), with the potential
/// that proves its optimality. (8.13), (8.14)
///
/// For k = 1 it is the Wasserstein distance of Definition 8.7, for k = 2 the distance W₂.
public struct Transport: Sendable {
  /// The two clouds. [N×D]
  public let sources, targets: Tensor
  /// The target π(i) of every source i.
  public let partners: [Int]
  /// The power k of the distance.
  public let power: Int
  /// 1/N Σᵢ ‖xᵢ − y_π(i)‖ᵏ, and the same by the potential: 1/N Σᵢ f(xᵢ) + 1/N Σⱼ vⱼ.
  public let primal, dual: Double
  /// The potentials v of the targets. [N]
  private let v: Tensor

  /// The transport from the rows of x to those of y.
  public init(from x: Tensor, to y: Tensor, power: Int = 1) {
    require(
      x.shape == y.shape && (1...2).contains(power),
      "cannot transport points \(x.shape) to \(y.shape) with power \(power): as many sources as targets are needed, "
        + "and the power 1 or 2")
    (sources, targets, self.power) = (x.converted(to: .double), y.converted(to: .double), power)
    let assignment = Assignment(costs: Self.costs(sources, targets, power))
    let N = Double(x.shape[0])
    partners = assignment.columns
    primal = assignment.cost / N
    dual = (assignment.rowPotentials.reduce(0, +) + assignment.columnPotentials.reduce(0, +)) / N
    v = Tensor(assignment.columnPotentials, scalarType: .double)
  }

  /// W: the primal value for k = 1, its root for k = 2.
  public var distance: Double { power == 1 ? primal : max(0, primal).squareRoot() }

  /// f(z) = minⱼ (‖z − yⱼ‖ᵏ − vⱼ) at any points. [M×D] → [M]
  ///
  /// For k = 1 this is a best critic (Theorem 8.8): as a minimum of distances it is 1-Lipschitz everywhere,
  /// f(xᵢ) ≥ uᵢ and f(yⱼ) ≤ −vⱼ, so E f(x) − E f(y) ≥ 1/N (Σ u + Σ v) = W. (8.14)
  public func potential(_ z: Tensor) -> Tensor {
    (Self.costs(z.converted(to: .double), targets, power) - v).min(axes: [1])
  }

  private static func costs(_ x: Tensor, _ y: Tensor, _ power: Int) -> Tensor {
    let distances = pairwiseDistances(x, y)
    return power == 1 ? distances : distances.squared()
  }
}

/// max |f(zᵢ) − f(zⱼ)| / ‖zᵢ − zⱼ‖ over all pairs of different points: at most 1 for a function that (8.14) allows.
/// z: [N×D]; values f(z): [N]
public func largestSlope(of values: Tensor, at z: Tensor) -> Double {
  let distances = pairwiseDistances(z, z)
  let rises = (values.expanded(axis: 1) - values.expanded(axis: 0)).abs()
  return zip(rises.scalars, distances.scalars).reduce(0) { $1.1 > 0 ? max($0, $1.0 / $1.1) : $0 }
}
