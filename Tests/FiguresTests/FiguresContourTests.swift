import Figures
import Foundation
import Testing

@Suite("Figures: contour lines")
struct FiguresContourTests {
  private let bowl = ContourPlot(
    "Bowl", x: Axis("x", range: -2...2), y: Axis("y", range: -2...2), levels: [1, 2.25],
    paths: [Series("down", x: [1.5, 0.5, 0], [1.5, 0.2, 0]), Series("across", x: [-1.5, 1.5], [-1, -1])]
  ) { x, y in x * x + y * y }

  @Test("a level of x² + y² is one closed circle of the right radius")
  func circle() throws {
    let drawing = Drawing(bowl)
    #expect(drawing.isWellFormed)
    let contours = drawing.all("path").prefix(2).map { Drawing.runs($0) }
    #expect(contours.map(\.count) == [1, 1])
    for (contour, radius) in zip(contours, [1, 1.5]) {
      let line = try #require(contour.first)
      #expect(line.count > 100)
      #expect(line.first?.x == line.last?.x && line.first?.y == line.last?.y)
      for point in line {
        let x = Drawing.value(at: point.x, drawing.ticksX, "x", offset: 0)
        let y = Drawing.value(at: point.y, drawing.ticksY, "y", offset: 4)
        #expect(abs((x * x + y * y).squareRoot() - radius) < 0.01)
      }
    }
  }

  @Test("a saddle's zero level is two unbroken strokes")
  func saddle() {
    let plot = ContourPlot("Saddle", x: Axis(range: -1...1), y: Axis(range: -1...1), levels: [0.01], fineness: 20) {
      $0 * $1
    }
    let strokes = Drawing(plot).all("path").flatMap { Drawing.runs($0) }
    #expect(strokes.count == 2)
    #expect(strokes.allSatisfy { $0.count > 10 })
  }

  @Test("paths are drawn over the contour lines, with a ring at the start and a disk at the end")
  func paths() throws {
    let drawing = Drawing(bowl)
    #expect(drawing.all("path").dropFirst(2).prefix(2).map { Drawing.runs($0).first?.count } == [3, 2])
    #expect(drawing.all("circle").count == 6)
    #expect(bowl.terminal(columns: 60, color: false).contains("down"))
    #expect(bowl.svg() == bowl.svg() && bowl.svg(theme: .dark) != bowl.svg())
  }

  @Test("places without a finite height have no contour lines, and nothing fails")
  func infinite() {
    let plot = ContourPlot("", x: Axis(range: 0...1), y: Axis(range: 0...1), levels: [0.5]) { x, _ in x > 0.5 ? .nan : 0
    }
    let drawing = Drawing(plot)
    #expect(drawing.isWellFormed && !plot.svg().contains("nan"))
    #expect(drawing.all("path").isEmpty)
  }

  @Test("a contour plot without ranges is refused")
  func noRange() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ContourPlot("Bowl", x: Axis("x"), y: Axis("y"), levels: [1]) { x, y in x * y }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot draw “Bowl”: contour lines need two linear axes with their ranges"))
  }
}
