import Messages

/// Towers of boxes, side by side: networks of repeated blocks, each read from below.
///
/// Arrows go up from box to box. A box may have a shortcut, an arrow that passes by the boxes below it; a range of
/// boxes may be framed as one block that is repeated; dashed arrows lead from the top of a tower to a box of another.
public struct TowerDiagram: Figure {
  /// A box.
  public struct Box: Sendable {
    /// The text in it.
    public var name: String
    /// The index of the box in the same tower whose input the shortcut takes, or nil for none.
    public var shortcut: Int?

    /// A box, with an arrow from the input of the box number `shortcut` below it.
    public init(_ name: String, shortcut: Int? = nil) { (self.name, self.shortcut) = (name, shortcut) }
  }

  /// A tower.
  public struct Tower: Sendable {
    /// The text above it.
    public var name: String
    /// The boxes, from below.
    public var boxes: [Box]
    /// The boxes that are repeated.
    public var repeated: Range<Int>
    /// How often, such as "× 6".
    public var times: String

    /// A tower with one repeated range.
    public init(_ name: String, boxes: [Box], repeated: Range<Int> = 0..<0, times: String = "") {
      for (place, box) in boxes.enumerated() {
        require(
          box.shortcut.map { (0..<place).contains($0) } ?? true,
          "cannot draw the shortcut to box \(place), “\(box.name)”: it begins at box \(box.shortcut ?? 0), which must "
            + "be below")
      }
      require(
        repeated.isEmpty || (repeated.lowerBound >= 0 && repeated.upperBound <= boxes.count),
        "cannot frame the boxes \(repeated) of “\(name)”: it has \(boxes.count)")
      (self.name, self.boxes, self.repeated, self.times) = (name, boxes, repeated, times)
    }
  }

  /// A dashed arrow from the top of a tower to a box of a tower at its right.
  public struct Link: Sendable {
    /// The tower at whose top it begins, the tower where it ends, and the box there.
    public var from, to, box: Int

    /// The arrow from the top of the tower `from` to a box of the tower `to`.
    public init(from: Int, to: Int, box: Int) { (self.from, self.to, self.box) = (from, to, box) }
  }

  /// The heading.
  public var title: String
  /// The towers, from the left.
  public var towers: [Tower]
  /// The dashed arrows.
  public var links: [Link]

  /// The diagram of these towers.
  public init(_ title: String, towers: [Tower], links: [Link] = []) {
    for link in links {
      require(
        towers.indices.contains(link.to) && (0..<link.to).contains(link.from)
          && towers[link.to].boxes.indices.contains(link.box) && !towers[link.from].boxes.isEmpty,
        "cannot draw a dashed arrow from tower \(link.from) to box \(link.box) of tower \(link.to): there are "
          + "\(towers.map(\.boxes.count)) boxes, and an arrow goes to the right")
    }
    (self.title, self.towers, self.links) = (title, towers, links)
  }

  /// The extent of the widest names and of the highest tower.
  public var size: Canvas.Size {
    Canvas.Size(width: width, height: floor + Self.margin)
  }

  private var width: Double {
    let count = Double(max(1, towers.count))
    return 2 * Self.margin + 2 * Self.labelRoom + count * boxWidth + (count - 1) * Self.towerGap
  }

