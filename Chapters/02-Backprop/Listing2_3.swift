import Backprop
import Figures
import Foundations
import Messages
import Running
import Tensors

/// Listing 2.3: L = (σ(x · w) − 1)² at x = (2, 3), w = (1, −1), differentiated with respect to x and w, by `Tensors`
/// and on a graph of scalars. The gradients that the notes print as Output 2.3 are wrong.
public let listing2_3 = Exercise(.listing, "2.3", "Gradients in action", seconds: 1) { run in
  let result = runAutogradListing()
  run.say("L = (σ(x · w) − 1)² = \(result.loss)\n")
  run.show(
    Table(
      "Gradients", columns: ["gradient", "by Tensors", "on the graph", "in the notes"],
      rows: [
        [
          "dL/dx", .text(list(result.x.scalars)), .text(list(result.graph.gradients("x₁", "x₂"))),
          "(-0.0689, 0.0689)",
        ],
        [
          "dL/dw", .text(list(result.w.scalars)), .text(list(result.graph.gradients("w₁", "w₂"))),
          "(-0.1378, 0.2067)",
        ],
      ]), as: "gradients")
  run.show(result.graph.diagram("L = (σ(x₁w₁ + x₂w₂) − 1)²"), as: "graph")
  run.card("loss", result.loss)
}

/// The gradients of Listing 2.3.
public struct AutogradListing: Sendable {
  /// The loss.
  public let loss: Double
  /// ∂L/∂x and ∂L/∂w.
  public let x, w: Tensor
  /// The same on a graph of scalars.
  public let graph: ComputationGraph
}

/// Listing 2.3: the function is differentiated at the pair (x, w), and its gradient is such a pair.
public func runAutogradListing() -> AutogradListing {
  let x = Tensor([2, 3], scalarType: .double)
  let w = Tensor([1, -1], scalarType: .double)
  let (loss, gradient) = valueWithGradient(at: [x, w]) { point in
    let z = point[0].dot(point[1])
    let y = sigmoid(z)
    return (y - 1).squared()
  }
  return AutogradListing(loss: loss.item, x: gradient[0], w: gradient[1], graph: graphOfListing())
}

private func graphOfListing() -> ComputationGraph {
  var graph = ComputationGraph()
  let (x1, w1) = (graph.input(2, "x₁"), graph.input(1, "w₁"))
  let (x2, w2) = (graph.input(3, "x₂"), graph.input(-1, "w₂"))
  let z = graph.sum(graph.product(x1, w1), graph.product(x2, w2))
  let loss = graph.square(graph.scaled(graph.sigmoid(z), by: 1, plus: -1))
  graph.backpropagate(from: loss)
  return graph
}

extension ComputationGraph {
  /// The gradients of the inputs with these names.
  public func gradients(_ names: String...) -> [Double] {
    names.map { name in nodes.first { $0.name == name }?.gradient ?? .nan }
  }

  /// The graph drawn, with the value and the gradient of every node.
  func diagram(_ title: String) -> Diagram {
    let position = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
    return Diagram(
      title, quantities: ["value", "gradient"],
      nodes: nodes.map { node in
        Diagram.Node(
          node.name, lines: [brief(node.value), brief(node.gradient)], inputs: node.inputs.compactMap { position[$0] })
      })
  }
}

/// Numbers with four decimals, in parentheses.
private func list(_ numbers: [Double]) -> String {
  "(" + numbers.map { decimals($0, 4) }.joined(separator: ", ") + ")"
}

/// A number for a box: integers without decimals, others with three, with a true minus sign.
private func brief(_ value: Double) -> String {
  (value == value.rounded() ? "\(Int(value))" : decimals(value, 3)).replacing("-", with: "−")
}
