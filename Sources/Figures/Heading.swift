/// The heading of a figure: bold lines with the whole title, however narrow the figure is.
struct Heading: Sendable {
  let lines: [String]
  private let size: Double

  /// The heading of a figure of this width. Narrow figures, such as panels, have smaller letters.
  init(_ title: String, width: Double) {
    size = width < 400 ? 14 : 16
    lines = Lettering.lines(title, room: width - 2 * Self.indent, size: size)
  }

  /// The height of the heading.
  var height: Double { lines.isEmpty ? 18 : 20 + 20 * Double(lines.count) }

  func draw(on canvas: inout Canvas) {
    for (index, line) in lines.enumerated() {
      canvas.text(line, at: Point(x: Self.indent, y: 28 + 20 * Double(index)), size: size, bold: true)
    }
  }

  /// The width that a figure needs to have its title in one line.
  static func width(_ title: String) -> Double { Lettering.width(title, size: 14) * Lettering.bold + 2 * indent }

  private static let indent = 16.0
}

/// The page that figures are drawn for.
enum Page {
  /// The width of a page's text, in SVG user units. No figure is wider, so that its letters keep their size.
  static let width = 720.0
}
