// § 11.1  Learning from a finite class of rules

import Messages
import Tensors

/// A distribution over finitely many examples: the table p(x, y). Definition 11.1
///
/// All risks are then finite sums, so that every bound can be compared with the truth.
public struct FiniteDistribution: Sendable {
  /// p(x, y), a row for every x. [X×Y]
  public let probabilities: Tensor

  /// The distribution with these probabilities, which are at least 0 and sum to 1. [X×Y]
  public init(_ probabilities: Tensor) {
    let total = probabilities.rank == 2 ? probabilities.sum().item : .nan
    require(
      abs(total - 1) < 1e-9 && probabilities.min().item >= 0,
      "cannot use a table \(probabilities.shape) as a distribution of pairs (x, y): numbers ≥ 0 with the sum 1 in a "
        + "matrix are needed")
    self.probabilities = probabilities.converted(to: .double)
  }

  /// x uniform on its values, and y ∈ {0, 1} with p(1 | x) from a list.
  public init(chanceOfOne: [Double]) {
    self.init(Tensor(chanceOfOne.map { [1 - $0, $0] }, scalarType: .double) / Double(chanceOfOne.count))
  }

  /// The number of values of x.
  public var inputs: Int { probabilities.shape[0] }
  /// The number of labels.
  public var labels: Int { probabilities.shape[1] }

  /// A sample S ∼ Dᵐ, as places of the pairs (x, y) in the flattened table. [m]
  public func sample(of m: Int, random: RandomSource) -> [Int] {
    let ends = probabilities.flattened(from: 0).cumulativeSum(axis: 0).scalars
    return (0..<m).map { _ in place(random.uniform(), in: ends) }
  }

  /// The shares of all pairs (x, y) in each of `trials` samples S ∼ Dᵐ. [trials × X·Y]
  public func samples(of m: Int, trials: Int, random: RandomSource) -> Tensor {
    let pairs = inputs * labels
    var shares = [Double](repeating: 0, count: trials * pairs)
    for trial in 0..<trials {
      for place in sample(of: m, random: random) { shares[trial * pairs + place] += 1 }
    }
    return Tensor(shares, shape: [trials, pairs], scalarType: .double) / Double(m)
  }

