import Backprop
import Figures
import Foundations
import Messages
import Running
import Tensors

/// Exercise 2.3: backpropagation through three ReLU layers without automatic differentiation, checked by central
/// differences.
public let exercise2_3 = Exercise("2.3", "Three ReLU layers against differences", stars: 2, seconds: 1, full: 3) {
  run in
  let widths = run.choose(quick: [6, 8, 6, 3], standard: [20, 32, 16, 5], full: [64, 64, 32, 10])
  let check = checkReLUNetwork(
    widths: widths, batch: run.choose(quick: 8, standard: 32, full: 64), random: run.random)
  run.say(
    """
    A ReLU MLP \(widths.map(String.init).joined(separator: "-")), softmax and cross-entropy, \(check.batch) examples

    """)
  run.show(parameterTable(check), as: "parameters")
  run.show(
    LineChart(
      "Gradient by hand against differences", x: Axis("step ε", .logarithmic),
      y: Axis("relative error", .logarithmic),
      series: [
        Series("central", x: check.steps, check.central, style: .both),
        Series("forward", x: check.steps, check.forward, style: .both),
        Series("central, with tanh for ReLU", x: check.steps, check.smooth, style: .both),
      ]), as: "errors")
  run.parameters = MLP.parameterCount(widths: widths)
  run.card("error at ε = 1e-5", scientific(check.error))
  run.card("smallest error", scientific(check.central.min() ?? .nan))
  run.card("slope with tanh, 1e-3 to 1e-1", check.slope(of: check.smooth, from: 1e-3, to: 1e-1))
}

/// The hand-written gradient of a ReLU network against differences.
public struct ReLUNetworkCheck: Sendable {
  /// The number of examples.
  public let batch: Int
  /// For each parameter tensor, its name, its shape, and the relative distance from central differences with ε = 10⁻⁵.
  public let parameters: [(name: String, shape: Shape, distance: Double)]
  /// The relative distance of the whole gradient from central differences with ε = 10⁻⁵.
  public let error: Double
  /// The steps ε, and the errors of central and forward differences along random directions, the median.
  public let steps, central, forward: [Double]
  /// The errors of central differences with tanh in place of ReLU: no kinks.
  public let smooth: [Double]

  /// The slope of an error curve in logarithms, from one step to a larger one: by Taylor 2 for central differences,
  /// where neither rounding nor a kink interferes.
  public func slope(of errors: [Double], from small: Double, to large: Double) -> Double {
    let logarithm = { (value: Double) in Tensor(value, scalarType: .double).log().item }
    return logarithm(errors[place(of: large)] / errors[place(of: small)]) / logarithm(large / small)
  }

  private func place(of step: Double) -> Int {
    steps.indices.min { abs(steps[$0] / step - 1) < abs(steps[$1] / step - 1) } ?? 0
  }
}

/// Differentiates a three-layer ReLU network by hand and by differences: every parameter with ε = 10⁻⁵, and the
/// derivative along directions of unit length with ε from 1 to 10⁻¹³. Exercise 2.3
public func checkReLUNetwork(widths: [Int], batch: Int, random: RandomSource) -> ReLUNetworkCheck {
  let network = MLP(widths, activation: .relu, initialization: .he, random: random).converted(to: .double)
  let x = random.normal([batch, widths[0]], scalarType: .double)
  let labels = (0..<batch).map { _ in random.integer(below: widths[widths.count - 1]) }
  let loss = { (network: MLP) in crossEntropy(logits: network(x), labels: labels) }
  let byHand = lossWithBackpropagation(network, at: x, .crossEntropy(labels: labels)).gradient
  let numeric = numericGradient(at: network, step: 1e-5, of: loss)
  let names = ["⁽¹⁾", "⁽²⁾", "⁽³⁾"].flatMap { ["W" + $0, "b" + $0] }
  let parameters = zip(names, zip(byHand.parameters, numeric.parameters)).map { name, pair in
    (name: name, shape: pair.0.shape, distance: relativeDistance(pair.0, pair.1))
  }
  let smooth = MLP(widths, activation: .tanh, random: random).converted(to: .double)
  let steps = stride(from: 0.0, through: -13, by: -0.5).map { Tensor(10, scalarType: .double).power($0).item }
  func errors(_ network: MLP, _ rule: DifferenceRule) -> [Double] {
    let gradient = lossWithBackpropagation(network, at: x, .crossEntropy(labels: labels)).gradient
    return directionalErrors(network, gradient, rule, steps: steps, random: RandomSource(seed: 7), loss: loss)
  }
  return ReLUNetworkCheck(
    batch: batch, parameters: parameters, error: relativeDistance(byHand, numeric), steps: steps,
    central: errors(network, .central), forward: errors(network, .forward), smooth: errors(smooth, .central))
}

/// The relative errors of differences along 15 random directions v, the median: dL(θ + ε v)/dε at 0 is ∇L · v.
private func directionalErrors(
  _ network: MLP, _ gradient: MLP, _ rule: DifferenceRule, steps: [Double], random: RandomSource, loss: (MLP) -> Tensor
) -> [Double] {
  let directions = (0..<15).map { _ in
    let v = random.normal([network.parameterCount], scalarType: .double)
    return network.withParameters(from: v / v.norm())
  }
  return steps.map { step in
    let errors = directions.map { v in
      func along(_ ε: Double) -> Double { loss(network.zipParameters(v) { $0 + ε * $1 }).item }
      return abs(rule.derivative(of: along, at: 0, step: step) / gradient.dot(v).item - 1)
    }
    return errors.sorted()[errors.count / 2]
  }
}

private func parameterTable(_ check: ReLUNetworkCheck) -> Table {
  Table(
    "Distance from central differences, ε = 1e-5", columns: ["parameter", "shape", "relative distance"],
    rows: check.parameters.map { [.text($0.name), .text("\($0.shape)"), .scientific($0.distance)] })
}
