import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors

/// § 8.2: the value of the game, its best discriminator, and the divergence that is left for the generator.
public let section8_2 = Exercise(
  .section, "8.2", "The minimax objective", seconds: 3, quick: 1, full: 5
) { run in
  run.show(trainingLoop(), as: "loop")
  let world = NormalPair()
  run.show(valueTable(world), as: "values")
  run.show(integrandFigure(world), as: "integrand")

  let draws = run.choose(quick: 10_000, standard: 200_000, full: 1_000_000)
  run.say("The discriminator σ(a + b x + c x²) is fitted to \(grouped(draws)) draws of each distribution.")
  let found = try logisticDiscriminator(
    real: run.random.normal([draws], scalarType: .double) + 3,
    fake: run.random.normal([draws], scalarType: .double))
  run.show(weightTable(found, draws), as: "weights")

  run.show(formTable(world), as: "forms")
  run.show(pathFigure(), as: "paths")
  run.card("V at D = 1/2", gameValue(of: { 0 * $0 }, real: world.real, fake: world.fake, by: world.rule).item)
  run.card("C(G)", optimalValue(real: world.real, fake: world.fake, by: world.rule).item)
  run.card("JSD", jensenShannonDivergence(world.real, world.fake, by: world.rule).item)
  run.card("a, b, c found", ([found.bias.item] + found.weights.scalars).map { decimals($0, 3) }.joined(separator: ", "))
}

/// The densities of Exercise 8.1: p_data = N(3, 1) and p_g = N(0, 1), or others.
public struct NormalPair {
  /// Their log densities.
  public let real, fake: LogDensity
  /// A rule over the interval where they are not negligible.
  public let rule = Quadrature(over: -30...30, panels: 160)

  /// Normal densities, with p_data = N(mean, deviation²) and p_g = N(0, 1).
  public init(mean: Double = 3, deviation: Double = 1) {
    (real, fake) = (LineNormal(mean, deviation).logDensity, LineNormal(0, 1).logDensity)
  }
}

// MARK: - Figure 8.1

/// The training loop, with what the gradient of each player's step does in every box. Figure 8.1
public func trainingLoop() -> Diagram {
  Diagram(
    "Figure 8.1: one round of training", quantities: ["the step of D, up V", "the step of G, down V"],
    nodes: [
      .init("z ∼ p_z", lines: ["–", "–"]),
      .init("generator G", lines: ["held: no gradient", "θ ← θ − η ∂V/∂θ"], inputs: [0]),
      .init("x ∼ p_data", lines: ["–", "not used"]),
      .init("discriminator D", lines: ["φ ← φ + η ∂V/∂φ", "held: ∂V/∂G(z) passes"], inputs: [1, 2]),
      .init("V(D, G)", lines: ["∂V starts", "∂V starts"], inputs: [3]),
    ])
}

// MARK: - § 8.2.1 and § 8.2.2

/// V with both logarithms taken literally, from D = σ(a). (8.1)
public func literalGameValue(of logit: (Tensor) -> Tensor, _ world: NormalPair) -> Double {
  world.rule.integral { x in
    let D = logit(x).sigmoid()
    return D.log().weighted(by: world.real(x).exp()) + (1 - D).log() * world.fake(x).exp()
  }.item
}

private func valueTable(_ world: NormalPair) -> Table {
  let discriminators: [(String, (Tensor) -> Tensor)] = [
    ("1/2", { 0 * $0 }), ("σ(x − 1.5)", { $0 - 1.5 }), ("D* = σ(3x − 4.5)", { 3 * $0 - 4.5 }),
    ("σ(20 (x − 1.5))", { 20 * ($0 - 1.5) }), ("D* with p and q swapped", { 4.5 - 3 * $0 }),
    ("σ(±1,000), wrong everywhere", { 1_000 * (1.5 - $0).sign() }),
  ]
  return Table(
    "(8.1): V for p_data = N(3, 1), p_g = N(0, 1)", columns: ["D", "V from logits", "V from log(1 − σ(a))"],
    rows: discriminators.map { name, logit in
      let V = gameValue(of: logit, real: world.real, fake: world.fake, by: world.rule).item
      let literal = literalGameValue(of: logit, world)
      return [
        .text(name), .number(V, decimals: 6), literal.isFinite ? .number(literal, decimals: 6) : .text("−∞"),
      ]
    })
}

