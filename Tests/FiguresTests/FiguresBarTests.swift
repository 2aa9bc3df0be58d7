import Figures
import Foundation
import Testing

@Suite("Figures: bars, error bars and bins")
struct FiguresBarTests {
  private func value(_ y: Double, _ drawing: Drawing) -> Double { Drawing.value(at: y, drawing.ticksY, "y", offset: 4) }

  @Test("an error bar is in the middle of its bar, from the low end to the high one")
  func errorBars() throws {
    let (low, high) = ([1.0, -3], [4.0, -1])
    let chart = BarChart(
      "", categories: ["a", "b"],
      series: [Series("one", [2, -2], band: (low, high)), Series("two", [1, 1], band: ([0.5, 0.25], [1.5, 3]))])
    let drawing = Drawing(chart)
    let bars = drawing.all("rect").dropFirst().prefix(4).map(\.box)
    let errors = drawing.all("path").filter { $0.attributes["stroke-width"] == "1.4" }.compactMap {
      Drawing.runs($0).first
    }
    #expect(errors.count == 4)
    for (error, (bar, ends)) in zip(errors, zip(bars, [(1.0, 4.0), (-3, -1), (0.5, 1.5), (0.25, 3)])) {
      #expect(abs(error[0].x - (bar.left + bar.right) / 2) < 0.02 && error[0].x == error[1].x)
      #expect(abs(value(error[0].y, drawing) - ends.0) < 0.02 && abs(value(error[1].y, drawing) - ends.1) < 0.02)
    }
    // The values are printed beyond the error bars: above, or below if negative.
    for (index, (error, words)) in zip(errors, ["2", "−2", "1", "1"]).enumerated() {
      let text = try #require(drawing.all("text").first { $0.text == words && abs($0.x() - error[0].x) < 0.02 })
      #expect(index == 1 ? text.y() > error[0].y + 8 : abs(text.y() - error[1].y + 5) < 0.02)
    }
  }

