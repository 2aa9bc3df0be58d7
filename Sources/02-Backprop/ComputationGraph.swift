// § 2.3  The computation graph, small enough to watch

import Messages
import Tensors

/// A graph of numbers: values are computed as it is built, gradients on request. § 2.3
///
/// Every node knows its own value and its local gradients, ∂(own value)/∂(each input), and nothing else.
public struct ComputationGraph: Sendable {
  /// The place of a node in its graph.
  public struct Place: Hashable, Sendable {
    let index: Int
  }

  /// An operation and its result, or an input.
  public struct Node: Sendable {
    /// The label of the node: the name of an input, the sign of an operation.
    public let name: String
    /// The places of its inputs; one may occur twice.
    public let inputs: [Place]
    /// The local gradient of each input: ∂value/∂input.
    public let localGradients: [Double]
    /// The value, from the forward pass.
    public let value: Double
    /// ∂(output)/∂(this value), from the backward pass.
    public fileprivate(set) var gradient = 0.0
  }

  /// The nodes in the order of the forward pass: every node comes after its inputs.
  public private(set) var nodes: [Node] = []
  /// The multiplications of the last backward pass: one for every edge. Proposition 2.2
  public private(set) var backwardMultiplications = 0

  /// A graph without nodes.
  public init() {}

  /// The node at a place.
  public subscript(place: Place) -> Node { nodes[place.index] }

  /// The places of all nodes, in order.
  public var places: [Place] { nodes.indices.map { Place(index: $0) } }

  /// The number of edges: of inputs of all nodes.
  public var edgeCount: Int { nodes.reduce(0) { $0 + $1.inputs.count } }

  // MARK: - Forwards

  /// A new input.
  public mutating func input(_ value: Double, _ name: String) -> Place {
    append(Node(name: name, inputs: [], localGradients: [], value: value))
  }

  /// Any operation: from the values of its inputs, its own value and its local gradients. § 2.3
  ///
  /// This is all that a node needs for backpropagation, whatever the rest of the graph is.
  public mutating func node(
    _ name: String, of inputs: [Place], _ operation: (_ values: [Double]) -> (value: Double, localGradients: [Double])
  ) -> Place {
    require(
      inputs.allSatisfy { nodes.indices.contains($0.index) },
      "cannot add the node \(name): an input belongs to another graph")
    let result = operation(inputs.map { self[$0].value })
    require(
      result.localGradients.count == inputs.count,
      "cannot add the node \(name): \(result.localGradients.count) local gradients for \(inputs.count) inputs")
    return append(
      Node(name: name, inputs: inputs, localGradients: result.localGradients, value: result.value))
  }

  private mutating func append(_ node: Node) -> Place {
    nodes.append(node)
    return Place(index: nodes.count - 1)
  }

  // MARK: - Backwards

  /// Computes the gradient of one node with respect to all others: downstream = local × upstream, added up over all
  /// uses. § 2.3
  ///
  /// For a node z with inputs x: ∂L/∂x = Σ ∂z/∂x · ∂L/∂z, the sum over the edges that leave x. In the reverse order of
  /// the forward pass every upstream gradient is complete before it is used.
  public mutating func backpropagate(from output: Place) {
    for index in nodes.indices { nodes[index].gradient = 0 }
    backwardMultiplications = 0
    nodes[output.index].gradient = 1
    for index in (0...output.index).reversed() {
      let upstream = nodes[index].gradient
      for (input, local) in zip(nodes[index].inputs, nodes[index].localGradients) {
        nodes[input.index].gradient += local * upstream
        backwardMultiplications += 1
      }
    }
  }
}

/// The elementary operations: one line each, value and local gradients.
extension ComputationGraph {
  /// a + b + …, with local gradients 1: a sum passes its gradient on to every term.
  public mutating func sum(_ terms: Place...) -> Place {
    node("+", of: terms) { values in (values.reduce(0, +), values.map { _ in 1 }) }
  }

  /// a · b, with local gradients b and a: a product gives each factor the other's value.
  public mutating func product(_ a: Place, _ b: Place) -> Place {
    node("×", of: [a, b]) { values in (values[0] * values[1], [values[1], values[0]]) }
  }

  /// c a + d, with local gradient c.
  public mutating func scaled(_ a: Place, by c: Double, plus d: Double = 0) -> Place {
    let multiple = c == 1 ? "(·)" : c == -1 ? "−(·)" : "\(short(c)) (·)"
    let name =
      d == 0 ? multiple : c < 0 ? "\(short(d)) \(multiple)" : "\(multiple) \(d < 0 ? "−" : "+") \(short(abs(d)))"
    return node(name, of: [a]) { values in (c * values[0] + d, [c]) }
  }

  /// eᵃ, its own local gradient.
  public mutating func exponential(_ a: Place) -> Place {
    node("exp", of: [a]) { values in
      let y = exp(values[0])
      return (y, [y])
    }
  }

  /// ln a, with local gradient 1/a.
  public mutating func logarithm(_ a: Place) -> Place {
    node("ln", of: [a]) { values in (Tensor(values[0], scalarType: .double).log().item, [1 / values[0]]) }
  }

  /// 1/a, with local gradient −1/a².
  public mutating func reciprocal(_ a: Place) -> Place {
    node("1/(·)", of: [a]) { values in (1 / values[0], [-1 / (values[0] * values[0])]) }
  }

  /// a², with local gradient 2a.
  public mutating func square(_ a: Place) -> Place {
    node("(·)²", of: [a]) { values in (values[0] * values[0], [2 * values[0]]) }
  }

  /// max(0, a), with local gradient 1 or 0: a gate.
  public mutating func relu(_ a: Place) -> Place {
    node("ReLU", of: [a]) { values in (max(0, values[0]), [values[0] > 0 ? 1 : 0]) }
  }

  /// The sigmoid as one node, with local gradient σ (1 − σ) instead of those of −, exp, + 1 and 1/(·). § 2.3
  public mutating func sigmoid(_ a: Place) -> Place {
    node("σ", of: [a]) { values in
      let σ = 1 / (1 + exp(-values[0]))
      return (σ, [σ * (1 - σ)])
    }
  }

  /// The cross-entropy of a softmax as one node: ln Σⱼ e^(zⱼ) − z_y, with local gradients p − y. § 2.3
  public mutating func softmaxCrossEntropy(_ z: [Place], label: Int) -> Place {
    node("loss", of: z) { values in
      let shift = values.max() ?? 0
      let powers = values.map { exp($0 - shift) }
      let total = powers.reduce(0, +)
      let p = powers.map { $0 / total }
      let loss = shift + Tensor(total, scalarType: .double).log().item - values[label]
      return (loss, p.indices.map { p[$0] - ($0 == label ? 1 : 0) })
    }
  }
}

private func exp(_ x: Double) -> Double { Tensor(x, scalarType: .double).exp().item }

/// A number with a true minus, a whole one without its “.0”.
private func short(_ c: Double) -> String {
  let size = abs(c) == abs(c).rounded() && abs(c) < 1e6 ? "\(Int(abs(c)))" : "\(abs(c))"
  return (c < 0 ? "−" : "") + size
}