/// f(D) of (8.3) at three places, with its maximum.
private func integrandFigure(_ world: NormalPair) -> Panels {
  let D = Tensor.linear(from: 0.001, to: 0.999, count: 400, scalarType: .double)
  let places = [1.0, 1.5, 2.2]
  let curves = places.map { x in
    let at = Tensor(x, scalarType: .double)
    let (p, q) = (world.real(at).exp(), world.fake(at).exp())
    return (name: "x = \(decimals(x, 1))", f: valueIntegrand(D, p, q) / (p + q), best: optimalDiscriminator(p, q).item)
  }
  let best = curves.map { curve in
    let p = curve.best
    return (
      p,
      valueIntegrand(Tensor(p, scalarType: .double), Tensor(p, scalarType: .double), Tensor(1 - p, scalarType: .double))
        .item
    )
  }
  return Panels(
    "Theorem 8.4: the best D at every x",
    [
      LineChart(
        "f(D) / (p + q), (8.3)", x: Axis("D"), y: Axis("f / (p + q)", range: -3...0),
        series: curves.map { Series($0.name, x: D.scalars, $0.f.scalars) }
          + [Series("p / (p + q)", x: best.map(\.0), best.map(\.1), style: .points)]),
      discriminatorChart("D* and both densities", [("D*", world)], showsDensities: true),
    ])
}

private func weightTable(_ found: LogisticRegression, _ draws: Int) -> Table {
  let names = ["a", "b", "c"], exact = [-4.5, 3, 0]
  let values = [found.bias.item] + found.weights.scalars
  // Standard errors for one draw of each, from the Fisher information at D*.
  let errors = [11.77, 15.05, 4.746].map { $0 / Double(draws).squareRoot() }
  return Table(
    "Theorem 8.4: the trained discriminator σ(a + b x + c x²)",
    columns: ["weight", "D*", "trained", "standard error"],
    rows: (0..<3).map { i in
      [
        .text(names[i]), .number(exact[i], decimals: 1), .number(values[i], decimals: 4),
        .number(errors[i], decimals: 4),
      ]
    })
}

// MARK: - § 8.2.3

private func formTable(_ world: NormalPair) -> Table {
  let forms: [(OptimalValueForm, String)] = [
    (.game, "V(D*, G) of the logits"), (.substituted, "E[log p/(p + q)] + E[log q/(p + q)]"),
    (.doubled, "the same over 2 · (p + q)/2"), (.divergences, "−log 4 + KL(p ‖ m) + KL(q ‖ m)"),
    (.jensenShannon, "−log 4 + 2 JSD(p ‖ q)"),
  ]
  let kl = kullbackLeiblerDivergence(from: world.real, to: world.fake, by: world.rule).item
  let rows: [[Table.Cell]] = forms.map { form, text in
    let value = optimalValue(real: world.real, fake: world.fake, by: world.rule, as: form).item
    return [.text(form.rawValue), .text(text), .number(value, decimals: 12)]
  }
  let log4 = Tensor(4, scalarType: .double).log().item
  return Table(
    "Theorem 8.5: C(G) for p = N(3, 1), q = N(0, 1)", columns: ["", "form", "value"],
    rows: rows + [["(8.7) read with KL", "−log 4 + 2 KL(p ‖ q)", .number(-log4 + 2 * kl, decimals: 12)]])
}

/// C(G) while the generator's mean or deviation moves away from that of the data.
private func pathFigure() -> Panels {
  let means = Array(stride(from: -6.0, through: 6, by: 0.2))
  let deviations = Array(stride(from: 0.2, through: 4, by: 0.1))
  func C(_ m: Double, _ s: Double) -> Double {
    let world = NormalPair(mean: m, deviation: s)
    return optimalValue(real: world.fake, fake: world.real, by: world.rule).item
  }
  func chart(_ title: String, _ label: String, _ x: [Double], _ values: [Double]) -> LineChart {
    LineChart(
      title, x: Axis(label), y: Axis("C(G)"),
      series: [
        Series("C(G)", x: x, values), Series("−log 4", x: [x[0], x[x.count - 1]], [-1.3862943611, -1.3862943611]),
      ])
  }
  return Panels(
    "Theorem 8.5: the minimum is at p_g = p_data = N(0, 1)",
    [
      chart("p_g = N(m, 1)", "m", means, means.map { C($0, 1) }),
      chart("p_g = N(0, s²)", "s", deviations, deviations.map { C(0, $0) }),
    ])
}
