import Foundation
import Messages

/// Arrows on a regular grid: a vector field in the plane, such as a gradient, a score or the dynamics of two players,
/// with paths through it.
public struct VectorField: Figure, Chart {
  /// The heading.
  public var title: String
  /// The horizontal axis, with its range.
  public var x: Axis
  /// The vertical axis, with its range.
  public var y: Axis
  /// The middles of the grid's cells, row by row from the lower left corner.
  public let places: [(x: Double, y: Double)]
  /// The field at these points.
  public let vectors: [(x: Double, y: Double)]
  /// The number of arrows in a row and in a column.
  public let count: Int
  /// The paths, in the order of their colours. A ring marks the start of a path, a disk its end. Series of style
  /// `.points` are points without a path.
  public var paths: [Series]
  /// The natural extent.
  public var size = Canvas.Size(width: 560, height: 440)
  var companions = Companions()

  /// The field `vector` at count × count points. The longest arrow is as long as a cell. A vector that is not finite
  /// has no arrow.
  public init(
    _ title: String, x: Axis, y: Axis, count: Int = 17, paths: [Series] = [],
    vector: (_ x: Double, _ y: Double) -> (x: Double, y: Double)
  ) {
    require(
      x.range != nil && y.range != nil && x.kind == .linear && y.kind == .linear && count >= 1,
      "cannot draw “\(title)”: a vector field needs two linear axes with their ranges, and at least one arrow")
    let (rangeX, rangeY) = (x.range ?? 0...1, y.range ?? 0...1)
    func middle(_ range: ClosedRange<Double>, _ cell: Int) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * (Double(cell) + 0.5) / Double(count)
    }
    (self.title, self.x, self.y, self.count, self.paths) = (title, x, y, count, paths)
    places = (0..<count * count).map { (middle(rangeX, $0 % count), middle(rangeY, $0 / count)) }
    vectors = places.map { vector($0.x, $0.y) }
  }

  /// Draws frame, arrows, paths and points.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { draw(on: &canvas, in: size) }

  /// One arrow in one of eight directions for every point, from the top row to the bottom row, or a dot where the field
  /// is almost zero.
  public func terminal(columns: Int, color: Bool) -> String {
    let signs = Array("→↗↑↖←↙↓↘")
    let longest = vectors.map { hypot($0.x, $0.y) }.filter(\.isFinite).max() ?? 0
    let rows = (0..<count).reversed().map { row in
      (0..<count).map { column -> String in
        let vector = vectors[row * count + column]
        let length = hypot(vector.x, vector.y)
        guard length.isFinite else { return " " }
        if length <= longest * 0.02 { return "·" }
        let eighth = Int((atan2(vector.y, vector.x) / (Double.pi / 4)).rounded())
        return String(signs[(eighth + 8) % 8])
      }.joined(separator: " ")
    }
    let axes = "\(x.label) to the right, \(y.label) upwards"
    return ((title.isEmpty ? [] : [title]) + rows + (x.label.isEmpty || y.label.isEmpty ? [] : [axes]))
      .map { TerminalText.fitted($0, columns: columns) }.joined(separator: "\n")
  }
}

extension VectorField {
  var axes: (x: Axis?, y: Axis) { (x, y) }
  var extent: Companions { Companions() }
  var legend: Legend { LineChart(title, series: paths).legend }

  /// The ranges given by the axes, without margins.
  func scales(countX: Int, countY: Int) -> (x: Scale, y: Scale) {
    (Scale(x, values: [], margin: .none, count: countX), Scale(y, values: [], margin: .none, count: countY))
  }

  /// The arrows are everywhere, so the legend is outside.
  func occupied(_ x: Scale, _ y: Scale) -> [Point] {
    places.compactMap { place in
      x.share(place.x).flatMap { right in y.share(place.y).map { Point(x: right, y: $0) } }
    }
  }

  func drawData(on canvas: inout Canvas, _ frame: Frame) {
    let ink = canvas.theme.quietInk
    let arrows = arrows(frame)
    canvas.path(arrows.map { [$0.tail, $0.tip] }, color: ink, width: 1.2)
    canvas.fill(arrows.map(\.head), color: ink)
    canvas.clipped(to: frame.plot) { canvas in
      for (index, path) in paths.enumerated() { Trail.draw(path, index, on: &canvas, frame) }
    }
  }

  /// Every arrow from tail to tip, with its middle at its point. The directions match those of paths on the page: both
  /// components are measured on their axes.
  private func arrows(_ frame: Frame) -> [(tail: Point, tip: Point, head: [Point])] {
    let (perX, perY) = (
      frame.plot.width / (frame.x.high - frame.x.low), frame.plot.height / (frame.y.high - frame.y.low)
    )
    let steps = vectors.map { Point(x: $0.x * perX, y: -$0.y * perY) }
    let longest = steps.map { hypot($0.x, $0.y) }.filter(\.isFinite).max() ?? 0
    let cell = min(frame.plot.width, frame.plot.height) / Double(count)
    return zip(places, steps).compactMap { place, step in
      let length = hypot(step.x, step.y)
      guard let middle = frame.place(place.x, place.y), length.isFinite, length > longest * 0.02 else { return nil }
      let (dx, dy) = (step.x / length, step.y / length)
      let half = length / longest * cell / 2
      let tip = Point(x: middle.x + half * dx, y: middle.y + half * dy)
      let reach = min(6, 0.8 * half + 1.5)
      let neck = Point(x: tip.x - reach * dx, y: tip.y - reach * dy)
      return (
        Point(x: middle.x - half * dx, y: middle.y - half * dy), tip,
        [
          tip, Point(x: neck.x - reach / 2 * dy, y: neck.y + reach / 2 * dx),
          Point(x: neck.x + reach / 2 * dy, y: neck.y - reach / 2 * dx),
        ]
      )
    }
  }
}
