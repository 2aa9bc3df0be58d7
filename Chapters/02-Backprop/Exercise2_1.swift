import Backprop
import Figures
import Foundations
import Running
import Tensors

/// Exercise 2.1: backpropagation through three tanh layers, with the shape of every Jacobian. The derivation is in the
/// solutions; this forms the matrices and multiplies them.
public let exercise2_1 = Exercise("2.1", "Three tanh layers, every Jacobian", stars: 1, seconds: 1) { run in
  let check = checkThreeLayers(
    widths: run.choose(quick: [3, 4, 3, 2], standard: [5, 7, 6, 4], full: [20, 30, 25, 10]), random: run.random)
  run.show(
    Table(
      "Jacobians of a tanh MLP \(check.widths.map(String.init).joined(separator: "-")), one example",
      columns: ["Jacobian", "is", "shape"],
      rows: check.jacobians.map { [.text($0.name), .text($0.formula), .text("\($0.value.shape)")] }), as: "jacobians")
  run.show(
    Table(
      "Gradients by the δ recursion", columns: ["gradient", "is", "shape", "from the Jacobians", "from differences"],
      rows: check.gradients.map {
        [
          .text($0.name), .text($0.formula), .text("\($0.shape)"), .scientific($0.fromJacobians),
          .scientific($0.fromDifferences),
        ]
      }), as: "gradients")
  run.card("largest distance", check.gradients.map { max($0.fromJacobians, $0.fromDifferences) }.max() ?? .nan)
}

/// The Jacobians and the gradients of Exercise 2.1.
public struct ThreeLayerCheck: Sendable {
  /// A Jacobian: its name, its formula, and the matrix.
  public typealias NamedJacobian = (name: String, formula: String, value: Tensor)

  /// A gradient of the δ recursion, and its distance from two others.
  public struct Gradient: Sendable {
    /// Its name and its formula.
    public let name, formula: String
    /// Its shape: that of the parameter.
    public let shape: Shape
    /// The relative distance from the product of explicit Jacobians, and from central differences.
    public let fromJacobians, fromDifferences: Double
  }

  /// The widths n₀, n₁, n₂, n₃.
  public let widths: [Int]
  /// The Jacobians, from the loss backwards.
  public let jacobians: [NamedJacobian]
  /// The gradients of W⁽³⁾, b⁽³⁾, …, b⁽¹⁾.
  public let gradients: [Gradient]
}

/// Derives the gradients of ½‖h⁽³⁾ − y‖² of a random three-layer tanh network in three ways. Exercise 2.1
public func checkThreeLayers(widths: [Int], random: RandomSource) -> ThreeLayerCheck {
  let network = MLP(widths, activation: .tanh, outputActivation: .tanh, random: random).converted(to: .double)
  let x = random.normal([widths[0]], scalarType: .double)
  let y = random.normal([widths[3]], scalarType: .double)
  let pass = ForwardPass(network, at: x)
  let δ3 = outputDelta(pass.output - y, Activation.tanh.slope(at: pass.z[2]))
  let byHand = network.backpropagate(δ3, through: pass).gradient
  let byJacobians = network.gradientByJacobians(at: x) { $0 - y }
  let numeric = numericGradient(at: network) { ($0(x) - y).squared().sum() / 2 }
  let marks = ["⁽¹⁾", "⁽²⁾", "⁽³⁾"]
  let gradients = [2, 1, 0].flatMap { l -> [ThreeLayerCheck.Gradient] in
    let h = l == 0 ? "x" : "h" + marks[l - 1]
    let (A, J, N) = (byHand.layers[l].parameters, byJacobians.layers[l].parameters, numeric.layers[l].parameters)
    return [("∂L/∂W" + marks[l], "δ\(marks[l]) \(h)ᵀ"), ("∂L/∂b" + marks[l], "δ" + marks[l])].enumerated().map {
      p, text in
      ThreeLayerCheck.Gradient(
        name: text.0, formula: text.1, shape: A[p].shape, fromJacobians: relativeDistance(A[p], J[p]),
        fromDifferences: relativeDistance(A[p], N[p]))
    }
  }
  return ThreeLayerCheck(
    widths: widths, jacobians: namedJacobians(network, pass, lossGradient: pass.output - y), gradients: gradients)
}

/// Every Jacobian of the chain, from the loss backwards.
private func namedJacobians(
  _ network: MLP, _ pass: ForwardPass, lossGradient: Tensor
) -> [ThreeLayerCheck.NamedJacobian] {
  let marks = ["⁽⁰⁾", "⁽¹⁾", "⁽²⁾", "⁽³⁾"]
  let loss: ThreeLayerCheck.NamedJacobian = (
    "∂L/∂h⁽³⁾", "(h⁽³⁾ − y)ᵀ", lossGradient.expanded(axis: 0)
  )
  let jacobians = network.layerJacobians(through: pass)
  return [loss]
    + [3, 2, 1].flatMap { l -> [ThreeLayerCheck.NamedJacobian] in
      let (J, mark, below) = (jacobians[l - 1], marks[l], l == 1 ? "x" : "h" + marks[l - 1])
      return [
        ("∂h\(mark)/∂z\(mark)", "diag(1 − h\(mark)²)", J.activation),
        ("∂z\(mark)/∂\(below)", "W\(mark)", J.input),
        ("∂z\(mark)/∂vec W\(mark)", "I ⊗ \(below)ᵀ", J.weight),
        ("∂z\(mark)/∂b\(mark)", "I", J.bias),
      ]
    }
}