  @Test(
    "the bars of a group are equally wide, side by side, centred on their category, with a gap to the next"
  )
  func groups() throws {
    let names = ["a", "b", "c"]
    let drawing = Drawing(BarChart("", categories: names, series: ["x", "y"].map { Series($0, [1, 2, 3]) }))
    let plot = try #require(drawing.plots.first)
    let bars = drawing.all("rect").dropFirst().prefix(6).map(\.box)
    let colors = drawing.all("rect").dropFirst().prefix(6).map(\.fill)
    #expect(Set(colors.prefix(3)) == ["#0072b2"] && Set(colors.suffix(3)) == ["#d55e00"])
    let place = plot.width / 3
    for (index, name) in names.enumerated() {
      let middle = plot.left + (Double(index) + 0.5) * place
      #expect(abs(try #require(drawing.text(name)).x() - middle) < 0.02)
      let (first, second) = (bars[index], bars[index + 3])
      #expect(abs(first.width - 0.38 * place + 2) < 0.03 && abs(first.width - second.width) < 0.02)
      #expect(abs((first.left + second.right) / 2 - middle) < 0.02 && abs(second.left - first.right - 2) < 0.03)
    }
    // A line at zero runs across the plot, at the base of the bars.
    let zero = try #require(bars.first?.bottom)
    #expect(
      drawing.all("line").contains {
        $0.x("x1") == plot.left && $0.x("x2") == plot.right && abs($0.y("y1") - zero) < 0.02
      })
  }

  @Test("the axis of bars begins at zero for all values, and leaves room for the labels at their ends")
  func zero() throws {
    for values in [[97.1, 98.3], [-5, -4.5], [-1, 3]] {
      let drawing = Drawing(BarChart("", categories: ["a", "b"], values: values))
      let plot = try #require(drawing.plots.first)
      let (low, high) = (value(plot.bottom, drawing), value(plot.top, drawing))
      let room = 0.1 * (max(0, values.max() ?? 0) - min(0, values.min() ?? 0))
      #expect(abs(low - min(0, (values.min() ?? 0) - room)) < 0.02 * room)
      #expect(abs(high - max(0, (values.max() ?? 0) + room)) < 0.02 * room)
    }
    let bare = Drawing(BarChart("", categories: ["a"], values: [3], format: nil))
    #expect(abs(value(try #require(bare.plots.first).top, bare) - 3) < 0.01)
  }

  @Test("category names that are too long are slanted, end at their places and move the axis up")
  func slanted() throws {
    let names = (0..<8).map { "a category called \($0)" }
    let drawing = Drawing(BarChart("", categories: names, categoryLabel: "kind", values: names.map { _ in 1 }))
    let plot = try #require(drawing.plots.first)
    let slanted = drawing.all("text").filter { $0.attributes["transform"]?.hasPrefix("rotate(-35 ") == true }
    #expect(slanted.count == 8 && slanted.dropFirst().map(\.text) == Array(names.dropFirst()))
    for (index, text) in slanted.enumerated() {
      #expect(
        abs(text.x() - plot.left - (Double(index) + 0.5) / 8 * plot.width - 5) < 0.02 && text.y() == plot.bottom + 16)
      #expect(text.attributes["text-anchor"] == "end")
    }
    let kind = try #require(drawing.text("kind"))
    #expect(kind.y() > plot.bottom + 16 + 0.57 * 100 && kind.y() < drawing.height)
  }

  @Test("bins follow the rule of Freedman and Diaconis, 2 · interquartile range / ∛n, rounded up to an edge on a tick")
  func bins() throws {
    // 0, 1, …, 99 hundredths of 8 have the quartiles 2 and 6: 2 · 4 / ∛100 = 1.72, rounded up to 2.
    let values = (0..<100).map { Double($0) * 0.08 }
    let drawing = Drawing(Histogram("", values: values))
    let outline = try #require(drawing.all("path").first.map(Drawing.runs)?.first)
    let edges = outline.map { Drawing.value(at: $0.x, drawing.ticksX, "x", offset: 0) }
    #expect(Set(edges.map { ($0 * 100).rounded() / 100 }) == [0, 2, 4, 6, 8])
    let heights = outline.map { value($0.y, drawing) }
    for height in heights.dropFirst().dropLast() { #expect(abs(height - 25) < 0.05) }
    // A sample concentrated in its middle: its quartiles are 3.5 and 4.5, and 2 / ∛1000 = 0.2.
    let crowd = (0..<1000).map { (index: Int) -> Double in
      let place = Double(index)
      if index < 250 { return 3.5 * place / 250 }
      return index < 750 ? 3.5 + (place - 250) / 500 : 4.5 + 3.5 * (place - 750) / 250
    }
    let fine = Drawing(Histogram("", values: crowd))
    let run = try #require(fine.all("path").first.map(Drawing.runs)?.first)
    let places = Set(run.map { (Drawing.value(at: $0.x, fine.ticksX, "x", offset: 0) * 10).rounded() })
    #expect(places.contains(2) && places.contains(4) && !places.contains(1) && places.count == 41)
  }

  @Test(
    "a value on an edge belongs to the bin above, the largest to the last bin; the number of bins is the requested one"
  )
  func edges() throws {
    let drawing = Drawing(Histogram("", values: [0, 1, 1, 2, 3, 4], bins: 4))
    let outline = try #require(drawing.all("path").first.map(Drawing.runs)?.first)
    #expect(outline.count == 10)
    let heights = outline.map { value($0.y, drawing).rounded() }
    #expect(heights == [0, 1, 1, 2, 2, 1, 1, 2, 2, 0])
    let single = Drawing(Histogram("", values: [5, 5]))
    let bar = try #require(single.all("path").first.map(Drawing.runs)?.first)
    #expect(
      Set(bar.map { (Drawing.value(at: $0.x, single.ticksX, "x", offset: 0) * 100).rounded() / 100 }) == [4.75, 5.25])
  }

  @Test("a density over a histogram passes through its values, on the scale of the bars, whose area is 1")
  func density() throws {
    let values = (0..<200).map { Double($0) / 200 }
    let drawing = Drawing(Histogram("", values: values, bins: 4, density: { 2 * $0 }))
    let curve = try #require(
      drawing.all("path").first { $0.attributes["stroke-width"] == "2.2" }.map(Drawing.runs)?.first)
    #expect(curve.count == 201)
    for point in curve {
      let x = Drawing.value(at: point.x, drawing.ticksX, "x", offset: 0)
      #expect(abs(value(point.y, drawing) - 2 * x) < 0.02)
    }
    let bars = try #require(drawing.all("path").first.map(Drawing.runs)?.first)
    for bar in bars.dropFirst().dropLast() { #expect(abs(value(bar.y, drawing) - 1 / 0.995) < 0.02) }
    #expect(drawing.text("density") != nil && drawing.text("count") == nil)
  }
}
