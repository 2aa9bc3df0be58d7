import DataSets
import Diffusion
import Figures
import GAN
import Messages
import Running
import Tensors

/// Exercise 10.3: DDIM as an ODE, and how fast its solvers are.
public let exercise10_3 = Exercise("10.3", "DDIM as an ODE", stars: 2, seconds: 1, quick: 1) { run in
  run.show(identityTable(run.random.split()), as: "identity")
  let steps = run.choose(quick: [8, 16, 32], standard: [8, 16, 32, 64, 128, 256], full: [8, 16, 32, 64, 128, 256])
  let found = Order.allCases.map { order in (order, steps.map(order.error)) }
  run.show(orderTable(steps, found), as: "orders")
  run.show(orderFigure(steps, found), as: "orders")
  run.show(callsTable, as: "calls")
  run.show(pathFigure(steps: run.choose(quick: 40, standard: 300, full: 300)), as: "paths")
  for (order, errors) in found { run.card("slope, \(order.rawValue)", slope(errors)) }
}

/// (10.21) and an Euler step from the same noise.
private func identityTable(_ random: RandomSource) -> Table {
  let schedule = NoiseSchedule.linear()
  let (x, ε) = (random.normal([100], scalarType: .double), random.normal([100], scalarType: .double))
  return Table(
    "(10.21) against x̄_s = x̄_t + (σ_s − σ_t) ε with x̄ = x/√ᾱ and σ = √((1 − ᾱ)/ᾱ), 100 numbers",
    columns: ["t", "s", "σ_t", "σ_s", "largest difference"],
    rows: [(1_000, 900), (500, 499), (300, 200), (10, 0)].map { t, s in
      let difference =
        (schedule.implicitStep(x, from: t, to: s, noise: ε, fresh: x)
        - schedule.eulerStep(x, from: t, to: s, noise: ε)).abs().max().item
      return [
        .integer(t), .integer(s), .number(schedule.noiseRatio(at: t), decimals: 4),
        .number(schedule.noiseRatio(at: s), decimals: 4),
        difference < 1e-13 ? .text("< 1e-13") : .scientific(difference),
      ]
    })
}

// MARK: - Orders

private let gaussian = GaussianMixture([.init(weight: 1, mean: [0], deviation: 0.5)])

/// A solver in one of two variables, for data N(0, ¼).
private enum Order: String, CaseIterable {
  case eulerσ = "Euler in σ"
  case heunσ = "Heun in σ"
  case eulerT = "Euler in t"
  case heunT = "Heun in t"

  /// |x − x s/√v| at the end of n steps, from one deviation of the noise.
  func error(_ n: Int) -> Double {
    let solver: FlowSolver = self == .eulerσ || self == .eulerT ? .euler : .heun
    if self == .eulerσ || self == .heunσ {
      let (high, low) = (Tensor(80, scalarType: .double).log().item, Tensor(0.001, scalarType: .double).log().item)
      let σ = Tensor.linear(from: high, to: low, count: n + 1, scalarType: .double).exp().scalars
      func deviation(_ σ: Double) -> Double { (0.25 + σ * σ).squareRoot() }
      let end = solver.end(of: Tensor([[deviation(σ[0])]], scalarType: .double), at: σ, ProbabilityFlow(to: gaussian))
      return abs(end.item - deviation(σ[n]))
    }
    let flow = VariancePreservingFlow(to: gaussian)
    let t = (0...n).map { 1 - Double($0) / Double(n) }
    func deviation(_ t: Double) -> Double { (1 - 0.75 * flow.ᾱ(t)).squareRoot() }
    return abs(solver.end(of: Tensor([[deviation(1)]], scalarType: .double), at: t, flow).item - deviation(0))
  }
}

/// log₂ of the last error divided by the one before.
private func slope(_ errors: [Double]) -> Double {
  Tensor(errors[errors.count - 1] / errors[errors.count - 2], scalarType: .double).log().item
    / Tensor(2, scalarType: .double).log().item
}

