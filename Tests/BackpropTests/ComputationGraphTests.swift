import Backprop
import Checking
import Tensors
import Testing

@Suite("§ 2.3 The computation graph")
struct ComputationGraphTests {
  typealias Place = ComputationGraph.Place

  @Test("§ 2.3: (x + y) z at (−2, 5, −4) is −12, with gradients −4, −4 and 3")
  func sumTimes() {
    let (graph, f) = ComputationGraph.sumTimes()
    #expect(graph[f].value == -12 && graph[f].gradient == 1)
    #expect(graph.nodes.map(\.name) == ["x", "y", "z", "+", "×"])
    #expect(graph.nodes.map(\.value) == [-2, 5, -4, 3, -12])
    #expect(graph.nodes.map(\.gradient) == [-4, -4, 3, -4, 1])
    #expect(graph.backwardMultiplications == 4 && graph.edgeCount == 4)
  }

  @Test("§ 2.3: a sigmoid neuron has the same gradients with its sigmoid in four nodes and in one")
  func neuron() {
    let (long, a) = ComputationGraph.neuron(isFused: false)
    let (short, b) = ComputationGraph.neuron(isFused: true)
    #expect(abs(long[a].value - short[b].value) < 1e-15 && abs(short[b].value - 0.7311) < 1e-4)
    #expect(long.nodes.count == short.nodes.count + 3)
    let inputs = zip(long.nodes, short.nodes).filter { $0.0.inputs.isEmpty }
    #expect(inputs.map(\.0.name) == ["w₀", "x₀", "w₁", "x₁", "w₂"])
    for (one, other) in inputs { #expect(abs(one.gradient - other.gradient) < 1e-15, "\(one.name)") }
    let slope = short[b].value * (1 - short[b].value)
    for ((_, node), partner) in zip(inputs, [-1.0, 2, -2, -3, 1]) {
      #expect(abs(node.gradient - partner * slope) < 1e-15, "\(node.name)")
    }
  }

  @Test(
    "§ 2.3: the gradients of loss(softmax(W x + b), y) are p − y at b and (p − y) xᵀ at W", arguments: [false, true])
  func classifier(isFused: Bool) {
    let (W, b, x) = ([[0.2, -0.4], [1.1, 0.3], [-0.7, 0.5]], [0.1, -0.2, 0.3], [1.5, -2])
    let (graph, loss, logits) = ComputationGraph.softmaxClassifier(
      weights: W, biases: b, input: x, label: 1, isFused: isFused)
    let z = Tensor(logits.map { graph[$0].value }, scalarType: .double)
    let p = z.softmax().scalars
    #expect(abs(graph[loss].value + Tensor(p[1], scalarType: .double).log().item) < 1e-14)
    func gradient(_ name: String) -> Double { graph.nodes.first { $0.name == name }?.gradient ?? .nan }
    for (k, digit) in ["₀", "₁", "₂"].enumerated() {
      let δ = p[k] - (k == 1 ? 1 : 0)
      #expect(abs(graph[logits[k]].gradient - δ) < 1e-15)
      #expect(abs(gradient("b" + digit) - δ) < 1e-15)
      #expect(abs(gradient("w" + digit + "₀") - δ * x[0]) < 1e-15)
      #expect(abs(gradient("w" + digit + "₁") - δ * x[1]) < 1e-15)
    }
  }

  @Test("§ 2.3: every operation's local gradient is its derivative, and values and gradients are those of tensors")
  func operations() {
    let operations: [(String, (inout ComputationGraph, Place) -> Place, (Tensor) -> Tensor)] = [
      ("exp", { $0.exponential($1) }, { $0.exp() }), ("ln", { $0.logarithm($1) }, { $0.log() }),
      ("1/a", { $0.reciprocal($1) }, { $0.reciprocal() }), ("a²", { $0.square($1) }, { $0.squared() }),
      ("ReLU", { $0.relu($1) }, { maximum(0, $0) }), ("σ", { $0.sigmoid($1) }, { $0.sigmoid() }),
      ("3a − 2", { $0.scaled($1, by: 3, plus: -2) }, { 3 * $0 - 2 }), ("a · a", { $0.product($1, $1) }, { $0 * $0 }),
      ("a + a + a", { $0.sum($1, $1, $1) }, { 3 * $0 }),
    ]
    for (name, add, f) in operations {
      for a in [0.3, 2.5] {
        var graph = ComputationGraph()
        let input = graph.input(a, "a")
        let output = add(&graph, input)
        graph.backpropagate(from: output)
        let (value, slope) = valueWithGradient(at: Tensor(a, scalarType: .double), of: f)
        expectClose(Tensor(graph[output].value, scalarType: .double), value, tolerance: 1e-15, name)
        expectClose(Tensor(graph[input].gradient, scalarType: .double), slope, tolerance: 1e-14, name)
      }
    }
  }

  @Test(
    "§ 2.3: downstream = local × upstream: a custom node takes part in any graph, and passes a check by differences")
  func customNode() {
    func run(_ a: Double, _ b: Double) -> (ComputationGraph, Place, Place, Place) {
      var graph = ComputationGraph()
      let (x, y) = (graph.input(a, "a"), graph.input(b, "b"))
      let power = graph.node("ab³", of: [x, y]) { v in
        (v[0] * v[1] * v[1] * v[1], [v[1] * v[1] * v[1], 3 * v[0] * v[1] * v[1]])
      }
      let output = graph.product(graph.sigmoid(power), graph.sum(x, power))
      graph.backpropagate(from: output)
      return (graph, x, y, output)
    }
    let (graph, x, y, _) = run(0.7, -1.2)
    let value = { (a: Double, b: Double) in
      let (graph, _, _, output) = run(a, b)
      return graph[output].value
    }
    let rule = DifferenceRule.central
    #expect(abs(graph[x].gradient - rule.derivative(of: { value($0, -1.2) }, at: 0.7, step: 1e-5)) < 1e-9)
    #expect(abs(graph[y].gradient - rule.derivative(of: { value(0.7, $0) }, at: -1.2, step: 1e-5)) < 1e-9)
  }

  @Test("§ 2.3: gradients of several uses add up, any node can be the output, and a second backward pass starts from 0")
  func reuse() {
    var graph = ComputationGraph()
    let x = graph.input(3, "x")
    let square = graph.product(x, x)
    let cube = graph.product(square, x)
    for _ in 0..<2 {
      graph.backpropagate(from: cube)
      #expect(graph[x].gradient == 27)
    }
    graph.backpropagate(from: square)
    #expect(graph[x].gradient == 6 && graph[cube].gradient == 0)
  }

  @Test("§ 2.3: a graph is a value: a node added to a copy is not in the original")
  func values() {
    let (graph, f) = ComputationGraph.sumTimes()
    var copy = graph
    _ = copy.square(f)
    #expect(graph.nodes.count == 5 && copy.nodes.count == 6)
  }

  @Test("nodes of other graphs and missing local gradients stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) {
      let (_, f) = ComputationGraph.sumTimes()
      var empty = ComputationGraph()
      _ = empty.square(f)
    }
    await #expect(processExitsWith: .failure) {
      var graph = ComputationGraph()
      let x = graph.input(1, "x")
      _ = graph.node("bad", of: [x, x]) { _ in (1, [1]) }
    }
  }
}

