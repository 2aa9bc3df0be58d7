import Figures
import Foundations
import GAN
import Messages
import Running
import Tensors
import Training

/// § 8.4.1: the Wasserstein distance, three ways to compute it, its dual, and critics that try to reach it.
public let section8_4_1 = Exercise(.section, "8.4.1", "The Wasserstein distance", seconds: 5, quick: 2) { run in
  run.say("Two clouds are transported, then four critics are trained: some seconds.")
  run.show(
    threeWaysTable(
      random: run.random.split(), run.choose(quick: [10, 60], standard: [10, 100, 400], full: [10, 100, 400])),
    as: "ways")
  run.show(closedFormTable(), as: "closed-forms")
  run.show(distanceTable(), as: "distances")
  run.show(distanceFigure(), as: "distances")

  let N = run.choose(quick: 30, standard: 40, full: 80)
  let transport = ringTransport(N, random: run.random.split())
  run.show(planFigure(transport), as: "plan")
  run.show(dualTable(transport), as: "dual")

  let results = trainedCritics(run)
  run.show(criticTable(results), as: "critics")
  run.show(criticFigure(results), as: "critics")
  run.card("W₁ of the clouds, by the plan", transport.primal)
  run.card("the same by the potential", transport.dual)
  for result in results { run.card("value of the critic, \(result.name)", result.value) }
}

// MARK: - One dimension

private func threeWaysTable(random: RandomSource, _ sizes: [Int]) -> Table {
  Table(
    "W₁ of samples of N(3, 1) and N(0, 1), computed in three ways",
    columns: ["points", "sorting", "∫ |F − G|", "assignment", "largest difference"],
    rows: sizes.map { N in
      let (x, y) = (3 + random.normal([N], scalarType: .double), random.normal([N], scalarType: .double))
      let ways = [
        wassersteinBySorting(x, y).item, wassersteinByDistributions(x, y).item,
        Transport(from: x.expanded(axis: 1), to: y.expanded(axis: 1)).distance,
      ]
      return [.integer(N)] + ways.map { .number($0, decimals: 6) }
        + [.scientific((ways.max() ?? 0) - (ways.min() ?? 0), digits: 1)]
    })
}

private func closedFormTable() -> Table {
  let pairs: [(LineNormal, LineNormal, String, Double)] = [
    (LineNormal(3, 1), LineNormal(0, 1), "m = 3", 3), (LineNormal(0, 1), LineNormal(0, 2), "|1 − 2| √(2/π)", 1),
    (LineNormal(0, 0.5), LineNormal(0, 3), "|½ − 3| √(2/π)", 2.5),
  ]
  return Table(
    "W₁ of distributions, by ∫ |F − G| dt",
    columns: ["data", "generator", "closed form", "its value", "by quadrature"],
    rows: pairs.map { p, q, form, factor in
      let known = p.mean == q.mean ? factor * (2 / Double.pi).squareRoot() : factor
      let rule = Quadrature(between: [-30, 0, 30], panels: 60)
      let found = wassersteinDistance(p.distribution, q.distribution, by: rule).item
      return [
        .text(label(p)), .text(label(q)), .text(form), .number(known, decimals: 10), .number(found, decimals: 10),
      ]
    })
}

private func label(_ p: LineNormal) -> String {
  p.deviation == 1 ? "N(\(short(p.mean)), 1)" : "N(\(short(p.mean)), \(short(p.deviation))²)"
}

private func short(_ x: Double) -> String { decimals(x, x == x.rounded() ? 0 : 1) }

private func distanceTable() -> Table {
  Table(
    "N(m, 1) and N(0, 1): what is left of the slope",
    columns: ["m", "ln 2 − JSD", "dJSD/dm", "W₁", "dW₁/dm", "JSD of segments", "its slope"],
    rows: [0.5, 1.5, 3, 6, 8, 12].map { m in
      let (normal, segments) = (DistanceComparison(shift: m), SegmentComparison(shift: m))
      return [
        .number(m, decimals: 1), .scientific(normal.gap), .scientific(-normal.gapSlope),
        .number(normal.wasserstein, decimals: 6), .number(normal.wassersteinSlope, decimals: 6),
        .number(segments.divergence, decimals: 6), .number(segments.divergenceSlope, decimals: 6),
      ]
    })
}

private func distanceFigure() -> Panels {
  let shifts = (1...48).map { Double($0) / 4 }
  let normals = shifts.map { DistanceComparison(shift: $0) }
  return Panels(
    "Two unit normals, m apart",
    [
      LineChart(
        "Distance", x: Axis("m"), y: Axis("nats, or units of x"),
        series: [
          Series("W₁", x: shifts, normals.map(\.wasserstein)),
          Series("JSD", x: shifts, normals.map { DistanceComparison.ln2 - $0.gap }),
        ]),
      LineChart(
        "Slope", x: Axis("m"), y: Axis("derivative by m", .logarithmic),
        series: [
          Series("W₁", x: shifts, normals.map(\.wassersteinSlope)),
          Series("JSD", x: shifts, normals.map { -$0.gapSlope }),
        ]),
    ])
}

// MARK: - Clouds

/// From points of a Gaussian at (0.5, 0) to points on a ring of radius 2.
private func ringTransport(_ N: Int, random: RandomSource) -> Transport {
  let angle = random.uniform([N], in: 0..<2 * Double.pi, scalarType: .double)
  let radius = 2 + 0.1 * random.normal([N], scalarType: .double)
  let ring = Tensor.stacked([radius * angle.cos(), radius * angle.sin()], axis: 1)
  let cloud = Tensor([0.5, 0], scalarType: .double) + 0.5 * random.normal([N, 2], scalarType: .double)
  return Transport(from: cloud, to: ring)
}

