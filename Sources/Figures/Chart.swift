/// A figure with a frame: data over two axes, and a legend.
protocol Chart: Figure {
  /// The values that neighbouring panels show on the same axes.
  var companions: Companions { get set }
  /// The axes that other panels may share. The horizontal one is nil if it has categories.
  var axes: (x: Axis?, y: Axis) { get }
  /// The values that the scales must include.
  var extent: Companions { get }
  var legend: Legend { get }
  /// The labels at the axes, if they differ from those of the axes themselves.
  var labels: (x: String, y: String) { get }

  /// The scales that include the values of this chart and of its companions, with about this many ticks.
  func scales(countX: Int, countY: Int) -> (x: Scale, y: Scale)

  /// The points that the legend must not cover, as shares of the plot's width and height.
  func occupied(_ x: Scale, _ y: Scale) -> [Point]

  func drawData(on canvas: inout Canvas, _ frame: Frame)
}

/// The values that other panels show on the same axis, so that equal lengths mean equal amounts in all of them.
struct Companions: Sendable {
  var x: [Double] = []
  var y: [Double] = []
  /// Whether points need space at the ends of the axes.
  var hasMarkers = false
}

extension Chart {
  var labels: (x: String, y: String) { (axes.x?.label ?? "", axes.y.label) }

  /// The scales, with as many ticks as fit into a drawing of this extent.
  func scales(_ size: Canvas.Size) -> (x: Scale, y: Scale) {
    scales(countX: max(2, Int(size.width / 80)), countY: max(2, Int(size.height / 60)))
  }

  /// The margins of the frame around the plot.
  func margins(_ size: Canvas.Size) -> Margins {
    let (x, y) = scales(size)
    return Margins(size: size, heading: Heading(title, width: size.width), labels: labels, x: x, y: y)
  }

  /// Draws frame, data and legend. Panels in comparison share their margins and the placement of their legends.
  func draw(on canvas: inout Canvas, in size: Canvas.Size, margins: Margins? = nil, place: Legend.Place? = nil) {
    let (x, y) = scales(size)
    let margins = margins ?? self.margins(size)
    let place = place ?? legend.place(in: margins.plot(in: size), of: size, avoiding: occupied(x, y))
    let frame = Frame(
      heading: Heading(title, width: size.width), labels: labels, x: x, y: y, plot: place.plot(margins.plot(in: size)))
    frame.draw(on: &canvas)
    drawData(on: &canvas, frame)
    legend.draw(on: &canvas, at: place, frame, size)
  }
}
