import Figures
import Foundation
import Testing

@Suite("Figures: towers of boxes")
struct FiguresTowerTests {
  private static let towers = TowerDiagram(
    "Two & more",
    towers: [
      .init("left", boxes: [.init("input"), .init("map"), .init("sum", shortcut: 1)], repeated: 1..<3, times: "× 6"),
      .init("right", boxes: [.init("other"), .init("cross"), .init("sum", shortcut: 1), .init("output")]),
    ], links: [.init(from: 0, to: 1, box: 1)])

  /// The outlines of the boxes: paths of five corners that end where they began.
  private func boxes(_ drawing: Drawing) -> [(left: Double, top: Double, right: Double, bottom: Double)] {
    drawing.all("path").compactMap { path in
      guard let corners = Drawing.runs(path).first, corners.count == 5, corners[0] == corners[4] else { return nil }
      return (corners[0].x, corners[0].y, corners[2].x, corners[2].y)
    }
  }

  @Test("towers are well-formed XML in both themes, also without boxes")
  func documents() {
    for theme in Theme.allCases { #expect(Drawing(Self.towers, theme: theme).isWellFormed) }
    #expect(Drawing(TowerDiagram("nothing", towers: [])).isWellFormed)
    #expect(Drawing(TowerDiagram("", towers: [.init("none", boxes: [])])).isWellFormed)
  }

  @Test("every box is inside the picture, above the one before it or to the right, and touches no other")
  func layout() throws {
    let drawing = Drawing(Self.towers)
    let boxes = boxes(drawing)
    let root = try #require(drawing.elements.first)
    #expect(boxes.count == 7)
    for (i, a) in boxes.enumerated() {
      #expect(a.left >= 0 && a.right <= root.number("width") && a.top >= 0 && a.bottom <= root.number("height"))
      if let before = i > 0 ? boxes[i - 1] : nil { #expect(before.top > a.bottom || before.right < a.left) }
    }
  }

  @Test("every arrow ends at its box: one for each box but the lowest, one for each shortcut, and the dashed one")
  func arrows() {
    let drawing = Drawing(Self.towers)
    let tips = drawing.all("path").filter { $0.attributes["d"]?.hasSuffix("Z") == true }.compactMap {
      Drawing.runs($0).first?.first
    }
    #expect(tips.count == 5 + 2 + 1)
    let dashed = drawing.all("path").filter { $0.attributes["stroke-dasharray"] != nil }
    #expect(dashed.count == 1)
    let cross = boxes(drawing)[4]
    #expect(tips.contains { abs($0.x - cross.left) < 0.02 && $0.y > cross.top && $0.y < cross.bottom })
  }

  @Test("in a terminal every box is one line that says what leads into it", arguments: [20, 80])
  func terminal(columns: Int) {
    let lines = Self.towers.terminal(columns: columns, color: false).split(separator: "\n")
    #expect(lines.count == 1 + 4 + 5 && lines.allSatisfy { $0.count <= columns })
    if columns == 80 { #expect(lines[2] == "  × 6 │ sum ← input of map" && lines[8] == "  cross ⇠ left") }
  }

  @Test("an arrow from above, and a frame around boxes that are not there, stop with a message")
  func mistakes() async {
    await #expect(processExitsWith: .failure) { _ = TowerDiagram.Tower("", boxes: [.init("a", shortcut: 0)]) }
    await #expect(processExitsWith: .failure) { _ = TowerDiagram.Tower("", boxes: [], repeated: 0..<2) }
    await #expect(processExitsWith: .failure) {
      _ = TowerDiagram("", towers: [.init("a", boxes: [.init("x")])], links: [.init(from: 0, to: 0, box: 0)])
    }
  }
}
