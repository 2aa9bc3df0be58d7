// Exercise 12.5  Thresholds for each group: a repair after training

import Messages

/// A threshold on the score for each of two groups: Ŷ = 1 where the score is above it. Exercise 12.5
public struct GroupThresholds: Sendable {
  /// The thresholds of groups 0 and 1.
  public let thresholds: [Double]

  /// The rate that thresholds make equal.
  public enum Rate: String, Sendable, CaseIterable {
    /// P(Ŷ = 1 | A), for demographic parity.
    case selection
    /// P(Ŷ = 1 | Y = 1, A), for equal opportunity.
    case truePositive
    /// P(Ŷ = 1 | Y = 0, A), for predictive equality.
    case falsePositive
  }

  /// These thresholds.
  public init(_ thresholds: [Double]) { self.thresholds = thresholds }

  /// The most accurate thresholds that give both groups the same rate, as nearly as their numbers of people allow.
  ///
  /// Scores, labels and groups should be those of people that the model was not trained on, or of the training people
  /// if it does not overfit.
  public init(equalizing rate: Rate, scores: [Double], labels: [Int], groups: [Int], steps: Int = 400) {
    let curves = (0...1).map { group in
      ScoreCurve(scores: scores, labels: labels, members: groups.indices.filter { groups[$0] == group })
    }
    let targets = (0...steps).map { Double($0) / Double(steps) }
    let choices = targets.map { target in curves.map { $0.cut(at: target, of: rate) } }
    let hits = choices.map { zip(curves, $0).reduce(0) { $0 + $1.0.hits[$1.1] } }
    let best = hits.indices.max { (hits[$0], -$0) < (hits[$1], -$1) } ?? 0
    self.init(zip(curves, choices[best]).map { $0.thresholds[$1] })
  }

  /// Exercise 12.1: the thresholds that give both groups this rate, as nearly as possible.
  public init(
    _ rate: Rate, of target: Double, scores: [Double], labels: [Int], groups: [Int]
  ) {
    self.init(
      (0...1).map { group in
        let curve = ScoreCurve(
          scores: scores, labels: labels, members: groups.indices.filter { groups[$0] == group })
        return curve.thresholds[curve.cut(at: target, of: rate)]
      })
  }

  /// The predictions for people with these scores and groups.
  public func callAsFunction(_ scores: [Double], groups: [Int]) -> [Bool] {
    zip(scores, groups).map { $0 > thresholds[$1] }
  }
}

/// The rates of a group for every threshold: its ROC curve. Exercise 12.5
public struct ScoreCurve: Sendable {
  /// The thresholds, from one that selects nobody down to one that selects all; people with equal scores are selected
  /// together.
  public let thresholds: [Double]
  /// The share of selected people, of those with label 1 and of those with label 0, for each threshold.
  public let selection, truePositive, falsePositive: [Double]
  /// The number of right predictions for each threshold.
  public let hits: [Int]

  /// The curve of the people `members` among those with these scores and labels.
  public init(scores: [Double], labels: [Int], members: [Int]) {
    let order = members.sorted { (-scores[$0], $0) < (-scores[$1], $1) }
    let positives = order.count { labels[$0] == 1 }
    require(
      positives > 0 && positives < order.count,
      "cannot choose a threshold for \(order.count) people, \(positives) of them with label 1: both labels are needed")
    let negatives = order.count - positives
    var (cuts, rates, right) = ([Double.infinity], [(0.0, 0.0, 0.0)], [negatives])
    var found = 0
    for (place, person) in order.enumerated() {
      found += labels[person]
      let next = place + 1 < order.count ? scores[order[place + 1]] : -Double.infinity
      if next == scores[person] { continue }
      let (selected, wrong) = (place + 1, place + 1 - found)
      cuts.append(next.isFinite ? (scores[person] + next) / 2 : next)
      rates.append(
        (
          Double(selected) / Double(order.count), Double(found) / Double(positives),
          Double(wrong) / Double(negatives)
        ))
      right.append(found + negatives - wrong)
    }
    (thresholds, hits) = (cuts, right)
    (selection, truePositive, falsePositive) = (rates.map(\.0), rates.map(\.1), rates.map(\.2))
  }

  /// The rate for every threshold, which never falls from one to the next.
  public func rates(_ rate: GroupThresholds.Rate) -> [Double] {
    switch rate {
    case .selection: selection
    case .truePositive: truePositive
    case .falsePositive: falsePositive
    }
  }

  /// The index of the threshold whose rate is nearest to a number; the most accurate one of several.
  public func cut(at target: Double, of rate: GroupThresholds.Rate) -> Int {
    let rates = rates(rate)
    return rates.indices.min {
      (abs(rates[$0] - target), -hits[$0]) < (abs(rates[$1] - target), -hits[$1])
    } ?? 0
  }
}
