import Figures
import Foundation
import Testing

@Suite("Figures: networks in the form of a U")
struct FiguresUTests {
  private static func diagram(levels: Int, mark: String = "t") -> UDiagram {
    var diagram = UDiagram(
      "A network", levels: (1...levels).map { .init(down: .init("down \($0)", "8 × 8"), up: .init("up \($0)")) },
      bottom: .init("bottom", "2 × 2"))
    (diagram.input, diagram.output, diagram.across, diagram.below, diagram.above) = (
      "x_t", "y", "copied", "half", "twice"
    )
    (diagram.mark, diagram.meaning) = (mark, "the time is added")
    return diagram
  }

  /// The outlines of the boxes: paths of five corners that end where they began.
  private func boxes(_ drawing: Drawing) -> [(left: Double, top: Double, right: Double, bottom: Double)] {
    drawing.all("path").compactMap { path in
      guard let corners = Drawing.runs(path).first, corners.count == 5, corners[0] == corners[4] else { return nil }
      return (corners[0].x, corners[0].y, corners[2].x, corners[2].y)
    }
  }

  @Test("they are well-formed XML in both themes, with and without marks", arguments: 1...4)
  func documents(levels: Int) {
    for theme in Theme.allCases {
      #expect(Drawing(Self.diagram(levels: levels), theme: theme).isWellFormed)
      #expect(Drawing(Self.diagram(levels: levels, mark: ""), theme: theme).isWellFormed)
    }
  }

  @Test(
    "all boxes are inside the picture and apart, twins are at the same height, and the bottom is in the middle",
    arguments: 1...4)
  func layout(levels: Int) throws {
    let drawing = Drawing(Self.diagram(levels: levels))
    let boxes = boxes(drawing)
    let root = try #require(drawing.elements.first)
    let (width, height) = (root.number("width"), root.number("height"))
    #expect(boxes.count == 2 * levels + 1)
    for (i, a) in boxes.enumerated() {
      #expect(a.left >= 0 && a.right <= width && a.top >= 0 && a.bottom <= height)
      for b in boxes[..<i] {
        #expect(a.left > b.right || a.right < b.left || a.top > b.bottom || a.bottom < b.top, "boxes do not touch")
      }
    }
    for level in 0..<levels {
      let (down, up) = (boxes[2 * level], boxes[2 * level + 1])
      #expect(down.top == up.top && abs(down.left + up.right - width) < 0.05)
    }
    let bottom = boxes[2 * levels]
    #expect(abs(bottom.left + bottom.right - width) < 0.05)
  }

  @Test(
    "there are an arrow across, one down and one up for each level, one in and one out; only those across are dashed")
  func arrows() {
    let drawing = Drawing(Self.diagram(levels: 2))
    let tips = drawing.all("path").filter { $0.attributes["d"]?.hasSuffix("Z") == true }
    #expect(tips.count == 3 * 2 + 2)
    #expect(drawing.all("path").count { $0.attributes["stroke-dasharray"] != nil } == 2)
    #expect(drawing.all("circle").count == 5 + 1 && Drawing(Self.diagram(levels: 2, mark: "")).all("circle").isEmpty)
  }

  @Test("in a terminal the boxes are in the order of the computation", arguments: [20, 80])
  func terminal(columns: Int) {
    let lines = Self.diagram(levels: 2).terminal(columns: columns, color: false).split(separator: "\n")
    #expect(lines.count == 8 && lines.allSatisfy { $0.count <= columns })
    if columns == 80 {
      #expect(
        lines[2] == "  down 1  8 × 8  ← t" && lines[4] == "  bottom  2 × 2  ← t" && lines[5] == "  up 2  ← t ← down 2")
    }
  }

  @Test("no level, and more than a page holds, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = UDiagram("", levels: [], bottom: .init("a")) }
    await #expect(processExitsWith: .failure) {
      _ = UDiagram("", levels: (0..<5).map { _ in .init(down: .init("a"), up: .init("b")) }, bottom: .init("c"))
    }
  }
}
