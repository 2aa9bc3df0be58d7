import Backprop
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 2.3: graphs with values and gradients at every node; derivatives by differences and by formulas, and where they
/// fail.
public let section2_3 = Exercise(.section, "2.3", "Graphs, differences, formulas", seconds: 1) { run in
  run.show(ComputationGraph.sumTimes().graph.diagram("f = (x + y) z at (−2, 5, −4)"), as: "sum-times")
  for isFused in [false, true] {
    let graph = ComputationGraph.neuron(isFused: isFused).graph
    let title = "A neuron, its sigmoid \(isFused ? "one node" : "four nodes")"
    run.show(gradientTable(graph, title), as: isFused ? "neuron-fused" : "neuron")
    run.show(graph.diagram(title), as: isFused ? "neuron-fused" : "neuron")
  }
  run.show(classifierDiagram(), as: "classifier")
  let errors = differenceErrors(points: run.choose(quick: 20, standard: 200, full: 2000), random: run.random)
  run.show(differenceTable(errors), as: "differences")
  run.show(
    LineChart(
      "Error of differences of eˣ · sin x", x: Axis("step h", .logarithmic), y: Axis("relative error", .logarithmic),
      series: errors.map { Series("\($0.rule.rawValue) difference", x: $0.steps, $0.errors, style: .both) }),
    as: "differences")
  let swell = measureSwell(upTo: run.choose(quick: 6, standard: 12, full: 16))
  run.show(swellTable(swell), as: "swell")
  run.show(
    LineChart(
      "The logistic map, composed with itself", x: Axis("times composed"), y: Axis("size", .logarithmic),
      series: [
        Series("derivative as a formula", x: swell.map { Double($0.steps) }, swell.map { Double($0.derivative) }),
        Series("the formula itself", x: swell.map { Double($0.steps) }, swell.map { Double($0.formula) }),
        Series("nodes of the graph", x: swell.map { Double($0.steps) }, swell.map { Double($0.nodes) }),
      ]), as: "swell")
  for error in errors { run.card("best step, \(error.rule.rawValue)", scientific(error.best)) }
}

private func gradientTable(_ graph: ComputationGraph, _ title: String) -> Table {
  Table(
    title, columns: ["node", "value", "gradient"],
    rows: graph.nodes.map {
      [.text($0.name), .number($0.value, decimals: 4), .number($0.gradient, decimals: 4)]
    })
}

/// loss(softmax(W x + b), y) as tensors: every node is a tensor, with the gradient at each.
public struct ClassifierGraph: Sendable {
  /// The nodes W, x, b, z = W x + b, p = softmax z and L = −ln p_y, with their values and ∂L/∂(them).
  public let nodes: [(name: String, value: Tensor, gradient: Tensor)]

  /// The graph at these values, its gradients node by node: (p − y) xᵀ, Wᵀ(p − y), p − y, p − y, −y / p and 1.
  public init(weights W: Tensor, bias b: Tensor, input x: Tensor, label: Int) {
    let z = matmul(W, x) + b
    let p = softmax(z)
    let y = Tensor.oneHot([label], classes: z.count, scalarType: z.scalarType)[0]
    let δ = matmul(softmaxJacobian(p), -(y / p))  // p − y
    nodes = [
      ("W", W, weightGradient(δ, x)), ("x", x, matmul(W.transposed, δ)), ("b", b, biasGradient(δ)),
      ("z = Wx + b", z, δ),
      ("p = softmax z", p, -(y / p)), ("L = −ln p₁", -p[label].log(), Tensor(1, scalarType: z.scalarType)),
    ]
  }

  /// Two classes, two inputs, the first class right.
  public static let example = ClassifierGraph(
    weights: Tensor([[1, -1], [0.5, 2]], scalarType: .double), bias: Tensor([0.5, -0.5], scalarType: .double),
    input: Tensor([2, 1], scalarType: .double), label: 0)
}

