import Figures
import Foundation
import Testing

@Suite("Figures: in a terminal")
struct FiguresTerminalTests {
  @Test(
    "no line is wider than the terminal, and without colours only text is printed",
    arguments: [0, 1, 5, 12, 20, 40, 80, 132])
  func width(columns: Int) {
    for figure in Gallery.all {
      let plain = figure.terminal(columns: columns, color: false)
      #expect(!plain.contains("\u{1B}"))
      let colored = figure.terminal(columns: columns, color: true).replacing(/\u{1B}\[[0-9;]*m/, with: "")
      for line in (plain + "\n" + colored).split(separator: "\n") {
        #expect(line.count <= columns, "\(figure.title): \(line)")
      }
    }
  }

  @Test("the dots of a straight line lie on a straight line")
  func dots() throws {
    let chart = LineChart("", series: [Series("", x: [0, 1], [0, 1])])
    let rows = chart.terminal(columns: 60, color: false).split(separator: "\n").filter {
      $0.contains("│") || $0.contains("┤")
    }
    var places: [(x: Int, y: Int)] = []
    let bits: [UInt32] = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80]
    for (row, line) in rows.enumerated() {
      for (column, scalar) in line.unicodeScalars.enumerated() where (0x2800...0x28FF).contains(scalar.value) {
        for (index, bit) in bits.enumerated() where (scalar.value - 0x2800) & bit != 0 {
          places.append((column * 2 + index % 2, row * 4 + index / 2))
        }
      }
    }
    let (left, right) = (try #require(places.min { $0.x < $1.x }), try #require(places.max { $0.x < $1.x }))
    #expect(right.y == 0 && left.y == rows.count * 4 - 1 && places.count > 50)
    for place in places {
      let expected = Double(left.y) + Double(place.x - left.x) / Double(right.x - left.x) * Double(right.y - left.y)
      #expect(abs(Double(place.y) - expected) <= 0.51)
    }
  }

  @Test("bars are as long as their values, to an eighth of a character")
  func bars() {
    let chart = BarChart("", categories: ["a", "b", "c"], values: [1, 2, 4])
    let lengths = chart.terminal(columns: 70, color: false).split(separator: "\n").map { line in
      line.unicodeScalars.reduce(0.0) { (0x2588...0x258F).contains($1.value) ? $0 + Double(0x2590 - $1.value) / 8 : $0 }
    }
    #expect(lengths.count == 3 && lengths[2] > 20)
    #expect(abs(lengths[1] - lengths[2] / 2) < 0.13 && abs(lengths[0] - lengths[2] / 4) < 0.13)
  }

  @Test("a heat map prints its values, and an image its shades")
  func cells() {
    let map = Gallery.map.terminal(columns: 60, color: false)
    for value in ["0.10", "0.20", "0.30", "0.40", "–", "0.60"] { #expect(map.contains(value)) }
    let halves = Pixels(width: 4, height: 4, values: (0..<16).map { $0 % 4 < 2 ? 1 : 0 })
    #expect(ImageGrid("", images: [halves]).terminal(columns: 20, color: false).hasPrefix("██\n██"))
  }

  @Test("a wide character counts as two columns")
  func wideCharacters() {
    let text = LineChart("深層学習の図", series: []).terminal(columns: 8, color: false)
    #expect(text.split(separator: "\n").first == "深層学…")
  }

  @Test("names lose control characters, which would control the terminal")
  func control() {
    let text = LineChart("red \u{1B}[31m title", series: []).terminal(columns: 60, color: false)
    #expect(!text.contains("\u{1B}"))
  }
}
