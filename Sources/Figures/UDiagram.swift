import Messages

/// A network in the form of the letter U: levels on the way down, a bottom, the same levels on the way up, and an arrow
/// across from each level to its twin.
public struct UDiagram: Figure {
  /// A box: a name, and a line below it, such as the shape of its output.
  public struct Box: Sendable {
    /// The name.
    public var name: String
    /// The line below.
    public var line: String

    /// A box with this name and this line.
    public init(_ name: String, _ line: String = "") { (self.name, self.line) = (name, line) }
  }

  /// A level of the U.
  public struct Level: Sendable {
    /// Its boxes on the way down and on the way up.
    public var down, up: Box

    /// The level of these boxes.
    public init(down: Box, up: Box) { (self.down, self.up) = (down, up) }
  }

  /// The heading.
  public var title: String
  /// The levels, from above.
  public var levels: [Level]
  /// The box below all levels.
  public var bottom: Box
  /// The texts at the beginning, at the end, at the arrows across, down and up.
  public var input = "", output = "", across = "", below = "", above = ""
  /// A letter in a circle at every box, and its meaning; no circles if it is empty.
  public var mark = "", meaning = ""

  /// The diagram of these levels.
  public init(_ title: String, levels: [Level], bottom: Box) {
    require(
      1...4 ~= levels.count, "cannot draw “\(title)” with \(levels.count) levels: one to four levels fit on a page")
    (self.title, self.levels, self.bottom) = (title, levels, bottom)
  }

  /// A page's width, and the height of all levels.
  public var size: Canvas.Size {
    Canvas.Size(width: Page.width, height: box(levels.count, isLeft: true).bottom + (mark.isEmpty ? 20 : 54))
  }

  /// Draws the arrows, then the boxes.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    Heading(title, width: size.width).draw(on: &canvas)
    for level in levels.indices { drawArrows(of: level, on: &canvas) }
    for (place, level) in levels.enumerated() {
      draw(level.down, in: box(place, isLeft: true), on: &canvas)
      draw(level.up, in: box(place, isLeft: false), on: &canvas)
    }
    draw(bottom, in: box(levels.count, isLeft: true), on: &canvas)
    drawEnds(on: &canvas)
    if mark.isEmpty { return }
    let place = Point(x: 34, y: size.height - 22)
    drawMark(at: place, on: &canvas)
    canvas.text(meaning, at: Point(x: place.x + 18, y: place.y + 5), size: 13, color: canvas.theme.quietInk)
  }

  /// One line for each box, in the order in which the network computes them.
  public func terminal(columns: Int, color: Bool) -> String {
    func line(_ box: Box, _ from: String = "") -> String {
      "  " + box.name + (box.line.isEmpty ? "" : "  \(box.line)") + (mark.isEmpty ? "" : "  ← \(mark)") + from
    }
    let down = levels.map { line($0.down) }
    let up = levels.reversed().map { line($0.up, " ← \($0.down.name)") }
    let heading = title.isEmpty ? [] : [title]
    return (heading + [input] + down + [line(bottom)] + up + [output])
      .map { TerminalText.fitted($0, columns: columns) }.joined(separator: "\n")
  }
}

// MARK: - Places

extension UDiagram {
  private static let boxHeight = 48.0
  private static let rowHeight = 92.0
  private static let edge = 64.0

  private var boxWidth: Double {
    let boxes = levels.flatMap { [$0.down, $0.up] } + [bottom]
    let lines = boxes.flatMap {
      [Lettering.width($0.name, size: 14) * Lettering.bold, Lettering.width($0.line, size: 12)]
    }
    return min(max(110, (lines.max() ?? 0) + 26), 170)
  }

  /// How far each level is moved to the middle: the bottom is in the middle, and boxes below each other overlap.
  private var indent: Double {
    (Page.width - 2 * Self.edge - boxWidth) / 2 / Double(levels.count)
  }

  /// The box of a level on the left or on the right; the level below all others is the bottom.
  private func box(_ level: Int, isLeft: Bool) -> Rectangle {
    let shift = Self.edge + Double(level) * indent
    let top = (title.isEmpty ? 14 : Heading(title, width: Page.width).height + 16) + Double(level) * Self.rowHeight
    return Rectangle(
      x: isLeft ? shift : Page.width - shift - boxWidth, y: top, width: boxWidth, height: Self.boxHeight)
  }

  // MARK: - Arrows and boxes

  /// The arrow across, and those to the level below and from it.
  private func drawArrows(of level: Int, on canvas: inout Canvas) {
    let (left, right) = (box(level, isLeft: true), box(level, isLeft: false))
    let (lower, twin) = (box(level + 1, isLeft: true), box(level + 1, isLeft: false))
    let y = left.y + left.height / 2
    canvas.arrow([Point(x: left.right, y: y), Point(x: right.x, y: y)], dash: [5, 4])
    if level == 0 {
      canvas.text(
        across, at: Point(x: (left.right + right.x) / 2, y: y - 8), size: 13, anchor: .middle,
        color: canvas.theme.quietInk)
    }
    let isLast = level == levels.count - 1
    let middle = lower.y + lower.height / 2
    let (down, up) = (left.x + left.width / 3, right.right - right.width / 3)
    canvas.arrow(
      [Point(x: down, y: left.bottom), Point(x: down, y: middle), Point(x: lower.x, y: middle)])
    canvas.arrow(
      [Point(x: isLast ? lower.right : twin.right, y: middle), Point(x: up, y: middle), Point(x: up, y: right.bottom)])
    let textY = left.bottom + 22
    canvas.text(below, at: Point(x: down + 8, y: textY), size: 12, color: canvas.theme.quietInk)
    canvas.text(above, at: Point(x: up - 8, y: textY), size: 12, anchor: .end, color: canvas.theme.quietInk)
  }

  private func drawEnds(on canvas: inout Canvas) {
    let (first, last) = (box(0, isLeft: true), box(0, isLeft: false))
    let y = first.y + first.height / 2
    canvas.arrow([Point(x: first.x - 26, y: y), Point(x: first.x, y: y)])
    canvas.arrow([Point(x: last.right, y: y), Point(x: last.right + 26, y: y)])
    canvas.text(input, at: Point(x: first.x - 30, y: y + 5), size: 15, anchor: .end, bold: true)
    canvas.text(output, at: Point(x: last.right + 30, y: y + 5), size: 15, bold: true)
  }

  private func draw(_ one: Box, in box: Rectangle, on canvas: inout Canvas) {
    canvas.fill(box, color: canvas.theme.background)
    canvas.path([box.outline], color: canvas.theme.axis, width: 1.4)
    let middle = box.x + box.width / 2
    canvas.text(one.name, at: Point(x: middle, y: box.y + 20), size: 14, anchor: .middle, bold: true)
    canvas.text(
      one.line, at: Point(x: middle, y: box.y + 38), size: 12, anchor: .middle, color: canvas.theme.quietInk)
    if !mark.isEmpty { drawMark(at: Point(x: box.right, y: box.y), on: &canvas) }
  }

  private func drawMark(at place: Point, on canvas: inout Canvas) {
    canvas.circles([place], radius: 9, color: canvas.theme.color(1))
    canvas.text(
      mark, at: Point(x: place.x, y: place.y + 4), size: 12, anchor: .middle,
      color: canvas.theme.color(1).readableInk, bold: true)
  }
}
