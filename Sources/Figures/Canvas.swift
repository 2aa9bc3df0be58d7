import Foundation

/// A point in SVG user units; y grows downwards.
struct Point: Sendable, Hashable {
  var x: Double
  var y: Double
}

/// An upright rectangle in SVG user units.
struct Rectangle: Sendable, Hashable {
  var x: Double
  var y: Double
  var width: Double
  var height: Double
  var right: Double { x + width }
  var bottom: Double { y + height }
  func contains(_ point: Point) -> Bool { (x...right).contains(point.x) && (y...bottom).contains(point.y) }
}

/// The surface that figures are drawn on: a few primitives in SVG user units, stored as the text of SVG elements.
public struct Canvas: Sendable {
  /// The extent of a drawing in SVG user units.
  public struct Size: Sendable, Hashable {
    /// The horizontal extent.
    public var width: Double
    /// The vertical extent.
    public var height: Double

    /// The extent of the given width and height.
    public init(width: Double, height: Double) { (self.width, self.height) = (width, height) }
  }

  let theme: Theme
  private var elements: [String] = []

  init(theme: Theme) { self.theme = theme }

  /// The complete SVG document. A drawing that is wider than a page is scaled down.
  func document(title: String, size: Size) -> String {
    let (width, height) = (Self.number(size.width), Self.number(size.height))
    let shrink = min(1, Page.width / max(1, size.width))
    let (shownWidth, shownHeight) = (Self.number(size.width * shrink), Self.number(size.height * shrink))
    let fonts =
      "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'Noto Sans', 'DejaVu Sans', Helvetica, Arial, sans-serif"
    return """
      <svg xmlns="http://www.w3.org/2000/svg" width="\(shownWidth)" height="\(shownHeight)" \
      viewBox="0 0 \(width) \(height)" role="img" font-family="\(fonts)">
      <title>\(Self.escaped(title))</title>
      <rect width="\(width)" height="\(height)" fill="\(theme.background.hexadecimal)"/>
      \(elements.joined(separator: "\n"))
      </svg>

      """
  }

  mutating func line(from a: Point, to b: Point, color: Color, width: Double = 1) {
    elements.append(
      "<line x1=\"\(Self.number(a.x))\" y1=\"\(Self.number(a.y))\" x2=\"\(Self.number(b.x))\" "
        + "y2=\"\(Self.number(b.y))\" stroke=\"\(color.hexadecimal)\" stroke-width=\"\(Self.number(width))\"/>")
  }

  /// A polyline through every run of points, with gaps between runs.
  mutating func path(_ runs: [[Point]], color: Color, width: Double, dash: [Double] = []) {
    guard !runs.isEmpty else { return }
    let pattern = dash.isEmpty ? "" : " stroke-dasharray=\"\(dash.map(Self.number).joined(separator: " "))\""
    elements.append(
      "<path d=\"\(runs.map(Self.outline).joined())\" fill=\"none\" stroke=\"\(color.hexadecimal)\" "
        + "stroke-width=\"\(Self.number(width))\" stroke-linejoin=\"round\" stroke-linecap=\"round\"\(pattern)/>")
  }

  /// Filled outlines, which are closed automatically.
  mutating func fill(_ outlines: [[Point]], color: Color, opacity: Double = 1) {
    guard !outlines.isEmpty else { return }
    let paths = outlines.map { Self.outline($0) + "Z" }.joined()
    elements.append("<path d=\"\(paths)\" fill=\"\(color.hexadecimal)\"\(Self.opacity(opacity))/>")
  }

  mutating func fill(_ box: Rectangle, color: Color, opacity: Double = 1) {
    elements.append("<rect \(Self.placed(box)) fill=\"\(color.hexadecimal)\"\(Self.opacity(opacity))/>")
  }

  mutating func circles(_ centres: [Point], radius: Double, color: Color, opacity: Double = 1) {
    guard !centres.isEmpty else { return }
    let circles = centres.map {
      "<circle cx=\"\(Self.number($0.x))\" cy=\"\(Self.number($0.y))\" r=\"\(Self.number(radius))\"/>"
    }
    elements.append("<g fill=\"\(color.hexadecimal)\"\(Self.opacity(opacity))>\(circles.joined())</g>")
  }

