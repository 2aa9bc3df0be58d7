// § 7.10  Rewards that are learned from comparisons

import Messages
import Tensors

/// The model of Bradley and Terry (1952): of two answers, a is preferred to b with the probability σ(r(a) − r(b)).
/// § 7.10
///
/// People find it easier to say which of two answers is better than how good one is. The rewards r are determined only
/// up to a constant. This is the first half of reinforcement learning from human feedback, Ouyang et al. (2022).
public enum BradleyTerry {
  /// P(a ≻ b) = σ(r(a) − r(b)), element by element.
  public static func probability(_ a: Tensor, over b: Tensor) -> Tensor { (a - b).sigmoid() }

  /// −1/N Σ ln σ(r(better) − r(worse)), the mean negative log-likelihood of N comparisons.
  public static func loss(better: Tensor, worse: Tensor) -> Tensor { (worse - better).softplus().mean() }
}

/// Comparisons between numbered answers.
public struct Comparisons: Sendable {
  /// The preferred answer of each comparison, and the other one.
  public let better, worse: [Int]

  /// The comparisons with these outcomes.
  public init(better: [Int], worse: [Int]) {
    require(
      better.count == worse.count && !better.isEmpty,
      "cannot compare \(better.count) answers with \(worse.count): equal numbers, at least 1, are needed")
    (self.better, self.worse) = (better, worse)
  }

  /// Comparisons of random pairs of different answers by noisy judges who follow `BradleyTerry`.
  ///
  /// Only the answers in `answers` are compared; by default all are.
  public init(_ count: Int, by rewards: [Double], among answers: [Int]? = nil, random: RandomSource) {
    let answers = answers ?? Array(rewards.indices)
    require(
      answers.count > 1 && count >= 1,
      "cannot draw \(count) comparisons of \(answers.count) answers: at least 1 comparison and 2 answers are needed")
    let pairs = (0..<count).map { _ -> (Int, Int) in
      let first = random.integer(below: answers.count)
      let second = (first + 1 + random.integer(below: answers.count - 1)) % answers.count
      let (a, b) = (answers[first], answers[second])
      let difference = Tensor(rewards[a] - rewards[b], scalarType: .double)
      return random.bernoulli(difference.sigmoid().item) ? (a, b) : (b, a)
    }
    self.init(better: pairs.map(\.0), worse: pairs.map(\.1))
  }

  /// The number of comparisons.
  public var count: Int { better.count }

  /// The fraction of comparisons whose preferred answer has the larger reward: how often the judges agree with the
  /// rewards.
  public func agreement(with rewards: [Double]) -> Double {
    Double(zip(better, worse).count { rewards[$0] > rewards[$1] }) / Double(count)
  }
}

/// Kendall's τ: the fraction of pairs that two lists rank in the same order minus the fraction that they rank in
/// opposite order; pairs that are tied in either list do not count.
public func kendallCorrelation(_ x: [Double], _ y: [Double]) -> Double {
  require(x.count == y.count, "cannot correlate \(x.count) numbers with \(y.count): the numbers must be equal")
  var (alike, different) = (0, 0)
  for i in x.indices {
    for j in 0..<i where x[i] != x[j] && y[i] != y[j] {
      if (x[i] > x[j]) == (y[i] > y[j]) { alike += 1 } else { different += 1 }
    }
  }
  return Double(alike - different) / Double(alike + different)
}
