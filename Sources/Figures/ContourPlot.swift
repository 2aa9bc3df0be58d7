import Messages

/// Contour lines of a function of two variables, with paths and points, such as the descent of optimizers or the
/// positions of samples.
public struct ContourPlot: Figure, Chart {
  /// The heading.
  public var title: String
  /// The horizontal axis, with its range.
  public var x: Axis
  /// The vertical axis, with its range.
  public var y: Axis
  /// The heights of the lines.
  public var levels: [Double]
  /// The heights on a regular grid, row by row from the lower end of the vertical axis.
  public var heights: [[Double]]
  /// The paths, in the order of their colours. A ring marks the start of a path, a disk its end. Series of style
  /// `.points` are points without a path.
  public var paths: [Series]
  /// The natural extent.
  public var size = Canvas.Size(width: 560, height: 440)
  var companions = Companions()

  /// The contour lines of `height` at these levels, computed on a grid of this fineness, with paths or points.
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

  /// Draws frame, contour lines, paths and points.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { draw(on: &canvas, in: size) }

  /// The paths and points only: Braille dots are too coarse for contour lines.
  public func terminal(columns: Int, color: Bool) -> String { chart.terminal(columns: columns, color: color) }

  private var chart: LineChart { LineChart(title, x: x, y: y, series: paths) }

  private static func places(_ axis: Axis, _ fineness: Int) -> [Double] {
    let range = axis.range ?? 0...1
    return (0...fineness).map {
      range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / Double(fineness)
    }
  }
}

extension ContourPlot {
  var axes: (x: Axis?, y: Axis) { (x, y) }
  var extent: Companions { chart.extent }
  var legend: Legend { chart.legend }

  /// The ranges given by the axes, without margins.
  func scales(countX: Int, countY: Int) -> (x: Scale, y: Scale) {
    (Scale(x, values: [], margin: .none, count: countX), Scale(y, values: [], margin: .none, count: countY))
  }

  func occupied(_ x: Scale, _ y: Scale) -> [Point] { Trail.occupied(paths, x, y) }

  func drawData(on canvas: inout Canvas, _ frame: Frame) {
    canvas.clipped(to: frame.plot) { canvas in
      let ink = canvas.theme.axis.mixed(with: canvas.theme.background, 0.4)
      for level in levels { canvas.path(lines(at: level, frame), color: ink, width: 0.9) }
      for (index, path) in paths.enumerated() { Trail.draw(path, index, on: &canvas, frame) }
    }
  }
}

/// Paths and points on top of a field in the plane.
enum Trail {
  /// The positions of all points, as shares of the plot's width and height.
  static func occupied(_ paths: [Series], _ x: Scale, _ y: Scale) -> [Point] {
    paths.flatMap { path in
      zip(path.x, path.y).compactMap { a, b in
        x.share(a).flatMap { right in y.share(b).map { Point(x: right, y: $0) } }
      }
    }
  }

  /// A line from a ring to a disk, or points only.
  static func draw(_ path: Series, _ index: Int, on canvas: inout Canvas, _ frame: Frame) {
    let places = zip(path.x, path.y).compactMap { frame.place($0, $1) }
    guard let first = places.first, let last = places.last else { return }
    let color = canvas.theme.color(index)
    if path.style == .points {
      return Mark(index).draw(places, on: &canvas, color: color, radius: places.count > 200 ? 2 : 3, opacity: 0.8)
    }
    canvas.path([places], color: color, width: 2, dash: Mark(index).dash)
    canvas.circles([first], radius: 5, color: color)
    canvas.circles([first], radius: 2.8, color: canvas.theme.background)
    canvas.circles([last], radius: 4, color: color)
  }
}
