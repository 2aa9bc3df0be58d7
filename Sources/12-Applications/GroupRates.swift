// § 12.6.2  Fairness metrics

import Messages

/// How the predictions for a group agree with the labels: four numbers of people, or four probabilities. § 12.6.2
public struct GroupRates: Sendable, Equatable {
  /// Labels 1 predicted as 1 and as 0, and labels 0 predicted as 1 and as 0.
  public let truePositives, falseNegatives, falsePositives, trueNegatives: Double

  /// The rates of these numbers.
  public init(truePositives: Double, falseNegatives: Double, falsePositives: Double, trueNegatives: Double) {
    (self.truePositives, self.falseNegatives) = (truePositives, falseNegatives)
    (self.falsePositives, self.trueNegatives) = (falsePositives, trueNegatives)
  }

  /// The rates of a group with this base rate, true positive rate and false positive rate.
  public init(baseRate b: Double, truePositiveRate tpr: Double, falsePositiveRate fpr: Double) {
    self.init(
      truePositives: b * tpr, falseNegatives: b * (1 - tpr), falsePositives: (1 - b) * fpr,
      trueNegatives: (1 - b) * (1 - fpr))
  }

  /// The rates of predictions with their labels.
  public init(predictions: [Bool], labels: [Int]) {
    self.init(chances: predictions.map { $0 ? 1 : 0 }, labels: labels)
  }

  /// The expected rates of random predictions, each 1 with its own probability.
  public init(chances: [Double], labels: [Int]) {
    func sum(_ label: Int, _ value: (Double) -> Double) -> Double {
      zip(chances, labels).reduce(0) { $1.1 == label ? $0 + value($1.0) : $0 }
    }
    self.init(
      truePositives: sum(1) { $0 }, falseNegatives: sum(1) { 1 - $0 }, falsePositives: sum(0) { $0 },
      trueNegatives: sum(0) { 1 - $0 })
  }

  /// The number of people.
  public var count: Double { truePositives + falseNegatives + falsePositives + trueNegatives }
  /// P(Y = 1 | A): the share of labels 1.
  public var baseRate: Double { (truePositives + falseNegatives) / count }
  /// P(Ŷ = 1 | A), which demographic parity wants to be equal. Definition 12.2
  public var selectionRate: Double { (truePositives + falsePositives) / count }
  /// P(Ŷ = 1 | Y = 1, A), which equal opportunity wants to be equal, and with it Definition 12.3 as printed.
  public var truePositiveRate: Double { truePositives / (truePositives + falseNegatives) }
  /// P(Ŷ = 1 | Y = 0, A), which predictive equality wants to be equal. Equalized odds want both, Definition 12.3.
  public var falsePositiveRate: Double { falsePositives / (falsePositives + trueNegatives) }
  /// P(Y = 1 | Ŷ = 1, A), which predictive parity wants to be equal. § 12.6.2
  public var precision: Double { truePositives / (truePositives + falsePositives) }
  /// P(Ŷ = Y | A).
  public var accuracy: Double { (truePositives + trueNegatives) / count }

  /// The rates of both groups together.
  public static func + (a: GroupRates, b: GroupRates) -> GroupRates {
    GroupRates(
      truePositives: a.truePositives + b.truePositives, falseNegatives: a.falseNegatives + b.falseNegatives,
      falsePositives: a.falsePositives + b.falsePositives, trueNegatives: a.trueNegatives + b.trueNegatives)
  }
}

/// A classifier's predictions for two groups a and b, judged by every definition. § 12.6.2
///
/// Every gap is the rate of group a minus that of group b.
public struct FairnessAudit: Sendable, Equatable {
  /// The rates of the two groups.
  public let a, b: GroupRates

  /// The audit of these rates.
  public init(_ a: GroupRates, _ b: GroupRates) { (self.a, self.b) = (a, b) }

  /// The audit of predictions with their labels and groups, 0 for a and 1 for b.
  public init(predictions: [Bool], labels: [Int], groups: [Int]) {
    self.init(chances: predictions.map { $0 ? 1 : 0 }, labels: labels, groups: groups)
  }

  /// The audit of random predictions, each 1 with its own probability, by their expected rates.
  public init(chances: [Double], labels: [Int], groups: [Int]) {
    require(
      chances.count == labels.count && groups.count == labels.count && Set(groups).isSubset(of: [0, 1]),
      "cannot audit \(chances.count) predictions with \(labels.count) labels and \(groups.count) groups: "
        + "one each is needed, and groups 0 and 1")
    func rates(_ group: Int) -> GroupRates {
      let members = groups.indices.filter { groups[$0] == group }
      return GroupRates(chances: members.map { chances[$0] }, labels: members.map { labels[$0] })
    }
    self.init(rates(0), rates(1))
  }

