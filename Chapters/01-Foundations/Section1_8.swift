import Figures
import Foundations
import Running
import Tensors
import Training

/// § 1.8: a Kolmogorov–Arnold network compared with an MLP of as many parameters, and scaling laws.
public let section1_8 = Exercise(
  .section, "1.8", "A KAN against an MLP, and scaling laws", seconds: 40, quick: 2, full: 420
) {
  run in
  let fit = fitCompositeFunction(
    examples: run.choose(quick: 200, standard: 1_000, full: 2_000), starts: run.choose(quick: 1, standard: 5, full: 8),
    seed: run.options.seed
  ) { name in run.plan(steps: run.choose(quick: 100, standard: 3_000, full: 5_000), label: name) }
  run.show(
    Table(
      "exp(sin πx + y²), fitted", columns: ["network", "parameters", "test error (RMS)", "relative"],
      rows: fit.results.map {
        [
          .text($0.name), .integer($0.parameters), .scientific($0.error),
          .scientific($0.error / fit.deviation),
        ]
      }), as: "kan")
  run.show(edgePanels(fit.edges), as: "edges")
  run.show(
    LineChart(
      "Training loss", x: Axis("step", .logarithmic), y: Axis("loss", .logarithmic),
      series: fit.results.map { Series($0.name, x: $0.losses.map(\.step), $0.losses.map(\.loss)) }), as: "kan-loss")
  showScaling(run)
}

// MARK: - A function made of functions of one variable

/// One network's fit.
public struct FunctionFit: Sendable {
  /// The name of the network.
  public let name: String
  /// The number of parameters.
  public let parameters: Int
  /// The root of the mean squared error at points it was not trained on.
  public let error: Double
  /// The training loss at some of the steps.
  public let losses: [(step: Double, loss: Double)]
}

/// A learned function on an edge, and the true one up to scale and shift.
public struct LearnedEdge: Sendable {
  /// The name of the true function.
  public let name: String
  /// The inputs, the learned values, and the best multiple of the true function plus a constant.
  public let x, learned, expected: Tensor
  /// The distance of learned and expected values, relative to the variation of the learned ones.
  public var distance: Double {
    ((learned - expected).squared().mean() / learned.variance()).squareRoot().item
  }
}

/// The fits of exp(sin πx + y²) on [−1, 1]².
public struct CompositeFit: Sendable {
  /// The KAN and the MLP.
  public let results: [FunctionFit]
  /// The functions on the KAN's three edges.
  public let edges: [LearnedEdge]
  /// The standard deviation of the function: what the error of its mean would be.
  public let deviation: Double
}

/// Fits exp(sin πx + y²) by a KAN with an edge for each of sin, the square and exp, and by an MLP of as many
/// parameters; each is the best of several starts.
public func fitCompositeFunction(
  examples: Int, starts: Int, seed: UInt64, plan: (_ label: String) -> TrainingPlan
) -> CompositeFit {
  let random = RandomSource(seed: seed)
  let (x, test) = (random.uniform([examples, 2], in: -1..<1), random.uniform([1_000, 2], in: -1..<1))
  let (y, truth) = (compositeFunction(x), compositeFunction(test))
  let (kan, kanFit) = bestFit(name: "KAN 2-1-1", starts: starts, x, y, test, truth, plan) {
    var network = KolmogorovArnoldNetwork([2, 1, 1], basis: SplineBasis(intervals: 12), random: random)
    // sin πx + y² reaches from −1 to 2, so the last edge needs splines there too.
    network.layers[1] = KolmogorovArnoldLayer(
      1, 1, basis: SplineBasis(from: -3, to: 3, intervals: 12), random: random)
    return network
  }
  let width = (kanFit.parameters - 1) / 4  // a network 2-w-1 has 4 w + 1 parameters
  let (_, mlpFit) = bestFit(name: "MLP 2-\(width)-1", starts: starts, x, y, test, truth, plan) {
    MLP([2, width, 1], activation: .tanh, initialization: .xavier, random: random)
  }
  return CompositeFit(
    results: [kanFit, mlpFit], edges: learnedEdges(of: kan), deviation: truth.variance().squareRoot().item)
}

/// exp(sin πx + y²) of points stored as rows. [N×2] → [N×1]
public func compositeFunction(_ x: Tensor) -> Tensor {
  ((Double.pi * x.sliced(0..<1, axis: 1)).sin() + x.sliced(1..<2, axis: 1).squared()).exp()
}

