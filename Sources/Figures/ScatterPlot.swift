import Messages

/// Points in the plane, with classes distinguished by colour and shape, and optional lines between them.
public struct ScatterPlot: Figure, Chart {
  /// The heading.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// The classes, and any lines between them.
  public var series: [Series]
  /// The natural extent.
  public var size = Canvas.Size(width: 560, height: 440)
  var companions = Companions()

  /// The points of every group, with one colour each. A series of style `.line` stays a line, such as a boundary or a
  /// fit.
  public init(_ title: String, x: Axis = Axis(), y: Axis = Axis(), groups: [Series]) {
    (self.title, self.x, self.y, self.series) = (title, x, y, groups)
  }

  /// The points (xᵢ, yᵢ), coloured by their class 0, 1, 2 …, with the names in `names` as far as it has them.
  public init(
    _ title: String, x: Axis = Axis(), y: Axis = Axis(), points: [(x: Double, y: Double)], classes: [Int],
    names: [String] = []
  ) {
    require(
      points.count == classes.count && classes.allSatisfy { $0 >= 0 },
      "cannot draw “\(title)”: \(points.count) points need the same number of classes, all ≥ 0, "
        + "found \(classes.count) from \(classes.min() ?? 0)"
    )
    let groups = (0..<(classes.max().map { $0 + 1 } ?? 0)).map { label in
      let members = zip(points, classes).filter { $0.1 == label }.map(\.0)
      let name = names.indices.contains(label) ? names[label] : "class \(label)"
      return Series(name, x: members.map(\.x), members.map(\.y), style: .points)
    }
    self.init(title, x: x, y: y, groups: groups)
  }

  private var chart: LineChart {
    var chart = LineChart(title, x: x, y: y, series: series)
    (chart.size, chart.companions) = (size, companions)
    return chart
  }

  /// Draws frame, lines and points.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { draw(on: &canvas, in: size) }

  var axes: (x: Axis?, y: Axis) { (x, y) }
  var extent: Companions { chart.extent }
  var legend: Legend { chart.legend }
  func scales(countX: Int, countY: Int) -> (x: Scale, y: Scale) { chart.scales(countX: countX, countY: countY) }
  func occupied(_ x: Scale, _ y: Scale) -> [Point] { chart.occupied(x, y) }
  func drawData(on canvas: inout Canvas, _ frame: Frame) { chart.drawData(on: &canvas, frame) }

  /// The points as dots.
  public func terminal(columns: Int, color: Bool) -> String { chart.terminal(columns: columns, color: color) }
}
