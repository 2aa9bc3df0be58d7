import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory

/// § 11.1: empirical risk minimization over a finite class whose risks are known exactly.
public let section11_1 = Exercise(.section, "11.1", "Learning from a finite class", seconds: 1) { run in
  let trials = run.choose(quick: 200, standard: 4_000, full: 40_000)
  let world = ThresholdWorld()
  let counts = [10, 20, 50, 100, 200, 500, 1_000, world.bound.examples(for: 0.1)]
  let found = counts.map { world.measured(examples: $0, trials: trials, random: run.random.split()) }
  run.show(failureTable(world, counts, found, trials: trials), as: "failures")
  run.show(lossTable(world, trials: trials, random: run.random.split()), as: "losses")
  run.show(networkTable(), as: "networks")
  run.show(failureFigure(world, trials: trials / 2, random: run.random.split()), as: "failures")
  run.card("m_H(0.1, 0.1), (11.1)", "\(world.bound.examples(for: 0.1))")
  run.card("share of samples that miss min R by more than 0.1 there", found.last?.failureShare(ε: 0.1) ?? .nan)
  run.card("bound of Remark 11.3 for Listing 1.6", remark11_3.gap(examples: 60_000))
}

/// 33 threshold rules on 32 inputs, and labels that no threshold predicts best. § 11.1
public struct ThresholdWorld: Sendable {
  /// p(1 | x) is 0.1 on the first 16 inputs, 0.9 on the next 10 and 0.3 on the last 6.
  public let distribution: FiniteDistribution
  /// The rules 1 if x ≥ t, else 0.
  public let rules: [[Int]]
  /// δ = 0.1.
  public let δ = 0.1

  /// The world.
  public init() {
    distribution = FiniteDistribution(
      chanceOfOne: (0..<32).map { $0 < 16 ? 0.1 : $0 < 26 ? 0.9 : 0.3 })
    rules = FiniteClass.thresholds(inputs: 32)
  }

  /// The rules with the 0–1 loss, or with a loss of `size` for a mistake.
  public func thresholds(loss size: Double = 1) -> FiniteClass {
    FiniteClass(rules, labels: 2) { $0 == $1 ? 0 : size }
  }

  /// (11.2) for these rules.
  public var bound: FiniteClassBound { FiniteClassBound(count: rules.count, δ: δ) }

  /// Empirical risk minimization on `trials` samples of m examples.
  public func measured(
    examples m: Int, trials: Int, loss: Double = 1, random: RandomSource
  ) -> RiskMinimization {
    RiskMinimization(over: thresholds(loss: loss), on: distribution, examples: m, trials: trials, random: random)
  }
}

/// (11.2) for all networks with the 235,146 weights of Listing 1.6 in 32 bits each. Remark 11.3
public let remark11_3 = FiniteClassBound(parameters: MLP.parameterCount(widths: [784, 256, 128, 10]), δ: 0.05)

private func failureTable(
  _ world: ThresholdWorld, _ counts: [Int], _ found: [RiskMinimization], trials: Int
) -> Table {
  Table(
    "33 threshold rules, δ = 0.1, \(grouped(trials)) samples for each m; min R = "
      + decimals(found[0].smallestRisk, 4),
    columns: [
      "m", "mean R(h_S)", "mean R̂_S(h_S)", "R(h_S) > min R + 0.1", "gap of (11.2)", "R(h_S) > R̂_S(h_S) + gap",
    ],
    rows: zip(counts, found).map { m, found in
      [
        .integer(m), .number(average(found.risks), decimals: 4), .number(average(found.empiricalRisks), decimals: 4),
        .number(found.failureShare(ε: 0.1), decimals: 4), .number(world.bound.gap(examples: m), decimals: 4),
        .number(found.violationShare(gap: world.bound.gap(examples: m)), decimals: 4),
      ]
    })
}

private func lossTable(_ world: ThresholdWorld, trials: Int, random: RandomSource) -> Table {
  let m = 20
  let rows = [1.0, 2, 5, 10].map { size -> [Table.Cell] in
    let found = world.measured(examples: m, trials: trials, loss: size, random: random)
    let (printed, scaled) = (world.bound.gap(examples: m), world.bound.gap(examples: m, lossRange: size))
    return [
      .number(size, decimals: 0), .number(printed, decimals: 3),
      .number(found.violationShare(gap: printed), decimals: 4), .number(scaled, decimals: 3),
      .number(found.violationShare(gap: scaled), decimals: 4),
    ]
  }
  return Table(
    "Theorem 11.2 with a loss of b for a mistake, m = \(m): the share of samples with R(h_S) > R̂_S(h_S) + gap",
    columns: ["b", "gap as printed", "violated", "b · gap", "violated"], rows: rows)
}

private func networkTable() -> Table {
  let networks = [
    ("a perceptron, 784-10", [784, 10], 60_000), ("Listing 1.6, 784-256-128-10", [784, 256, 128, 10], 60_000),
  ]
  let rows = networks.map { name, widths, m -> [Table.Cell] in
    row(name, parameters: MLP.parameterCount(widths: widths), examples: m)
  }
  return Table(
    "Remark 11.3: |H| = 2^(32 P) for P weights of 32 bits, δ = 0.05",
    columns: ["network", "P", "m", "gap of (11.2)", "m for a gap of 0.1"],
    rows: rows + [row("one billion weights", parameters: 1_000_000_000, examples: 1_000_000_000)])
}

private func row(_ name: String, parameters P: Int, examples m: Int) -> [Table.Cell] {
  let bound = FiniteClassBound(parameters: P, δ: 0.05)
  let needed = bound.gap(examples: 1) / 0.1
  return [
    .text(name), .integer(P), .integer(m), .number(bound.gap(examples: m), decimals: 2),
    .integer(Int((needed * needed).rounded(.up))),
  ]
}

private func failureFigure(_ world: ThresholdWorld, trials: Int, random: RandomSource) -> LineChart {
  let counts = [5, 8, 12, 20, 32, 50, 80, 120, 200, 320, 500, 800, world.bound.examples(for: 0.1)]
  let found = counts.map { world.measured(examples: $0, trials: trials, random: random) }
  let m = counts.map(Double.init)
  let ends = [m[0], m[m.count - 1]]
  return LineChart(
    "How often the chosen rule is more than ε worse than the best one", x: Axis("examples m", .logarithmic),
    y: Axis("share of samples", range: 0...1),
    series: [0.05, 0.1, 0.2].map { ε in
      Series("ε = \(decimals(ε, 2))", x: m, found.map { $0.failureShare(ε: ε) }, style: .both)
    } + [Series("δ = 0.1", x: ends, [world.δ, world.δ])])
}

/// The mean of numbers.
func average(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
