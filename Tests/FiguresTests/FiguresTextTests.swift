import Figures
import Foundation
import Testing

@Suite("Figures: in a terminal, to the last character")
struct FiguresTextTests {
  private func lines(_ figure: some Figure, _ columns: Int) -> [String] {
    figure.terminal(columns: columns, color: false).split(separator: "\n", omittingEmptySubsequences: false).map(
      String.init)
  }

  @Test("bars start at the axis at zero, negative ones to its left, followed by their values")
  func bars() {
    let chart = BarChart("Change", categories: ["up", "down", "none"], y: Axis("points"), values: [4, -2, 0])
    let found = lines(chart, 40)
    #expect(found.prefix(2) == ["Change", "points"] && found.count == 5)
    let (up, down, none) = (found[2], found[3], found[4])
    #expect(up.hasPrefix("  up ") && down.hasPrefix("down ") && none.hasPrefix("none "))
    #expect(up.hasSuffix(" 4") && down.hasSuffix(" −2") && none.hasSuffix(" 0"))
    let blocks = up.count { $0 == "█" }
    #expect(abs(Double(down.count { $0 == "█" }) - Double(blocks) / 2) <= 1 && !none.contains("█"))
  }

  @Test("the counts of a histogram rise in eighths of a character from the axis, each bin at its place")
  func histogram() throws {
    let histogram = Histogram("", x: Axis("z"), values: [0, 1, 1, 1, 1, 2, 2, 3, 3, 3, 4], bins: 4)
    let found = lines(histogram, 44)
    let axis = try #require(found.firstIndex { $0.contains("└") })
    let left = try #require(found[axis].firstIndex(of: "└")).utf16Offset(in: found[axis])
    let heights = (left + 1..<44).map { column -> Double in
      found[..<axis].reduce(0) { sum, line in
        let scalars = Array(line.unicodeScalars)
        guard column < scalars.count, (0x2581...0x2588).contains(scalars[column].value) else { return sum }
        return sum + Double(scalars[column].value - 0x2580) / 8
      }
    }
    let rows = Double(axis - (found.firstIndex { $0.contains("│") || $0.contains("┤") } ?? 0))
    let counts = [1.0, 4, 2, 4]
    for (index, height) in heights.enumerated() where index < heights.count - 1 {
      let bin = Int((Double(index) + 0.5) / Double(heights.count - 1) * 4)
      #expect(abs(height - counts[min(3, bin)] / 4 * rows) <= 0.13)
    }
  }

  @Test("a legend in a terminal shows each line's symbol before its name, and wraps at the terminal's width")
  func legend() {
    let chart = LineChart("", series: ["first", "second", "third"].map { Series($0, [1, 2, 3]) })
    #expect(lines(chart, 60).last == "  ⠤●⠤ first   ⠤■⠤ second   ⠤▲⠤ third")
    #expect(lines(chart, 30).suffix(2) == ["  ⠤●⠤ first   ⠤■⠤ second", "  ⠤▲⠤ third"])
    #expect(chart.terminal(columns: 60, color: true).split(separator: "\n").last?.contains("⠤⠤") == true)
  }

  @Test("a heat map's key runs from its smallest to its largest value, and names what it leaves out")
  func key() {
    let map = HeatMap("", values: (0..<100).map { row in (0..<50).map { Double(row * $0) } }, format: "%.0f")
    let found = lines(map, 30)
    #expect(found.contains { $0.hasPrefix("  0 ") && $0.hasSuffix(" 4851") && $0.contains("░░") && $0.contains("██") })
    #expect(found.suffix(2) == ["  one row in 3 is shown", "  one column in 2 is shown"])
  }

  @Test("the 256 colours of a terminal: greys by the grey ramp, others by the cube of six levels")
  func codes() {
    let grey = ImageGrid("", images: [Pixels(width: 1, height: 2, values: [0.5, 0])])
    #expect(grey.terminal(columns: 10, color: true) == "\u{1B}[38;5;244;48;5;16m▀\u{1B}[0m\n")
    let color = ImageGrid("", images: [Pixels(width: 1, height: 2, channels: 3, values: [1, 0, 0, 0.37, 0.53, 1])])
    #expect(color.terminal(columns: 10, color: true) == "\u{1B}[38;5;196;48;5;69m▀\u{1B}[0m\n")
  }
}
