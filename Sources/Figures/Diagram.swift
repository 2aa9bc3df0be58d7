import Messages

/// Boxes and arrows: a graph with all arrows to the right, and with one or two numbers in every box.
public struct Diagram: Figure {
  /// A box.
  public struct Node: Sendable {
    /// The text at the top.
    public var name: String
    /// The lines below, one for each of the diagram's quantities.
    public var lines: [String]
    /// The indices of the boxes that the arrows come from. A box may appear twice.
    public var inputs: [Int]

    /// A box with arrows from `inputs`, which precede it in the diagram.
    public init(_ name: String, lines: [String] = [], inputs: [Int] = []) {
      (self.name, self.lines, self.inputs) = (name, lines, inputs)
    }
  }

  /// The heading.
  public var title: String
  /// The names of the quantities in the boxes, in the order of their colours.
  public var quantities: [String]
  /// The boxes, each after those that its arrows come from.
  public var nodes: [Node]

  /// The diagram of these boxes.
  public init(_ title: String, quantities: [String] = [], nodes: [Node]) {
    for (place, node) in nodes.enumerated() {
      require(
        node.inputs.allSatisfy { (0..<place).contains($0) },
        "cannot draw the box “\(node.name)”: it is number \(place), but its arrows come from \(node.inputs)")
    }
    (self.title, self.quantities, self.nodes) = (title, quantities, nodes)
  }

  /// The extent of the columns and the rows.
  public var size: Canvas.Size {
    let places = DiagramLayout(nodes)
    return Canvas.Size(
      width: width,
      height: top + max(1, places.rows) * rowHeight + Self.margin - 10)
  }

  /// Draws the arrows, then the boxes.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    Heading(title, width: size.width).draw(on: &canvas)
    drawKey(on: &canvas)
    let places = DiagramLayout(nodes)
    let boxes = nodes.indices.map { box(column: places.column[$0], row: places.row[$0]) }
    for (place, node) in nodes.enumerated() {
      for (order, input) in node.inputs.enumerated() {
        let heights = node.inputs.count
        let share = heights == 1 ? 0.5 : 0.3 + 0.4 * Double(order) / Double(heights - 1)
        drawArrow(on: &canvas, from: boxes[input], to: boxes[place], share: ordered(node, places) ? share : 0.5)
      }
    }
    for (node, box) in zip(nodes, boxes) { draw(node, in: box, on: &canvas) }
  }

  /// One line per box: its name, its inputs, and its quantities.
  public func terminal(columns: Int, color: Bool) -> String {
    let heading = title.isEmpty ? [] : [title]
    let rows = nodes.map { node in
      let from = node.inputs.map { nodes[$0].name }.joined(separator: ", ")
      let numbers = zip(quantities, node.lines).map { "\($0) \($1)" }.joined(separator: "  ")
      return "  \(node.name)\(from.isEmpty ? "" : " ← " + from): \(numbers)"
    }
    return (heading + rows).map { TerminalText.fitted($0, columns: columns) }.joined(separator: "\n")
  }

  private static let margin = 24.0

  /// The space between two columns, which is smaller if there are many of them on a page.
  private var gap: Double {
    let columns = Double(DiagramLayout(nodes).columns)
    return max(22, min(44, (Page.width - 2 * Self.margin - columns * boxWidth) / max(1, columns - 1)))
  }

  private var width: Double {
    max(320, 2 * Self.margin + Double(DiagramLayout(nodes).columns) * (boxWidth + gap) - gap)
  }

  private var boxHeight: Double { 26 + 17 * Double(nodes.map(\.lines.count).max() ?? 0) }
  private var rowHeight: Double { boxHeight + 20 }
  private var top: Double {
    (title.isEmpty ? 14 : Heading(title, width: width).height + 4) + (quantities.isEmpty ? 0 : 26)
  }

  private var boxWidth: Double {
    let names = nodes.map { Lettering.width($0.name, size: 15) }
    let numbers = nodes.flatMap { $0.lines.map { Lettering.width($0, size: 13) } }
    return max(64, (names + numbers).max() ?? 0) + 18
  }

  private func box(column: Int, row: Double) -> Rectangle {
    Rectangle(
      x: Self.margin + Double(column) * (boxWidth + gap), y: top + row * rowHeight, width: boxWidth,
      height: boxHeight)
  }

  /// Whether the arrows into a box are ordered from top to bottom, so that they can end side by side without crossing.
  private func ordered(_ node: Node, _ places: DiagramLayout) -> Bool {
    let rows = node.inputs.map { places.row[$0] }
    return rows == rows.sorted()
  }

  private func drawKey(on canvas: inout Canvas) {
    var x = 16.0
    for (index, quantity) in quantities.enumerated() {
      let y = top - 18
      canvas.fill(Rectangle(x: x, y: y - 9, width: 10, height: 10), color: canvas.theme.color(index))
      canvas.text(quantity, at: Point(x: x + 16, y: y), size: 13, color: canvas.theme.quietInk)
      x += 34 + Lettering.width(quantity, size: 13)
    }
  }

  private func draw(_ node: Node, in box: Rectangle, on canvas: inout Canvas) {
    canvas.fill(box, color: node.inputs.isEmpty ? canvas.theme.grid : canvas.theme.background)
    canvas.path([box.outline], color: canvas.theme.axis, width: 1.4)
    let middle = box.x + box.width / 2
    canvas.text(node.name, at: Point(x: middle, y: box.y + 18), size: 15, anchor: .middle, bold: true)
    for (index, line) in node.lines.enumerated() {
      canvas.text(
        line, at: Point(x: middle, y: box.y + 36 + 17 * Double(index)), size: 13, anchor: .middle,
        color: canvas.theme.color(index))
    }
  }

  private func drawArrow(on canvas: inout Canvas, from a: Rectangle, to b: Rectangle, share: Double) {
    let (start, end) = (Point(x: a.right, y: a.y + a.height / 2), Point(x: b.x, y: b.y + b.height * share))
    let length = ((end.x - start.x) * (end.x - start.x) + (end.y - start.y) * (end.y - start.y)).squareRoot()
    let (dx, dy) = ((end.x - start.x) / length, (end.y - start.y) / length)
    let neck = Point(x: end.x - 9 * dx, y: end.y - 9 * dy)
    canvas.path([[start, neck]], color: canvas.theme.axis, width: 1.6)
    let head = [
      end, Point(x: neck.x - 4.5 * dy, y: neck.y + 4.5 * dx), Point(x: neck.x + 4.5 * dy, y: neck.y - 4.5 * dx),
    ]
    canvas.fill([head], color: canvas.theme.axis)
  }
}

