import Figures
import Foundation

/// Small figures that use every part of the module.
extension Gallery {
  static let looked: [String: any Figure] = [
    "curves": curves, "marks": marks, "crowd": crowd, "tiny": tiny, "bars": groups, "counts": sixBins,
    "density": densities,
    "table": table, "cells": cells, "pixels": pixels, "images": captioned, "sheet": sheet, "contours": contours,
    "field": field,
    "diagram": diagram, "movie": movie, "panels": panels, "mixed": mixed,
  ]

  private static let curves = LineChart(
    "Loss and what was left of x_l", x: Axis("epoch"), y: Axis("loss", .logarithmic),
    series: [
      Series("train", [1.2, 0.4, 0.09, 0.02], band: ([1, 0.3, 0.05, 0.01], [1.5, 0.6, 0.2, 0.05])),
      Series("test", [1.1, 0.5, .nan, 0.2], style: .both),
    ])
  private static let marks = LineChart(
    "Ten series", x: Axis("x", range: 0...4), y: Axis("y", range: 0...10), series: (0..<10).map(mark))
  private static func mark(_ index: Int) -> Series {
    let height = Double(index)
    let style: Series.Style = index % 3 == 2 ? .line : index % 3 == 1 ? .points : .both
    return Series("series \(index)", x: [0.5, 2, 3.5], [height, height + 1.5, height * 1.2 - 0.5], style: style)
  }
  private static let crowd = ScatterPlot(
    "Two classes", x: Axis("x₁"), y: Axis("x₂"), points: (0..<440).map(spiral),
    classes: (0..<440).map { $0 % 110 == 0 ? 1 : 0 })
  private static func spiral(_ index: Int) -> (x: Double, y: Double) {
    let angle = Double(index)
    return (cos(angle) * Double(index % 7 + 1), sin(angle) * Double(index % 5))
  }
  private static let tiny = LineChart(
    "", x: Axis("", .logarithmic), y: Axis("error"), series: [Series("", x: [2, 3, 20], [1, 1 + 1e-12, 1 + 4e-12])])
  private static let groups = BarChart(
    "Accuracy by width", categories: ["64", "a category with a name of its own", "1,024"], categoryLabel: "neurons",
    y: Axis("points"),
    series: [
      Series("ReLU", [3, -1.25, 12_500], band: ([2, -2, 12_000], [4, -1, 13_000])), Series("tanh", [1, .nan, 9000]),
    ])
  private static let sixBins = Histogram(
    "Counts", x: Axis("z"), values: (0..<60).map { Double($0 * $0 % 61) / 10 }, bins: 6)
  private static let densities = Histogram(
    "Samples and their density", x: Axis("z"), samples: [("a", wave), ("b", wave.map { $0 / 2 })],
    densityName: "p(z)", density: { exp(-$0 * $0 / 2) / sqrt(2 * .pi) })
  private static let table = HeatMap(
    "Accuracy against depth and width", rows: ["1 layer", "2 layers"], columns: ["64", "256", "a wide one, 1024"],
    rowTitle: "depth", columnTitle: "width", values: [[0.91, 0.925, 0.93], [0.905, .nan, 0.98]], format: "%.3f")
  private static let cells = HeatMap("", values: [[-3, 0, 2e-7]], format: "%.0f", colors: .diverging)
  private static let pixels = HeatMap(
    "Pixels", columns: (0..<30).map { "\($0)" },
    values: (0..<4).map { row in (0..<30).map { Double(row * $0) * 1e-9 } },
    format: nil)
  private static let rgb = Pixels(width: 3, height: 1, channels: 3, values: [1, 0, 0, 0, 1, 0, 0, 0, 1])
  private static let captioned = ImageGrid(
    "Images of two sizes, the last in colour", images: dots + [rgb], columns: 3,
    captions: ["0", "one that breaks", "x_1", "", "5"])
  private static let few = LineChart(
    "Few steps", x: Axis("step"), y: Axis("loss"), series: [Series("a", [3, 2, 1]), Series("b", [2, 1, 0.5])])
  private static let many = LineChart(
    "Many steps", x: Axis("step"), y: Axis("loss"), series: [Series("a", [9, 4, 2, 1]), Series("b", [1, 2, 4, 9])])
  private static let panels = Panels(
    "Panels that share a legend",
    [few, many, ScatterPlot("Points", x: Axis("u"), points: [(0, 0), (1, 2)], classes: [0, 0])])
  private static let mixed = Panels(
    "", columns: 2,
    [
      HeatMap("Map", rowTitle: "y", columnTitle: "x", values: [[0, 1], [2, 3]], format: nil),
      HeatMap("Other", rowTitle: "y", columnTitle: "x", values: [[0, 6]], format: nil),
      LineChart("Line", x: Axis("x"), series: [Series("first of two", [1, 2, 3]), Series("second", [3, 2, 1])]), sheet,
    ])
}
