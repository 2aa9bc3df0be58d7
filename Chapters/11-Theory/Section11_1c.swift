import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory

/// § 11.1.1: empirical risk minimization needs a minimum. How many evaluations and steps that takes.
public let section11_1c = Exercise(.section, "11.1c", "What it costs to find a minimum", seconds: 1) { run in
  run.show(searchTable(), as: "search")
  let slope = FlatteningSlope(p: 0.1)
  let targets = run.choose(
    quick: [0.1, 0.05], standard: [0.1, 0.05, 0.02, 0.01, 0.005], full: [0.1, 0.03, 0.01, 0.003])
  let steps = slope.steps(until: targets)
  run.show(slopeTable(slope, targets, steps), as: "slope")
  let counts = run.choose(
    quick: [400, 1_600], standard: [400, 1_600, 6_400, 25_600], full: [400, 1_600, 6_400, 25_600, 102_400])
  let sizes = counts.map { T in
    run.say("descent with noise: \(grouped(T)) steps")
    return NoisyWell().meanGradient(steps: T, runs: 8, random: run.random.split())
  }
  run.show(noiseTable(counts, sizes), as: "noise")
  run.show(rateFigure(targets, steps, counts, sizes), as: "rates")
  run.card("power of 1/ε without noise", -logSlope(targets, steps.map(Double.init)))
  run.card("power of 1/ε with noise", -logSlope(sizes, counts.map(Double.init)))
}

/// The slope of a line through the points (log x, log y), by least squares.
public func logSlope(_ x: [Double], _ y: [Double]) -> Double {
  -PowerLaw(fitting: Tensor(x, scalarType: .double), Tensor(y, scalarType: .double)).exponent
}

private func power(_ x: Double, _ p: Double) -> Double { Tensor(x, scalarType: .double).power(p).item }

private func searchTable() -> Table {
  let rows = [(1, 4), (1, 16), (1, 64), (2, 4), (2, 8), (3, 4), (3, 8)].map { d, k -> [Table.Cell] in
    let search = GridSearch(dimensions: d, perAxis: k)
    let t = Double(search.evaluations)
    return [
      .integer(d), .integer(search.evaluations), .number(search.worstQuadraticError(), decimals: 6),
      .number(Double(d) / 8 * power(t, -2 / Double(d)), decimals: 6), .number(power(t, -1 / Double(d)), decimals: 6),
    ]
  }
  return Table(
    "The largest error of a search on a grid, for ½‖x − c‖² on the unit cube",
    columns: ["d", "evaluations t", "largest error", "(d/8) t^(−2/d)", "t^(−1/d)"], rows: rows)
}

private func slopeTable(_ slope: FlatteningSlope, _ targets: [Double], _ steps: [Int]) -> Table {
  let Δ = slope.value(Tensor([1], scalarType: .double)).item
  return Table(
    "Descent without noise on (1 + θ²)^(−p/2)/p, p = \(decimals(slope.p, 1)): steps until |L′| ≤ ε",
    columns: ["ε", "steps", "steps · ε²", "2βΔ, always enough"],
    rows: zip(targets, steps).map { ε, steps in
      [
        .number(ε, decimals: 3), .integer(steps), .number(Double(steps) * ε * ε, decimals: 3),
        .number(2 * Δ, decimals: 2),
      ]
    })
}

private func noiseTable(_ counts: [Int], _ sizes: [Double]) -> Table {
  let guarantee = NoisyWell().guarantee
  return Table(
    "Descent with noise in a well of 50 numbers, σ = 1, and the learning rate for T steps",
    columns: ["T", "η", "√E mean ‖∇L‖²", "T · its fourth power", "bound of chapter 2"],
    rows: zip(counts, sizes).map { T, size in
      [
        .integer(T), .number(guarantee.learningRate(steps: T), decimals: 4), .number(size, decimals: 4),
        .number(Double(T) * size * size * size * size, decimals: 3),
        .number(guarantee.bound(steps: T, learningRate: guarantee.learningRate(steps: T)).squareRoot(), decimals: 4),
      ]
    })
}

private func rateFigure(_ targets: [Double], _ steps: [Int], _ counts: [Int], _ sizes: [Double]) -> LineChart {
  func through(_ name: String, _ ε: [Double], _ p: Double, _ first: Double) -> Series {
    Series(name, x: ε, ε.map { first * power($0 / ε[0], p) })
  }
  return LineChart(
    "Steps until the gradient is at most ε", x: Axis("ε", .logarithmic), y: Axis("steps", .logarithmic),
    series: [
      Series("without noise, a slope that flattens", x: targets, steps.map(Double.init), style: .both),
      Series("with noise, a well", x: sizes, counts.map(Double.init), style: .both),
      through("ε⁻²", targets, -2, Double(steps[0])), through("ε⁻⁴", sizes, -4, Double(counts[0])),
    ])
}
