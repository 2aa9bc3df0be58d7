/// The frame around a chart's data: title, axes, grid and legend, laid out so that nothing overlaps.
struct Frame: Sendable {
  let x: Scale
  let y: Scale
  /// Where the data lie.
  let plot: Rectangle
  private let titleLines: [String]
  private let labels: (x: String, y: String)
  private let legend: Legend
  private let legendBox: Rectangle?
  private let legendColumns: Int
  private let isCategorical: Bool
  private let slant: Double

  /// The frame that fills `size`; `places` are the shares of the plot's width and height that the legend must not cover.
  init(
    title: String, labels: (x: String, y: String), x: Scale, y: Scale, legend: Legend, size: Canvas.Size,
    avoiding places: [Point],
    isCategorical: Bool = false
  ) {
    (self.x, self.y, self.legend, self.isCategorical) = (x, y, legend, isCategorical)
    self.labels = (Self.noted(labels.x, x), Self.noted(labels.y, y))
    titleLines = Lettering.lines(title, room: size.width - 32, size: 16)
    let (plain, slant) = Self.plot(size, titleLines.count, self.labels, x, y, isCategorical)
    self.slant = slant
    let beside = legend.size(columns: 1, room: size.width * 0.32)
    if legend.entries.isEmpty {
      (plot, legendBox, legendColumns) = (plain, nil, 1)
    } else if let box = legend.freeBox(in: plain, avoiding: places) {
      (plot, legendBox, legendColumns) = (plain, box, 1)
    } else if size.width >= 480 && beside.height <= plain.height {
      plot = Rectangle(x: plain.x, y: plain.y, width: plain.width - beside.width - 8, height: plain.height)
      legendBox = Rectangle(x: plot.right + 18, y: plot.y, width: beside.width, height: beside.height)
      legendColumns = 1
    } else {
      legendColumns = max(1, Int(plain.width / legend.columnWidth(room: plain.width)))
      let below = legend.size(columns: legendColumns, room: plain.width)
      plot = Rectangle(x: plain.x, y: plain.y, width: plain.width, height: max(40, plain.height - below.height - 8))
      legendBox = Rectangle(x: plain.x, y: size.height - below.height - 10, width: below.width, height: below.height)
    }
  }

  /// The place of the point (x, y), or nil where it has none.
  func place(_ valueX: Double, _ valueY: Double) -> Point? {
    guard let right = x.share(valueX), let up = y.share(valueY) else { return nil }
    return Point(x: plot.x + right * plot.width, y: plot.bottom - up * plot.height)
  }

  func draw(on canvas: inout Canvas) {
    for (index, line) in titleLines.enumerated() {
      canvas.text(line, at: Point(x: 16, y: 28 + 20 * Double(index)), size: 16, bold: true)
    }
    drawGrid(on: &canvas)
    drawTicks(on: &canvas)
    let below = plot.bottom + (slant > 0 ? slant + 10 : 22)
    canvas.text(
      Lettering.fitted(labels.x, room: plot.width + 40, size: 13), at: Point(x: plot.x + plot.width / 2, y: below + 20),
      size: 13,
      anchor: .middle, color: canvas.theme.quietInk)
    canvas.text(
      Lettering.fitted(labels.y, room: plot.height + 30, size: 13), at: Point(x: 22, y: plot.y + plot.height / 2),
      size: 13,
      anchor: .middle, color: canvas.theme.quietInk, turn: -90)
  }

  /// Draws the legend; last, so that it stands above the grid.
  func drawLegend(on canvas: inout Canvas) {
    guard let legendBox else { return }
    if plot.contains(Point(x: legendBox.x, y: legendBox.y)) {
      canvas.fill(
        Rectangle(x: legendBox.x - 4, y: legendBox.y - 3, width: legendBox.width + 6, height: legendBox.height + 6),
        color: canvas.theme.background, opacity: 0.85)
    }
    legend.draw(on: &canvas, in: legendBox, columns: legendColumns)
  }

