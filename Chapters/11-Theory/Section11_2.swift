import CNN
import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory

/// § 11.2: labellings that linear classifiers and networks realize, and the size of the bounds.
public let section11_2 = Exercise(.section, "11.2", "VC dimension", seconds: 1) { run in
  let points = run.random.normal([9, 2], scalarType: .double)
  let counts = (1...9).map { LinearDichotomies(points[0..<$0]).patterns.patterns.count }
  run.show(growthTable(counts), as: "growth")
  run.show(classTable(points), as: "classes")
  run.show(try networkTable(random: run.random.split()), as: "networks")
  let bounds = vacuousBounds(random: run.random.split())
  run.show(boundTable(bounds), as: "bounds")
  run.show(growthFigure(counts), as: "growth")
  run.card("labellings of 8 points by lines", "\(counts[7]) of 256, at most 93 by (11.4)")
  run.card("smallest √(W L log W / m) of the networks", bounds.map(\.gap).min() ?? .nan)
}

private func growthTable(_ counts: [Int]) -> Table {
  Table(
    "Labellings of m random points of the plane by lines, found by enumeration",
    columns: ["m", "2^m", "realized", "Cover's count", "(11.4) with d = 3"],
    rows: zip(1..., counts).map { m, count in
      [
        .integer(m), .integer(1 << m), .integer(count), .integer(Int(coverCount(points: m, parameters: 3))),
        .integer(Int(sauerShelahBound(points: m, dimension: 3))),
      ]
    })
}

/// The labels 1 on an interval of m places and 0 elsewhere: VC dimension 2, and as many as (11.4) allows. § 11.2
public func intervals(_ m: Int) -> LabelPatterns {
  LabelPatterns((0...m).flatMap { end in (0...end).map { start in (0..<m).map { $0 >= start && $0 < end ? 1 : 0 } } })
}

private func classTable(_ points: Tensor) -> Table {
  let classes: [(String, LabelPatterns)] = [
    ("thresholds", LabelPatterns(FiniteClass.thresholds(inputs: 9))), ("intervals", intervals(9)),
    ("lines through 0", LinearDichotomies(points, hasBias: false).patterns),
    ("lines", LinearDichotomies(points).patterns), ("all labellings", LabelPatterns(points: 9, 0..<512)),
  ]
  return Table(
    "Definition 11.4 by enumeration, on nine points",
    columns: ["class", "labellings", "largest shattered set", "(11.4)"],
    rows: classes.map { name, patterns in
      [
        .text(name), .integer(patterns.patterns.count), .integer(patterns.dimension),
        .integer(Int(sauerShelahBound(points: 9, dimension: patterns.dimension))),
      ]
    })
}

private func networkTable(random: RandomSource) throws -> Table {
  let rows = try [10, 50, 200].map { w -> [Table.Cell] in
    let net = ShatteringNetwork(hidden: w)
    let bound = NetworkDimensionBound(weights: net.weights, layers: 2)
    let errors = try (0..<20).map { _ -> Double in
      let labels = randomSigns(1, examples: w + 1, random: random)[0]
      return (try net.outputs(for: labels) - labels).abs().max().item
    }
    return [
      .integer(w), .integer(net.weights), .integer(w + 1), .scientific(errors.max() ?? .nan, digits: 2),
      .number(bound.sketchedDimension(inputs: 1), decimals: 2), .number(bound.value, decimals: 0),
    ]
  }
  return Table(
    "One hidden layer on the line: 20 random labellings of w + 1 points, and what Theorem 11.6 says",
    columns: ["w", "W", "points shattered", "largest error", "log₂ C(W, 1)², the sketch", "W L log W, (11.3)"],
    rows: rows)
}

/// A network with the number of its weights and layers and of its training images.
public struct CountedNetwork: Sendable {
  /// Its name, its size, and the number of training images.
  public let name: String, bound: NetworkDimensionBound, examples: Int
  /// √(W L log W / m).
  public var gap: Double { bound.gap(examples: examples) }

  init(_ name: String, _ weights: Int, layers: Int, examples: Int) {
    (self.name, self.examples) = (name, examples)
    bound = NetworkDimensionBound(weights: weights, layers: layers)
  }
}

/// The networks of chapters 1 and 4 with the data on which they are trained. § 11.2, warning
public func vacuousBounds(random: RandomSource) -> [CountedNetwork] {
  let (digits, photographs, imageNet) = (60_000, 50_000, 1_281_167)
  func dense(_ name: String, _ widths: [Int], _ m: Int) -> CountedNetwork {
    CountedNetwork(name, MLP.parameterCount(widths: widths), layers: widths.count - 1, examples: m)
  }
  func kept(_ net: NetworkSketch, _ m: Int) -> CountedNetwork {
    CountedNetwork(net.name, net.parameters, layers: net.depth, examples: m)
  }
  let mixer = MixerConfiguration()
  return [
    dense("XOR, 2-2-1", [2, 2, 1], 4), dense("784-64-10, § 1.2", [784, 64, 10], digits),
    dense("784-256-128-10, Listing 1.6", [784, 256, 128, 10], digits),
    dense("3072-128-10, Exercise 1.5", [3072, 128, 10], photographs),
    CountedNetwork(
      "MLP-Mixer, Exercise 1.5", mixer.parameterCount, layers: 4 * mixer.depth + 2,
      examples: photographs), kept(.leNet5, digits),
    CountedNetwork(
      "ResNet-8, Exercise 4.2", MiniResNet(random: random).parameterCount, layers: 8, examples: photographs),
    kept(.alexNet, imageNet), kept(.vgg16, imageNet), kept(.resNet18, imageNet), kept(.resNet50(), imageNet),
  ]
}

private func boundTable(_ networks: [CountedNetwork]) -> Table {
  Table(
    "The warning of § 11.2: the bound without its constants",
    columns: ["network", "W", "L", "training examples m", "√(W L log W / m)"],
    rows: networks.map {
      [
        .text($0.name), .integer($0.bound.weights), .integer($0.bound.layers), .integer($0.examples),
        .number($0.gap, decimals: 1),
      ]
    })
}

private func growthFigure(_ counts: [Int]) -> LineChart {
  let m = counts.indices.map { Double($0 + 1) }
  return LineChart(
    "Labellings of m points of the plane by lines", x: Axis("points m"), y: Axis("labellings", .logarithmic),
    series: [
      Series("all, 2^m", x: m, m.indices.map { Double(1 << ($0 + 1)) }),
      Series("(11.4), d = 3", x: m, m.indices.map { sauerShelahBound(points: $0 + 1, dimension: 3) }),
      Series("realized by lines", x: m, counts.map(Double.init), style: .both),
      Series(
        "realized by intervals on a line, d = 2", x: m, m.indices.map { Double(intervals($0 + 1).patterns.count) },
        style: .both),
    ])
}
