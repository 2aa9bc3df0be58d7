import Figures
import Messages
import RNN
import Running
import Tensors

/// § 5.3: the gradient as a double sum, (5.5) and (5.6) as printed and as they should be, and truncated gradients.
public let section5_3 = Exercise(.section, "5.3", "Backpropagation through time, sum by sum", seconds: 1) { run in
  let check = checkGradients(units: 8, steps: run.choose(quick: 10, standard: 20, full: 40), random: run.random)
  run.show(
    Table(
      "∂L/∂W_hh of a network of 8 units, over its largest entry: distance from the recorded gradient",
      columns: ["computed as", "distance"], rows: check.map { [.text($0.name), .scientific($0.distance)] }),
    as: "double-sum")
  let scalar = scalarExample()
  run.show(
    Table(
      "dLₜ/dw of hₜ = tanh(w hₜ₋₁ + xₜ), and the right-hand sides of (5.5)",
      columns: ["t", "dLₜ/dw", "corrected", "printed, ∂hₜ/∂w immediate", "printed, ∂hₜ/∂w along all paths"],
      rows: (1...4).map { t in
        [
          .integer(t), .number(scalar.lossGradient(t), decimals: 4), .number(scalar.corrected(t), decimals: 4),
          .number(scalar.printed(t, immediate: true), decimals: 4),
          .number(scalar.printed(t, immediate: false), decimals: 4),
        ]
      }), as: "recursion")
  let windows = [1, 2, 5, 10, 20, 50, 100]
  let shares = truncate(windows: windows, steps: 100, random: run.random)
  run.show(
    LineChart(
      "Truncated gradients of a latch over 100 steps", x: Axis("window", .logarithmic),
      y: Axis("cosine with the whole gradient", range: -0.1...1.1),
      series: shares.map { Series($0.name, x: windows.map(Double.init), $0.cosines, style: .both) }), as: "truncated")
  run.show(
    Table(
      "Cosine between the truncated and the whole gradient", columns: ["window"] + shares.map(\.name),
      rows: windows.indices.map { i in [.integer(windows[i])] + shares.map { .number($0.cosines[i], decimals: 3) } }),
    as: "truncated")
  run.card("(5.4), latest Jacobian leftmost", check[0].distance)
  run.card("(5.4), earliest Jacobian leftmost", check[1].distance)
}

/// A gradient that was computed in some way, and its distance from the recorded one.
public struct GradientCheck: Sendable {
  /// The way.
  public let name: String
  /// The largest difference over the largest entry of the gradient.
  public let distance: Double
}

/// Theorem 5.3 for a random network and sequence: the double sum in both orders, and the recursion.
public func checkGradients(units: Int, steps: Int, random: RandomSource) -> [GradientCheck] {
  var network = RecurrentNetwork(3, units, 2, random: random).converted(to: .double)
  network.recurrentWeight = RecurrentMatrix.orthogonal(1.1).matrix(units, scalarType: .double, random: random)
  let (x, targets) = (random.normal([steps, 3], scalarType: .double), random.normal([steps, 2], scalarType: .double))
  let pass = BackpropagationThroughTime(network, x) { t, y in y - targets[t] }
  let recorded = gradient(at: network) { network in
    (network(x.expanded(axis: 0))[0] - targets).squared().sum() / 2
  }.recurrentWeight
  func check(_ name: String, _ gradient: Tensor) -> GradientCheck {
    GradientCheck(name: name, distance: ((gradient - recorded).abs().max() / recorded.abs().max()).item)
  }
  return [
    check("double sum (5.4), latest Jacobian leftmost", pass.doubleSum()),
    check("double sum (5.4), earliest Jacobian leftmost", pass.doubleSum(order: .earliestFirst)),
    check("recursion from the last step back", pass.backwardRecursion()),
  ]
}

/// The recurrence of one unit that shows what (5.5) says: w = 1.5, four steps.
public func scalarExample() -> ScalarRecurrence {
  ScalarRecurrence(weight: 1.5, inputs: [0.5, -0.3, 0.4, -0.2], targets: [-1, 1, -1, 1])
}

/// How much of the direction of a gradient is left when it is truncated.
public struct TruncatedShare: Sendable {
  /// The network.
  public let name: String
  /// The cosine between the truncated and the whole gradient, for every window.
  public let cosines: [Double]
}

/// The gradient of a latch's loss at the last step, truncated at windows. The only informative input is the first.
/// § 5.3
public func truncate(windows: [Int], steps T: Int, random: RandomSource) -> [TruncatedShare] {
  let (x, classes) = LatchTask(steps: T).batch(64, random: random)
  func share<Layer: RecurrentLayer>(_ name: String, _ layer: Layer) -> TruncatedShare {
    let network = SequenceNetwork(layer, outputs: 2, random: random).converted(to: .double)
    func truncated(_ window: Int) -> Tensor {
      network.truncatedGradient(x.converted(to: .double), window: window) { y, steps in
        let last = y.sliced(steps.count - 1..<steps.count, axis: 1).squeezed(axis: 1)
        return steps.upperBound == T ? last.crossEntropy(labels: classes) : 0 * last.sum()
      }.gradient.layer.flattened
    }
    let whole = truncated(T)
    return TruncatedShare(
      name: name,
      cosines: windows.map { window in
        let g = truncated(window)
        return ((g * whole).sum() / (g.norm() * whole.norm())).item
      })
  }
  return [
    share("simple, usual W_hh", VanillaRNN(1, 32, random: random)),
    share("simple, orthogonal W_hh", VanillaRNN(1, 32, recurrent: .orthogonal(1), random: random)),
    share("LSTM, chrono biases", LongShortTermMemory(1, 32, forgetBias: .chrono(longest: T), random: random)),
  ]
}