private func orderTable(_ steps: [Int], _ found: [(Order, [Double])]) -> Table {
  let errors = steps.enumerated().map { place, n in
    let cells: [Table.Cell] = found.map { .scientific($0.1[place]) }
    return [.text("\(n)")] + cells
  }
  let slopes: [Table.Cell] = found.map { .text(decimals(slope($0.1), 2)) }
  return Table(
    "Data N(0, ¼): the error of x s/√v_T. σ falls from 80 to 0.001 by equal factors, t from 1 to 0 in equal steps",
    columns: ["steps"] + found.map(\.0.rawValue),
    rows: errors + [[.text("slope")] + slopes])
}

private func orderFigure(_ steps: [Int], _ found: [(Order, [Double])]) -> LineChart {
  LineChart(
    "The ODE of DDIM: the error of one Gaussian, log–log", x: Axis("steps", .logarithmic),
    y: Axis("error", .logarithmic),
    series: found.map { Series($0.0.rawValue, x: steps.map(Double.init), $0.1, style: .both) })
}

/// The samplers at the same number of calls.
private var callsTable: Table {
  let world = GaussianSampling(.linear(), deviation: 0.5)
  let exact = 0.5 / world.variance(at: 1_000).squareRoot()
  /// Steps that lie closer together near the data: T (k/S)².
  func quadratic(_ S: Int) -> [Int] {
    Array(Set((1...S).map { max($0, Int((1_000 * Double($0 * $0) / Double(S * S)).rounded())) })).sorted(by: >)
  }
  func error(_ sampler: Sampler) -> Table.Cell { .scientific(abs(world.factor(of: sampler) - exact)) }
  return Table(
    "Data N(0, ¼), T = 1000: the error of the factor x₀/x_T = \(decimals(exact, 4)) for the same calls of the model",
    columns: ["calls", "DDIM, even steps", "Heun, even steps", "DDIM, quadratic steps", "Heun, quadratic steps"],
    rows: [10, 20, 40, 80].map { S in
      let calls = 2 * S - 1
      return [
        .integer(calls), error(.ddim(world.schedule, steps: calls)), error(.heun(world.schedule, steps: S)),
        error(.ddim(world.schedule, times: quadratic(calls))), error(.heun(world.schedule, times: quadratic(S))),
      ]
    })
}

// MARK: - Paths

/// Paths of the ODE over the densities q_t, and the first steps of two solvers.
private func pathFigure(steps n: Int) -> Panels {
  let flow = VariancePreservingFlow(
    to: GaussianMixture([(2.0, 1.0), (1, -1)].map { .init(weight: $0, mean: [$1], deviation: 0.3) }))
  func times(_ n: Int) -> [Double] { (0...n).map { 1 - Double($0) / Double(n) } }
  func path(_ name: String, _ solver: FlowSolver, _ n: Int, from start: Double, _ style: Series.Style = .line) -> Series
  {
    let path = solver.path(of: Tensor([[start]], scalarType: .double), at: times(n), flow)
    return Series(name, x: path.map { 1 - $0.t }, path.map { $0.x.item }, style: style)
  }
  func plot(_ title: String, _ paths: [Series]) -> ContourPlot {
    ContourPlot(
      title, x: Axis("1 − t: from noise to data", range: 0...1), y: Axis("x", range: -2.2...2.2),
      levels: [0.02, 0.1, 0.2, 0.3, 0.5, 0.8], paths: paths, fineness: 60
    ) { s, x in flow.noised(1 - s).logDensity(of: Tensor([[x]], scalarType: .double)).exp().item }
  }
  return Panels(
    "dx/dt = −½ β(t) (x + ∇ log q_t(x)) over q_t(x)",
    [
      plot(
        "Five quantiles of x_T",
        [0.1, 0.3, 0.5, 0.7, 0.9].map { path("\($0)", .heun, n, from: normalQuantile($0)) }),
      plot(
        "Quantile 0.4 in four steps",
        [
          path("solved finely", .heun, n, from: normalQuantile(0.4)),
          path("Euler", .euler, 4, from: normalQuantile(0.4)), path("Heun", .heun, 4, from: normalQuantile(0.4)),
        ]),
    ])
}