  /// Draws frames, arrows and boxes.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    Heading(title, width: size.width).draw(on: &canvas)
    for (t, tower) in towers.enumerated() {
      drawFrame(on: &canvas, tower, t)
      drawArrows(on: &canvas, tower, t)
    }
    for link in links { drawLink(link, on: &canvas) }
    for (t, tower) in towers.enumerated() {
      for (i, one) in tower.boxes.enumerated() {
        let box = box(t, i)
        canvas.fill(box, color: canvas.theme.background)
        canvas.path([box.outline], color: canvas.theme.axis, width: 1.4)
        canvas.text(one.name, at: Point(x: box.x + box.width / 2, y: box.y + 20), size: Self.letters, anchor: .middle)
      }
      let top = box(t, max(0, tower.boxes.count - 1))
      let place = Point(x: top.x + top.width / 2, y: top.y - (tower.boxes.isEmpty ? -20 : 26))
      canvas.text(tower.name, at: place, size: 15, anchor: .middle, bold: true)
    }
  }

  /// One line per box, from above: its name, its shortcut, how often it is repeated, and the dashed arrows into it.
  public func terminal(columns: Int, color: Bool) -> String {
    let heading = title.isEmpty ? [] : [title]
    let lines = towers.enumerated().flatMap { t, tower in
      [tower.name]
        + tower.boxes.enumerated().reversed().map { i, box in
          let mark = tower.repeated.contains(i) ? "  \(tower.times) │ " : "  "
          let shortcut = box.shortcut.map { " ← input of \(tower.boxes[$0].name)" } ?? ""
          let dashed = links.filter { $0.to == t && $0.box == i }.map { " ⇠ \(towers[$0.from].name)" }.joined()
          return mark + box.name + shortcut + dashed
        }
    }
    return (heading + lines).map { TerminalText.fitted($0, columns: columns) }.joined(separator: "\n")
  }

  private static let margin = 20.0
  private static let labelRoom = 44.0
  private static let towerGap = 92.0
  private static let rowHeight = 50.0
  private static let boxHeight = 30.0
  private static let letters = 14.0

  private var boxWidth: Double {
    max(90, towers.flatMap { $0.boxes.map { Lettering.width($0.name, size: Self.letters) } }.max() ?? 0) + 18
  }

  /// The lower end of all towers.
  private var floor: Double {
    let rows = Double(max(1, towers.map(\.boxes.count).max() ?? 0))
    return (title.isEmpty ? 14 : Heading(title, width: width).height) + 44 + rows * Self.rowHeight
  }

  private func box(_ tower: Int, _ place: Int) -> Rectangle {
    Rectangle(
      x: Self.margin + Self.labelRoom + Double(tower) * (boxWidth + Self.towerGap),
      y: floor - Double(place + 1) * Self.rowHeight + 10, width: boxWidth, height: Self.boxHeight)
  }

  private func drawFrame(on canvas: inout Canvas, _ tower: Tower, _ t: Int) {
    if tower.repeated.isEmpty { return }
    let (low, high) = (box(t, tower.repeated.lowerBound), box(t, tower.repeated.upperBound - 1))
    let frame = Rectangle(
      x: low.x - 12, y: high.y - 8, width: low.width + 36, height: low.bottom - high.y + 22)
    canvas.fill(frame, color: canvas.theme.grid)
    let isFirst = t == 0
    canvas.text(
      tower.times, at: Point(x: isFirst ? frame.x - 6 : frame.right + 6, y: frame.y + frame.height / 2 + 5), size: 15,
      anchor: isFirst ? .end : .start, bold: true)
  }

  private func drawArrows(on canvas: inout Canvas, _ tower: Tower, _ t: Int) {
    for i in tower.boxes.indices {
      let to = box(t, i)
      if i > 0 {
        let x = to.x + to.width / 2
        canvas.arrow([Point(x: x, y: box(t, i - 1).y), Point(x: x, y: to.bottom)])
      }
      if let from = tower.boxes[i].shortcut {
        let below = box(t, from).bottom + (Self.rowHeight - Self.boxHeight) / 2
        let (middle, side) = (to.x + to.width / 2, to.right + 14)
        let height = to.y + to.height / 2
        canvas.arrow(
          [
            Point(x: middle, y: below), Point(x: side, y: below), Point(x: side, y: height),
            Point(x: to.right, y: height),
          ])
      }
    }
  }

  private func drawLink(_ link: Link, on canvas: inout Canvas) {
    let (from, to) = (box(link.from, towers[link.from].boxes.count - 1), box(link.to, link.box))
    let (middle, side) = (from.x + from.width / 2, to.x - 30)
    let height = to.y + to.height / 2
    canvas.arrow(
      [
        Point(x: middle, y: from.y), Point(x: middle, y: from.y - 14), Point(x: side, y: from.y - 14),
        Point(x: side, y: height), Point(x: to.x, y: height),
      ], dash: [5, 4])
  }
}
