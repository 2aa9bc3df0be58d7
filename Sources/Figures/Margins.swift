/// The space around a plot for the heading, ticks and labels.
struct Margins: Sendable, Hashable {
  var left = 0.0
  var right = 0.0
  var top = 0.0
  var bottom = 0.0

  /// The margins with space for all of this.
  init(size: Canvas.Size, heading: Heading, labels: (x: String, y: String), x: Scale, y: Scale) {
    let widest = y.ticks.labels.map { Lettering.width($0) }.max() ?? 0
    left = 16 + (labels.y.isEmpty && y.ticks.note.isEmpty ? 0 : 18) + widest + 9
    right = x.hasPlaces ? 18 : max(18, 8 + Lettering.width(x.ticks.labels.last ?? "") / 2)
    top = heading.height
    let slant = Slant(x, width: max(60, size.width - left - right))
    bottom = 14 + slant.height + (labels.x.isEmpty && x.ticks.note.isEmpty ? 0 : 20)
  }

  /// The plot inside a drawing of this extent.
  func plot(in size: Canvas.Size) -> Rectangle {
    Rectangle(
      x: left, y: top, width: max(60, size.width - left - right), height: max(40, size.height - top - bottom))
  }

  /// The margins with enough space for both.
  func united(with other: Margins) -> Margins {
    var result = self
    result.left = max(left, other.left)
    result.right = max(right, other.right)
    result.top = max(top, other.top)
    result.bottom = max(bottom, other.bottom)
    return result
  }
}

/// The placement of labels below an axis: upright, or slanted if they would touch each other.
struct Slant: Sendable {
  /// The height of the labels below the axis.
  let height: Double
  let isSlanted: Bool

  /// The placement of a scale's labels below an axis of this width.
  init(_ scale: Scale, width: Double) {
    self.init(scale.hasPlaces ? scale.ticks.labels : [], room: width / Double(max(1, scale.ticks.labels.count)))
  }

  /// The placement of these labels if each has this much room.
  init(_ labels: [String], room: Double) {
    let widest = labels.map { Lettering.width($0) }.max() ?? 0
    isSlanted = widest + 8 > room
    height = isSlanted ? 14 + min(Self.longest, widest) * 0.58 : 20
  }

  /// Draws a label with its middle or its end at `place` on the axis.
  func draw(_ label: String, at place: Point, on canvas: inout Canvas) {
    guard isSlanted else {
      return canvas.text(label, at: Point(x: place.x, y: place.y + 20), anchor: .middle)
    }
    // The text ends at its tick and must not start outside the picture. Its slope is 35°, and cos 35° = 0.82.
    let short = Lettering.fitted(label, room: min(Self.longest, (place.x - 6) / 0.82))
    canvas.text(short, at: Point(x: place.x + 5, y: place.y + 16), anchor: .end, turn: -35)
  }

  private static let longest = 150.0
}
