import CNN
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// § 4.10: compound scaling counted on EfficientNet, ConvNeXt's blocks, and learned offsets.
public let section4_10 = Exercise(
  .section, "4.10", "EfficientNet's scaling, ConvNeXt's blocks, deformable convolution", seconds: 2, full: 6
) { run in
  let growth = measureGrowth(upTo: run.choose(quick: 3, standard: 7, full: 7))
  run.show(growthTable(growth), as: "scaling")
  run.show(growthFigure(growth), as: "scaling")
  run.show(directionTable(measureDirections()), as: "directions")
  run.show(convNeXtTable(), as: "convnext")

  let steps = run.choose(quick: 20, standard: 400, full: 2_000)
  let teacher = learnFixedOffsets(plan: run.plan(steps: steps / 2, label: "offsets"), random: run.random.split())
  let content = learnContentOffsets(plan: run.plan(steps: steps, label: "offsets"), random: run.random.split())
  run.show(offsetFigure(teacher, content), as: "offsets")
  run.show(offsetTable(teacher, content), as: "offsets")
  run.card("α β² γ²", CompoundScaling().costFactor)
  run.card("distance from the teacher's places, in pixels", teacher.distance)
  run.card("distance where the scale is 2, in pixels", content.distances[2] ?? .nan)
}

// MARK: - Compound scaling

/// An EfficientNet grown by φ.
public struct Growth: Sendable {
  /// The exponent φ.
  public let φ: Int
  /// B0 scaled by (4.11).
  public let plan: EfficientNetPlan
  /// Its multiplications relative to those of B0, and the prediction (α β² γ²)^φ.
  public let measured, promised: Double
}

/// Grows EfficientNet-B0 by (4.11) and counts the multiplications.
public func measureGrowth(upTo largest: Int, scaling: CompoundScaling = CompoundScaling()) -> [Growth] {
  let start = Double(EfficientNetPlan.b0.size.multiplications)
  return (0...largest).map { φ in
    let plan = EfficientNetPlan.b0.scaled(by: scaling, Double(φ))
    return Growth(
      φ: φ, plan: plan, measured: Double(plan.size.multiplications) / start,
      promised: (0..<φ).reduce(1) { product, _ in product * scaling.costFactor })
  }
}

/// The cost of growing in one direction.
public struct Direction: Sendable {
  /// The direction.
  public let name: String
  /// Parameters and multiplications relative to the original network.
  public let parameters, multiplications: Double
}

/// Doubles depth, width and resolution of a small EfficientNet one at a time.
public func measureDirections() -> [Direction] {
  let small = EfficientNetPlan.small
  let start = small.size
  func direction(_ name: String, _ plan: EfficientNetPlan) -> Direction {
    let size = plan.size
    return Direction(
      name: name, parameters: Double(size.parameters) / Double(start.parameters),
      multiplications: Double(size.multiplications) / Double(start.multiplications))
  }
  return [
    direction("depth × 2", small.scaled(depth: 2, width: 1, resolution: 1)),
    direction("width × 2", small.scaled(depth: 1, width: 2, resolution: 1)),
    direction("resolution × 2", small.scaled(depth: 1, width: 1, resolution: 2)),
    direction("(4.11), φ = 1", small.scaled(by: CompoundScaling(), 1)),
  ]
}

private func growthTable(_ growth: [Growth]) -> Table {
  Table(
    "EfficientNet-B0 grown by (4.11)",
    columns: [
      "φ", "blocks", "channels at the end", "resolution", "parameters", "multiplications", "growth", "1.92^φ", "2^φ",
    ],
    rows: growth.map { g in
      let size = g.plan.size
      return [
        .integer(g.φ), .integer(g.plan.stages.reduce(0) { $0 + $1.blocks }), .integer(g.plan.headChannels),
        .integer(g.plan.resolution), .integer(size.parameters), .integer(size.multiplications),
        .number(g.measured, decimals: 2), .number(g.promised, decimals: 2), .integer(1 << g.φ),
      ]
    })
}

private func growthFigure(_ growth: [Growth]) -> LineChart {
  let φ = growth.map { Double($0.φ) }
  return LineChart(
    "Multiplications of EfficientNet grown by φ, over those of B0", x: Axis("φ"), y: Axis("growth", .logarithmic),
    series: [
      Series("counted", x: φ, growth.map(\.measured), style: .points),
      Series("(α β² γ²)^φ = 1.92^φ", x: φ, growth.map(\.promised)),
      Series("2^φ", x: φ, growth.map { Double(1 << $0.φ) }),
    ])
}

private func directionTable(_ directions: [Direction]) -> Table {
  Table(
    "A small EfficientNet grown in one direction", columns: ["growth", "parameters", "multiplications"],
    rows: directions.map {
      [.text($0.name), .number($0.parameters, decimals: 2), .number($0.multiplications, decimals: 2)]
    })
}

// MARK: - ConvNeXt

private func convNeXtTable() -> Table {
  let networks = [
    ("ConvNeXt-T", [3, 3, 9, 3], [96, 192, 384, 768]), ("ConvNeXt-S", [3, 3, 27, 3], [96, 192, 384, 768]),
    ("ConvNeXt-B", [3, 3, 27, 3], [128, 256, 512, 1_024]),
  ]
  return Table(
    "ConvNeXt", columns: ["network", "blocks", "channels", "parameters", "of these in 7 × 7 filters"],
    rows: networks.map { name, depths, widths in
      let filters = zip(depths, widths).reduce(0) { $0 + 50 * $1.0 * $1.1 }
      let count = ConvNeXt.parameterCount(depths: depths, widths: widths, classes: 1_000)
      return [
        .text(name), .text("\(depths)"), .text("\(widths)"), .integer(count),
        .text(decimals(100 * Double(filters) / Double(count), 1) + " %"),
      ]
    })
}
