/// The names of the series, each next to a sample of its style.
struct Legend: Sendable, Hashable {
  /// One series: its name and its style.
  struct Entry: Sendable, Hashable {
    var name: String
    var index: Int
    var look: Look
  }

  /// The kind of the sample.
  enum Look: Sendable { case line, curve, points, both, area }

  /// The placement of the legend.
  enum Place: Sendable, Hashable {
    /// Nowhere: there is no legend, or another drawing has it.
    case nowhere
    /// Inside the plot, at a position without data.
    case inside(Rectangle)
    /// At the right of the plot, which becomes narrower by this width.
    case beside(width: Double)
    /// At the bottom of the drawing, below the plot, which becomes lower by this height.
    case below(height: Double)
  }

  let entries: [Entry]
  private static let rowHeight = 19.0
  private static let sampleWidth = 34.0

  /// The legend of the entries with names. A single name needs no legend, because the title says it.
  init(_ entries: [Entry]) {
    let named = entries.filter { !$0.name.isEmpty }
    self.entries = named.count > 1 ? named : []
  }

  /// The width of one column, given by the longest name.
  var columnWidth: Double { Self.sampleWidth + (entries.map { Lettering.width($0.name) }.max() ?? 0) + 12 }

  /// The extent of the legend in as many columns as fit into a width.
  func size(room: Double) -> Canvas.Size {
    let columns = columns(room: room)
    let rows = (entries.count + columns - 1) / columns
    return Canvas.Size(width: Double(columns) * columnWidth, height: Double(rows) * Self.rowHeight)
  }

  private func columns(room: Double) -> Int { max(1, min(entries.count, Int(room / columnWidth))) }

  /// The placement of the legend in a drawing of this extent, such that it covers no data and at most a third of the
  /// width.
  func place(in plot: Rectangle, of size: Canvas.Size, avoiding places: [Point]) -> Place {
    if entries.isEmpty { return .nowhere }
    if let box = freeBox(in: plot, avoiding: places) { return .inside(box) }
    let height = Double(entries.count) * Self.rowHeight
    if size.width >= 480 && columnWidth <= size.width * 0.32 && height <= plot.height {
      return .beside(width: columnWidth + 8)
    }
    return below(plot)
  }

  /// The position at the bottom of a drawing with this plot.
  func below(_ plot: Rectangle) -> Place { .below(height: size(room: plot.width).height + 8) }

  func draw(on canvas: inout Canvas, at place: Place, _ frame: Frame, _ size: Canvas.Size) {
    switch place {
    case .nowhere: return
    case .inside(let box):
      canvas.fill(
        Rectangle(x: box.x - 4, y: box.y - 3, width: box.width + 6, height: box.height + 6),
        color: canvas.theme.background, opacity: 0.85)
      draw(on: &canvas, at: Point(x: box.x, y: box.y), room: 0)
    case .beside: draw(on: &canvas, at: Point(x: frame.plot.right + 18, y: frame.plot.y), room: 0)
    case .below(let height):
      draw(on: &canvas, at: Point(x: frame.plot.x, y: size.height - height - 2), room: frame.plot.width)
    }
  }

  /// Draws the names in as many columns as fit into `room`, but at least in one.
  func draw(on canvas: inout Canvas, at corner: Point, room: Double) {
    let columns = columns(room: room)
    for (index, entry) in entries.enumerated() {
      let x = corner.x + Double(index % columns) * columnWidth
      let y = corner.y + (Double(index / columns) + 0.5) * Self.rowHeight
      Self.drawSample(of: entry, on: &canvas, x: x, y: y)
      canvas.text(entry.name, at: Point(x: x + Self.sampleWidth, y: y + 4))
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

  /// A position inside `plot` where the legend covers none of `places` (shares of the plot's width and height), or nil.
  func freeBox(in plot: Rectangle, avoiding places: [Point]) -> Rectangle? {
    let size = size(room: 0)
    let (x, y) = (plot.right - size.width - 6, plot.bottom - size.height - 8)
    let (middleX, middleY) = (plot.x + (plot.width - size.width) / 2, plot.y + (plot.height - size.height) / 2)
    let (left, top) = (plot.x + 10, plot.y + 8)
    let corners = [
      (x, top), (x, y), (left, top), (left, y), (middleX, top), (middleX, y), (x, middleY), (left, middleY),
    ]
    let points = places.map { Point(x: plot.x + $0.x * plot.width, y: plot.bottom - $0.y * plot.height) }
    return corners.map { Rectangle(x: $0.0, y: $0.1, width: size.width, height: size.height) }.first { box in
      let guarded = Rectangle(x: box.x - 6, y: box.y - 6, width: box.width + 12, height: box.height + 12)
      return box.x >= plot.x && box.y >= plot.y && box.right <= plot.right && box.bottom <= plot.bottom
        && size.width <= plot.width / 2 && !points.contains(where: guarded.contains)
    }
  }
}

extension Legend.Place {
  /// The remaining plot next to or above the legend.
  func plot(_ plot: Rectangle) -> Rectangle {
    switch self {
    case .nowhere, .inside: plot
    case .beside(let width): Rectangle(x: plot.x, y: plot.y, width: plot.width - width, height: plot.height)
    case .below(let height):
      Rectangle(x: plot.x, y: plot.y, width: plot.width, height: max(40, plot.height - height))
    }
  }
}

extension Legend {
  /// One legend for all series of several charts, or nil if a colour or a name has two meanings.
  static func common(_ legends: [Legend]) -> Legend? {
    var entries: [Entry] = []
    for entry in legends.flatMap(\.entries) where !entries.contains(entry) {
      if entries.contains(where: { $0.name == entry.name || $0.index == entry.index }) { return nil }
      entries.append(entry)
    }
    return entries.isEmpty ? nil : Legend(entries.sorted { $0.index < $1.index })
  }
}