  /// The part of a text that is placed at its point.
  enum Anchor: String { case start, middle, end }

  /// One line of text, with a baseline that starts, is centred or ends at `place`. `turn` is clockwise, in degrees.
  mutating func text(
    _ string: String, at place: Point, size: Double = 12, anchor: Anchor = .start, color: Color? = nil,
    bold: Bool = false,
    turn: Double = 0
  ) {
    guard !string.isEmpty else { return }
    let (x, y) = (Self.number(place.x), Self.number(place.y))
    let rotation = turn == 0 ? "" : " transform=\"rotate(\(Self.number(turn)) \(x) \(y))\""
    elements.append(
      "<text x=\"\(x)\" y=\"\(y)\" font-size=\"\(Self.number(size))\" fill=\"\((color ?? theme.ink).hexadecimal)\""
        + (anchor == .start ? "" : " text-anchor=\"\(anchor.rawValue)\"") + (bold ? " font-weight=\"600\"" : "")
        + "\(rotation)>\(Self.typeset(string, size))</text>")
  }

  /// Pixels enlarged to `box` with sharp edges, embedded in the document.
  mutating func image(_ pixels: Pixels, in box: Rectangle) {
    let bytes = Data(PNG.encoded(pixels)).base64EncodedString()
    elements.append(
      "<image \(Self.placed(box)) preserveAspectRatio=\"none\" style=\"image-rendering:pixelated\" "
        + "image-rendering=\"optimizeSpeed\" href=\"data:image/png;base64,\(bytes)\"/>")
  }

  /// Draws the contents of `body`, moved by `offset`.
  mutating func moved(by offset: Point, _ body: (inout Canvas) -> Void) {
    elements.append("<g transform=\"translate(\(Self.number(offset.x)) \(Self.number(offset.y)))\">")
    body(&self)
    elements.append("</g>")
  }

  /// Draws the contents of `body`, clipped to `box`. A nested viewport needs no identifier, which could clash between
  /// figures on one page.
  mutating func clipped(to box: Rectangle, _ body: (inout Canvas) -> Void) {
    let view = [box.x, box.y, box.width, box.height].map(Self.number).joined(separator: " ")
    elements.append("<svg \(Self.placed(box)) viewBox=\"\(view)\" preserveAspectRatio=\"none\">")
    body(&self)
    elements.append("</svg>")
  }
}

extension Canvas {
  /// A number with at most two decimals, limited to values that a drawing can contain.
  static func number(_ value: Double) -> String {
    let hundredths = Int((max(-1e6, min(1e6, value)) * 100).rounded())
    let (whole, rest) = (abs(hundredths) / 100, abs(hundredths) % 100)
    let sign = hundredths < 0 ? "-" : ""
    if rest == 0 { return "\(sign)\(whole)" }
    return rest % 10 == 0 ? "\(sign)\(whole).\(rest / 10)" : "\(sign)\(whole).\(rest < 10 ? "0" : "")\(rest)"
  }

  /// Text with markup escaped, and without the characters that XML forbids.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case _ where scalar.value < 32 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: continue
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// Text with subscripts lowered by moving the pen, because not every SVG reader supports other ways.
  private static func typeset(_ text: String, _ size: Double) -> String {
    var (result, isLowered) = ("", false)
    let depth = number(size * Typeset.depth)
    for run in Typeset(text).runs {
      let words = escaped(run.text)
      if run.isLowered {
        result += "<tspan dy=\"\(depth)\" font-size=\"\(number(size * Typeset.reduction))\">\(words)</tspan>"
      } else {
        result += isLowered ? "<tspan dy=\"-\(depth)\">\(words)</tspan>" : words
      }
      isLowered = run.isLowered
    }
    return result
  }

  private static func outline(_ points: [Point]) -> String {
    points.enumerated().map { "\($0 == 0 ? "M" : "L")\(number($1.x)) \(number($1.y))" }.joined()
  }

  private static func placed(_ box: Rectangle) -> String {
    "x=\"\(number(box.x))\" y=\"\(number(box.y))\" width=\"\(number(max(0, box.width)))\" "
      + "height=\"\(number(max(0, box.height)))\""
  }

  private static func opacity(_ share: Double) -> String { share < 1 ? " fill-opacity=\"\(number(share))\"" : "" }
}