@Suite("§ 2.3 Derivatives by differences and by formulas")
struct DifferentiationTests {
  /// The relative error of (eˣ)′, averaged over some places: at a single one, rounding errors may happen to cancel.
  private static func error(_ rule: DifferenceRule, _ h: Double) -> Double {
    let f = { (x: Double) in Tensor(x, scalarType: .double).exp().item }
    let errors = spread([20]).scalars.map { x in abs(rule.derivative(of: f, at: x, step: h) / f(x) - 1) }
    return errors.reduce(0, +) / 20
  }

  @Test("§ 2.3: the error of the forward difference is h f″ / 2, that of the central one h² f‴ / 6")
  func truncation() {
    #expect(abs(Self.error(.forward, 1e-3) / (1e-3 / 2) - 1) < 1e-3)
    #expect(abs(Self.error(.central, 1e-2) / (1e-4 / 6) - 1) < 1e-3)
  }

  @Test("§ 2.3: both errors fall and rise again: best near 10⁻⁸ for the forward, 10⁻⁵ for the central difference")
  func valley() {
    for (rule, best) in [(DifferenceRule.forward, -8), (.central, -5)] {
      let errors = Dictionary(uniqueKeysWithValues: (-14 ... -1).map { ($0, Self.error(rule, pow10($0))) })
      let least = errors.min { $0.value < $1.value }
      #expect(abs((least?.key ?? 0) - best) <= 1, "\(rule)")
      let floor = 1e4 * (least?.value ?? .infinity)
      #expect((errors[-14] ?? 0) > floor)
      #expect((errors[-1] ?? 0) > floor)
    }
    #expect(Self.error(.central, DifferenceRule.central.bestStep) < 1e-10)
    #expect(Self.error(.forward, DifferenceRule.forward.bestStep) < 1e-7)
    #expect(Self.error(.central, DifferenceRule.central.bestStep) < Self.error(.forward, 1e-8) / 10)
  }

