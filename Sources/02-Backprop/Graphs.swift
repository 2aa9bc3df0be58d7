// § 2.3  Three example graphs

import Tensors

extension ComputationGraph {
  /// f = (x + y) z. At (−2, 5, −4): q = 3, f = −12, with gradients −4, −4 and 3. § 2.3
  public static func sumTimes(x: Double = -2, y: Double = 5, z: Double = -4) -> (graph: ComputationGraph, f: Place) {
    var graph = ComputationGraph()
    let (x, y, z) = (graph.input(x, "x"), graph.input(y, "y"), graph.input(z, "z"))
    let q = graph.sum(x, y)
    let f = graph.product(q, z)
    graph.backpropagate(from: f)
    return (graph, f)
  }

  /// A neuron σ(w₀ x₀ + w₁ x₁ + w₂), with the sigmoid as four nodes or fused into one. § 2.3
  public static func neuron(
    weights w: [Double] = [2, -3, -3], inputs x: [Double] = [-1, -2], isFused: Bool
  ) -> (graph: ComputationGraph, output: Place) {
    var graph = ComputationGraph()
    var terms: [Place] = []
    for i in x.indices {
      let (weight, input) = (graph.input(w[i], "w" + subscripts[i]), graph.input(x[i], "x" + subscripts[i]))
      terms.append(graph.product(weight, input))
    }
    let bias = graph.input(w[x.count], "w" + subscripts[x.count])
    let z = graph.node("+", of: terms + [bias]) { values in (values.reduce(0, +), values.map { _ in 1 }) }
    let output: Place
    if isFused {
      output = graph.sigmoid(z)
    } else {
      let power = graph.exponential(graph.scaled(z, by: -1))
      output = graph.reciprocal(graph.scaled(power, by: 1, plus: 1))
    }
    graph.backpropagate(from: output)
    return (graph, output)
  }

  /// loss(softmax(W x + b), y) with every scalar a node: the gradients at the logits are p − y. § 2.3
  ///
  /// Returns the loss and the places of the logits.
  public static func softmaxClassifier(
    weights W: [[Double]], biases b: [Double], input x: [Double], label: Int, isFused: Bool
  ) -> (graph: ComputationGraph, loss: Place, logits: [Place]) {
    var graph = ComputationGraph()
    let inputs = x.enumerated().map { graph.input($1, "x" + subscripts[$0]) }
    let logits = W.indices.map { k in
      let terms = inputs.indices.map { i in
        graph.product(graph.input(W[k][i], "w" + subscripts[k] + subscripts[i]), inputs[i])
      }
      let bias = graph.input(b[k], "b" + subscripts[k])
      return graph.node("+", of: terms + [bias]) { values in (values.reduce(0, +), values.map { _ in 1 }) }
    }
    let loss = isFused ? graph.softmaxCrossEntropy(logits, label: label) : graph.unfusedLoss(logits, label)
    graph.backpropagate(from: loss)
    return (graph, loss, logits)
  }

  /// −ln(e^(z_y) / Σⱼ e^(zⱼ)), operation by operation.
  private mutating func unfusedLoss(_ logits: [Place], _ label: Int) -> Place {
    let powers = logits.map { exponential($0) }
    let total = node("+", of: powers) { values in (values.reduce(0, +), values.map { _ in 1 }) }
    let probability = product(powers[label], reciprocal(total))
    return scaled(logarithm(probability), by: -1)
  }
}

private let subscripts = ["₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"]
