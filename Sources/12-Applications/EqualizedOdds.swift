// Exercise 12.5  Equalized odds by chance: a repair after training

import Messages

/// Predictions with equal true and equal false positive rates in two groups: Definition 12.3 with both its conditions.
/// Exercise 12.5
///
/// One threshold for each group can make one rate equal. For both, each group needs a point in the plane of the rates
/// that both can reach. Chance reaches all points between those of thresholds and the diagonal: P(Ŷ = 1) = λ [share of
/// one threshold + rest of another] + (1 − λ) TPR. Hardt, Price and Srebro (2016)
public struct RandomizedThresholds: Sendable {
  /// The rates of both groups, on the people that the rules are chosen for.
  public let truePositiveRate, falsePositiveRate: Double
  private let rules: [Rule]

  /// The chances of a group: with probability `kept` the first threshold at `share`, otherwise the second, and with
  /// probability 1 − `kept` a guess.
  private struct Rule {
    let first, second: Double
    let share, kept, guess: Double
  }

  /// The most accurate rules for these people, up to a thousandth in the false positive rate.
  public init(scores: [Double], labels: [Int], groups: [Int]) {
    let members = (0...1).map { group in groups.indices.filter { groups[$0] == group } }
    let hulls = members.map { RateHull(ScoreCurve(scores: scores, labels: labels, members: $0)) }
    let positives = Double(labels.count { $0 == 1 })
    let negatives = Double(labels.count) - positives
    let places = (0...1_000).map { Double($0) / 1_000 } + hulls.flatMap(\.falsePositive)
    let points = places.map { f in (f: f, t: min(hulls[0].truePositive(at: f), hulls[1].truePositive(at: f))) }
    let best = points.max { positives * $0.t - negatives * $0.f < positives * $1.t - negatives * $1.f } ?? (0, 0)
    (falsePositiveRate, truePositiveRate) = best
    rules = hulls.map { hull in
      let (first, second, share) = hull.mixture(reaching: best.t)
      let f = share * hull.falsePositive[first] + (1 - share) * hull.falsePositive[second]
      return Rule(
        first: hull.thresholds[first], second: hull.thresholds[second], share: share,
        kept: best.t > f ? (best.t - best.f) / (best.t - f) : 1, guess: best.t)
    }
  }

  /// P(Ŷ = 1) for people with these scores and groups.
  public func callAsFunction(_ scores: [Double], groups: [Int]) -> [Double] {
    zip(scores, groups).map { score, group in
      let rule = rules[group]
      let chosen = rule.share * (score > rule.first ? 1 : 0) + (1 - rule.share) * (score > rule.second ? 1 : 0)
      return rule.kept * chosen + (1 - rule.kept) * rule.guess
    }
  }
}

/// The corners of the upper hull of a group's ROC curve: thresholds that no mixture of others improves. Exercise 12.5
public struct RateHull: Sendable {
  /// The thresholds and rates of the corners, from (0, 0) to (1, 1).
  public let thresholds, falsePositive, truePositive: [Double]

  /// The hull of a curve.
  public init(_ curve: ScoreCurve) {
    let (x, y) = (curve.falsePositive, curve.truePositive)
    var corners: [Int] = []
    for next in x.indices {
      while corners.count >= 2 {
        let (a, b) = (corners[corners.count - 2], corners[corners.count - 1])
        if (x[b] - x[a]) * (y[next] - y[a]) < (y[b] - y[a]) * (x[next] - x[a]) { break }
        corners.removeLast()
      }
      corners.append(next)
    }
    thresholds = corners.map { curve.thresholds[$0] }
    (falsePositive, truePositive) = (corners.map { x[$0] }, corners.map { y[$0] })
  }

  /// The largest true positive rate at a false positive rate. Exercise 12.5
  public func truePositive(at f: Double) -> Double {
    let place = falsePositive.lastIndex { $0 <= f } ?? 0
    if place == falsePositive.count - 1 { return truePositive[place] }
    let share = (f - falsePositive[place]) / (falsePositive[place + 1] - falsePositive[place])
    return (1 - share) * truePositive[place] + share * truePositive[place + 1]
  }

  /// Two neighbouring corners, and the share of the first in the mixture that has a true positive rate.
  func mixture(reaching t: Double) -> (first: Int, second: Int, share: Double) {
    let place = min(truePositive.lastIndex { $0 <= t } ?? 0, truePositive.count - 2)
    let rise = truePositive[place + 1] - truePositive[place]
    return (place, place + 1, rise > 0 ? 1 - (t - truePositive[place]) / rise : 1)
  }
}
