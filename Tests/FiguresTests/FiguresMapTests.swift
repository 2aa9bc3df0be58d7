import Figures
import Foundation
import Testing

@Suite("Figures: heat maps and sheets of images")
struct FiguresMapTests {
  private let square = HeatMap(
    "Kernel", values: [[-1, 0, 1], [-2, 0, 2]], format: "%.0f", colors: .diverging, range: -2...2)

  private func cells(_ drawing: Drawing, _ count: Int) -> [Drawing.Element] {
    Array(drawing.all("rect").dropFirst().prefix(count))
  }

  @Test("cells without labels are squares, side by side in the order of their values")
  func squares() throws {
    let drawing = Drawing(square)
    let boxes = cells(drawing, 6).map(\.box)
    #expect(boxes.allSatisfy { $0.width == 34 && $0.height == 34 })
    for (index, box) in boxes.enumerated() {
      #expect(box.left == 16 + 36 * Double(index % 3) && box.top == 40 + 36 * Double(index / 3))
    }
    let texts = drawing.all("text").filter { $0.attributes["text-anchor"] == "middle" }
    #expect(texts.map(\.text) == ["−1", "0", "1", "−2", "0", "2"])
    for (text, box) in zip(texts, boxes) {
      #expect(text.x() == (box.left + box.right) / 2 && abs(text.y() - (box.top + box.bottom) / 2 - 4.32) < 0.01)
    }
    let single = Drawing(HeatMap("A long title over one cell", values: [[5]], format: "%.0f"))
    #expect(cells(single, 1)[0].number("width") == cells(single, 1)[0].number("height"))
  }