/// The cheapest plan over the contour lines of the potential: partners lie across the lines, where the slope is 1.
private func planFigure(_ transport: Transport) -> Panels {
  let (x, y) = (transport.sources, transport.targets)
  func points(_ name: String, _ z: Tensor) -> Series {
    Series(name, x: z.moved(axis: 1, to: 0)[0].scalars, z.moved(axis: 1, to: 0)[1].scalars, style: .points)
  }
  let way = transport.partners.enumerated().flatMap { i, j in [x[i].scalars, y[j].scalars, [.nan, .nan]] }
  let axes = (Axis("x₁", range: -2.8...2.8), Axis("x₂", range: -2.8...2.8))
  let plan = ScatterPlot(
    "The cheapest plan", x: axes.0, y: axes.1,
    groups: [points("data", x), points("generator", y), Series("plan", x: way.map { $0[0] }, way.map { $0[1] })])
  let contours = ContourPlot(
    "The potential f", x: axes.0, y: axes.1, levels: (-12...12).map { Double($0) / 4 },
    paths: [points("data", x), points("generator", y)], fineness: 60
  ) { a, b in transport.potential(Tensor([[a, b]], scalarType: .double)).item }
  return Panels("W₁ of two clouds: \(decimals(transport.distance, 3))", [plan, contours])
}

/// The values of several functions in (8.14).
private func dualTable(_ transport: Transport) -> Table {
  let (x, y) = (transport.sources, transport.targets)
  let all = Tensor.concatenated([x, y], axis: 0)
  let origin = Tensor.zeros([1, 2], scalarType: .double)
  let functions: [(String, (Tensor) -> Tensor)] = [
    ("the potential f", transport.potential), ("x₁", { $0.sliced(0..<1, axis: 1).squeezed(axis: 1) }),
    ("−‖x‖", { -pairwiseDistances($0, origin).squeezed(axis: 1) }),
    (
      "sin x₁ + cos x₂, over √2",
      { ($0.sliced(0..<1, axis: 1).sin() + $0.sliced(1..<2, axis: 1).cos()).squeezed(axis: 1) / 2.0.squareRoot() }
    ),
    ("2 f", { 2 * transport.potential($0) }),
  ]
  return Table(
    "(8.14): W₁ by the plan is \(decimals(transport.primal, 6))",
    columns: ["function", "E f(x) − E f(G(z))", "largest slope between two points", "allowed"],
    rows: functions.map { name, f in
      let slope = largestSlope(of: f(all), at: all)
      return [
        .text(name), .number((f(x).mean() - f(y).mean()).item, decimals: 6), .number(slope, decimals: 6),
        .text(slope <= 1 + 1e-9 ? "yes" : "no"),
      ]
    })
}

// MARK: - Critics

private struct CriticResult {
  let name: String
  /// E f(x) − E f(G(z)) by quadrature, and ∏ ‖W‖, which bounds the Lipschitz constant.
  let value, bound: Double
  /// The critic's values on the figure's grid.
  let curve: [Double]
}

private let real = LineNormal(3, 1)
private let fake = LineNormal(0, 1)
private let grid = Tensor.linear(from: -3, to: 6, count: 91, scalarType: .double)

/// Critics of widths 1–64–64–1 between N(3, 1) and N(0, 1): three with clipped weights, one normalized.
private func trainedCritics(_ run: Run) -> [CriticResult] {
  var recipe = AdversarialRecipe()
  (recipe.loss, recipe.discriminatorRate) = (.wasserstein, 2e-3)
  func plan(_ label: String) -> TrainingPlan {
    var plan = run.plan(steps: run.choose(quick: 60, standard: 1_000, full: 2_000), label: label)
    plan.batchSize = 256
    return plan
  }
  func result<C: Module>(_ name: String, _ critic: C, bound: Double) -> CriticResult
  where C.Input == Tensor, C.Output == Tensor {
    let f = critic.converted(to: .double)
    let value = criticValue({ f($0) }, real: real, fake: fake)
    return CriticResult(name: name, value: value, bound: bound, curve: f(grid.expanded(axis: 1)).scalars)
  }
  var results: [CriticResult] = []
  for c in [0.01, 0.1, 0.5] {
    recipe.clipping = c
    var critic = MLP([1, 64, 64, 1], random: run.random)
    let name = "weights in ±\(c)"
    trainCritic(&critic, by: recipe, real: real, fake: fake, plan: plan(name), random: run.random)
    results.append(
      result(name, critic, bound: critic.layers.reduce(1) { $0 * LinearAlgebra.singularValues($1.weight).max().item }))
  }
  recipe.clipping = nil
  var critic = LipschitzCritic([1, 64, 64, 1], random: run.random)
  trainCritic(&critic, by: recipe, real: real, fake: fake, plan: plan("spectral normalization"), random: run.random)
  run.parameters = critic.parameterCount
  results.append(result("spectrally normalized", critic, bound: critic.lipschitzBound))
  return results
}

private func criticTable(_ results: [CriticResult]) -> Table {
  Table(
    "(8.15): trained critics of N(3, 1) and N(0, 1), W₁ = 3",
    columns: ["critic", "E f(x) − E f(G(z))", "product of the norms", "value over product"],
    rows: results.map {
      [
        .text($0.name), .number($0.value, decimals: 4), .number($0.bound, decimals: 4),
        .number($0.value / $0.bound, decimals: 4),
      ]
    })
}

/// The critics with values below 10, each minus its value at 0.
private func criticFigure(_ results: [CriticResult]) -> LineChart {
  LineChart(
    "Critics f(x) − f(0)", x: Axis("x"), y: Axis("value"),
    series: results.filter { $0.value < 10 }.map { result in
      Series(result.name, x: grid.scalars, result.curve.map { $0 - result.curve[30] })
    })
}
