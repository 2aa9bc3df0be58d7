import Messages

/// Lines of equal height of a function of two variables, and paths across them: how optimizers descend.
public struct ContourPlot: Figure {
  /// The heading.
  public var title: String
  /// The horizontal axis, with its range.
  public var x: Axis
  /// The vertical axis, with its range.
  public var y: Axis
  /// The heights at which lines are drawn.
  public var levels: [Double]
  /// The heights on an even grid, row by row from the lower end of the vertical axis.
  public var heights: [[Double]]
  /// The paths, in the order of their colours; a ring marks where a path begins, a disk where it ends.
  public var paths: [Series]
  /// The natural extent.
  public var size = Canvas.Size(width: 560, height: 440)

  /// The contour lines of `height` at some levels, found on a grid of this fineness, and paths across them.
  public init(
    _ title: String, x: Axis, y: Axis, levels: [Double], paths: [Series] = [], fineness: Int = 80,
    height: (_ x: Double, _ y: Double) -> Double
  ) {
    (self.title, self.x, self.y, self.levels, self.paths) = (title, x, y, levels, paths)
    require(
      x.range != nil && y.range != nil && x.kind == .linear && y.kind == .linear && fineness >= 1,
      "cannot draw “\(title)”: contour lines need two linear axes with their ranges, and at least one cell")
    let (alongX, alongY) = (Self.places(x, fineness), Self.places(y, fineness))
    heights = alongY.map { b in alongX.map { a in height(a, b) } }
  }

  /// Draws frame, contour lines and paths.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    let (scaleX, scaleY) = chart.scales(countX: max(2, Int(size.width / 80)), countY: max(2, Int(size.height / 60)))
    let shares = paths.flatMap { path in
      zip(path.x, path.y).compactMap { a, b in
        scaleX.share(a).flatMap { right in scaleY.share(b).map { Point(x: right, y: $0) } }
      }
    }
    let frame = Frame(
      title: title, labels: (x.label, y.label), x: scaleX, y: scaleY, legend: chart.legend, size: size,
      avoiding: shares)
    frame.draw(on: &canvas)
    canvas.clipped(to: frame.plot) { canvas in
      let ink = canvas.theme.axis.mixed(with: canvas.theme.background, 0.4)
      for level in levels { canvas.path(lines(at: level, frame), color: ink, width: 0.9) }
      for (index, path) in paths.enumerated() { draw(path, index, on: &canvas, frame) }
    }
    frame.drawLegend(on: &canvas)
  }

  /// The paths alone: Braille dots are too coarse for contour lines.
  public func terminal(columns: Int, color: Bool) -> String { chart.terminal(columns: columns, color: color) }

  private var chart: LineChart {
    LineChart(title, x: x, y: y, series: paths)
  }

  private func draw(_ path: Series, _ index: Int, on canvas: inout Canvas, _ frame: Frame) {
    let places = zip(path.x, path.y).compactMap { frame.place($0, $1) }
    guard let first = places.first, let last = places.last else { return }
    let color = canvas.theme.color(index)
    canvas.path([places], color: color, width: 2, dash: Mark(index).dash)
    canvas.circles([first], radius: 5, color: color)
    canvas.circles([first], radius: 2.8, color: canvas.theme.background)
    canvas.circles([last], radius: 4, color: color)
  }

  private static func places(_ axis: Axis, _ fineness: Int) -> [Double] {
    let range = axis.range ?? 0...1
    return (0...fineness).map {
      range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(fineness)
    }
  }
}

// MARK: - Marching squares

/// A side of the grid's cells: from the corner (column, row) to the right or upwards.
private struct Side: Hashable {
  let column, row: Int
  let isUpright: Bool
}

extension ContourPlot {
  /// The lines at a level, each as one stroke: where a side's ends lie on both sides of the level the line crosses it, and within a cell
  /// crossings are joined in pairs.
  private func lines(at level: Double, _ frame: Frame) -> [[Point]] {
    var neighbours: [Side: [Side]] = [:]
    for row in 0..<heights.count - 1 {
      for column in 0..<(heights[row].count - 1) {
        let around = [
          Side(column: column, row: row, isUpright: false), Side(column: column + 1, row: row, isUpright: true),
          Side(column: column, row: row + 1, isUpright: false), Side(column: column, row: row, isUpright: true),
        ]
        let crossed = around.filter { crossing($0, level) != nil }
        for (a, b) in zip(crossed, crossed.dropFirst()).enumerated().filter({ $0.offset != 1 }).map(\.element) {
          neighbours[a, default: []].append(b)
          neighbours[b, default: []].append(a)
        }
      }
    }
    return strokes(neighbours).map { $0.compactMap { side in place(side, level, frame) } }
  }

  /// Follows neighbours from open ends first, then around what is left: closed lines.
  private func strokes(_ neighbours: [Side: [Side]]) -> [[Side]] {
    let order = neighbours.keys.sorted {
      ($0.row, $0.column, $0.isUpright ? 1 : 0) < ($1.row, $1.column, $1.isUpright ? 1 : 0)
    }
    var (seen, strokes): (Set<Side>, [[Side]]) = ([], [])
    for start in order.filter({ neighbours[$0]?.count == 1 }) + order where seen.insert(start).inserted {
      var stroke = [start]
      while let next = neighbours[stroke[stroke.count - 1]]?.first(where: { !seen.contains($0) }) {
        seen.insert(next)
        stroke.append(next)
      }
      if stroke.count > 2, neighbours[stroke[stroke.count - 1]]?.contains(start) == true { stroke.append(start) }
      strokes.append(stroke)
    }
    return strokes
  }

  /// The share of a side at which the height passes the level, or nil where it does not.
  private func crossing(_ side: Side, _ level: Double) -> Double? {
    let a = heights[side.row][side.column]
    let b = side.isUpright ? heights[side.row + 1][side.column] : heights[side.row][side.column + 1]
    return (a < level) != (b < level) && (b - a).isFinite ? (level - a) / (b - a) : nil
  }

  private func place(_ side: Side, _ level: Double, _ frame: Frame) -> Point? {
    guard let share = crossing(side, level), let columns = heights.first?.count else { return nil }
    let right = (Double(side.column) + (side.isUpright ? 0 : share)) / Double(columns - 1)
    let up = (Double(side.row) + (side.isUpright ? share : 0)) / Double(heights.count - 1)
    return Point(x: frame.plot.x + right * frame.plot.width, y: frame.plot.bottom - up * frame.plot.height)
  }
}
