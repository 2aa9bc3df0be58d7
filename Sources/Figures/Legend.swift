/// The names of the series, each beside a sample of how it is drawn.
struct Legend: Sendable {
  /// One series: its name and its look.
  struct Entry: Sendable {
    var name: String
    var index: Int
    var look: Look
  }

  /// What the sample shows.
  enum Look: Sendable { case line, curve, points, both, area }

  let entries: [Entry]
  private static let rowHeight = 19.0
  private static let sampleWidth = 34.0

  /// The legend of the named ones among `entries`; a single name needs none, because the title says it.
  init(_ entries: [Entry]) {
    let named = entries.filter { !$0.name.isEmpty }
    self.entries = named.count > 1 ? named : []
  }

  /// The width of one column, which grows with the longest name up to `room`.
  func columnWidth(room: Double) -> Double {
    min(room, Self.sampleWidth + (entries.map { Lettering.width($0.name) }.max() ?? 0) + 12)
  }

  /// The extent of the legend in the given number of columns.
  func size(columns: Int, room: Double) -> Canvas.Size {
    let rows = (entries.count + columns - 1) / columns
    return Canvas.Size(width: Double(columns) * columnWidth(room: room), height: Double(rows) * Self.rowHeight)
  }

  func draw(on canvas: inout Canvas, in box: Rectangle, columns: Int) {
    let width = box.width / Double(columns)
    for (index, entry) in entries.enumerated() {
      let x = box.x + Double(index % columns) * width
      let y = box.y + (Double(index / columns) + 0.5) * Self.rowHeight
      Self.drawSample(of: entry, on: &canvas, x: x, y: y)
      let name = Lettering.fitted(entry.name, room: width - Self.sampleWidth)
      canvas.text(name, at: Point(x: x + Self.sampleWidth, y: y + 4))
    }
  }

  private static func drawSample(of entry: Entry, on canvas: inout Canvas, x: Double, y: Double) {
    let color = canvas.theme.color(entry.index)
    let mark = Mark(entry.index)
    if entry.look == .area {
      return canvas.fill(Rectangle(x: x + 10, y: y - 6, width: 16, height: 12), color: color)
    }
    if entry.look != .points {
      canvas.path(
        [[Point(x: x + 1, y: y), Point(x: x + 27, y: y)]], color: color, width: 2,
        dash: entry.look == .curve ? [] : mark.dash)
    }
    if entry.look == .points || entry.look == .both { mark.draw([Point(x: x + 14, y: y)], on: &canvas, color: color) }
  }

  /// Where the legend can stand inside `plot` without covering any of `places` (shares of the plot's width and height), or nil.
  func freeBox(in plot: Rectangle, avoiding places: [Point]) -> Rectangle? {
    let size = size(columns: 1, room: plot.width * 0.5)
    let (x, y) = (plot.right - size.width - 6, plot.bottom - size.height - 8)
    let (middleX, middleY) = (plot.x + (plot.width - size.width) / 2, plot.y + (plot.height - size.height) / 2)
    let (left, top) = (plot.x + 10, plot.y + 8)
    let corners = [
      (x, top), (x, y), (left, top), (left, y), (middleX, top), (middleX, y), (x, middleY), (left, middleY),
    ]
    let points = places.map { Point(x: plot.x + $0.x * plot.width, y: plot.bottom - $0.y * plot.height) }
    return corners.map { Rectangle(x: $0.0, y: $0.1, width: size.width, height: size.height) }.first { box in
      let guarded = Rectangle(x: box.x - 6, y: box.y - 6, width: box.width + 12, height: box.height + 12)
      return box.x >= plot.x && box.y >= plot.y && box.bottom <= plot.bottom
        && !points.contains(where: guarded.contains)
    }
  }
}
