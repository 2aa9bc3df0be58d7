// § 12.6.1  Sources of bias

import DataSets
import Foundations
import Tensors

/// A classifier's mean error among the people of each group, in the world of a drawn census. § 12.6.1
public struct GroupErrors: Sendable {
  /// The probability of a wrong prediction in groups a and b.
  public let a, b: Double
  /// The smallest possible probabilities, from rules that know the chances.
  public let least: (a: Double, b: Double)

  /// How much group b's error is above the smallest possible one, compared with group a's. § 12.6.1
  public var gap: Double { (b - least.b) - (a - least.a) }

  /// The errors of predictions. Chances are known, so the error of a person is p or 1 − p, without the noise of labels.
  public init(_ predictions: [Bool], of people: DrawnCensus.People) {
    func mean(_ group: Int, _ error: (Int) -> Double) -> Double {
      let members = people.part.groups.indices.filter { people.part.groups[$0] == group }
      return members.reduce(0) { $0 + error($1) } / Double(members.count)
    }
    let p = people.chances
    (a, b) = (mean(0) { predictions[$0] ? 1 - p[$0] : p[$0] }, mean(1) { predictions[$0] ? 1 - p[$0] : p[$0] })
    least = (mean(0) { min(p[$0], 1 - p[$0]) }, mean(1) { min(p[$0], 1 - p[$0]) })
  }
}

/// A world of invented people whose groups differ in what a high income depends on, and people to test on. § 12.6.1
public struct BiasedWorld: Sendable {
  /// The world that people are drawn from.
  public let world: DrawnCensus
  /// People to test on, half of them of each group, with labels as they are.
  public let judges: DrawnCensus.People

  /// A world whose groups differ by this much, with `judged` people to test on.
  public init(difference: Double, mislabelling: Double = 0, judged: Int = 20_000, random: RandomSource) {
    var world = DrawnCensus()
    (world.difference, world.mislabelling) = (difference, mislabelling)
    self.world = world
    var even = world
    even.share = 0.5
    judges = even.people(judged, from: random)
  }

  /// What a model is told about the group, and how many models there are.
  public enum Kind: String, Sendable, CaseIterable {
    /// One model, without the group.
    case blind
    /// One model, with the group as one of its features.
    case aware
    /// A model for each group.
    case separate
  }

  /// The predictions for the judged people of logistic regressions trained on `count` people, a given share of them in
  /// group b. § 12.6.1
  public func predictions(_ kind: Kind, trainedOn count: Int, share: Double, random: RandomSource) throws -> [Bool] {
    var census = world
    census.share = share
    let people = census.people(count, from: random).part
    if kind != .separate { return try predictions(from: people, without: kind == .blind ? ["sex"] : []) }
    let each = try (0...1).map { group in
      try predictions(
        from: people.subset(people.groups.indices.filter { people.groups[$0] == group }), without: ["sex"])
    }
    return judges.part.groups.enumerated().map { each[$1][$0] }
  }

  /// The predictions of one logistic regression trained on these people.
  private func predictions(from people: CensusPart, without left: [String]) throws -> [Bool] {
    let census = Census(drawn: people, judges.part)
    let encoded = EncodedCensus(census, without: left)
    return try encoded.logistic()(encoded.test).scalars.map { $0 > 0 }
  }

  /// The errors of such predictions. § 12.6.1
  public func errors(_ kind: Kind, trainedOn count: Int, share: Double, random: RandomSource) throws -> GroupErrors {
    GroupErrors(try predictions(kind, trainedOn: count, share: share, random: random), of: judges)
  }

  /// The audits of predictions by the labels as recorded, and by those that are true. § 12.6.1
  public func audits(of predictions: [Bool]) -> (recorded: FairnessAudit, true: FairnessAudit) {
    let groups = judges.part.groups
    return (
      FairnessAudit(predictions: predictions, labels: judges.part.labels, groups: groups),
      FairnessAudit(predictions: predictions, labels: judges.truth, groups: groups)
    )
  }
}
