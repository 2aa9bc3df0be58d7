import Figures
import Messages
import Running
import Tensors
import Theory

/// § 11.4.2: where descent ends, for several starts, learning rates and data, and how fast it gets there.
public let section11_4_2 = Exercise(.section, "11.4.2", "The implicit bias of gradient descent", seconds: 1, quick: 1) {
  run in
  let (n, p, steps) = (20, 60, run.choose(quick: 600, standard: 2_000, full: 20_000))
  let world = BiasWorld(examples: n, weights: p, random: run.random.split())
  let L = world.regression
  run.say(
    "\(n) examples, \(p) weights; λ_max = \(decimals(L.largestCurvature, 2)), smallest curvature that is not 0: "
      + "\(decimals(L.smallestCurvature, 2))\n")
  let (pseudo, zero) = (L.pseudoinverseSolution, Tensor.zeros([p], scalarType: .double))
  let end = L.descended(from: zero, learningRate: 1 / L.largestCurvature, steps: steps)
  run.show(world.table(steps: steps), as: "ends")
  run.show(rateTable(L, from: world.start), as: "rates")
  run.show(convergenceFigure(L, from: world.start), as: "convergence")
  run.card("‖w − X⁺y‖ from 0", (end - pseudo).norm().item)
  run.card("‖X⁺y − Xᵀ(XXᵀ)⁻¹y‖", (pseudo - (try L.gramSolution())).norm().item)
  run.card("largest weight off the row space, from 0", L.nullPart(of: end).abs().max().item)
}

/// Examples with more weights than examples, and a start. Theorem 11.10
public struct BiasWorld: Sendable {
  /// Independent examples and targets.
  public let regression: OverparameterizedRegression
  /// The same, with the first example twice: once with its target, once with another one, 1 larger.
  public let contradictory: OverparameterizedRegression
  /// A start w₀ ≠ 0. [p]
  public let start: Tensor

  /// Normal examples and targets.
  public init(examples n: Int, weights p: Int, random: RandomSource) {
    let X = random.normal([n, p], scalarType: .double)
    let y = random.normal([n], scalarType: .double)
    regression = OverparameterizedRegression(X, y)
    contradictory = OverparameterizedRegression(
      Tensor.concatenated([X, X[0..<1]], axis: 0), Tensor.concatenated([y, y[0..<1] + 1], axis: 0))
    start = random.normal([p], scalarType: .double)
  }

  func table(steps: Int) -> Table {
    let zero = 0 * start
    func row(_ name: String, _ L: OverparameterizedRegression, _ w₀: Tensor, _ factor: Double) -> [Table.Cell] {
      let w = L.descended(from: w₀, learningRate: factor / L.largestCurvature, steps: steps)
      let distance = (w - L.pseudoinverseSolution).norm().item
      return [
        .text(name), .number(factor, decimals: 2), told(L.loss(w)), told(distance),
        told((w - L.limit(from: w₀)).norm().item),
        .number(w.norm().item < 1e6 ? w.norm().item : .infinity, decimals: 4),
      ]
    }
    return Table(
      "After \(grouped(steps)) steps",
      columns: ["", "η λ_max", "loss", "‖w − X⁺y‖", "‖w − (null part of w₀ + X⁺y)‖", "‖w‖"],
      rows: [
        row("from 0", regression, zero, 1), row("from 0", regression, zero, 1.9), row("from 0", regression, zero, 2.05),
        row("from w₀ ≠ 0", regression, start, 1), row("a row twice, other target", contradictory, zero, 1),
      ])
  }
}

/// A number that may be zero up to rounding, or beyond all bounds.
private func told(_ value: Double) -> Table.Cell {
  .text(!(value < 1e6) ? "diverges" : value < 1e-10 ? "< 1e-10" : decimals(value, 4))
}

/// The Polyak–Łojasiewicz inequality and the rate that follows.
private func rateTable(_ L: OverparameterizedRegression, from w₀: Tensor) -> Table {
  let η = 1 / L.largestCurvature
  return Table(
    "η = 1/β: ½ ‖∇L‖² ≥ μ (L − L*), so L − L* falls at least by the factor 1 − μ/β in each step",
    columns: ["step", "½ ‖∇L‖² / (L − L*)", "μ", "L − L*", "(1 − μ/β)ᵗ (L₀ − L*)"],
    rows: [0, 1, 10, 50, 100, 200].map { t in
      let w = L.descended(from: w₀, learningRate: η, steps: t)
      let gap = L.loss(w) - L.smallestLoss
      return [
        .integer(t), .number(0.5 * L.gradient(w).squared().sum().item / gap, decimals: 3),
        .number(L.smallestCurvature, decimals: 3), .text(scientific(gap)),
        .text(scientific(L.guarantee(after: t, from: w₀) - L.smallestLoss)),
      ]
    })
}

/// Loss and distance against steps, beside the guarantee.
private func convergenceFigure(_ L: OverparameterizedRegression, from w₀: Tensor) -> LineChart {
  let limit = L.limit(from: w₀)
  var (losses, distances, nulls): ([Double], [Double], [Double]) = ([], [], [])
  _ = L.descended(from: w₀, learningRate: 1 / L.largestCurvature, steps: 150) { w in
    losses.append(L.loss(w))
    distances.append((w - limit).norm().item)
    nulls.append(L.nullPart(of: w).norm().item)
  }
  let t = losses.indices.map(Double.init)
  return LineChart(
    "Gradient descent from w₀ ≠ 0, 20 examples, 60 weights", x: Axis("step"), y: Axis("", .logarithmic),
    series: [
      Series("loss", x: t, losses),
      Series("guarantee (1 − μ/β)ᵗ L₀", x: t, losses.indices.map { L.guarantee(after: $0, from: w₀) }),
      Series("‖w − (null part of w₀ + X⁺y)‖", x: t, distances), Series("‖null part of w‖", x: t, nulls),
    ])
}