private func classifierDiagram() -> Diagram {
  let inputs: [[Int]] = [[], [], [], [0, 1, 2], [3], [4]]
  return Diagram(
    "loss(softmax(W x + b), y)", quantities: ["value", "gradient"],
    nodes: zip(ClassifierGraph.example.nodes, inputs).map { node, inputs in
      Diagram.Node(node.name, lines: [brief(node.value), brief(node.gradient)], inputs: inputs)
    })
}

/// A tensor in a box: rows in brackets, two decimals.
private func brief(_ tensor: Tensor) -> String {
  func row(_ numbers: [Double]) -> String { numbers.map { decimals($0, 2) }.joined(separator: " ") }
  let rows = tensor.rank == 2 ? (0..<tensor.shape[0]).map { row(tensor[$0].scalars) } : [row(tensor.scalars)]
  let text = rows.joined(separator: " ; ").replacing("-", with: "−")
  return tensor.rank == 0 ? text : "(\(text))"
}

/// The error of a difference rule against its step.
public struct DifferenceErrors: Sendable {
  /// The rule.
  public let rule: DifferenceRule
  /// The steps h, from large to small.
  public let steps: [Double]
  /// The relative error for each step, the mean over some points.
  public let errors: [Double]

  /// The step with the smallest error.
  public var best: Double { zip(steps, errors).min { $0.1 < $1.1 }?.0 ?? .nan }
}

/// The errors of both rules for f(x) = eˣ sin x on random points of (0, 1), for steps 10⁻¹, 10⁻¹·⁵, … 10⁻¹⁵.
public func differenceErrors(points: Int, random: RandomSource) -> [DifferenceErrors] {
  let x = random.uniform([points], in: 0.0..<1.0, scalarType: .double)
  let f = { (x: Tensor) in x.exp() * x.sin() }
  let truth = x.exp() * (x.sin() + x.cos())
  let steps = stride(from: -1.0, through: -15, by: -0.5).map { Tensor(10, scalarType: .double).power($0).item }
  return DifferenceRule.allCases.map { rule in
    let errors = steps.map { h in
      let estimate =
        switch rule {
        case .forward: (f(x + h) - f(x)) / h
        case .central: (f(x + h) - f(x - h)) / (2 * h)
        }
      return ((estimate - truth) / truth).abs().mean().item
    }
    return DifferenceErrors(rule: rule, steps: steps, errors: errors)
  }
}

private func differenceTable(_ errors: [DifferenceErrors]) -> Table {
  let shown = errors[0].steps.indices.filter { $0 % 4 == 2 || $0 == 0 }
  return Table(
    "Relative error of a derivative by differences", columns: ["step h"] + errors.map(\.rule.rawValue),
    rows: shown.map { i in [.scientific(errors[0].steps[i])] + errors.map { .scientific($0.errors[i]) } })
}

/// Sizes of a repeated map and of its derivative.
public struct Swell: Sendable {
  /// The number of compositions of the map.
  public let steps: Int
  /// The symbols of the formula, and of its simplified derivative.
  public let formula, derivative: Int
  /// The nodes of the graph: enough for the value and the derivative.
  public let nodes: Int
}

/// Counts symbols and nodes of the logistic map, composed 1, 2, … times.
public func measureSwell(upTo steps: Int) -> [Swell] {
  (1...steps).map { k in
    let formula = Formula.logisticMap(k)
    return Swell(
      steps: k, formula: formula.size, derivative: formula.derivative.simplified.size,
      nodes: ComputationGraph.logisticMap(k, at: 0.3).graph.nodes.count)
  }
}

private func swellTable(_ swell: [Swell]) -> Table {
  Table(
    "Symbols of l_k = 4 l_k₋₁ (1 − l_k₋₁) and of its derivative",
    columns: ["k", "formula", "derivative", "nodes of the graph"],
    rows: swell.map { [.integer($0.steps), .integer($0.formula), .integer($0.derivative), .integer($0.nodes)] })
}
