import Figures
import Foundation
import Testing

@Suite("Figures: charts")
struct FiguresChartTests {
  @Test("every figure is well-formed XML in both themes, has its title as its name, and never changes")
  func documents() throws {
    for figure in Gallery.all {
      for theme in Theme.allCases {
        let svg = figure.svg(theme: theme)
        let drawing = Drawing(svg: svg)
        #expect(drawing.isWellFormed, "\(figure.title)")
        let root = try #require(drawing.elements.first)
        #expect(root.attributes["role"] == "img")
        #expect(drawing.all("title").map(\.text) == [figure.title])
        #expect(
          root.attributes["viewBox"] == "0 0 \(root.attributes["width"] ?? "") \(root.attributes["height"] ?? "")")
        #expect(svg == figure.svg(theme: theme))
        #expect(!svg.contains("nan") && !svg.contains("inf\"") && !svg.contains("id="))
      }
      #expect(figure.svg(theme: .light) != figure.svg(theme: .dark))
    }
  }

  @Test(
    "ticks are equal steps of 1, 2 or 5 times a power of ten and enclose the data",
    arguments: [
      (0.0, 1.0), (-3, 17), (0.913, 0.981), (-0.004, 0.0021), (12, 98_000), (5, 5), (0, 0), (-7, -6.5), (0.1, 0.3),
    ])
  func ticks(low: Double, high: Double) throws {
    let ticks = Drawing(LineChart("", series: [Series("", [low, high])])).ticksY.map { Drawing.number($0.text) }
    let (first, last) = (try #require(ticks.first), try #require(ticks.last))
    #expect(first <= low && last >= high && ticks.count >= 3 && ticks.count <= 12)
    let step = (last - first) / Double(ticks.count - 1)
    let leading = step / pow(10, (log10(step) + 1e-9).rounded(.down))
    #expect([1.0, 2, 5].contains { abs($0 - leading) < 1e-6 }, "step \(step)")
    for (index, tick) in ticks.enumerated() {
      #expect(abs(tick - first - Double(index) * step) < 1e-9 * max(1, abs(tick)))
    }
  }

  @Test(
    "a point lies where the ticks say that its values are, on linear and logarithmic axes", arguments: [false, true])
  func places(isLogarithmic: Bool) throws {
    let kind: Axis.Kind = isLogarithmic ? .logarithmic : .linear
    let (x, y) = ([1.0, 3, 20, 500, 1000], [0.002, 4, 0.7, 90, 12.5])
    let drawing = Drawing(LineChart("", x: Axis("", kind), y: Axis("", kind), series: [Series("", x: x, y)]))
    let path = try #require(drawing.all("path").first)
    let transform: (Double) -> Double = { isLogarithmic ? log10($0) : $0 }
    for (index, place) in try #require(Drawing.runs(path).first).enumerated() {
      let foundX = Drawing.value(at: place.x, drawing.ticksX, "x", offset: 0, transform: transform)
      let foundY = Drawing.value(at: place.y, drawing.ticksY, "y", offset: 4, transform: transform)
      // Rounding the coordinates may cost a hundredth of a unit in about 300.
      #expect(abs(foundX - transform(x[index])) < (isLogarithmic ? 2e-4 : 0.04))
      #expect(abs(foundY - transform(y[index])) < (isLogarithmic ? 4e-4 : 0.006))
    }
  }

  @Test("values that are not finite leave gaps, and a point between two gaps is a dot")
  func gaps() throws {
    let drawing = Drawing(LineChart("", series: [Series("", [1, 2, .nan, 3, .infinity, 5, 6, 7])]))
    let path = try #require(drawing.all("path").first)
    #expect(Drawing.runs(path).map(\.count) == [2, 3])
    #expect(drawing.all("circle").count == 1)
  }

  @Test(
    "a logarithmic axis leaves out values that are not positive; its ticks are powers of ten with eight marks between")
  func logarithms() throws {
    let drawing = Drawing(LineChart("", y: Axis("", .logarithmic), series: [Series("", [1, -1, 0, 10, 100, 1000])]))
    #expect(drawing.ticksY.map(\.text) == ["1", "10", "100", "1000"])
    let path = try #require(drawing.all("path").first)
    #expect(Drawing.runs(path).map(\.count) == [3])
    let small = drawing.all("line").filter { abs($0.number("x2") - $0.number("x1") + 3) < 1e-9 }
    let between = small.filter {
      $0.number("y1") > drawing.ticksY[3].number("y") - 4 && $0.number("y1") < drawing.ticksY[0].number("y") - 4
    }
    #expect(between.count == 3 * 8)
  }

  @Test("a logarithmic axis over many powers of ten has no tick beyond its ends")
  func manyPowers() throws {
    let values = (-15 ... -1).map { pow(10, Double($0)) }
    let chart = LineChart(
      "", x: Axis("", .logarithmic), y: Axis("", .logarithmic), series: [Series("", x: values, values, style: .both)])
    let drawing = Drawing(chart)
    for ticks in [drawing.ticksX, drawing.ticksY] {
      #expect(ticks.count >= 3 && ticks.allSatisfy { Drawing.number($0.text) > 1e-16 })
    }
  }

  @Test("labels of a tiny range differ and name the common offset and factor")
  func tinyRanges() {
    let nearOne = Drawing(LineChart("", series: [Series("", (0..<5).map { 1 + 1e-12 * Double($0) })]))
    #expect(Set(nearOne.ticksY.map(\.text)).count == nearOne.ticksY.count)
    #expect(nearOne.all("text").contains { $0.text == "(×10⁻¹² + 1)" })
    let small = Drawing(LineChart("", y: Axis("loss"), series: [Series("", [0, 1e-12, 4e-12])]))
    #expect(small.ticksY.map(\.text) == ["0", "1", "2", "3", "4"])
    #expect(small.all("text").contains { $0.text == "loss (×10⁻¹²)" })
  }

  @Test("the legend is in a corner without data, or next to the plot if data are everywhere")
  func legend() throws {
    let rising = (0..<100).map(Double.init)
    let corner = Drawing(LineChart("", series: [Series("first", rising), Series("second", rising.map { $0 + 5 })]))
    let box = try #require(corner.all("rect").first { $0.attributes["fill-opacity"] == "0.85" })
    for run in corner.all("path").prefix(2).flatMap(Drawing.runs) {
      for place in run {
        let isInside = place.x > box.number("x") && place.x < box.number("x") + box.number("width")
        #expect(!(isInside && place.y > box.number("y") && place.y < box.number("y") + box.number("height")))
      }
    }
    let noise = (0..<2).map { phase in (0..<400).map { sin(Double($0 * (7 + phase) * 13)) } }
    let crowded = Drawing(LineChart("", series: [Series("first", noise[0]), Series("second", noise[1])]))
    let right = try #require(crowded.all("path").prefix(2).flatMap(Drawing.runs).flatMap { $0 }.map(\.x).max())
    #expect(try #require(crowded.all("text").first { $0.text == "first" }).number("x") > right)
  }

  @Test("a band is the region between its two ends")
  func band() throws {
    let (low, high) = ([1.0, 2, 1], [3.0, 5, 4])
    let drawing = Drawing(LineChart("", series: [Series("", [2, 3, 2], band: (low, high))]))
    let outline = try #require(drawing.all("path").first { $0.attributes["fill"] != "none" }.map(Drawing.runs)?.first)
    let values = outline.map { Drawing.value(at: $0.y, drawing.ticksY, "y", offset: 4) }
    for (found, expected) in zip(values, low + high.reversed()) { #expect(abs(found - expected) < 1e-3) }
  }

  @Test("the largest, smallest and undefined numbers neither stop a figure nor reach its coordinates")
  func extremes() {
    let odd: [Double] = [1e308, -1e308, .leastNonzeroMagnitude, .nan, .infinity, -.infinity, -0.0, 1e15 + 1, 1e-300]
    for kind in [Axis.Kind.linear, .logarithmic] {
      for range in [nil, 0...0, -Double.infinity...0, 0...Double.infinity, 1e308...Double.infinity] {
        let axis = Axis("", kind, range: range)
        let figures: [any Figure] = [
          LineChart("", x: axis, y: axis, series: [Series("", x: odd.reversed(), odd, band: (odd, odd), style: .both)]),
          BarChart("", categories: odd.map { "\($0)" }, y: axis, values: odd), Histogram("", x: axis, values: odd),
          HeatMap("", values: [odd], range: range),
        ]
        for figure in figures {
          #expect(!figure.svg().contains("\"nan") && figure.terminal(columns: 60, color: true).count > 0)
        }
      }
    }
  }

  @Test("series with lists of different lengths stop with a message that names both")
  func mismatch() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Series("fit", x: [1, 2, 3], [1, 2])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot draw series “fit”: it has 3 values of x and 2 values of y"))
  }
}