  private func drawGrid(on canvas: inout Canvas) {
    for value in isCategorical ? [] : x.ticks.values {
      guard let place = place(value, y.low) else { continue }
      canvas.line(from: Point(x: place.x, y: plot.y), to: Point(x: place.x, y: plot.bottom), color: canvas.theme.grid)
    }
    for value in y.ticks.values {
      guard let place = place(x.low, value) else { continue }
      canvas.line(from: Point(x: plot.x, y: place.y), to: Point(x: plot.right, y: place.y), color: canvas.theme.grid)
    }
    let corner = Point(x: plot.x, y: plot.bottom)
    canvas.line(from: Point(x: plot.x, y: plot.y), to: corner, color: canvas.theme.axis)
    canvas.line(from: corner, to: Point(x: plot.right, y: plot.bottom), color: canvas.theme.axis)
  }

  private func drawTicks(on canvas: inout Canvas) {
    let ink = canvas.theme.axis
    for (values, length) in [(isCategorical ? [] : x.ticks.values, 5.0), (x.ticks.minor, 3.0)] {
      for place in values.compactMap({ place($0, y.low) }) {
        canvas.line(from: place, to: Point(x: place.x, y: place.y + length), color: ink)
      }
    }
    for (values, length) in [(y.ticks.values, 5.0), (y.ticks.minor, 3.0)] {
      for place in values.compactMap({ place(x.low, $0) }) {
        canvas.line(from: place, to: Point(x: place.x - length, y: place.y), color: ink)
      }
    }
    for (value, label) in zip(x.ticks.values, x.ticks.labels) {
      guard let place = place(value, y.low) else { continue }
      if slant > 0 {
        // The text ends at its tick and must not begin left of the picture: its slope is 35°, and cos 35° = 0.82.
        let short = Lettering.fitted(label, room: min(150, (place.x - 6) / 0.82))
        canvas.text(short, at: Point(x: place.x + 5, y: place.y + 16), anchor: .end, turn: -35)
      } else {
        canvas.text(label, at: Point(x: place.x, y: place.y + 20), anchor: .middle)
      }
    }
    for (value, label) in zip(y.ticks.values, y.ticks.labels) {
      guard let place = place(x.low, value) else { continue }
      canvas.text(label, at: Point(x: place.x - 9, y: place.y + 4), anchor: .end)
    }
  }

  private static func noted(_ label: String, _ scale: Scale) -> String {
    scale.ticks.note.isEmpty ? label : "\(label) (\(scale.ticks.note))".trimmingPrefix(" ").description
  }

  /// The plot without any legend beside it, and the height of slanted labels below it (0 where they stand upright).
  private static func plot(
    _ size: Canvas.Size, _ titleLines: Int, _ labels: (x: String, y: String), _ x: Scale, _ y: Scale,
    _ isCategorical: Bool
  ) -> (Rectangle, slant: Double) {
    let widestY = y.ticks.labels.map { Lettering.width($0) }.max() ?? 0
    let widestX = x.ticks.labels.map { Lettering.width($0) }.max() ?? 0
    let left = 16 + (labels.y.isEmpty ? 0 : 18) + widestY + 9
    let right = isCategorical ? 18 : max(18, 8 + Lettering.width(x.ticks.labels.last ?? "") / 2)
    let width = max(60, size.width - left - right)
    let isTight = isCategorical && widestX + 8 > width / Double(max(1, x.ticks.labels.count))
    let slant = isTight ? 14 + min(150, widestX) * 0.58 : 0
    let top = 18 + 20 * Double(titleLines) + (titleLines > 0 ? 2 : 0)
    let bottom = 14 + (slant > 0 ? slant : 20) + (labels.x.isEmpty ? 0 : 20)
    return (Rectangle(x: left, y: top, width: width, height: max(40, size.height - top - bottom)), slant)
  }
}
