import Backprop
import Figures
import Running
import Tensors
import Training

/// § 2.4: optimizers on four surfaces, the place of ε, and a stream of losses on which Adam runs in the wrong
/// direction.
public let section2_4 = Exercise(.section, "2.4", "Optimizers on their way down", seconds: 2, quick: 1, full: 30) {
  run in
  let steps = run.choose(quick: 60, standard: 200, full: 1_000)
  let results = compareOnSurfaces(steps: steps, fineness: run.choose(quick: 1, standard: 3, full: 6))
  run.show(surfaceTable(results, steps: steps), as: "surfaces")
  run.show(
    Panels("\(steps) steps of four optimizers, each with its best learning rate", columns: 2, panels(results)),
    as: "trajectories")
  let first = firstSteps()
  run.show(
    Table(
      "Length of Adam's first step, η = 0.001", columns: ["gradient", "√v̂ + ε", "√(v̂ + ε), as printed"],
      rows: first.map { [.scientific($0.gradient), .scientific($0.outside), .scientific($0.inside)] }),
    as: "first-steps")
  let stream = followStream(steps: run.choose(quick: 600, standard: 3_000, full: 10_000))
  run.show(
    LineChart(
      "A stream of losses whose sum is least at x = −1", x: Axis("step"), y: Axis("x", range: -1.1...1.1),
      series: stream.map { Series($0.name, x: $0.steps, $0.positions) }), as: "stream")
  for way in stream { run.card("\(way.name) ends at x", way.positions.last ?? .nan) }
  for result in results where result.optimizer == "Adam" {
    run.card("Adam on \(result.surface.name)", result.descent.excess.last ?? .nan)
  }
}

/// One optimizer on one surface, with the learning rate that took it lowest.
public struct SurfaceResult: Sendable {
  /// The surface.
  public let surface: Surface
  /// The name of the optimizer.
  public let optimizer: String
  /// The learning rate.
  public let rate: Double
  /// Its path.
  public let descent: Descent
}

/// The optimizers that descend surfaces; their learning rates are chosen on each.
private let optimizersOnSurfaces: KeyValuePairs<String, any Optimizer> = [
  "gradient descent": GradientDescent(learningRate: 1), "momentum": Momentum(learningRate: 1),
  "Nesterov": Nesterov(learningRate: 1), "AdaGrad": AdaGrad(learningRate: 1),
  "RMSProp": RMSProp(learningRate: 1, beta: 0.9),
  "Adam": Adam(learningRate: 1), "AMSGrad": AMSGrad(learningRate: 1),
]

/// Every optimizer on every surface, with the best of the learning rates 10⁻⁴ … 1, `fineness` per power of ten.
public func compareOnSurfaces(steps: Int, fineness: Int) -> [SurfaceResult] {
  let rates = (0...(4 * fineness)).map { Tensor(10, scalarType: .double).power(Double($0) / Double(fineness) - 4).item }
  return Surface.all.flatMap { surface in
    optimizersOnSurfaces.map { name, optimizer in
      let (rate, descent) = bestDescent(surface, with: optimizer, rates: rates, steps: steps)
      return SurfaceResult(surface: surface, optimizer: name, rate: rate, descent: descent)
    }
  }
}

/// The length of Adam's first step for gradients of many sizes, with ε outside the root and inside.
public func firstSteps(learningRate: Double = 1e-3) -> [(gradient: Double, outside: Double, inside: Double)] {
  [1, 1e-2, 1e-4, 1e-5, 1e-6].map { g in
    let lengths = [EpsilonPlace.outsideRoot, .insideRoot].map { place in
      var θ = Tensor([0.0], scalarType: .double)
      var adam = AdamByFormula(learningRate: learningRate, constants: AdamConstants(epsilonPlace: place))
      adam.update(&θ, along: Tensor([g], scalarType: .double))
      return abs(θ.scalars[0])
    }
    return (g, lengths[0], lengths[1])
  }
}

/// The path of x along a stream of losses.
public struct StreamResult: Sendable {
  /// The name of the optimizer.
  public let name: String
  /// The numbers of the steps shown.
  public let steps: [Double]
  /// x after these steps.
  public let positions: [Double]
}

/// Adam, AMSGrad and gradient descent on losses c x, −x, −x, c x, −x, −x, … for x in [−1, 1], with c = 3 and
/// η_t = 0.1/√t.
///
/// Three losses in a row sum to (c − 2) x, least at x = −1. The example of Reddi, Kale and Kumar (2018): β₁ = 0,
/// β₂ = 1/(1 + c²).
public func followStream(steps: Int) -> [StreamResult] {
  let (c, memory) = (3.0, AdamConstants(beta1: 0, beta2: 0.1))
  let optimizers: KeyValuePairs<String, any Optimizer> = [
    "Adam": AdamByFormula(constants: memory), "AMSGrad": AMSGrad(constants: memory),
    "gradient descent": GradientDescent(learningRate: 1),
  ]
  return optimizers.map { name, optimizer in
    var (optimizer, x, shown) = (optimizer, Tensor([0.0], scalarType: .double), [(0.0, 0.0)])
    for t in 1...steps {
      optimizer.learningRate = 0.1 / Double(t).squareRoot()
      optimizer.update(&x, along: Tensor([t % 3 == 1 ? c : -1], scalarType: .double))
      x = x.clamped(to: -1...1)
      if t.isMultiple(of: max(3, steps / 300 * 3)) { shown.append((Double(t), x.scalars[0])) }
    }
    return StreamResult(name: name, steps: shown.map(\.0), positions: shown.map(\.1))
  }
}

private func surfaceTable(_ results: [SurfaceResult], steps: Int) -> Table {
  Table(
    "Height above the minimum after \(steps) steps, with the best learning rate",
    columns: ["optimizer"] + Surface.all.flatMap { [$0.name, "η"] },
    rows: optimizersOnSurfaces.map { name, _ in
      [.text(name)]
        + results.filter { $0.optimizer == name }.flatMap { result -> [Table.Cell] in
          [.scientific(result.descent.excess.last ?? .nan), .number(result.rate, decimals: 4)]
        }
    })
}

/// A panel for every surface; the legend is in the one that has room for it.
private func panels(_ results: [SurfaceResult]) -> [ContourPlot] {
  let shown = ["gradient descent", "momentum", "RMSProp", "Adam"]
  return Surface.all.map { surface in
    let paths = results.filter { $0.surface.name == surface.name && shown.contains($0.optimizer) }.map { result in
      Series(
        surface.name == "Rosenbrock" ? result.optimizer : "", x: result.descent.points.map { $0[0] },
        result.descent.points.map { $0[1] })
    }
    let levels = (0..<12).map { surface.least + Tensor(10, scalarType: .double).power(Double($0) / 3 - 1.7).item }
    return ContourPlot(
      surface.name, x: Axis("x", range: surface.x), y: Axis("y", range: surface.y), levels: levels, paths: paths,
      fineness: 50
    ) { x, y in surface.height(Tensor([x, y], scalarType: .double)).item }
  }
}
