// Invented people whose chance of a high income is known.

import Foundation
import Messages
import Tensors

/// A census of invented people in two groups: the chance of a high income is a known function of the entries.
///
/// log(p / (1 − p)) is a sum of effects of age, years of education, hours of work, household and occupation. The second
/// group's entries have other distributions, so that most columns tell something about the group.
public struct DrawnCensus: Sendable {
  /// The share of the second group.
  public var share = 1.0 / 3
  /// How much lower log(p / (1 − p)) is in the second group for the same entries.
  public var penalty = 0.7
  /// How far the second group's effects differ: 0 for the same as in the first group, 1 for entirely different ones.
  public var difference = 0.0
  /// The probability that a label 1 of the second group is recorded as 0.
  public var mislabelling = 0.0

  /// A third of the people in the second group, which has lower chances by the same effects.
  public init() {}

  /// The columns. The group is in the column "sex".
  public static let columns = [
    CensusColumn.number("age"), .number("years of education"), .number("hours per week"),
    .category("household", ["married", "single", "divorced"]),
    .category("occupation", ["office", "craft", "service", "sales", "profession", "management"]),
    .category("sex", groupNames),
  ]
  /// The names of the groups.
  public static let groupNames = ["Male", "Female"]

  /// Drawn people: their recorded entries and labels, and what nobody knows of real people.
  public struct People: Sendable {
    /// The people as recorded.
    public let part: CensusPart
    /// The chance of a high income of everybody.
    public let chances: [Double]
    /// The labels before some were recorded wrongly.
    public let truth: [Int]
  }

  /// Draws this many people.
  public func people(_ count: Int, from source: RandomSource) -> People {
    require(
      (0...1).contains(share) && (0...1).contains(mislabelling),
      "cannot draw people with a share of \(share) and a mislabelling of \(mislabelling): use numbers from 0 to 1")
    var entries = [[Double]](repeating: [], count: Self.columns.count)
    var (chances, truth, labels, groups) = ([Double](), [Int](), [Int](), [Int]())
    for _ in 0..<count {
      let person = InventedPerson(isSecond: source.bernoulli(share), from: source)
      for (column, entry) in person.entries.enumerated() { entries[column].append(entry) }
      let p = logistic(logit(of: person))
      let label = source.bernoulli(p) ? 1 : 0
      let isHidden = source.bernoulli(mislabelling) && person.isSecond
      chances.append(p)
      truth.append(label)
      labels.append(isHidden ? 0 : label)
      groups.append(person.isSecond ? 1 : 0)
    }
    return People(part: CensusPart(entries: entries, labels: labels, groups: groups), chances: chances, truth: truth)
  }

  /// log(p / (1 − p)) of a high income.
  private func logit(of person: InventedPerson) -> Double {
    let (age, years, hours) = (person.age - 38, person.years - 10, person.hours - 40)
    let curve = 0.0016 * (person.age - 45) * (person.age - 45)
    let work = [0, 0.1, -0.8, 0.3, 0.7, 1.1][person.occupation]
    let usual = -2.9 + 0.03 * age - curve + 0.32 * years + 0.035 * hours + (person.isMarried ? 2.1 : 0) + work
    if !person.isSecond { return usual }
    let other = -1.6 - 0.05 * age + 0.02 * years + 0.1 * (hours + 2) - (person.isMarried ? 0.4 : 0) + 0.2 * work
    return (1 - difference) * usual + difference * other - penalty
  }
}

/// The entries of an invented person.
private struct InventedPerson {
  let isSecond, isMarried: Bool
  let age, years, hours: Double
  let household, occupation: Int

  init(isSecond: Bool, from source: RandomSource) {
    self.isSecond = isSecond
    let age = 17 + (60 * source.beta(1.7, 2.8)).rounded(.down)
    let years = min(max((10 + 2.6 * source.normal()).rounded(), 1), 16)
    hours = min(max(((isSecond ? 38 : 43) + 9 * source.normal()).rounded(), 1), 90)
    isMarried = source.bernoulli(logistic(0.07 * (age - 32) + 0.9 - (isSecond ? 1.3 : 0)))
    household = isMarried ? 0 : source.bernoulli(logistic(0.1 * (age - 38))) ? 2 : 1
    occupation = source.categorical(
      occupations.map { exp($0.usual + (isSecond ? $0.second : 0) + $0.perYear * (years - 10)) })
    (self.age, self.years) = (age, years)
  }

  /// The entries in the order of the columns.
  var entries: [Double] { [age, years, hours, Double(household), Double(occupation), isSecond ? 1 : 0] }
}

/// The logarithms of the occupations' weights: in general, in addition for the second group, and per year of education.
private let occupations: [(usual: Double, second: Double, perYear: Double)] = [
  (0, 1.2, 0.05), (0.7, -2.4, -0.15), (0.1, 0.8, -0.2), (0.1, 0, 0.05), (-0.2, 0.2, 0.45), (-0.1, -0.4, 0.25),
]

private func logistic(_ z: Double) -> Double { 1 / (1 + exp(-z)) }

extension Census {
  /// The census of these people, in two parts.
  public init(drawn train: CensusPart, _ test: CensusPart, remark: String = "") {
    self.init(
      name: "invented people", columns: DrawnCensus.columns, train: train, test: test, label: "a high income",
      groupColumn: "sex", groupNames: DrawnCensus.groupNames, origin: "invented people\(remark)", isReal: false)
  }

  /// Invented people in two parts, the stand-in for Adult; always the same for the same numbers.
  public static func drawn(train: Int, test: Int, remark: String = "") -> Census {
    let source = RandomSource(seed: 1994)
    let parts = [train, test].map { DrawnCensus().people($0, from: source).part }
    return Census(drawn: parts[0], parts[1], remark: remark)
  }
}
