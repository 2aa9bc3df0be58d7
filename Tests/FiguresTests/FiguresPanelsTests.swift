import Figures
import Foundation
import Testing

@Suite("Figures: panels for comparison")
struct FiguresPanelsTests {
  private func chart(
    _ title: String, _ top: Double, names: [String] = ["train", "test"], x: String = "epoch"
  ) -> LineChart {
    LineChart(
      title, x: Axis(x), y: Axis("loss"),
      series: names.enumerated().map { Series($1, [top, top / 2, top / Double(3 + $0)]) })
  }

  @Test(
    "charts in a group have frames of one size, in rows and columns, even if labels and legends differ",
    arguments: [2, 3])
  func frames(columns: Int) {
    let figures = [
      chart("a", 1), chart("b", 20_000, names: ["one", "other"], x: ""), chart("c", 3, names: [""]), chart("d", 7),
    ]
    let plots = Drawing(Panels("Four", columns: columns, figures)).plots
    #expect(plots.count == 4)
    for plot in plots {
      #expect(abs(plot.width - plots[0].width) < 0.02 && abs(plot.height - plots[0].height) < 0.02)
      #expect(plot.width > 100 && plot.height > 100)
    }
    let distance = 720 / Double(columns)
    for (index, plot) in plots.enumerated() {
      #expect(abs(plot.left - plots[0].left - Double(index % columns) * distance) < 0.02)
      #expect(abs(plot.top - plots[index / columns * columns].top) < 0.02)
    }
    #expect(plots[columns].top > plots[0].bottom)
  }

  @Test("axes with the same label share a scale, in pictures and in a terminal; axes with other labels have their own")
  func scales() throws {
    let panels = Panels("Two", [chart("a", 1), chart("b", 8)])
    let drawing = Drawing(panels)
    let ticks = drawing.ticksY
    #expect(ticks.map(\.text) == ["0", "2", "4", "6", "8", "0", "2", "4", "6", "8"])
    #expect(zip(ticks.prefix(5), ticks.suffix(5)).allSatisfy { $0.y() == $1.y() })
    let text = panels.terminal(columns: 60, color: false)
    #expect(text.components(separatedBy: "8 ┤").count == 3)
    var other = chart("b", 8)
    other.y.label = "accuracy"
    let apart = Drawing(Panels("Two", [chart("a", 1), other])).ticksY.map(\.text)
    #expect(apart.first == "0.2" && apart.contains("1.0") && apart.last == "8", "\(apart)")
    var ranged = chart("b", 8)
    ranged.y.range = 0...10
    #expect(Drawing(Panels("Two", [chart("a", 1), ranged])).ticksY.map(\.text).contains("1.0"))
  }

  @Test("a legend that all panels share is shown once, below them")
  func legend() throws {
    let drawing = Drawing(Panels("Two", [chart("a", 1), chart("b", 8)]))
    let names = drawing.all("text").filter { $0.text == "train" }
    #expect(names.count == 1)
    let lowest = try #require(drawing.plots.map(\.bottom).max())
    #expect(names[0].y() > lowest + 40 && names[0].y() < drawing.height - 8 && names[0].x() == 50)
    // The same names in other colours make two legends.
    let swapped = Drawing(Panels("Two", [chart("a", 1), chart("b", 8, names: ["test", "train"])]))
    #expect(swapped.all("text").filter { $0.text == "train" }.count == 2)
  }

  @Test("different legends are inside all plots or below all plots, and do not reduce the plots' height")
  func ownLegends() throws {
    let falling = [chart("a", 1), chart("b", 8, names: ["one", "other"])]
    let inside = Drawing(Panels("Two", falling))
    for (plot, name) in zip(inside.plots, ["train", "one"]) {
      let text = try #require(inside.text(name))
      #expect(plot.holds(text.x(), text.y()))
    }
    let noise = (0..<300).map { sin(Double($0 * 91)) * 8 }
    let crowded = LineChart(
      "b", x: Axis("epoch"), y: Axis("loss"), series: [Series("one", noise), Series("other", noise.map { -$0 })])
    let below = Drawing(Panels("Two", [falling[0], crowded]))
    for (plot, name) in zip(below.plots, ["train", "one"]) {
      let text = try #require(below.text(name))
      #expect(text.y() > plot.bottom + 42 && text.x() > plot.left && text.x() < plot.right)
      #expect(abs(plot.height - inside.plots[0].height) < 0.02)
    }
  }

