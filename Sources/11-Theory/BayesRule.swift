// § 11.1.1  The best rule of all, and how far a learned rule is from it

import Messages
import Tensors

extension FiniteDistribution {
  /// The Bayes rule: for every x the y′ that minimizes E[ℓ(y′, y) | x]. § 11.1.1
  ///
  /// The risk is a sum over x, and each term depends on h(x) alone, so no rule has a lower risk. For the 0–1 loss it is
  /// the most probable label. Of equally good labels it takes the first.
  public func bayesRule(loss ℓ: (Int, Int) -> Double = { $0 == $1 ? 0 : 1 }) -> [Int] {
    let table = (0..<labels).map { predicted in (0..<labels).map { ℓ(predicted, $0) } }
    return matmul(probabilities, Tensor(table, scalarType: .double).transposed).argmin(axis: 1)
  }

  /// The Bayes risk for the 0–1 loss, Σ_x (p(x) − max_y p(x, y)): no rule has a lower risk. § 11.1.1
  ///
  /// If one x occurs with two labels, it is above 0: no rule, and no network, gives both.
  public var bayesRisk: Double { (probabilities.sum(axes: [1]) - probabilities.max(axes: [1])).sum().item }
}

/// R(h) − R(h*) = (R(h) − min_H R) + (min_H R − R(h*)): estimation and approximation. § 11.1.1
public struct ExcessRisk: Sendable {
  /// R(h) − min_H R, which falls with more examples.
  public let estimation: Double
  /// min_H R − R(h*), which only a larger class H makes smaller.
  public let approximation: Double
  /// Their sum.
  public var total: Double { estimation + approximation }

  /// The excess risk of a rule with this risk, chosen from H, for the 0–1 loss.
  public init(of risk: Double, from H: FiniteClass, under D: FiniteDistribution) {
    let smallest = H.risks(under: D).min().item
    (estimation, approximation) = (risk - smallest, smallest - D.bayesRisk)
  }
}

/// |H| independent rules that guess the labels, which are fair coins: each has the true risk ½. § 11.1.1
///
/// It shows how the largest gap depends on |H|: like √(log |H| / m), as in (11.2), and not like √(|H| / m).
public struct GuessingRules: Sendable {
  /// |H| and m.
  public let rules, examples: Int

  /// A class of this size, judged on m examples.
  public init(rules: Int, examples m: Int) {
    require(rules > 0 && m > 0, "cannot judge \(rules) rules on \(m) examples: both must be positive")
    (self.rules, self.examples) = (rules, m)
  }

  /// E max_h |R(h) − R̂_S(h)|: the mean over `trials` samples.
  public func largestGap(trials: Int, random: RandomSource) -> Double {
    var total = 0.0
    for _ in 0..<trials {
      total += (0..<rules).map { _ in abs(0.5 - mistakes(random) / Double(examples)) }.max() ?? 0
    }
    return total / Double(trials)
  }

  /// √(log 2|H| / 2m), which E max_h |R − R̂_S| never exceeds: the mean of Theorem 11.2's argument.
  public var bound: Double { (naturalLogarithm(Double(2 * rules)) / Double(2 * examples)).squareRoot() }

  /// The number of mistakes of one rule: the ones among m random bits.
  private func mistakes(_ random: RandomSource) -> Double {
    var (left, count) = (examples, 0)
    while left > 0 {
      let bits = random.next()
      count += (left >= 64 ? bits : bits >> (64 - UInt64(left))).nonzeroBitCount
      left -= 64
    }
    return Double(count)
  }
}
