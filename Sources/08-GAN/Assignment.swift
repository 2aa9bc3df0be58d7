// § 8.4.1  The cheapest assignment

import Messages
import Tensors

/// The cheapest assignment of n rows to n columns, each to one: it minimizes Σᵢ c[i, π(i)] over all permutations π.
///
/// By shortest augmenting paths in O(n³), after Kuhn (1955) and Jonker and Volgenant (1987). A coupling of two sets of
/// n equally probable points is a mixture of permutations (Birkhoff, 1946), so the infimum of (8.13) is reached by one
/// of them.
public struct Assignment: Sendable {
  /// The column π(i) of every row i.
  public let columns: [Int]
  /// Σᵢ c[i, π(i)].
  public let cost: Double
  /// The potentials u of the rows and v of the columns: uᵢ + vⱼ ≤ c[i, j] everywhere, with equality for j = π(i).
  ///
  /// They prove that π is cheapest: every permutation costs at least Σ u + Σ v, which is what π costs.
  public let rowPotentials, columnPotentials: [Double]

  /// The assignment for a matrix of finite costs. [n×n]
  public init(costs: Tensor) {
    let n = costs.shape[0]
    require(
      costs.rank == 2 && costs.shape[1] == n && n >= 1,
      "cannot assign rows to columns of \(costs.shape): as many columns as rows are needed, and at least one")
    var search = AugmentingPaths(costs.scalars, n)
    require(
      search.costs.allSatisfy(\.isFinite), "cannot assign by infinite or NaN costs: replace them by finite ones")
    for row in 0..<n { search.assign(row) }
    var columns = [Int](repeating: 0, count: n)
    for (column, row) in search.rowOf.enumerated() { columns[row] = column }
    self.columns = columns
    cost = columns.enumerated().reduce(0) { $0 + search.costs[$1.offset * n + $1.element] }
    (rowPotentials, columnPotentials) = (search.u, search.v)
  }
}

/// A partial assignment that grows by one row at a time.
private struct AugmentingPaths {
  let costs: [Double]
  let n: Int
  /// The potentials: all reduced costs c − u − v are at least 0, and 0 where a row is assigned.
  var u, v: [Double]
  /// The row of every column, or −1.
  var rowOf: [Int]

  init(_ costs: [Double], _ n: Int) {
    (self.costs, self.n) = (costs, n)
    (u, v) = ([Double](repeating: 0, count: n), [Double](repeating: 0, count: n))
    rowOf = [Int](repeating: -1, count: n)
  }

  /// Finds the shortest path of reduced costs from a new row to a free column (Dijkstra, 1959), corrects the
  /// potentials, and moves every row on the path to its next column.
  mutating func assign(_ start: Int) {
    var distance = [Double](repeating: .infinity, count: n)
    var before = [Int](repeating: -1, count: n)  // the column before this one on the path; −1 for the first
    var isFinal = [Bool](repeating: false, count: n)
    var (row, last, length) = (start, -1, 0.0)
    while row >= 0 {
      var nearest = -1
      for column in 0..<n where !isFinal[column] {
        let reached = length + costs[row * n + column] - u[row] - v[column]
        if reached < distance[column] { (distance[column], before[column]) = (reached, last) }
        if nearest < 0 || distance[column] < distance[nearest] { nearest = column }
      }
      (last, length, isFinal[nearest]) = (nearest, distance[nearest], true)
      row = rowOf[nearest]
    }
    u[start] += length
    for column in 0..<n where isFinal[column] && rowOf[column] >= 0 {
      u[rowOf[column]] += length - distance[column]
      v[column] -= length - distance[column]
    }
    while last >= 0 {
      rowOf[last] = before[last] >= 0 ? rowOf[before[last]] : start
      last = before[last]
    }
  }
}
