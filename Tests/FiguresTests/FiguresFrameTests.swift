import Figures
import Foundation
import Testing

@Suite("Figures: frames, ticks and legends")
struct FiguresFrameTests {
  private let chart = LineChart(
    "Losses", x: Axis("epoch"), y: Axis("loss"), series: [Series("first", [4, 2, 1]), Series("second", [3, 1, 0.5])])

  @Test("every labelled tick has a grid line across the plot and a mark outside it")
  func ticks() throws {
    let drawing = Drawing(chart)
    let plot = try #require(drawing.plots.first)
    let lines = drawing.all("line")
    #expect(drawing.ticksX.map(\.text) == ["1", "2", "3"])
    for tick in drawing.ticksX {
      let own = lines.filter { $0.x("x1") == tick.x() && $0.x("x2") == tick.x() && $0.stroke != "#8c959f" }
      #expect(own.map { [$0.y("y1"), $0.y("y2")] } == [[plot.top, plot.bottom]])
      let marks = lines.filter { $0.x("x1") == tick.x() && $0.y("y1") == plot.bottom && $0.stroke == "#8c959f" }
      #expect(marks.contains { $0.x("x2") == tick.x() && $0.y("y2") == plot.bottom + 5 })
      #expect(tick.y() == plot.bottom + 20)
    }
    #expect(drawing.ticksY.map(\.text) == ["0", "1", "2", "3", "4"])
    for tick in drawing.ticksY {
      let y = tick.y() - 4
      let own = lines.filter { $0.y("y1") == y && $0.y("y2") == y && $0.stroke == "#e4e8ec" }
      #expect(own.map { [$0.x("x1"), $0.x("x2")] } == [[plot.left, plot.right]])
      #expect(lines.contains { $0.y("y1") == y && $0.x("x1") == plot.left && $0.x("x2") == plot.left - 5 })
      #expect(tick.x() == plot.left - 9)
    }
    #expect(drawing.ticksX.first?.x() == plot.left && drawing.ticksX.last?.x() == plot.right)
    #expect(drawing.ticksY.first?.y() == plot.bottom + 4 && drawing.ticksY.last?.y() == plot.top + 4)
  }