  /// The first place whose cumulative probability exceeds u.
  private func place(_ u: Double, in ends: [Double]) -> Int {
    var (low, high) = (0, ends.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if u < ends[middle] { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A finite class H of rules h: X → Y, with a loss. Definition 11.1
public struct FiniteClass: Sendable {
  /// h(x) for every rule and every x.
  public let rules: [[Int]]
  /// ℓ(h(x), y) for every rule and every pair (x, y). [H × X·Y]
  public let losses: Tensor

  /// The class of these rules, with ℓ(h(x), y) for labels 0..<`labels`; the 0–1 loss if none is given.
  public init(_ rules: [[Int]], labels: Int, loss ℓ: (Int, Int) -> Double = { $0 == $1 ? 0 : 1 }) {
    require(
      !rules.isEmpty && rules.allSatisfy { $0.count == rules[0].count },
      "cannot make a class of \(rules.count) rules: at least one is needed, all for the same inputs")
    self.rules = rules
    let rows = rules.map { h in h.flatMap { predicted in (0..<labels).map { ℓ(predicted, $0) } } }
    losses = Tensor(rows, scalarType: .double)
  }

  /// All labels^X rules.
  public static func all(inputs: Int, labels: Int) -> [[Int]] {
    (0..<inputs).reduce([[]]) { rules, _ in rules.flatMap { rule in (0..<labels).map { rule + [$0] } } }
  }

  /// The X + 1 threshold rules h(x) = 1 if x ≥ t, else 0, for t = 0 … X.
  public static func thresholds(inputs: Int) -> [[Int]] {
    (0...inputs).map { t in (0..<inputs).map { $0 >= t ? 1 : 0 } }
  }

  /// |H|.
  public var count: Int { rules.count }

  /// The true risks R(h) = E[ℓ(h(x), y)]. [H]
  public func risks(under D: FiniteDistribution) -> Tensor { matmul(losses, D.probabilities.flattened(from: 0)) }

  /// The empirical risks R̂_S(h) = (1/m) Σ ℓ(h(xᵢ), yᵢ) for samples given as shares of all pairs. [T × X·Y] → [T×H]
  public func empiricalRisks(_ samples: Tensor) -> Tensor { matmul(samples, losses.transposed) }

  /// The losses ℓ(h(xᵢ), yᵢ) of every rule on a sample, whose complexity Theorem 11.8 needs. [m] → [H×m]
  public func losses(on sample: [Int]) -> FiniteValues { FiniteValues(losses.gathered(sample, axis: 1)) }
}

/// Empirical risk minimization on many samples of a known distribution. Definition 11.1, Theorem 11.2
public struct RiskMinimization: Sendable {
  /// R(h_S), R̂_S(h_S) and max_h (R(h) − R̂_S(h)) for each sample.
  public let risks, empiricalRisks, largestGaps: [Double]
  /// min_h R(h).
  public let smallestRisk: Double

  /// Draws `trials` samples of m examples and picks on each the rule h_S of least empirical risk.
  public init(over H: FiniteClass, on D: FiniteDistribution, examples m: Int, trials: Int, random: RandomSource) {
    let (R, R̂) = (H.risks(under: D), H.empiricalRisks(D.samples(of: m, trials: trials, random: random)))
    let chosen = R̂.argmin(axis: 1)
    let truth = R.scalars
    risks = chosen.map { truth[$0] }
    empiricalRisks = R̂.min(axes: [1]).scalars
    largestGaps = (R - R̂).max(axes: [1]).scalars
    smallestRisk = R.min().item
  }

  /// The share of samples with R(h_S) > min R + ε: PAC learning asks for at most δ. (11.1)
  public func failureShare(ε: Double) -> Double { share(risks.map { $0 > smallestRisk + ε }) }

  /// The share of samples with R(h_S) > R̂_S(h_S) + gap: (11.2) allows at most δ.
  public func violationShare(gap: Double) -> Double {
    share(zip(risks, empiricalRisks).map { $0 > $1 + gap })
  }

  private func share(_ events: [Bool]) -> Double { Double(events.filter { $0 }.count) / Double(events.count) }
}

/// The bound of a finite class from m examples, with probability at least 1 − δ. Theorem 11.2
public struct FiniteClassBound: Sendable {
  /// log |H|, and δ.
  public let logCount, δ: Double

  /// The bound for a class with this log |H|.
  public init(logCount: Double, δ: Double) { (self.logCount, self.δ) = (logCount, δ) }

  /// The bound for a class of `count` rules.
  public init(count: Int, δ: Double) { self.init(logCount: naturalLogarithm(Double(count)), δ: δ) }

  /// The bound for all networks of P parameters with `bits` bits each: |H| = 2^(bits·P). Remark 11.3
  public init(parameters P: Int, bits: Int = 32, δ: Double) {
    self.init(logCount: Double(bits * P) * naturalLogarithm(2), δ: δ)
  }

  /// (b − a) √((log |H| + log 1/δ) / 2m): the largest R(h) − R̂_S(h) that the bound allows, for all h of H. (11.2)
  ///
  /// The loss must lie in an interval [a, b] of the given length. The notes leave out this condition and the factor,
  /// which is 1 for losses in [0, 1].
  public func gap(examples m: Int, lossRange: Double = 1) -> Double {
    lossRange * ((logCount + naturalLogarithm(1 / δ)) / (2 * Double(m))).squareRoot()
  }

  /// m_H(ε, δ) = ⌈2 log(2|H|/δ)/ε²⌉ examples are enough for (11.1), if the loss lies in [0, 1].
  ///
  /// By Hoeffding and the union bound |R(h) − R̂_S(h)| ≤ ε/2 then holds for all h with probability 1 − δ, so that
  /// R(h_S) ≤ R̂_S(h_S) + ε/2 ≤ R̂_S(h) + ε/2 ≤ R(h) + ε.
  public func examples(for ε: Double) -> Int {
    Int((2 * (naturalLogarithm(2 / δ) + logCount) / (ε * ε)).rounded(.up))
  }
}

/// A class in which no rule has the smallest risk, so that (11.1) needs an infimum: the rules 1 if x > t, else 0.
/// Definition 11.1
///
/// x is 0 with probability ½, otherwise uniform on [−1, 1], and y = 1 if x ≥ 0. The risk tends to 0 when t < 0 rises
/// to 0, but is ½ at t = 0.
public enum OpenThreshold {
  /// R(h_t), for t in [−1, 1]. Definition 11.1
  public static func risk(_ t: Double) -> Double { t < 0 ? -t / 4 : 0.5 + t / 4 }
}

/// log x of a number.
func naturalLogarithm(_ x: Double) -> Double { Tensor(x, scalarType: .double).log().item }
