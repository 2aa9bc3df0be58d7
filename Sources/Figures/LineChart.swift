/// Lines over a continuous axis, such as learning curves, functions, or fits with their bands.
public struct LineChart: Figure, Chart {
  /// The heading.
  public var title: String
  /// The horizontal axis.
  public var x: Axis
  /// The vertical axis.
  public var y: Axis
  /// The lines, in the order of their colours.
  public var series: [Series]
  /// The natural extent.
  public var size = Canvas.Size(width: 640, height: 400)
  var companions = Companions()

  /// The chart of `series` over the axes `x` and `y`.
  public init(_ title: String, x: Axis = Axis(), y: Axis = Axis(), series: [Series]) {
    (self.title, self.x, self.y, self.series) = (title, x, y, series)
  }

  /// Draws frame, bands, lines and points, in this order.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { draw(on: &canvas, in: size) }

  var axes: (x: Axis?, y: Axis) { (x, y) }

  var extent: Companions {
    Companions(
      x: series.flatMap(\.x), y: series.flatMap { $0.y + ($0.band.map { $0.low + $0.high } ?? []) },
      hasMarkers: series.contains { $0.style != .line || $0.y.count == 1 })
  }

  /// The scales that include all points and bands.
  func scales(countX: Int, countY: Int) -> (x: Scale, y: Scale) {
    let own = extent
    return (
      Scale(
        x, values: own.x + companions.x, margin: own.hasMarkers || companions.hasMarkers ? .little : .none,
        count: countX, isCounted: !series.allSatisfy { $0.style == .points }),
      Scale(y, values: own.y + companions.y, margin: .toTicks, count: countY)
    )
  }

  var legend: Legend {
    Legend(
      series.enumerated().map { index, series in
        Legend.Entry(
          name: series.name, index: index,
          look: series.style == .line ? .line : series.style == .points ? .points : .both)
      })
  }

  func occupied(_ x: Scale, _ y: Scale) -> [Point] { series.flatMap { Self.trace($0, x, y) } }

  func drawData(on canvas: inout Canvas, _ frame: Frame) {
    if x.range == nil && y.range == nil { return drawSeries(on: &canvas, frame) }
    canvas.clipped(to: frame.plot) { drawSeries(on: &$0, frame) }
  }

  private func drawSeries(on canvas: inout Canvas, _ frame: Frame) {
    for (index, series) in series.enumerated() {
      guard let band = series.band else { continue }
      let (low, high) = (
        Self.runs(series.x, band.low, band.high, frame), Self.runs(series.x, band.high, band.low, frame)
      )
      canvas.fill(zip(low, high).map { $0 + $1.reversed() }, color: canvas.theme.color(index), opacity: 0.18)
    }
    for (index, series) in series.enumerated() {
      let (color, mark) = (canvas.theme.color(index), Mark(index))
      let runs = Self.runs(series.x, series.y, series.y, frame)
      if series.style != .points {
        canvas.path(runs.filter { $0.count > 1 }, color: color, width: 2, dash: mark.dash)
        canvas.circles(runs.filter { $0.count == 1 }.flatMap { $0 }, radius: 2.4, color: color)
        canvas.fill(Exits.heads(of: runs, leaving: frame.plot), color: color)
      }
      if series.style != .line {
        let isCrowded = series.y.count > 200
        mark.draw(
          runs.flatMap { $0 }, on: &canvas, color: color, radius: isCrowded ? 2.6 : 3.6, opacity: isCrowded ? 0.75 : 0.9
        )
      }
    }
  }

  /// The unbroken runs of (x, y). A run ends at a point without a position, or with a partner at the band's other end
  /// that has none.
  private static func runs(_ x: [Double], _ y: [Double], _ partner: [Double], _ frame: Frame) -> [[Point]] {
    var runs: [[Point]] = [[]]
    for index in y.indices {
      if let place = frame.place(x[index], y[index]), frame.place(x[index], partner[index]) != nil {
        runs[runs.count - 1].append(place)
      } else if runs.last?.isEmpty == false {
        runs.append([])
      }
    }
    return runs.filter { !$0.isEmpty }
  }

  /// Points as shares of the plot's width and height, dense enough to represent everything that is drawn.
  private static func trace(_ series: Series, _ x: Scale, _ y: Scale) -> [Point] {
    var places: [Point] = []
    var last: Point?
    for heights in [series.y] + (series.band.map { [$0.low, $0.high] } ?? []) {
      for (valueX, valueY) in zip(series.x, heights) {
        guard let right = x.share(valueX), let up = y.share(valueY) else { last = nil; continue }
        let next = Point(x: right, y: up)
        if let last, series.style != .points {
          let steps = min(25, max(abs(next.x - last.x), abs(next.y - last.y)) * 25).rounded(.up)
          places += stride(from: 1, to: steps, by: 1).map { step in
            Point(x: last.x + (next.x - last.x) * step / steps, y: last.y + (next.y - last.y) * step / steps)
          }
        }
        places.append(next)
        last = next
      }
      last = nil
    }
    return places
  }
}