  @Test(
    "the heading is above the plot, the axes' names are below it and at its side, and all are inside the picture")
  func words() throws {
    let drawing = Drawing(chart)
    let plot = try #require(drawing.plots.first)
    let heading = try #require(drawing.text("Losses"))
    #expect(heading.attributes["font-weight"] == "600" && heading.number("font-size") == 16)
    #expect([heading.x(), heading.y()] == [16, 28] && plot.top == 40)
    let (x, y) = (try #require(drawing.text("epoch")), try #require(drawing.text("loss")))
    #expect(abs(x.x() - (plot.left + plot.right) / 2) < 0.01 && x.y() == plot.bottom + 42 && x.y() < drawing.height - 8)
    #expect(y.x() == 22 && abs(y.y() - (plot.top + plot.bottom) / 2) < 0.01)
    #expect(y.attributes["transform"] == "rotate(-90 22 \(y.attributes["y"] ?? ""))")
    // A narrow figure has smaller letters, and as many lines as the heading needs.
    var narrow = chart
    narrow.size = Canvas.Size(width: 300, height: 240)
    narrow.title = "A title that is far too long for a figure as narrow as this one and must be broken"
    let lines = Drawing(narrow).all("text").filter { $0.attributes["font-weight"] == "600" }
    #expect(lines.count > 2 && lines.map(\.text).joined(separator: " ") == narrow.title)
    #expect(lines.allSatisfy { $0.number("font-size") == 14 })
    #expect(zip(lines, lines.dropFirst()).allSatisfy { $1.y() - $0.y() == 20 })
    #expect(Drawing(narrow).plots.first?.top == 20 + 20 * Double(lines.count))
  }

  @Test("a name in the legend is next to its line, in the line's colour and dashes, in rows at equal distances")
  func legend() throws {
    let drawing = Drawing(chart)
    let plot = try #require(drawing.plots.first)
    let (first, second) = (try #require(drawing.text("first")), try #require(drawing.text("second")))
    #expect(second.y() - first.y() == 19 && first.x() == second.x())
    let lines = drawing.all("path").map { (path: $0, run: Drawing.runs($0).first ?? []) }
    for (index, name) in [first, second].enumerated() {
      let sample = try #require(lines.last { abs(($0.run.first?.y ?? 0) - (name.y() - 4)) < 0.01 && $0.run.count == 2 })
      #expect(sample.run[0].x == name.x() - 33 && sample.run[1].x == name.x() - 7)
      #expect(sample.path.stroke == lines[index].path.stroke)
      #expect(sample.path.attributes["stroke-dasharray"] == lines[index].path.attributes["stroke-dasharray"])
    }
    #expect(lines[0].path.stroke == "#0072b2" && lines[1].path.stroke == "#d55e00")
    #expect(
      lines[0].path.attributes["stroke-dasharray"] == nil && lines[1].path.attributes["stroke-dasharray"] == "8 5")
    let box = try #require(drawing.all("rect").first { $0.attributes["fill-opacity"] == "0.85" }?.box)
    #expect(plot.holds(box.left, box.top) && plot.holds(box.right, box.bottom))
    #expect(box.holds(first.x() - 34, first.y() - 12) && box.holds(second.x(), second.y() + 4))
  }

  @Test("a legend without room inside is next to the plot, and in narrow figures below it, in columns")
  func outside() throws {
    let noise = (0..<4).map { phase in Series("series \(phase)", (0..<400).map { sin(Double($0 * (7 + phase) * 13)) }) }
    var crowded = LineChart("", x: Axis("step"), series: noise)
    let wide = Drawing(crowded)
    let plot = try #require(wide.plots.first)
    for series in noise {
      let name = try #require(wide.text(series.name))
      #expect(name.x() == plot.right + 18 + 34 && name.y() > plot.top && name.y() < plot.bottom)
      #expect(name.x() + 60 < wide.width)
    }
    crowded.size = Canvas.Size(width: 400, height: 300)
    let narrow = Drawing(crowded)
    let low = try #require(narrow.plots.first)
    let names = noise.compactMap { narrow.text($0.name) }
    #expect(names.count == 4 && names.allSatisfy { $0.y() > low.bottom + 42 && $0.y() < narrow.height - 10 })
    #expect(Set(names.map { $0.y() }).count == 2 && Set(names.map { $0.x() }).count == 3)
    #expect(names[0].x() == low.left + 34)
    #expect(try #require(narrow.text("step")).y() < names[0].y() - 10)
  }

  @Test("epochs have ticks only at whole numbers, however few there are")
  func wholeTicks() {
    for count in 1...5 {
      for range in [nil, 1...Double(max(2, count))] {
        let chart = LineChart(
          "", x: Axis("epoch", range: range), series: [Series("", (0..<count).map { Double($0) / 7 })])
        let ticks = Drawing(chart).ticksX.map { Drawing.number($0.text) }
        #expect(!ticks.isEmpty && ticks.allSatisfy { $0 == $0.rounded() }, "\(count): \(ticks)")
      }
    }
    let shares = Drawing(LineChart("", series: [Series("", x: [0, 0.5, 1], [1, 2, 3])]))
    #expect(shares.ticksX.count > 3)
  }

  @Test("powers of ten are labelled in regular steps")
  func powers() {
    for (low, high) in [(1e-20, 1e5), (1e-44, 1.0), (1e-13, 1e3), (1e-7, 1e2)] {
      let drawing = Drawing(LineChart("", y: Axis("", .logarithmic), series: [Series("", [low, high])]))
      let powers = drawing.ticksY.map { log10(Drawing.power($0.text)).rounded() }
      let steps = Set(zip(powers, powers.dropFirst()).map { $1 - $0 })
      #expect(steps.count == 1 && ![7, 9, 11, 13, 14].contains(steps.first ?? 7), "\(powers)")
      #expect(powers.count >= 3 && powers.count <= 9)
    }
  }

  @Test("an arrowhead at the edge marks where a line leaves the plot; a line along the edge has none")
  func exits() throws {
    let drawing = Drawing(
      LineChart("", y: Axis("", range: 0...2), series: [Series("", x: [0, 1, 2, 3], [1, 3, 1, -1])]))
    let plot = try #require(drawing.plots.first)
    let heads = drawing.all("path").filter { $0.fill != "none" }.flatMap { Drawing.runs($0) }
    #expect(heads.count == 3)
    let expected = [(0.5, plot.top, 1.0), (1.5, plot.top, 1), (2.5, plot.bottom, -1)]
    for (head, (x, edge, sign)) in zip(heads, expected) {
      #expect(abs(head[0].x - (plot.left + x / 3 * plot.width)) < 0.02 && head[0].y == edge)
      #expect(
        abs(head[1].y - edge - sign * 9) < 0.02 && head[1].y == head[2].y && abs(head[2].x - head[1].x - 9) < 0.02)
    }
    let inside = Drawing(LineChart("", y: Axis("", range: 0...2), series: [Series("", [0, 2, 2, 0, 0])]))
    #expect(inside.all("path").allSatisfy { $0.fill == "none" })
    let trembling = (0..<200).map { $0 % 2 == 0 ? 1.9 : 2.1 }
    let crowd = Drawing(LineChart("", y: Axis("", range: 0...2), series: [Series("", trembling)]))
    let tips = crowd.all("path").filter { $0.fill != "none" }.flatMap { Drawing.runs($0) }.map { $0[0].x }.sorted()
    #expect(tips.count > 20 && zip(tips, tips.dropFirst()).allSatisfy { $1 - $0 >= 13.99 })
  }

  @Test("an underscore after a symbol makes a subscript, as in λ_max, and names in snake_case keep theirs")
  func indices() throws {
    let drawing = Drawing(LineChart("λ_max, x_{t−1} and batch_norm", x: Axis("p_l"), series: [Series("", [1, 2])]))
    #expect(drawing.isWellFormed)
    let lowered = drawing.all("tspan").filter { $0.attributes["font-size"] != nil }
    #expect(lowered.map(\.text) == ["max", "t−1", "l"])
    #expect(lowered.map { $0.number("font-size") } == [11.52, 11.52, 9.36] && lowered[0].number("dy") == 3.52)
    // The text after it is on the line again.
    let moves = drawing.all("tspan").prefix(4).map { $0.number("dy") }
    #expect(moves == [3.52, -3.52, 3.52, -3.52])
    #expect(drawing.text("λmax, xt−1 and batch_norm") != nil)
    #expect(drawing.all("title").first?.text == "λ_max, x_{t−1} and batch_norm")
  }

  @Test("no figure is wider than a page: larger drawings are scaled down as a whole")
  func page() {
    for figure in Gallery.all { #expect(Drawing(figure).width <= 720, "\(figure.title)") }
    var wide = chart
    wide.size = Canvas.Size(width: 900, height: 450)
    let drawing = Drawing(wide)
    #expect(drawing.width == 720 && drawing.height == 360 && drawing.elements[0].attributes["viewBox"] == "0 0 900 450")
  }
}
