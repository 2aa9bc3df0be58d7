import Applications
import Figures
import Messages
import Running

/// § 12.6.2: two groups that satisfy Definitions 12.2 and 12.3 as printed, but not equalized odds.
public let section12_6_2 = Exercise(.section, "12.6.2", "Fairness metrics", seconds: 1) { run in
  let example = FairnessAudit.printedDefinition
  run.show(definitionTable(example), as: "definitions")
  run.show(ratesFigure(example), as: "rates")
  let calibrated = EqualPrecision.standard
  run.show(precisionTable(calibrated), as: "precision")
  run.card("gap of true positive rates", example.opportunityGap)
  run.card("gap of false positive rates", example.predictiveEqualityGap)
}

private func definitionTable(_ audit: FairnessAudit) -> Table {
  let rows: [(String, String, Double, Double)] = [
    ("base rate", "P(Y = 1 | A)", audit.a.baseRate, audit.b.baseRate),
    ("demographic parity, Definition 12.2", "P(Ŷ = 1 | A)", audit.a.selectionRate, audit.b.selectionRate),
    (
      "Definition 12.3 as printed: equal opportunity", "P(Ŷ = 1 | Y = 1, A)", audit.a.truePositiveRate,
      audit.b.truePositiveRate
    ),
    ("predictive equality", "P(Ŷ = 1 | Y = 0, A)", audit.a.falsePositiveRate, audit.b.falsePositiveRate),
    ("predictive parity", "P(Y = 1 | Ŷ = 1, A)", audit.a.precision, audit.b.precision),
  ]
  return Table(
    "Equalized odds are equal opportunity and predictive equality together",
    columns: ["definition", "equal for both groups", "group a", "group b", "gap"],
    rows: rows.map {
      [
        .text($0.0), .text($0.1), .number($0.2, decimals: 3), .number($0.3, decimals: 3),
        .number($0.2 - $0.3, decimals: 3),
      ]
    })
}

private func ratesFigure(_ audit: FairnessAudit) -> BarChart {
  func rates(_ group: GroupRates) -> [Double] {
    [group.baseRate, group.selectionRate, group.truePositiveRate, group.falsePositiveRate, group.precision]
  }
  return BarChart(
    "Parity and equal TPR, but other errors",
    categories: ["base rate", "Ŷ = 1", "TPR", "FPR", "precision"], y: Axis("rate", range: 0...1),
    series: [Series("group a", rates(audit.a)), Series("group b", rates(audit.b))], format: "%.2f")
}

private func precisionTable(_ groups: [EqualPrecision]) -> Table {
  Table(
    "Equal TPR of 0.7 and equal precision of 0.6: the false positive rate follows from the base rate",
    columns: ["base rate", "b/(1 − b) (1 − PPV)/PPV TPR", "FPR of such a group", "precision"],
    rows: groups.map {
      [
        .number($0.baseRate, decimals: 2), .number($0.falsePositiveRate, decimals: 4),
        .number($0.rates.falsePositiveRate, decimals: 4), .number($0.rates.precision, decimals: 4),
      ]
    })
}