/// The fit with the smallest last training loss: such small networks often get stuck.
private func bestFit<Network: Module<Tensor, Tensor>>(
  name: String, starts: Int, _ x: Tensor, _ y: Tensor, _ test: Tensor, _ truth: Tensor,
  _ plan: (_ label: String) -> TrainingPlan, _ make: () -> Network
) -> (Network, FunctionFit) {
  let first = fit(make(), name: name, x, y, test, truth, plan(name))
  return (1..<max(starts, 1)).reduce(first) { best, _ in
    let next = fit(make(), name: name, x, y, test, truth, plan(name))
    return (next.1.losses.last?.loss ?? .nan) < (best.1.losses.last?.loss ?? .nan) ? next : best
  }
}

/// Adam on all examples at once, with a rate that falls from 0.02 to 0 along a cosine.
private func fit<Network: Module<Tensor, Tensor>>(
  _ network: Network, name: String, _ x: Tensor, _ y: Tensor, _ test: Tensor, _ truth: Tensor, _ plan: TrainingPlan
) -> (Network, FunctionFit) {
  var (network, optimizer, plan) = (network, Adam(), plan)
  let steps = plan.epochs
  plan.learningRate = { step in cosineRate(0.02, step: step, of: steps) }
  let history = train(&network, with: &optimizer, examples: 1, plan: plan, random: RandomSource(seed: 0)) {
    network, _ in meanSquaredError(network(x), y)
  }
  let shown = history.epochs.filter { ($0.number - 1).isMultiple(of: max(1, steps / 200)) }
  let losses = shown.map { (step: Double($0.number), loss: $0.loss) }
  let error = meanSquaredError(network(test), truth).squareRoot().item
  return (network, FunctionFit(name: name, parameters: network.parameterCount, error: error, losses: losses))
}

/// A learning rate that falls from `rate` to 0 along half a cosine.
func cosineRate(_ rate: Double, step: Int, of steps: Int) -> Double {
  rate * 0.5 * (1 + Tensor(Double.pi * Double(step) / Double(steps), scalarType: .double).cos().item)
}

// MARK: - What the edges have learned

private func learnedEdges(of kan: KolmogorovArnoldNetwork) -> [LearnedEdge] {
  let x = Tensor.linear(from: -1, to: 1, count: 200)
  let hidden = (edge(kan.layers[0], 0)(x), edge(kan.layers[0], 1)(x))
  let (low, high) = (
    hidden.0.min().item + hidden.1.min().item, hidden.0.max().item + hidden.1.max().item
  )
  let u = Tensor.linear(from: low, to: high, count: 200)
  // u is the exponent up to scale and shift: its lowest value corresponds to −1, its highest to 2, or the reverse.
  let isRising = edge(kan.layers[1], 0)(u)[199].item > edge(kan.layers[1], 0)(u)[0].item
  let exponent = isRising ? 3 * (u - low) / (high - low) - 1 : 2 - 3 * (u - low) / (high - low)
  return [
    learnedEdge("sin πx", x, hidden.0, (Double.pi * x).sin()), learnedEdge("y²", x, hidden.1, x.squared()),
    learnedEdge("exp u", u, edge(kan.layers[1], 0)(u), exponent.exp()),
  ]
}

/// The function on the edge from input i to the first output.
private func edge(_ layer: KolmogorovArnoldLayer, _ i: Int) -> (Tensor) -> Tensor {
  { x in layer.base[0, i] * (x * sigmoid(x)) + matmul(layer.basis(x), layer.coefficients[0, i]) }
}

/// The learned values, and a + b · `shape` with the best a and b.
private func learnedEdge(_ name: String, _ x: Tensor, _ learned: Tensor, _ shape: Tensor) -> LearnedEdge {
  let design = Tensor.stacked([Tensor.ones(shape.shape), shape], axis: 1)
  let expected = matmul(design, LinearAlgebra.leastSquares(design, learned))
  return LearnedEdge(name: name, x: x, learned: learned, expected: expected)
}

private func edgePanels(_ edges: [LearnedEdge]) -> Panels {
  Panels(
    "What the three edges of the KAN have learned",
    edges.map { edge in
      LineChart(
        edge.name, x: Axis(edge.name == "exp u" ? "u" : edge.name == "y²" ? "y" : "x"),
        series: [
          Series("learned", x: edge.x.scalars, edge.learned.scalars),
          Series("a + b · (\(edge.name))", x: every10th(edge.x), every10th(edge.expected), style: .points),
        ])
    })
}

private func every10th(_ x: Tensor) -> [Double] { x.sliced(0..<x.count, axis: 0, by: 10).scalars }