  /// The share of right predictions among all.
  public var accuracy: Double { (a + b).accuracy }
  /// P(Ŷ = 1 | A = a) − P(Ŷ = 1 | A = b): 0 for demographic parity. Definition 12.2
  public var parityGap: Double { a.selectionRate - b.selectionRate }
  /// P(Ŷ = 1 | Y = 1, A = a) − P(Ŷ = 1 | Y = 1, A = b): 0 for equal opportunity. Definition 12.3
  public var opportunityGap: Double { a.truePositiveRate - b.truePositiveRate }
  /// Exercise 12.5: P(Ŷ = 1 | Y = 0, A = a) − P(Ŷ = 1 | Y = 0, A = b): 0 for predictive equality.
  public var predictiveEqualityGap: Double { a.falsePositiveRate - b.falsePositiveRate }
  /// P(Y = 1 | Ŷ = 1, A = a) − P(Y = 1 | Ŷ = 1, A = b): 0 for predictive parity.
  public var precisionGap: Double { a.precision - b.precision }
  /// The larger of both gaps of Definition 12.3, without sign: 0 for equalized odds.
  public var oddsGap: Double { max(abs(opportunityGap), abs(predictiveEqualityGap)) }
  /// The smaller selection rate divided by the larger one, 1 if nobody is selected. US agencies take less than 0.8 as
  /// evidence of adverse impact.
  public var selectionRatio: Double {
    let (low, high) = (min(a.selectionRate, b.selectionRate), max(a.selectionRate, b.selectionRate))
    return high > 0 ? low / high : 1
  }

  /// The standard error of the parity gap, if the people are a random sample.
  public var parityError: Double {
    func variance(_ group: GroupRates) -> Double { group.selectionRate * (1 - group.selectionRate) / group.count }
    return (variance(a) + variance(b)).squareRoot()
  }
}

/// Two groups with equal true positive rates and equal false positive rates. Exercise 12.1
///
/// A group with base rate b has P(Ŷ = 1) = b TPR + (1 − b) FPR, so the gap of parity is (b_a − b_b)(TPR − FPR): 0 only
/// if the base rates are equal, or if TPR = FPR, so that the prediction says nothing about the label.
public struct EqualOdds: Sendable {
  /// The base rates of the groups.
  public let baseRates: (a: Double, b: Double)
  /// The common rates.
  public let truePositiveRate, falsePositiveRate: Double

  /// Groups of these base rates with these common rates.
  public init(baseRates: (a: Double, b: Double), truePositiveRate: Double, falsePositiveRate: Double) {
    (self.baseRates, self.truePositiveRate, self.falsePositiveRate) = (baseRates, truePositiveRate, falsePositiveRate)
  }

  /// The audit of two groups of equal size.
  public var audit: FairnessAudit {
    func rates(_ b: Double) -> GroupRates {
      GroupRates(baseRate: b, truePositiveRate: truePositiveRate, falsePositiveRate: falsePositiveRate)
    }
    return FairnessAudit(rates(baseRates.a), rates(baseRates.b))
  }

  /// Exercise 12.1: (b_a − b_b)(TPR − FPR), the gap of parity.
  public var parityGap: Double { (baseRates.a - baseRates.b) * (truePositiveRate - falsePositiveRate) }
}

extension FairnessAudit {
  /// The example that satisfies Definition 12.3 as printed, and parity too, but not equalized odds: base rates ½ and ¼,
  /// true positive rates 0.8 and 0.8, false positive rates 0.2 and 0.4, selection rates ½ and ½.
  public static let printedDefinition = FairnessAudit(
    GroupRates(baseRate: 0.5, truePositiveRate: 0.8, falsePositiveRate: 0.2),
    GroupRates(baseRate: 0.25, truePositiveRate: 0.8, falsePositiveRate: 0.4))

  /// All audits of groups with these numbers of people and of labels 1, each label predicted as 1 or 0 in every number.
  /// Exercise 12.1
  public static func all(
    a: (count: Int, positives: Int), b: (count: Int, positives: Int)
  ) -> [FairnessAudit] {
    func rates(_ group: (count: Int, positives: Int)) -> [GroupRates] {
      let negatives = group.count - group.positives
      return (0...group.positives).flatMap { (hits: Int) -> [GroupRates] in
        (0...negatives).map { (alarms: Int) -> GroupRates in
          GroupRates(
            truePositives: Double(hits), falseNegatives: Double(group.positives - hits), falsePositives: Double(alarms),
            trueNegatives: Double(negatives - alarms))
        }
      }
    }
    let second = rates(b)
    return rates(a).flatMap { first in second.map { FairnessAudit(first, $0) } }
  }
}

/// A group whose true positive rate and precision are given: its false positive rate follows from its base rate.
/// § 12.6.2
///
/// FPR = b/(1 − b) · (1 − PPV)/PPV · TPR, so groups with other base rates b cannot have equal true positive rates,
/// equal precision and equal false positive rates. Chouldechova (2017)
public struct EqualPrecision: Sendable {
  /// The base rate, the true positive rate, and the precision.
  public let baseRate, truePositiveRate, precision: Double

  /// A group with these rates.
  public init(baseRate: Double, truePositiveRate: Double, precision: Double) {
    (self.baseRate, self.truePositiveRate, self.precision) = (baseRate, truePositiveRate, precision)
  }

  /// Groups of four base rates, with a true positive rate of 0.7 and a precision of 0.6.
  public static let standard = [0.1, 0.2, 0.3, 0.4].map {
    EqualPrecision(baseRate: $0, truePositiveRate: 0.7, precision: 0.6)
  }

  /// b/(1 − b) · (1 − PPV)/PPV · TPR.
  public var falsePositiveRate: Double {
    baseRate / (1 - baseRate) * (1 - precision) / precision * truePositiveRate
  }

  /// The rates of a group with this false positive rate.
  public var rates: GroupRates {
    GroupRates(baseRate: baseRate, truePositiveRate: truePositiveRate, falsePositiveRate: falsePositiveRate)
  }
}