  @Test("§ 2.3: the numeric gradient of a model is a model, and distance is relative to the larger")
  func models() {
    let model = [Tensor([1, 2], scalarType: .double), Tensor([[3]], scalarType: .double)]
    let found = numericGradient(at: model) { ($0[0].sum() * $0[1]).sum() }
    #expect(found.map(\.shape) == [[2], [1, 1]])
    #expect(
      relativeDistance(found, [Tensor([3, 3], scalarType: .double), Tensor([[3]], scalarType: .double)]) < 1e-10)
    #expect(relativeDistance(Tensor([3, 4]), Tensor([0, 0])) == 1 && relativeDistance(Tensor([0]), Tensor([0])) == 0)
  }

  @Test("§ 2.3: differences in single precision stop with a message")
  func precision() async {
    await #expect(processExitsWith: .failure) { _ = numericGradient(at: Tensor([1])) { $0.sum() } }
  }

  @Test("§ 2.3: the derivative of a formula is a formula with the right values")
  func formulas() {
    let formulas: [(Formula, (Tensor) -> Tensor)] = [
      (.product(.x, .exponential(.sine(.x))), { $0 * $0.sin().exp() }),
      (.cosine(.product(.x, .x)), { $0.squared().cos() }),
      (.sum(.constant(3), .product(.constant(2), .x)), { 3 + 2 * $0 }),
      (Formula.logisticMap(4), { x in (1..<4).reduce(x) { l, _ in 4 * l * (1 - l) } }),
    ]
    for (formula, f) in formulas {
      for x in [-0.8, 0.37] {
        let (value, slope) = valueWithGradient(at: Tensor(x, scalarType: .double), of: f)
        for form in [formula, formula.simplified] {
          expectClose(number(form.value(at: x)), value, tolerance: 1e-13)
          expectClose(number(form.derivative.value(at: x)), slope, tolerance: 1e-13)
          expectClose(number(form.derivative.simplified.value(at: x)), slope, tolerance: 1e-13)
        }
      }
    }
    #expect(Formula.product(.x, .x).derivative.simplified == .sum(.x, .x))
  }

  @Test(
    "§ 2.3: the formula of a repeated map swells exponentially, its derivative faster; a step adds three graph nodes"
  )
  func swell() {
    let sizes = (1...8).map { k in
      let l = Formula.logisticMap(k)
      return (l.size, l.derivative.simplified.size, ComputationGraph.logisticMap(k, at: 0.3).graph.nodes.count)
    }
    #expect(sizes.map(\.0) == [1, 9, 25, 57, 121, 249, 505, 1017])  // 2ᵏ⁺² − 7
    #expect(sizes.map(\.2) == [1, 4, 7, 10, 13, 16, 19, 22])
    for (now, next) in zip(sizes, sizes.dropFirst()).dropFirst() {
      #expect(next.0 > 2 * now.0 && next.1 > 2 * now.1)
    }
    #expect(sizes[7].1 > 100 * sizes[7].2)
  }

  @Test("§ 2.3: the graph of the repeated map has the value and the derivative of the formula")
  func graphOfMap() {
    var (graph, x, result) = ComputationGraph.logisticMap(6, at: 0.3)
    graph.backpropagate(from: result)
    let formula = Formula.logisticMap(6)
    #expect(abs(graph[result].value - formula.value(at: 0.3)) < 1e-13)
    #expect(abs(graph[x].gradient - formula.derivative.value(at: 0.3)) < 1e-10)
  }
}

private func number(_ value: Double) -> Tensor { Tensor(value, scalarType: .double) }

private func pow10(_ k: Int) -> Double { Tensor(10, scalarType: .double).power(Double(k)).item }
