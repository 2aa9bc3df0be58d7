import Figures
import Foundation
import Testing

@Suite("Figures: bars, histograms, maps and images")
struct FiguresCellTests {
  @Test("bars are as high as their values and start at zero, downwards if negative")
  func bars() throws {
    let values = [1.0, -2, 3.5]
    let drawing = Drawing(BarChart("", categories: ["a", "b", "c"], values: values))
    let bars = drawing.all("rect").dropFirst()
    #expect(bars.count == 3)
    for (bar, value) in zip(bars, values) {
      let ends = [bar.number("y"), bar.number("y") + bar.number("height")]
        .map { Drawing.value(at: $0, drawing.ticksY, "y", offset: 4) }
      #expect(abs(ends[0] - max(0, value)) < 1e-3 && abs(ends[1] - min(0, value)) < 1e-3)
    }
    #expect(drawing.all("text").map(\.text).filter { ["1", "−2", "3.5"].contains($0) }.count >= 3)
  }

  @Test("a histogram counts every value once, and as a density its area is 1")
  func histogram() throws {
    let values = (0..<500).map { sin(Double($0)) * 3 + cos(Double($0 * $0)) }
    for samples in [[("a", values)], [("a", values), ("b", values.map { $0 / 2 })]] {
      let drawing = Drawing(Histogram("", samples: samples))
      let outline = try #require(drawing.all("path").first.map(Drawing.runs)?.first)
      let places = outline.map { place in
        (
          x: Drawing.value(at: place.x, drawing.ticksX, "x", offset: 0),
          y: Drawing.value(at: place.y, drawing.ticksY, "y", offset: 4)
        )
      }
      let area = zip(places, places.dropFirst()).reduce(0) { $0 + ($1.1.x - $1.0.x) * $1.0.y }
      let width = places[2].x - places[1].x
      #expect(abs(samples.count == 1 ? area / width - 500 : area - 1) < (samples.count == 1 ? 1 : 2e-3))
    }
  }

  @Test("the text of a cell contrasts with its cell, and a missing value is a dash")
  func contrast() throws {
    for colors in [ColorMap.sequential, .diverging] {
      let ramp = (0..<9).map { -1 + Double($0) / 4 } + [Double.nan]
      let drawing = Drawing(HeatMap("", values: [ramp], format: "%.2f", colors: colors))
      let cells = Array(drawing.all("rect").dropFirst().prefix(10))
      let texts = drawing.all("text").filter { $0.attributes["text-anchor"] == "middle" }
      #expect(texts.map(\.text) == ["−1.00", "−0.75", "−0.50", "−0.25", "0.00", "0.25", "0.50", "0.75", "1.00", "–"])
      for (cell, text) in zip(cells, texts) {
        let pair = [luminance(cell), luminance(text)].sorted()
        #expect((pair[1] + 0.05) / (pair[0] + 0.05) >= 4.5)
      }
    }
  }

  @Test("the sequential colours grow steadily lighter, and the diverging ones are lightest in the middle")
  func colorMaps() {
    let rising = Drawing(HeatMap("", values: [0, 1, 2].map { row in (0..<13).map { Double(row * 13 + $0) } }))
    let light = rising.all("rect").dropFirst().prefix(39).map(luminance)
    #expect(zip(light, light.dropFirst()).allSatisfy { $0 < $1 })
    let diverging = Drawing(HeatMap("", values: [[-2, -1, 0, 1, 2]], colors: .diverging))
    let five = diverging.all("rect").dropFirst().prefix(5).map(luminance)
    #expect(five[0] < five[1] && five[1] < five[2] && five[2] > five[3] && five[3] > five[4])
  }

  @Test("maps, bars and images of mismatched sizes stop with a message that names the sizes")
  func mismatches() async {
    let map = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = HeatMap("accuracy", rows: ["1"], values: [[1, 2], [3]])
    }
    #expect(text(map).contains("cannot draw heat map “accuracy”: rows of [2, 1] values with 1 row labels"))
    let bars = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = BarChart("", categories: ["a"], series: [Series("ReLU", [1, 2])])
    }
    #expect(text(bars).contains("cannot draw bars “ReLU”: 2 values for 1 categories"))
    let image = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Pixels(width: 2, height: 2, channels: 3, values: [0, 1])
    }
    #expect(text(image).contains("cannot make an image of 2×2 pixels with 3 channels from 2 values"))
  }

  private func text(_ result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  }

  /// The relative luminance of an element's fill, by the definition of WCAG 2.
  private func luminance(_ element: Drawing.Element) -> Double {
    let hexadecimal = UInt32((element.attributes["fill"] ?? "").dropFirst(), radix: 16) ?? 0
    let linear = [16, 8, 0].map { shift -> Double in
      let share = Double(hexadecimal >> UInt32(shift) & 255) / 255
      return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
  }
}
