import Figures
import Foundations
import Running
import Tensors

/// § 1.1: the six activations and their derivatives, their true ranges, and the vanishing gradient of the sigmoid.
public let section1_1 = Exercise(.section, "1.1", "Six activations, and a gradient that vanishes", seconds: 1) { run in
  run.show(rangeTable(measureActivationRanges(points: 20_001, random: run.random.split())), as: "ranges")
  run.show(activationPanels(), as: "activations")

  let depth = run.choose(quick: 8, standard: 20, full: 40)
  let profiles = vanishingGradients(depth: depth, width: 64, random: run.random.split())
  run.show(gradientTable(profiles), as: "gradients")
  run.show(
    LineChart(
      "Gradient norm of every layer, \(depth) layers deep", x: Axis("layer"),
      y: Axis("‖∂ Σ outputs / ∂ W⁽ˡ⁾‖", .logarithmic),
      series: profiles.map { Series($0.name, $0.norms, style: .both) }),
    as: "gradients")
  for profile in profiles { run.card("first / last layer, \(profile.name)", profile.firstOverLast) }
}

/// The smallest and the largest value that an activation takes on a grid, next to the range in the notes.
public struct ActivationRange: Sendable {
  /// The name of the activation.
  public let name: String
  /// The range as the notes print it.
  public let printed: String
  /// The extremes found, and the grid point of the smallest.
  public let smallest, largest, argmin: Double
  /// The largest derivative found.
  public let steepest: Double
}

/// The extremes of each activation on [−10, 10]; for the softmax, of an entry over random rows of three logits.
public func measureActivationRanges(points: Int, random: RandomSource) -> [ActivationRange] {
  let z = Tensor.linear(from: -10, to: 10, count: points, scalarType: .double)
  let elementwise = printedRanges.map { activation, printed in
    let value = activation(z)
    return ActivationRange(
      name: activation.description, printed: printed, smallest: value.min().item, largest: value.max().item,
      argmin: z[value.argmin()[0]].item, steepest: activation.derivative(at: z).max().item)
  }
  let p = softmax(random.normal([points, 3], standardDeviation: 3, scalarType: .double))
  let ofSoftmax = ActivationRange(
    name: "softmax", printed: "(0, 1)ᴷ", smallest: p.min().item, largest: p.max().item, argmin: .nan,
    steepest: (p * (1 - p)).max().item)
  return elementwise + [ofSoftmax]
}

private let printedRanges: [(Activation, String)] = [
  (.sigmoid, "(0, 1)"), (.tanh, "(−1, 1)"), (.relu, "[0, ∞)"), (.leakyReLU, "ℝ"), (.gelu, "ℝ"),
]

private func rangeTable(_ ranges: [ActivationRange]) -> Table {
  Table(
    "Activations on [−10, 10]",
    columns: ["activation", "printed range", "smallest", "at z =", "largest", "steepest slope"],
    rows: ranges.map { range in
      [
        .text(range.name), .text(range.printed), .number(range.smallest, decimals: 5),
        range.argmin.isNaN ? "" : .number(range.argmin, decimals: 3), .number(range.largest, decimals: 5),
        .number(range.steepest, decimals: 4),
      ]
    })
}

/// Each activation with its derivative; for the softmax, the first of three entries while the other logits stay 0.
private func activationPanels() -> Panels {
  let z = Tensor.linear(from: -5, to: 5, count: 401, scalarType: .double)
  func panel(_ title: String, _ f: (Tensor) -> Tensor) -> LineChart {
    LineChart(
      title, x: Axis("z"),
      series: [
        Series("value", x: z.scalars, f(z).scalars),
        Series("derivative", x: z.scalars, gradient(at: z) { f($0).sum() }.scalars),
      ])
  }
  let zeros = Tensor.zeros(z.shape, scalarType: .double)
  return Panels(
    "Activations and their derivatives", columns: 3,
    printedRanges.map { activation, _ in panel(activation.description) { activation($0) } } + [
      panel("softmax(z, 0, 0)₁") { softmax(Tensor.stacked([$0, zeros, zeros], axis: 1)).sliced(0..<1, axis: 1) }
    ])
}

// MARK: - The vanishing gradient

/// The gradient norms of a deep network's layers at initialization, first layer first.
public struct GradientProfile: Sendable {
  /// The activation, with the initialization that belongs to it.
  public let name: String
  /// ‖∂(Σ outputs)/∂W⁽ˡ⁾‖ for every layer.
  public let norms: [Double]
  /// The gradient of the first layer over that of the last.
  public var firstOverLast: Double { norms[0] / norms[norms.count - 1] }
}

/// Gradient norms of networks of `depth` hidden layers with sigmoid, tanh (Xavier) and ReLU (He), at the same 64
/// inputs.
public func vanishingGradients(depth: Int, width: Int, random: RandomSource) -> [GradientProfile] {
  let x = random.normal([64, width])
  let choices: [(Activation, Initialization, String)] = [
    (.sigmoid, .xavier, "Xavier"), (.tanh, .xavier, "Xavier"), (.relu, .he, "He"),
  ]
  return choices.map { activation, initialization, name in
    let network = MLP(
      Array(repeating: width, count: depth + 1), activation: activation, outputActivation: activation,
      initialization: initialization, random: random.split())
    return GradientProfile(name: "\(activation), \(name)", norms: layerGradientNorms(of: network, at: x))
  }
}

private func gradientTable(_ profiles: [GradientProfile]) -> Table {
  Table(
    "The gradient at the first and at the last of \(profiles[0].norms.count) layers",
    columns: ["network", "first layer", "last layer", "first / last", "factor per layer"],
    rows: profiles.map { profile in
      let steps = Double(profile.norms.count - 1)
      let factor = Tensor(profile.firstOverLast, scalarType: .double).power(1 / steps).item
      return [
        .text(profile.name), .scientific(profile.norms[0]),
        .scientific(profile.norms[profile.norms.count - 1]), .scientific(profile.firstOverLast),
        .number(factor, decimals: 3),
      ]
    })
}