/// The positions of the boxes in a diagram: the column after all inputs of a box, and a row between them.
struct DiagramLayout {
  let column: [Int]
  let row: [Double]
  var columns: Int { (column.max() ?? 0) + 1 }
  var rows: Double { (row.max() ?? 0) + 1 }

  init(_ nodes: [Diagram.Node]) {
    var column = [Int](repeating: 0, count: nodes.count)
    for (place, node) in nodes.enumerated() {
      column[place] = (node.inputs.map { column[$0] + 1 }.max() ?? 0)
    }
    for place in nodes.indices where nodes[place].inputs.isEmpty {  // inputs are close to their first use
      let uses = nodes.indices.filter { nodes[$0].inputs.contains(place) }
      column[place] = max(0, (uses.map { column[$0] }.min() ?? 1) - 1)
    }
    self.column = column
    row = Self.rows(nodes, column)
  }

  /// Inputs get one row each, in the order in which the last boxes reach them. Every other box is in the middle of its
  /// inputs.
  private static func rows(_ nodes: [Diagram.Node], _ column: [Int]) -> [Double] {
    var row = [Double?](repeating: nil, count: nodes.count)
    var next = 0.0
    func visit(_ place: Int) -> Double {
      if let known = row[place] { return known }
      let own: Double
      if nodes[place].inputs.isEmpty {
        own = next
        next += 1
      } else {
        let rows = nodes[place].inputs.map(visit)
        own = ((rows.min() ?? 0) + (rows.max() ?? 0)) / 2
      }
      row[place] = own
      return own
    }
    for place in nodes.indices.reversed() { _ = visit(place) }
    return apart(row.map { $0 ?? 0 }, column)
  }

  /// The rows, moved down if two boxes of a column would touch.
  private static func apart(_ row: [Double], _ column: [Int]) -> [Double] {
    var row = row
    for one in Set(column) {
      let places = row.indices.filter { column[$0] == one }.sorted { (row[$0], $0) < (row[$1], $1) }
      for (above, below) in zip(places, places.dropFirst()) { row[below] = max(row[below], row[above] + 1) }
    }
    return row
  }
}
