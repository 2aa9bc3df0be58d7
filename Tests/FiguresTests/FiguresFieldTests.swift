import Figures
import Foundation
import Testing

@Suite("Figures: vector fields")
struct FiguresFieldTests {
  private let field = VectorField("", x: Axis("x", range: -2...2), y: Axis("y", range: -2...2), count: 4) { x, y in
    x < -1 && y < -1 ? (.nan, 0) : (-y, x)
  }

  @Test("an arrow points along the field, has the field's strength as its length, and is centred at its place")
  func arrows() throws {
    let drawing = Drawing(field)
    let plot = try #require(drawing.plots.first)
    let arrows = try #require(drawing.all("path").first.map(Drawing.runs))
    #expect(arrows.count == 15)  // all but the one that is not finite
    let cell = min(plot.width, plot.height) / 4
    for arrow in arrows {
      let (tail, tip) = (arrow[0], arrow[1])
      let (stepX, stepY) = (plot.width / 4, plot.height / 4)
      let x = ((tail.x + tip.x) / 2 - plot.left) / stepX - 2
      let y = (plot.bottom - (tail.y + tip.y) / 2) / stepY - 2
      #expect(abs(x * 2 - (x * 2).rounded()) < 0.01 && abs(y * 2 - (y * 2).rounded()) < 0.01)
      // On the page the components are measured on their axes; the strongest arrow is as long as a cell.
      let (dx, dy) = (-y * stepX, -x * stepY)
      let longest = hypot(1.5 * stepX, 1.5 * stepY)
      #expect(abs(tip.x - tail.x - dx / longest * cell) < 0.03 && abs(tip.y - tail.y - dy / longest * cell) < 0.03)
    }
    let heads = try #require(drawing.all("path").dropFirst().first.map(Drawing.runs))
    for (head, arrow) in zip(heads, arrows) {
      #expect(head[0] == arrow[1])
      let neck = (x: (head[1].x + head[2].x) / 2, y: (head[1].y + head[2].y) / 2)
      let (back, along) = (
        (x: head[0].x - neck.x, y: head[0].y - neck.y), (x: arrow[1].x - arrow[0].x, y: arrow[1].y - arrow[0].y)
      )
      #expect(
        abs(back.x * along.y - back.y * along.x) < 0.01 * hypot(back.x, back.y) * hypot(along.x, along.y) + 0.1
          && back.x * along.x + back.y * along.y > 0)
      let breadth = hypot(head[1].x - head[2].x, head[1].y - head[2].y)
      #expect(abs(breadth - hypot(back.x, back.y)) < 0.03 && breadth <= 6.03 && breadth > 3)
    }
  }

  @Test("in a terminal every place has an arrow in the nearest of eight directions, or a dot where the field is 0")
  func terminal() {
    let turning = VectorField("Turning", x: Axis("x", range: -1...1), y: Axis("y", range: -1...1), count: 3) {
      (-$1, $0)
    }
    #expect(turning.terminal(columns: 40, color: false) == "Turning\n↙ ← ↖\n↓ · ↑\n↘ → ↗\nx to the right, y upwards")
    #expect(field.terminal(columns: 40, color: false).hasSuffix("\n  ↘ → ↗\nx to the right, y upwards") == false)
    #expect(field.terminal(columns: 40, color: false).split(separator: "\n")[3].hasPrefix("  "))
  }

  @Test("paths are drawn over the arrows, points are points, and a legend is next to the plot")
  func paths() throws {
    let drawing = Drawing(Gallery.field)
    let plot = try #require(drawing.plots.first)
    let name = try #require(drawing.text("descent"))
    #expect(name.x() > plot.right)
    let way = try #require(drawing.all("path").dropFirst(2).first.map(Drawing.runs)?.first)
    #expect(way.count == 3 && abs(way[0].x - (plot.left + plot.width / 8)) < 0.02)
    // A ring where it begins, a disk where it ends; samples are squares.
    #expect(drawing.all("circle").map { $0.number("r") } == [5, 2.8, 4])
  }

  @Test("a vector field without ranges is refused")
  func noRange() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = VectorField("Flow", x: Axis("x"), y: Axis("y")) { ($0, $1) }
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot draw “Flow”: a vector field needs two linear axes with their ranges"))
  }
}

extension FiguresContourTests {
  @Test("points over contour lines are at their values, one mark each, without connecting lines")
  func points() throws {
    let plot = ContourPlot(
      "", x: Axis(range: -2...2), y: Axis(range: -2...2), levels: [1],
      paths: [Series("a", x: [1, -1, 0.5], [0, 1, -1.5], style: .points)]
    ) { $0 * $0 + $1 * $1 }
    let drawing = Drawing(plot)
    let frame = try #require(drawing.plots.first)
    let circles = drawing.all("circle")
    #expect(drawing.all("path").count == 1 && circles.count == 3)
    for (circle, place) in zip(circles, [(1.0, 0.0), (-1, 1), (0.5, -1.5)]) {
      #expect(abs(circle.number("cx") - (frame.left + (place.0 + 2) / 4 * frame.width)) < 0.02)
      #expect(abs(circle.number("cy") - (frame.bottom - (place.1 + 2) / 4 * frame.height)) < 0.02)
    }
  }
}
