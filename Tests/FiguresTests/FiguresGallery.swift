import Figures
import Foundation

/// One figure of every kind, with difficult data: gaps, infinities, no data.
enum Gallery {
  static let wave = (0..<50).map { 2 * sin(Double($0) / 5) }
  static let lines = LineChart(
    "Lines & <bands>", x: Axis("step"), y: Axis("loss"),
    series: [
      Series("wave", wave, band: (wave.map { $0 - 1 }, wave.map { $0 + 1 })),
      Series("gap", [1, 2, .nan, 3, .infinity, 5]),
      Series("none", []),
    ])
  static let points = ScatterPlot(
    "Points", points: [(0, 0), (1, 1), (2, .nan)], classes: [0, 1, 2], names: ["a", "b"])
  static let bars = BarChart(
    "Bars", categories: ["one", "two with a long name"], y: Axis("points"),
    series: [Series("a", [1, -2]), Series("b", [.nan, 3])])
  static let histogram = Histogram(
    "Histogram", x: Axis("z"), values: wave, density: { exp(-$0 * $0 / 2) / sqrt(2 * .pi) })
  static let counts = Histogram("Counts", values: wave)
  static let map = HeatMap(
    "Map", rows: ["1", "2"], columns: ["a", "b", "c"], rowTitle: "depth", columnTitle: "width",
    values: [[0.1, 0.2, 0.3], [0.4, .nan, 0.6]], format: "%.2f")
  static let images = ImageGrid(
    "Images", images: (0..<5).map { shift in (0..<64).map { Double(($0 + shift) % 8) / 7 } }, columns: 3,
    captions: ["0", "one", "a caption that is too long"])
  static let contours = ContourPlot(
    "Valley", x: Axis("x", range: -2...2), y: Axis("y", range: -1...3), levels: [1, 4], paths: paths, fineness: 12
  ) { x, y in x * x + (y - x * x) * (y - x * x) }
  static let paths = [
    Series("descent", x: [-1.5, -1, 0.5], [2.5, 0, 0.5]), Series("samples", x: [1, 1.5], [2, -0.5], style: .points),
  ]
  static let field = VectorField(
    "Rotation", x: Axis("x", range: -2...2), y: Axis("y", range: -2...2), count: 5, paths: paths
  ) {
    (-$1, $0)
  }
  static let dots = (0..<4).map { level in Pixels(width: 2, height: 2, values: (0..<4).map { $0 == level ? 1 : 0.25 }) }
  static let sheet = ImageGrid(
    "Sheet", rows: [Array(dots[0..<2]), Array(dots[2..<4])], rowTitles: ["class 0", "class 1"],
    columnTitles: ["before", "after"])
  static let movie = Animation("Movie", frames: dots, captions: ["0", "1", "2", "3"], stillCount: 3)
  static let diagram = Diagram(
    "Σ_j w_j x_j", quantities: ["value"],
    nodes: [
      .init("w", lines: ["2"]), .init("x", lines: ["3"]), .init("×", lines: ["6"], inputs: [0, 1]),
      .init("(·)²", lines: ["36"], inputs: [2]), .init("+", lines: ["42"], inputs: [3, 2]),
    ])
  static let odd: [any Figure] = [
    LineChart("", series: []), HeatMap("empty", values: []), ImageGrid("no images", images: [Pixels]()),
    BarChart("no bars", categories: [], values: []), Histogram("no values", values: []), Panels("no panels", []),
    Animation("no pictures", frames: []), Diagram("no boxes", nodes: []),
  ]
  static let all: [any Figure] =
    [
      lines, points, bars, histogram, counts, map, images, contours, field, sheet, movie, diagram,
      Panels("Panels", columns: 2, [lines, map, images]), Panels("Curves", [lines, lines, points]),
    ] + odd
}
