/// The frame around a chart's data: heading, axes, grid and ticks.
struct Frame: Sendable {
  let heading: Heading
  let labels: (x: String, y: String)
  let x: Scale
  let y: Scale
  /// The area of the data.
  let plot: Rectangle

  /// The position of the point (x, y), or nil if it has none.
  func place(_ valueX: Double, _ valueY: Double) -> Point? {
    guard let right = x.share(valueX), let up = y.share(valueY) else { return nil }
    return Point(x: plot.x + right * plot.width, y: plot.bottom - up * plot.height)
  }

  func draw(on canvas: inout Canvas) {
    heading.draw(on: &canvas)
    drawGrid(on: &canvas)
    drawTicks(on: &canvas)
    let slant = Slant(x, width: plot.width)
    let below = plot.bottom + (slant.isSlanted ? slant.height + 10 : 22)
    canvas.text(
      Lettering.fitted(Self.noted(labels.x, x), room: plot.width + 40, size: 13),
      at: Point(x: plot.x + plot.width / 2, y: below + 20), size: 13, anchor: .middle, color: canvas.theme.quietInk)
    canvas.text(
      Lettering.fitted(Self.noted(labels.y, y), room: plot.height + 30, size: 13),
      at: Point(x: 22, y: plot.y + plot.height / 2), size: 13, anchor: .middle, color: canvas.theme.quietInk, turn: -90)
  }

  private func drawGrid(on canvas: inout Canvas) {
    for value in x.hasPlaces ? [] : x.ticks.values {
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
    for (values, length) in [(x.hasPlaces ? [] : x.ticks.values, 5.0), (x.ticks.minor, 3.0)] {
      for place in values.compactMap({ place($0, y.low) }) {
        canvas.line(from: place, to: Point(x: place.x, y: place.y + length), color: ink)
      }
    }
    for (values, length) in [(y.ticks.values, 5.0), (y.ticks.minor, 3.0)] {
      for place in values.compactMap({ place(x.low, $0) }) {
        canvas.line(from: place, to: Point(x: place.x - length, y: place.y), color: ink)
      }
    }
    let slant = Slant(x, width: plot.width)
    for (value, label) in zip(x.ticks.values, x.ticks.labels) {
      guard let place = place(value, y.low) else { continue }
      slant.draw(label, at: place, on: &canvas)
    }
    for (value, label) in zip(y.ticks.values, y.ticks.labels) {
      guard let place = place(x.low, value) else { continue }
      canvas.text(label, at: Point(x: place.x - 9, y: place.y + 4), anchor: .end)
    }
  }

  private static func noted(_ label: String, _ scale: Scale) -> String {
    scale.ticks.note.isEmpty ? label : "\(label) (\(scale.ticks.note))".trimmingPrefix(" ").description
  }
}
