import Figures
import Messages
import Running
import Tensors
import Theory

/// § 11.1.1: the Bayes rule, the two parts of the excess risk, and what the size of the class costs.
public let section11_1b = Exercise(.section, "11.1b", "The best rule, and two reasons to miss it", seconds: 1) {
  run in
  let trials = run.choose(quick: 200, standard: 4_000, full: 40_000)
  let world = ThresholdWorld()
  run.show(bayesTable(), as: "bayes")
  run.show(excessTable(world, trials: trials, random: run.random.split()), as: "excess")
  run.show(averageTable(trials: trials / 4, random: run.random.split()), as: "average")
  let sizes = (1...5).map { 1 << (2 * $0) }
  let gaps = sizes.map {
    GuessingRules(rules: $0, examples: 400).largestGap(trials: trials / 20, random: run.random.split())
  }
  run.show(sizeTable(sizes, gaps), as: "sizes")
  run.show(excessFigure(world, trials: trials / 4, random: run.random.split()), as: "excess")
  run.card("approximation part of 33 thresholds", world.excess(of: 0.3).approximation)
  run.card("gap of 1,024 rules, relative to 4", gaps[4] / gaps[0])
}

extension ThresholdWorld {
  /// The two parts of the excess risk of a threshold rule with this risk.
  public func excess(of risk: Double) -> ExcessRisk { ExcessRisk(of: risk, from: thresholds(), under: distribution) }
}

/// A joint table of four inputs and three labels.
public let jointTable = FiniteDistribution(
  Tensor([[10, 4, 6], [3, 12, 5], [8, 8, 9], [20, 5, 10]], scalarType: .double) / 100)

private func bayesTable() -> Table {
  let rules = FiniteClass.all(inputs: 4, labels: 3)
  let risks = FiniteClass(rules, labels: 3).risks(under: jointTable).scalars
  let order = risks.indices.sorted { (risks[$0], $0) < (risks[$1], $1) }
  func row(_ name: String, _ place: Int) -> [Table.Cell] {
    [.text(name), .text(rules[place].map(String.init).joined(separator: " ")), .number(risks[place], decimals: 4)]
  }
  let bayes: [Table.Cell] = [
    "the Bayes rule", .text(jointTable.bayesRule().map(String.init).joined(separator: " ")),
    .number(jointTable.bayesRisk, decimals: 4),
  ]
  return Table(
    "All 81 rules from four inputs to three labels, by risk", columns: ["rule", "h(0) … h(3)", "R(h)"],
    rows: [bayes] + (0..<3).map { row("number \($0 + 1)", order[$0]) } + [row("number 81", order[80])])
}

private func excessTable(_ world: ThresholdWorld, trials: Int, random: RandomSource) -> Table {
  Table(
    "R(h_S) − R(h*), the mean of \(grouped(trials)) samples; R(h*) = " + decimals(world.distribution.bayesRisk, 4),
    columns: ["m", "estimation", "approximation", "sum"],
    rows: [10, 30, 100, 300, 1_000].map { m in
      let risk = average(world.measured(examples: m, trials: trials, random: random).risks)
      let parts = world.excess(of: risk)
      return [
        .integer(m), .number(parts.estimation, decimals: 4), .number(parts.approximation, decimals: 4),
        .number(parts.total, decimals: 4),
      ]
    })
}

/// √E (R̂_S(h) − R(h))² of one rule, against the number of examples. § 11.1.1
public func deviations(_ counts: [Int], trials: Int, random: RandomSource) -> [Double] {
  let world = ThresholdWorld()
  let H = FiniteClass([world.rules[16]], labels: 2)
  let R = H.risks(under: world.distribution)
  return counts.map { m in
    let R̂ = H.empiricalRisks(world.distribution.samples(of: m, trials: trials, random: random))
    return (R̂ - R).squared().mean().item.squareRoot()
  }
}

private func averageTable(trials: Int, random: RandomSource) -> Table {
  let counts = [10, 40, 160, 640]
  let found = deviations(counts, trials: trials, random: random)
  let world = ThresholdWorld()
  let R = world.thresholds().risks(under: world.distribution)[16].item
  return Table(
    "The empirical risk of one rule is a Monte Carlo mean: its error falls like 1/√m",
    columns: ["m", "√E (R̂ − R)²", "√(R (1 − R)/m)"],
    rows: zip(counts, found).map { m, value in
      [
        .integer(m), .number(value, decimals: 5),
        .number((R * (1 - R) / Double(m)).squareRoot(), decimals: 5),
      ]
    })
}

private func sizeTable(_ sizes: [Int], _ gaps: [Double]) -> Table {
  Table(
    "max |R − R̂_S| over |H| rules that guess, m = 400",
    columns: ["|H|", "mean", "relative to 4", "√(log 2|H| / 2m)", "√(|H| / m)"],
    rows: zip(sizes, gaps).map { size, gap in
      [
        .integer(size), .number(gap, decimals: 4), .number(gap / gaps[0], decimals: 2),
        .number(GuessingRules(rules: size, examples: 400).bound, decimals: 4),
        .number((Double(size) / 400).squareRoot(), decimals: 4),
      ]
    })
}

private func excessFigure(_ world: ThresholdWorld, trials: Int, random: RandomSource) -> LineChart {
  let counts = [5, 8, 12, 20, 32, 50, 80, 120, 200, 320, 500, 800]
  let found = counts.map { world.measured(examples: $0, trials: trials, random: random) }
  let m = counts.map(Double.init)
  let flat = { (value: Double) in Series("", x: [m[0], m[m.count - 1]], [value, value]) }
  var (best, bayes) = (flat(found[0].smallestRisk), flat(world.distribution.bayesRisk))
  (best.name, bayes.name) = ("the best threshold", "the Bayes rule")
  return LineChart(
    "Risks of the chosen threshold, means over samples", x: Axis("examples m", .logarithmic), y: Axis("risk"),
    series: [
      Series("R(h_S)", x: m, found.map { average($0.risks) }, style: .both),
      Series("R̂_S(h_S)", x: m, found.map { average($0.empiricalRisks) }, style: .both), best, bayes,
    ])
}
