import Figures
import Foundation
import Testing

@Suite("Figures: diagrams of boxes and arrows")
struct FiguresDiagramTests {
  private static let diagram = Diagram(
    "f = (x + y) z & x²", quantities: ["value", "gradient"],
    nodes: [
      Diagram.Node("x", lines: ["−2", "−4"]), Diagram.Node("y", lines: ["5", "−4"]),
      Diagram.Node("z", lines: ["−4", "3"]),
      Diagram.Node("+", lines: ["3", "−4"], inputs: [0, 1]), Diagram.Node("×", lines: ["−12", "1"], inputs: [3, 2]),
      Diagram.Node("x²", lines: ["4", "0"], inputs: [0, 0]),
    ])

  /// The outlines of the boxes: paths of five corners that end where they began.
  private func boxes(_ drawing: Drawing) -> [(left: Double, top: Double, right: Double, bottom: Double)] {
    drawing.all("path").compactMap { path in
      guard let corners = Drawing.runs(path).first, corners.count == 5, corners[0] == corners[4] else { return nil }
      return (corners[0].x, corners[0].y, corners[2].x, corners[2].y)
    }
  }

  @Test("a diagram is well-formed XML in both themes, and never changes")
  func documents() {
    for theme in Theme.allCases {
      let drawing = Drawing(Self.diagram, theme: theme)
      #expect(drawing.isWellFormed)
      #expect(drawing.all("title").map(\.text) == [Self.diagram.title])
      #expect(Self.diagram.svg(theme: theme) == Self.diagram.svg(theme: theme))
    }
    #expect(Drawing(Diagram("nothing", nodes: [])).isWellFormed)
  }

  @Test("every box is inside the picture, to the right of those its arrows come from, and touches no other")
  func layout() throws {
    let drawing = Drawing(Self.diagram)
    let boxes = boxes(drawing)
    let root = try #require(drawing.elements.first)
    #expect(boxes.count == Self.diagram.nodes.count)
    for (i, a) in boxes.enumerated() {
      #expect(a.left >= 0 && a.right <= root.number("width") && a.top >= 0 && a.bottom <= root.number("height"))
      for b in boxes[..<i] {
        #expect(a.left >= b.right || b.left >= a.right || a.top >= b.bottom || b.top >= a.bottom)
      }
      for input in Self.diagram.nodes[i].inputs { #expect(boxes[input].right < a.left) }
    }
  }

  @Test("every arrow has its tip at its target box; an input that is used twice has two")
  func arrows() {
    let drawing = Drawing(Self.diagram)
    let boxes = boxes(drawing)
    let tips = drawing.all("path").filter { $0.attributes["d"]?.hasSuffix("Z") == true }.compactMap {
      Drawing.runs($0).first?.first
    }
    #expect(tips.count == 6)
    for (place, box) in boxes.enumerated() {
      let own = tips.filter { abs($0.x - box.left) < 0.02 && $0.y > box.top && $0.y < box.bottom }
      #expect(own.count == Self.diagram.nodes[place].inputs.count)
    }
  }

  @Test("names and numbers are written inside their boxes, and the key names the quantities")
  func texts() {
    let drawing = Drawing(Self.diagram)
    let texts = drawing.all("text").map(\.text)
    for quantity in ["value", "gradient"] { #expect(texts.contains(quantity)) }
    let inside = drawing.all("text").filter { text in
      boxes(drawing).contains { box in
        (box.left...box.right).contains(text.number("x")) && (box.top...box.bottom).contains(text.number("y"))
      }
    }
    #expect(inside.count == 6 * 3)
  }

  @Test("in a terminal every box is one line, and no line is too long", arguments: [20, 80])
  func terminal(columns: Int) {
    let lines = Self.diagram.terminal(columns: columns, color: false).split(separator: "\n")
    #expect(lines.count == 7 && lines.allSatisfy { $0.count <= columns })
    if columns == 80 { #expect(lines[5] == "  × ← +, z: value −12  gradient 1") }
  }

  @Test("an arrow from a later box stops with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = Diagram("", nodes: [Diagram.Node("a", inputs: [0])]) }
  }
}