  @Test("no row is wider than a page: cells shrink, and the rest goes into the next row")
  func width() throws {
    let map = HeatMap(
      "Map", values: (0..<8).map { row in (0..<8).map { Double(row * $0) } }, format: "%.0f", range: 0...49)
    for count in 1...6 {
      let drawing = Drawing(Panels("Maps", Array(repeating: map, count: count)))
      #expect(drawing.width <= 720)
      let cells = drawing.all("rect").filter {
        abs($0.number("width") - $0.number("height")) < 0.001 && $0.number("width") > 10
      }
      #expect(cells.count >= 64 * count)
      let boxes = cells.map(\.box)
      for box in boxes { #expect(box.right <= drawing.width && box.bottom <= drawing.height) }
    }
    let charts = Drawing(Panels("Charts", Array(repeating: chart("a", 1), count: 5)))
    #expect(charts.width == 720 && Set(charts.plots.map(\.top)).count == 2)
  }

  @Test("maps with the same titles share their range; of neighbours with the same colours only the last has the bar")
  func maps() throws {
    let maps = [1.0, 4].map {
      HeatMap("×\($0)", rowTitle: "y", columnTitle: "x", values: [[0, $0], [$0, 0]], format: "%.0f")
    }
    let drawing = Drawing(Panels("Two", maps))
    let bars = drawing.all("rect").filter { $0.number("width") == 14 }
    #expect(bars.count == 48)
    let ones = drawing.all("text").filter { $0.text == "1" && $0.attributes["text-anchor"] == "middle" }
    let cell = try #require(
      drawing.all("rect").first { $0.box.holds(ones[0].x(), ones[0].y()) && $0.number("width") < 100 })
    let share = ColorProbe.share(of: cell.fill, in: Array(bars.map(\.fill).reversed()))
    #expect(abs(share - 0.25) < 0.04)
    let apart = Drawing(Panels("Two", maps.enumerated().map { HeatMap("", rowTitle: "y\($0)", values: $1.values) }))
    #expect(apart.all("rect").filter { $0.number("width") == 14 }.count == 96)
  }

  @Test("the title is above all panels, and a panel keeps its own")
  func titles() throws {
    let drawing = Drawing(Panels("All of them", columns: 1, [Gallery.images, Gallery.map]))
    let title = try #require(drawing.text("All of them"))
    #expect(title.number("font-size") == 18 && [title.x(), title.y()] == [16, 32])
    let (first, second) = (try #require(drawing.text("Images")), try #require(drawing.text("Map")))
    #expect(first.y() == 40 + 28 && second.y() > first.y() + 100)
    let lowest = drawing.all("image").map(\.box.bottom).max() ?? 0
    #expect(second.y() > lowest)
    #expect(Drawing(Panels("", [Gallery.map])).text("Map")?.y() == 28)
  }
}

/// The position of a colour on a scale of colours.
enum ColorProbe {
  /// The position of the nearest one in `colors`, from 0 to 1.
  static func share(of color: String, in colors: [String]) -> Double {
    let distances = colors.map { distance(color, $0) }
    let best = distances.indices.min { distances[$0] < distances[$1] } ?? 0
    return (Double(best) + 0.5) / Double(colors.count)
  }

  private static func distance(_ a: String, _ b: String) -> Int {
    let (a, b) = (UInt32(a.dropFirst(), radix: 16) ?? 0, UInt32(b.dropFirst(), radix: 16) ?? 0)
    return [0, 8, 16].reduce(0) { $0 + abs(Int(a >> UInt32($1) & 255) - Int(b >> UInt32($1) & 255)) }
  }
}
