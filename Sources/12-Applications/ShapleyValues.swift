// § 12.5.3  SHAP and Shapley values

import Messages
import Tensors

/// A cooperative game: what every coalition S of d players is worth, f(S). § 12.5.3
public struct CoalitionGame: Sendable {
  /// The number of players d.
  public let players: Int
  /// f(S) for all 2ᵈ coalitions. Player i is in coalition number s if bit i of s is 1.
  public let values: [Double]

  /// The game with these values, one for each coalition.
  public init(values: [Double]) {
    let d = max(0, values.count.bitWidth - 1 - values.count.leadingZeroBitCount)
    require(
      values.count == 1 << d && d >= 1 && d <= 20,
      "cannot make a game of \(values.count) values: 2ᵈ are needed, with d from 1 to 20")
    (players, self.values) = (d, values)
  }

  /// The game of d players in which a coalition is worth `value`; `members[i]` says whether player i is in it.
  public init(players d: Int, value: (_ members: [Bool]) -> Double) {
    self.init(values: (0..<1 << d).map { s in value(Self.members(s, of: d)) })
  }

  /// Whether each player is in a coalition.
  public static func members(_ coalition: Int, of d: Int) -> [Bool] { (0..<d).map { coalition >> $0 & 1 == 1 } }

  /// f({1, …, d}) − f(∅): what all players together add.
  public var total: Double { values[values.count - 1] - values[0] }

  /// φ_i = Σ_{S ⊆ {1, …, d} ∖ {i}} |S|! (d − |S| − 1)!/d! [f(S ∪ {i}) − f(S)]. § 12.5.3
  public var shapleyValues: [Double] {
    let d = players
    let share = (0..<d).map { size in factorial(size) * factorial(d - size - 1) / factorial(d) }
    return (0..<d).map { i in
      values.indices.reduce(0) { φ, S in
        if S >> i & 1 == 1 { return φ }
        return φ + share[S.nonzeroBitCount] * (values[S | 1 << i] - values[S])
      }
    }
  }

  /// What each player adds to those before it in an order of all.
  public func contributions(inOrder order: [Int]) -> [Double] {
    var (added, S) = ([Double](repeating: 0, count: players), 0)
    for i in order {
      added[i] = values[S | 1 << i] - values[S]
      S |= 1 << i
    }
    return added
  }

  /// φ as the mean contribution over all d! orders, for at most 9 players. § 12.5.3
  public var shapleyValuesByOrders: [Double] {
    require(players <= 9, "cannot go through all orders of \(players) players: at most 9 are possible")
    var (sums, count) = ([Double](repeating: 0, count: players), 0.0)
    forEachOrder(of: Array(0..<players)) { order in
      for (i, added) in contributions(inOrder: order).enumerated() { sums[i] += added }
      count += 1
    }
    return sums.map { $0 / count }
  }

  /// φ from random orders, with standard errors. § 12.5.3
  public func sampledShapleyValues(orders: Int, random: RandomSource) -> (values: [Double], errors: [Double]) {
    require(orders >= 2, "cannot estimate Shapley values from \(orders) orders: at least 2 are needed")
    let rows = (0..<orders).map { _ in contributions(inOrder: random.permutation(players)) }
    let added = Tensor(rows, scalarType: .double)
    let errors = (added.variance(axes: [0], isUnbiased: true) / Double(orders)).squareRoot()
    return (added.mean(axes: [0]).scalars, errors.scalars)
  }

  /// φ by a weighted regression, as in SHAP: the minimum of Σ_S π(S) [f(S) − f(∅) − Σ_{i ∈ S} φ_i]² under Σ_i φ_i =
  /// f({1, …, d}) − f(∅), with π(S) = (d − 1)/(C(d, |S|) |S| (d − |S|)). § 12.5.3
  ///
  /// Over all coalitions these are the Shapley values; SHAP takes a sample of them. Lundberg and Lee (2017)
  public func shapleyValuesByRegression() throws -> [Double] {
    let d = players
    if d == 1 { return [total] }
    let proper = Array(1..<values.count - 1)
    let X = Tensor(proper.map { S in Self.members(S, of: d).map { $0 ? 1 : 0 } }, scalarType: .double)
    let y = Tensor(proper.map { values[$0] - values[0] }, scalarType: .double)
    let π = Tensor(
      proper.map { S in
        let size = S.nonzeroBitCount
        let chosen = factorial(d) / (factorial(size) * factorial(d - size))
        return Double(d - 1) / (chosen * Double(size * (d - size)))
      }, scalarType: .double)
    let weighted = X.transposed * π  // [d×2ᵈ − 2]
    let ones = Tensor.ones([d, 1], scalarType: .double)
    let zero = Tensor.zeros([1, 1], scalarType: .double)
    let system = Tensor.concatenated(
      [
        Tensor.concatenated([matmul(weighted, X), ones], axis: 1),
        Tensor.concatenated([ones.transposed, zero], axis: 1),
      ], axis: 0)
    let right = Tensor.concatenated([matmul(weighted, y), Tensor([total], scalarType: .double)], axis: 0)
    return Array(try LinearAlgebra.solve(system, right).scalars.prefix(d))
  }
}

/// n!
private func factorial(_ n: Int) -> Double { (0..<n).reduce(1) { $0 * Double($1 + 1) } }

/// Calls `visit` with every order of some elements: Heap's algorithm.
private func forEachOrder(of elements: [Int], _ visit: ([Int]) -> Void) {
  var order = elements
  func arrange(_ count: Int) {
    if count <= 1 { return visit(order) }
    for i in 0..<count {
      arrange(count - 1)
      if i < count - 1 { order.swapAt(count.isMultiple(of: 2) ? i : 0, count - 1) }
    }
  }
  arrange(order.count)
}
