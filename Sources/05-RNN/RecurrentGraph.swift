// § 5.2.2  The unrolled computation graph

import Backprop
import Tensors

extension ComputationGraph {
  /// A recurrent network of one unit, unrolled over the inputs, with the loss Σₜ ½ (yₜ − targetₜ)². § 5.2.2
  ///
  /// zₜ = w_hh hₜ₋₁ + w_xh xₜ, hₜ = tanh zₜ (5.1), yₜ = w_hy hₜ (5.2), biases left out. Every operation occurs once per
  /// step; each weight is one node, with an edge to every step. Its gradient is the sum over these edges. Remark 5.2
  public static func unrolled(
    inputs x: [Double], targets: [Double], inputWeight: Double, recurrentWeight: Double, outputWeight: Double
  ) -> (graph: ComputationGraph, recurrentWeight: Place, loss: Place) {
    var graph = ComputationGraph()
    let (wx, wh) = (graph.input(inputWeight, "w_xh"), graph.input(recurrentWeight, "w_hh"))
    let wy = graph.input(outputWeight, "w_hy")
    var (h, losses) = (graph.input(0, "h₀"), [Place]())
    for t in x.indices {
      let input = graph.input(x[t], "x" + subscripts(t + 1))
      let z = graph.sum(graph.product(wh, h), graph.product(wx, input))
      h = graph.tanh(z)
      let y = graph.product(wy, h)
      losses.append(graph.halfSquare(y, minus: targets[t]))
    }
    let loss = graph.node("loss", of: losses) { values in (values.reduce(0, +), values.map { _ in 1 }) }
    graph.backpropagate(from: loss)
    return (graph, wh, loss)
  }

  /// tanh a, with local gradient 1 − tanh² a.
  public mutating func tanh(_ a: Place) -> Place {
    node("tanh", of: [a]) { values in
      let y = Tensor(values[0], scalarType: .double).tanh().item
      return (y, [1 - y * y])
    }
  }

  /// ½ (a − c)², with local gradient a − c.
  private mutating func halfSquare(_ a: Place, minus c: Double) -> Place {
    node("½(·)²", of: [a]) { values in ((values[0] - c) * (values[0] - c) / 2, [values[0] - c]) }
  }
}

/// A number in subscript digits.
private func subscripts(_ number: Int) -> String {
  String("\(number)".map { digit in Character(UnicodeScalar(0x2080 + UInt32(digit.wholeNumberValue ?? 0)) ?? "₀") })
}
