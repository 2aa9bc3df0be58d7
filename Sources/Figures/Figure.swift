import Foundation

/// A picture of numbers: a chart, a heat map, a grid of images, or several of them side by side.
///
/// A figure is a description. It can be drawn as SVG for a page, as text for a terminal and, if it consists of pixels,
/// as PNG. The same description always gives the same bytes.
public protocol Figure: Sendable {
  /// The heading, which is also the accessible name of the SVG.
  var title: String { get }

  /// The natural extent of the drawing in SVG user units.
  var size: Canvas.Size { get }

  /// Draws the figure on `canvas`, filling the extent `size`.
  func draw(on canvas: inout Canvas, size: Canvas.Size)

  /// The figure in Unicode characters, with lines of at most `columns` characters, and with ANSI colours if `color`
  /// allows them.
  func terminal(columns: Int, color: Bool) -> String

  /// The bytes of a PNG file, or nil for a figure of lines and text.
  var png: [UInt8]? { get }
}

extension Figure {
  /// The figure as a self-contained SVG document in the colours of `theme`.
  public func svg(theme: Theme = .light) -> String {
    var canvas = Canvas(theme: theme)
    draw(on: &canvas, size: size)
    return canvas.document(title: title, size: size)
  }

  /// No PNG: the figure consists of lines and text, which are sharp as SVG.
  public var png: [UInt8]? { nil }
}