  @Test("the colour bar has each value's colour at the value's position, and its numbers at theirs")
  func colorBar() throws {
    let ramp = (0..<13).map(Double.init)
    for colors in [ColorMap.sequential, .diverging] {
      let drawing = Drawing(
        HeatMap("", values: (0..<12).map { _ in ramp }, format: "%.0f", colors: colors, range: 0...12))
      let steps = drawing.all("rect").filter { $0.number("width") == 14 }
      #expect(steps.count == 48)
      let (top, bottom) = (steps.map(\.box.top).min() ?? 0, steps.map(\.box.bottom).max() ?? 0)
      let grid = cells(drawing, 12 * 13)
      #expect(top == grid[0].box.top && abs(bottom - grid[155].box.bottom - 2) < 0.01)
      for (value, cell) in zip(ramp, grid).dropFirst().dropLast() {
        // The colour at a height is that of the lowest step that reaches it.
        let height = bottom - value / 12 * (bottom - top)
        let reaching = steps.filter { $0.box.top <= height + 0.01 }.max { $0.box.top < $1.box.top }
        #expect(abs(ColorProbe.share(of: cell.fill, in: steps.map(\.fill).reversed()) - value / 12) < 0.03)
        #expect(ColorProbe.share(of: reaching?.fill ?? "", in: steps.map(\.fill).reversed()) - value / 12 < 0.03)
      }
      let left = steps[0].box.right
      let ticks = drawing.all("text").filter { $0.x() == left + 8 }
      #expect(ticks.count >= 3)
      for tick in ticks {
        #expect(abs(tick.y() - 4 - (bottom - Drawing.number(tick.text) / 12 * (bottom - top))) < 0.02)
        #expect(
          drawing.all("line").contains { $0.x("x1") == left && $0.x("x2") == left + 4 && $0.y("y1") == tick.y() - 4 })
      }
    }
  }

  @Test(
    "numbers at a colour bar never touch, however low the bar is; if only two fit, they name the ends")
  func lowBars() {
    for (rows, range) in [(1, -8.0...8.0), (2, 0...2), (3, -1...1), (1, 0...4), (12, 0.913...0.981)] {
      let map = HeatMap(
        "", values: Array(repeating: [range.lowerBound, range.upperBound], count: rows), format: "%.3g", range: range)
      let drawing = Drawing(map)
      let right = drawing.all("rect").filter { $0.number("width") == 14 }[0].box.right
      let places = drawing.all("text").filter { $0.x() == right + 8 }.map { $0.y() }.sorted()
      #expect(
        places.count >= 2 && zip(places, places.dropFirst()).allSatisfy { $1 - $0 >= 14 }, "\(rows) rows: \(places)")
    }
  }

  @Test("a table of classes has labels at its rows and columns, slanted if wider than a cell")
  func labels() throws {
    let names = ["aeroplane", "bird", "cat"]
    let map = HeatMap.confusion("Taken for", classes: names, counts: [[5, 1, 0], [2, 7, 1], [0, 3, 9]])
    #expect([map.rowTitle, map.columnTitle] == ["class", "predicted class"])
    let drawing = Drawing(map)
    let boxes = cells(drawing, 9).map(\.box)
    for (index, name) in names.enumerated() {
      let row = try #require(drawing.all("text").first { $0.text == name && $0.attributes["text-anchor"] == "end" })
      #expect(row.x() == boxes[0].left - 8 && abs(row.y() - (boxes[3 * index].top + 18 + 3)) < 0.01)
      let column = try #require(
        drawing.all("text").first { $0.text == name && $0.attributes["text-anchor"] == "middle" })
      #expect(
        abs(column.x() - (boxes[index].left + boxes[index].right) / 2) < 0.02 && column.y() > boxes[8].bottom + 10)
    }
    let many = (0..<10).map { "a long class \($0)" }
    let wide = Drawing(HeatMap.confusion("", classes: many, counts: many.map { _ in many.map { _ in 1 } }))
    #expect(wide.width <= 720)
    let slanted = wide.all("text").filter { $0.attributes["transform"]?.hasPrefix("rotate(-35 ") == true }
    #expect(slanted.map(\.text) == many)
    let (first, title) = (try #require(slanted.first), try #require(wide.text("predicted class")))
    #expect(first.x() > 16 && title.y() > first.y() + 40 && title.y() < wide.height)
  }

  @Test("many small cells form one image of one pixel each, in rows from the top; a missing value is grey")
  func pixels() throws {
    let values = (0..<20).map { row in (0..<40).map { $0 == 3 && row == 1 ? .nan : Double(row) } }
    let drawing = Drawing(HeatMap("", values: values, format: nil))
    let image = try #require(drawing.all("image").first)
    #expect(image.number("width") == 2 * image.number("height"))
    let decoded = try DecodedPNG(href: image.attributes["href"])
    #expect(decoded.width == 40 && decoded.height == 20 && decoded.channels == 3)
    #expect(Array(decoded.bytes[0..<3]) == [0x44, 0x01, 0x54] && Array(decoded.bytes.suffix(3)) == [0xFD, 0xE7, 0x25])
    #expect(Array(decoded.bytes[(40 + 3) * 3..<(40 + 3) * 3 + 3]) == [0xEA, 0xEE, 0xF2])
  }

  @Test(
    "images are in rows of equal squares, and captions below them are never cut: they wrap, and cells grow"
  )
  func captions() throws {
    let drawing = Drawing(Gallery.images)
    let boxes = drawing.all("image").map(\.box)
    #expect(boxes.count == 5 && boxes.allSatisfy { $0.width == 64 && $0.height == 64 })
    #expect(boxes[0].top == boxes[2].top && boxes[3].top == boxes[4].top && boxes[3].left == boxes[0].left)
    #expect(boxes[1].left - boxes[0].right == 10 && boxes[0].left == 16)
    let words = drawing.all("text").dropFirst().map(\.text)
    #expect(words.joined(separator: " ") == "0 one a caption that is too long" && words.count == 5)
    for text in drawing.all("text").dropFirst().prefix(2) { #expect(text.y() == boxes[0].bottom + 14) }
    let lines = drawing.all("text").suffix(3)
    #expect(lines.map { $0.y() } == [0, 13, 26].map { boxes[0].bottom + 14 + $0 })
    #expect(boxes[3].top >= (lines.last?.y() ?? 0) + 8)
    let long = ImageGrid("", images: Gallery.dots, columns: 4, captions: ["incomprehensibility", "b"])
    let grown = Drawing(long).all("image").map(\.box)
    #expect(grown[1].left - grown[0].left > 110 && grown.allSatisfy { abs($0.width - 64) < 0.001 })
    #expect(Drawing(long).text("incomprehensibility") != nil)
  }

  @Test("a sheet names its rows at the left and its columns above, centred on the images")
  func sheet() throws {
    let drawing = Drawing(Gallery.sheet)
    let boxes = drawing.all("image").map(\.box)
    for (index, name) in ["class 0", "class 1"].enumerated() {
      let text = try #require(drawing.text(name))
      #expect(text.attributes["text-anchor"] == "end" && text.x() == boxes[0].left - 10)
      #expect(abs(text.y() - 4 - (boxes[2 * index].top + boxes[2 * index].bottom) / 2) < 0.01)
    }
    for (index, name) in ["before", "after"].enumerated() {
      let text = try #require(drawing.text(name))
      #expect(abs(text.x() - (boxes[index].left + boxes[index].right) / 2) < 0.02 && text.y() == boxes[0].top - 7)
    }
    let lines = Gallery.sheet.terminal(columns: 40, color: false).split(
      separator: "\n", omittingEmptySubsequences: false)
    #expect(lines.map(String.init) == ["Sheet", "b… a…", "class 0", "▓░ ░▓", "", "class 1", "▓░ ░▓", ""])
  }

  @Test(
    "the grid is never wider than a page, however many and large the images are",
    arguments: [(1, 28), (10, 28), (25, 32), (4, 224), (16, 224)])
  func page(columns: Int, side: Int) {
    let image = Pixels(width: side, height: side, values: Array(repeating: 0.5, count: side * side))
    let drawing = Drawing(ImageGrid("", images: Array(repeating: image, count: columns), columns: columns))
    #expect(drawing.width <= 720)
    let boxes = drawing.all("image").map(\.box)
    #expect(boxes.allSatisfy { abs($0.width - $0.height) < 0.02 && $0.right <= drawing.width - 15.9 })
    if columns * side <= 500 { #expect(boxes[0].width.truncatingRemainder(dividingBy: Double(side)) == 0) }
  }

  @Test("sheets whose rows differ stop with a message")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = ImageGrid("samples", rows: [[Gallery.dots[0]], []], rowTitles: ["a"])
    }
    let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(message.contains("cannot draw “samples”: rows of [1, 0] images with 1 row titles and 0 column titles"))
  }
}
