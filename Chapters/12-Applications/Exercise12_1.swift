import Applications
import DataSets
import Figures
import Messages
import Running
import Tensors

/// Exercise 12.1: why demographic parity and equalized odds exclude each other, by a proof, by enumeration, and on
/// people.
public let exercise12_1 = Exercise(
  "12.1", "Parity against equalized odds", stars: 1, seconds: 1,
  needs: { _ in .people(train: 400, test: 200) }
) { run in
  run.show(enumerationTable(), as: "enumeration")
  let all = try run.data.adult(drawn: run.choose(quick: 2_000, standard: 20_000, full: 40_000), 10_000)
  let census =
    run.options.budget == .quick ? all.with(train: all.train.prefix(2_000), test: all.test.prefix(1_000)) : all
  let people = EncodedCensus(census)
  let logits = try people.logistic()(people.test).scalars
  let sweep = RateSweep(scores: logits, people: census.test)
  run.say(census.provenance + "\n")
  run.show(sweepTable(sweep), as: "thresholds")
  run.show(sweepFigure(sweep), as: "thresholds")
  run.card("data", census.provenance)
  run.card("base rate of \(census.groupNames[0])", sweep.parity[0].audit.a.baseRate)
  run.card("base rate of \(census.groupNames[1])", sweep.parity[0].audit.b.baseRate)
}

/// The enumerated predictions of two small groups, counted by what they satisfy. Exercise 12.1
public struct EnumeratedPredictions: Sendable {
  /// The numbers of people and of labels 1 in the groups.
  public let a, b: (count: Int, positives: Int)
  /// How many predictions there are; how many satisfy parity and Definition 12.3 as printed; parity and both conditions
  /// of equalized odds; and how many of the last have TPR ≠ FPR.
  public let all, printed, both, informative: Int

  /// The count for these groups. Rates are compared up to rounding.
  public init(a: (count: Int, positives: Int), b: (count: Int, positives: Int)) {
    (self.a, self.b) = (a, b)
    func isZero(_ x: Double) -> Bool { abs(x) < 1e-12 }
    let audits = FairnessAudit.all(a: a, b: b)
    let parity = audits.filter { isZero($0.parityGap) && isZero($0.opportunityGap) }
    let odds = parity.filter { isZero($0.predictiveEqualityGap) }
    (all, printed, both) = (audits.count, parity.count, odds.count)
    informative = odds.count { !isZero($0.a.truePositiveRate - $0.a.falsePositiveRate) }
  }
}

private func enumerationTable() -> Table {
  let groups: [(a: (count: Int, positives: Int), b: (count: Int, positives: Int))] = [
    ((12, 6), (12, 6)), ((12, 6), (24, 12)), ((12, 6), (12, 3)), ((20, 10), (20, 5)), ((24, 8), (24, 6)),
  ]
  return Table(
    "Exercise 12.1: all predictions for two small groups",
    columns: [
      "label 1 in a", "label 1 in b", "predictions", "parity, equal TPR", "parity, equal TPR and FPR",
      "of them TPR ≠ FPR",
    ],
    rows: groups.map {
      let found = EnumeratedPredictions(a: $0.a, b: $0.b)
      return [
        .text("\($0.a.positives) of \($0.a.count)"), .text("\($0.b.positives) of \($0.b.count)"), .integer(found.all),
        .integer(found.printed), .integer(found.both), .integer(found.informative),
      ]
    })
}

/// Thresholds for each group that give both the same rate, for many rates. Exercise 12.1
public struct RateSweep: Sendable {
  /// The audits of predictions with equal selection rates, and with equal true positive rates.
  public let parity, opportunity: [(rate: Double, audit: FairnessAudit)]

  /// The audits of people with these scores.
  public init(scores: [Double], people: CensusPart, rates: [Double] = (1...19).map { Double($0) / 20 }) {
    func audits(_ rate: GroupThresholds.Rate) -> [(Double, FairnessAudit)] {
      rates.map { target in
        let thresholds = GroupThresholds(rate, of: target, scores: scores, labels: people.labels, groups: people.groups)
        let guesses = thresholds(scores, groups: people.groups)
        return (target, FairnessAudit(predictions: guesses, labels: people.labels, groups: people.groups))
      }
    }
    (parity, opportunity) = (audits(.selection), audits(.truePositive))
  }
}

private func sweepTable(_ sweep: RateSweep) -> Table {
  let chosen = sweep.parity.indices.filter { [0.1, 0.2, 0.3, 0.5, 0.8].contains(sweep.parity[$0].rate) }
  return Table(
    "Thresholds for each group: equal selection rates on the left, equal true positive rates on the right",
    columns: ["Ŷ = 1", "gap", "TPR gap", "FPR gap", "TPR", "gap", "Ŷ = 1 gap"],
    rows: chosen.map {
      let (left, right) = (sweep.parity[$0], sweep.opportunity[$0])
      return [
        .number(left.rate, decimals: 1), .number(left.audit.parityGap, decimals: 3),
        .number(left.audit.opportunityGap, decimals: 3), .number(left.audit.predictiveEqualityGap, decimals: 3),
        .number(right.rate, decimals: 1), .number(right.audit.opportunityGap, decimals: 3),
        .number(right.audit.parityGap, decimals: 3),
      ]
    })
}

private func sweepFigure(_ sweep: RateSweep) -> Panels {
  let rates = sweep.parity.map(\.rate)
  let left = LineChart(
    "Equal selection rates", x: Axis("selection rate of both", range: 0...1), y: Axis("rate of a minus rate of b"),
    series: [
      Series("TPR", x: rates, sweep.parity.map(\.audit.opportunityGap), style: .both),
      Series("FPR", x: rates, sweep.parity.map(\.audit.predictiveEqualityGap), style: .both),
      Series("selection", x: rates, sweep.parity.map(\.audit.parityGap), style: .both),
    ])
  let right = LineChart(
    "Equal true positive rates", x: Axis("true positive rate of both", range: 0...1),
    y: Axis("rate of a minus rate of b"),
    series: [
      Series("TPR", x: rates, sweep.opportunity.map(\.audit.opportunityGap), style: .both),
      Series("FPR", x: rates, sweep.opportunity.map(\.audit.predictiveEqualityGap), style: .both),
      Series("selection", x: rates, sweep.opportunity.map(\.audit.parityGap), style: .both),
    ])
  return Panels("One gap closed, the others open", [left, right])
}
