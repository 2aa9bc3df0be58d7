// Exercise 7.5.2  Conditionals that belong to no distribution

import Messages

/// The predictions of a masked model for two bits: p(x₁ = 1 | x₂) and p(x₂ = 1 | x₁), each for 0 and 1. Exercise 7.5.2
///
/// Both conditionals of a distribution p have the odds ratio p(1,1) p(0,0) / (p(1,0) p(0,1)). If theirs differ, no
/// distribution has these conditionals.
public struct TwoBits: Sendable, Equatable {
  /// p(x₁ = 1 | x₂) for x₂ = 0 and for x₂ = 1.
  public let first: [Double]
  /// p(x₂ = 1 | x₁) for x₁ = 0 and for x₁ = 1.
  public let second: [Double]

  /// Conditionals strictly between 0 and 1.
  public init(first: [Double], second: [Double]) {
    require(
      first.count == 2 && second.count == 2 && (first + second).allSatisfy { 0 < $0 && $0 < 1 },
      "cannot take \(first) and \(second) as conditionals of two bits: each needs two numbers between 0 and 1")
    (self.first, self.second) = (first, second)
  }

  /// The conditionals of a distribution p(0,0), p(0,1), p(1,0), p(1,1).
  public init(of p: [Double]) {
    require(p.count == 4 && p.allSatisfy { $0 > 0 }, "cannot condition \(p): four positive numbers are needed")
    self.init(
      first: [p[2] / (p[0] + p[2]), p[3] / (p[1] + p[3])], second: [p[1] / (p[0] + p[1]), p[3] / (p[2] + p[3])])
  }

  /// The odds of x₁ = 1 at x₂ = 1 over those at x₂ = 0, and the same with the bits exchanged.
  public var oddsRatios: (first: Double, second: Double) {
    func ratio(_ p: [Double]) -> Double { p[1] / (1 - p[1]) / (p[0] / (1 - p[0])) }
    return (ratio(first), ratio(second))
  }

  /// p(0,0), p(0,1), p(1,0), p(1,1) with these conditionals; nil if no distribution has them.
  ///
  /// p(x₁, x₂) / p(0, x₂) is given by the first conditional and p(0, x₂) / p(0, 0) by the second.
  public var joint: [Double]? {
    let (a, b) = oddsRatios
    guard abs(a - b) <= 1e-9 * max(a, b) else { return nil }
    let right = second[0] / (1 - second[0])
    let parts = [1, right, first[0] / (1 - first[0]), right * first[1] / (1 - first[1])]
    let total = parts.reduce(0, +)
    return parts.map { $0 / total }
  }

  /// p(x₁ | x₂).
  private func first(_ x: Int, given y: Int) -> Double { x == 1 ? first[y] : 1 - first[y] }
  /// p(x₂ | x₁).
  private func second(_ y: Int, given x: Int) -> Double { y == 1 ? second[x] : 1 - second[x] }

  /// The values of f at (0,0), (0,1), (1,0) and (1,1).
  private func all(_ f: (_ x: Int, _ y: Int) -> Double) -> [Double] { (0..<4).map { f($0 / 2, $0 % 2) } }

  /// p(x₁ | x₂) p(x₂ | x₁) for all four: the product of the predictions of a masked model.
  public var products: [Double] { all { x, y in first(x, given: y) * second(y, given: x) } }

  /// p(x₁) p(x₂ | x₁) with a given p(x₁ = 1): the product of the predictions of a causal model. These four sum to 1 for
  /// any conditionals.
  public func causal(first p: Double) -> [Double] {
    let start = [1 - p, p]
    return all { x, y in start[x] * second(y, given: x) }
  }

  /// The frequencies of all four after `rounds` rounds of Gibbs sampling, which samples each bit again given the other;
  /// `last` is the bit that is sampled last, 1 or 2. Exercise 7.5.2
  ///
  /// If no distribution has these conditionals, the result depends on this order.
  public func gibbs(endsWith last: Int, rounds: Int = 200) -> [Double] {
    var p = [0.25, 0.25, 0.25, 0.25]
    for turn in 0..<2 * rounds {
      let drawsFirst = (turn % 2 == 1) == (last == 1)
      let old = p
      p = all { x, y in
        drawsFirst
          ? (old[y] + old[2 + y]) * first(x, given: y) : (old[2 * x] + old[2 * x + 1]) * second(y, given: x)
      }
    }
    return p
  }
}
