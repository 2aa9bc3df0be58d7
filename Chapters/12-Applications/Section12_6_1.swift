import Applications
import DataSets
import Figures
import Messages
import Running
import Tensors

/// § 12.6.1: three sources of bias in a world of invented people, whose chances are known.
public let section12_6_1 = Exercise(
  .section, "12.6.1", "Sources of bias", seconds: 3, quick: 1, full: 15
) { run in
  let count = run.choose(quick: 1_000, standard: 4_000, full: 4_000)
  let repeats = run.choose(quick: 1, standard: 20, full: 100)
  let judged = run.choose(quick: 2_000, standard: 20_000, full: 50_000)
  let different = BiasedWorld(difference: 1, judged: judged, random: run.random.split())
  run.say(
    "Errors are above the smallest possible ones, in percentage points; \(grouped(count)) people to train on, in the "
      + "last two tables \(grouped(2 * count)).\n")
  let shares = [0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5]
  let curve = try ShareCurve(different, shares: shares, count: count, repeats: repeats, random: run.random.split())
  run.show(shareTable(curve), as: "representation")
  run.show(shareFigure(curve), as: "representation")
  run.show(
    try labelTable(count: count * 2, judged: judged, random: run.random.split()), as: "labels")
  run.show(
    try aggregationTable(count: count * 2, judged: judged, random: run.random.split()), as: "aggregation")
  run.card("gap with 1% of group b", curve.errors[0].gap)
  run.card("gap with half of group b", curve.errors[shares.count - 1].gap)
}

/// The errors of one model for both groups, for growing shares of group b among its training people. § 12.6.1
public struct ShareCurve: Sendable {
  /// The shares.
  public let shares: [Double]
  /// The mean errors above the smallest possible ones, and the mean gaps.
  public let errors: [(a: Double, b: Double, gap: Double)]

  /// The mean over several draws of the training people.
  public init(
    _ world: BiasedWorld, shares: [Double], count: Int, repeats: Int, random: RandomSource
  ) throws {
    self.shares = shares
    errors = try shares.map { share in
      let found = try (0..<repeats).map { _ in
        try world.errors(.blind, trainedOn: count, share: share, random: random.split())
      }
      func mean(_ value: (GroupErrors) -> Double) -> Double { found.reduce(0) { $0 + value($1) } / Double(repeats) }
      return (mean { $0.a - $0.least.a }, mean { $0.b - $0.least.b }, mean(\.gap))
    }
  }
}

private func shareTable(_ curve: ShareCurve) -> Table {
  Table(
    "Representation: one model, group b is a growing share of the training people",
    columns: ["share of group b", "group a", "group b", "gap"],
    rows: zip(curve.shares, curve.errors).map {
      [
        .number($0, decimals: 2), .number(100 * $1.a, decimals: 2), .number(100 * $1.b, decimals: 2),
        .number(100 * $1.gap, decimals: 2),
      ]
    })
}

private func shareFigure(_ curve: ShareCurve) -> LineChart {
  LineChart(
    "One model for two groups that differ", x: Axis("share of group b among the training people"),
    y: Axis("error above the smallest possible, %"),
    series: [
      Series("group a", x: curve.shares, curve.errors.map { 100 * $0.a }, style: .both),
      Series("group b", x: curve.shares, curve.errors.map { 100 * $0.b }, style: .both),
    ])
}

/// Labels 1 of group b that are recorded as 0.
private func labelTable(count: Int, judged: Int, random: RandomSource) throws -> Table {
  let rows = try [0, 0.2, 0.4, 0.6].map { hidden -> [Table.Cell] in
    let seeded = RandomSource(seed: 7)
    let world = BiasedWorld(difference: 0, mislabelling: hidden, judged: judged, random: seeded)
    let guesses = try world.predictions(.aware, trainedOn: count, share: 1.0 / 3, random: random.split())
    let audits = world.audits(of: guesses)
    return [
      .number(hidden, decimals: 1), .number(audits.true.b.baseRate, decimals: 3),
      .number(audits.recorded.b.baseRate, decimals: 3), .number(audits.true.b.selectionRate, decimals: 3),
      .number(audits.recorded.b.accuracy, decimals: 3), .number(audits.true.b.accuracy, decimals: 3),
      .number(audits.true.b.truePositiveRate, decimals: 3),
    ]
  }
  return Table(
    "Labels: a share of group b's labels 1 is recorded as 0, in training and in the test",
    columns: [
      "hidden", "label 1, true", "as recorded", "Ŷ = 1", "accuracy, recorded", "accuracy, true", "TPR, true",
    ], rows: rows)
}

/// One model or several for groups with different rules.
private func aggregationTable(count: Int, judged: Int, random: RandomSource) throws -> Table {
  let names: [BiasedWorld.Kind: String] = [
    .blind: "one, without the group", .aware: "one, with the group", .separate: "one for each group",
  ]
  let rows = try [0, 0.5, 1].flatMap { difference in
    let world = BiasedWorld(difference: difference, judged: judged, random: random.split())
    return try BiasedWorld.Kind.allCases.map { kind -> [Table.Cell] in
      let found = try world.errors(kind, trainedOn: count, share: 0.5, random: random.split())
      return [
        .number(difference, decimals: 1), .text(names[kind] ?? ""),
        .number(100 * (found.a - found.least.a), decimals: 2),
        .number(100 * (found.b - found.least.b), decimals: 2),
      ]
    }
  }
  return Table(
    "Aggregation: how many models for two groups of equal size",
    columns: ["difference", "models", "group a", "group b"],
    rows: rows)
}
