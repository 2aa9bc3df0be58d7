import Messages

/// Several figures in one, side by side and, where there are more than `columns`, row below row.
public struct Panels: Figure {
  /// The heading above all panels.
  public var title: String
  /// The panels, row by row.
  public var figures: [any Figure]
  /// The number of panels in a row.
  public var columns: Int

  /// The panels `figures` under one title, in rows of `columns`, or all in one row.
  public init(_ title: String, columns: Int? = nil, _ figures: [any Figure]) {
    self.title = title
    self.figures = figures
    self.columns = columns ?? max(1, figures.count)
    require(self.columns > 0, "cannot draw “\(title)” in \(self.columns) columns: at least one is needed")
  }

  /// The rows below each other; panels in company are drawn somewhat smaller than alone.
  public var size: Canvas.Size {
    Canvas.Size(
      width: max(240, columnWidths.reduce(0, +)), height: top + rows.map(height(of:)).reduce(0, +))
  }

  /// Draws the title and every panel at its place.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    canvas.text(Lettering.fitted(title, room: size.width - 32, size: 20), at: Point(x: 16, y: 32), size: 18, bold: true)
    var y = top
    for row in rows {
      var x = 0.0
      for (figure, width) in zip(row, columnWidths) {
        let own = panelSize(figure)
        let panel = figure.isStretchable ? Canvas.Size(width: width, height: max(own.height, height(of: row))) : own
        canvas.moved(by: Point(x: x, y: y)) { figure.draw(on: &$0, size: panel) }
        x += width
      }
      y += height(of: row)
    }
  }

  /// The panels below each other: a terminal is too narrow for two.
  public func terminal(columns: Int, color: Bool) -> String {
    let heading = title.isEmpty ? [] : [TerminalText.fitted(title, columns: columns)]
    return (heading + figures.map { $0.terminal(columns: columns, color: color) }).joined(separator: "\n\n")
  }

  private var rows: [[any Figure]] {
    stride(from: 0, to: figures.count, by: columns).map { Array(figures[$0..<min($0 + columns, figures.count)]) }
  }

  private var top: Double { title.isEmpty ? 0 : 40 }

  private var columnWidths: [Double] {
    (0..<min(columns, figures.count)).map { column in
      rows.compactMap { $0.indices.contains(column) ? panelSize($0[column]).width : nil }.max() ?? 0
    }
  }

  private func height(of row: [any Figure]) -> Double { row.map { panelSize($0).height }.max() ?? 0 }

  private func panelSize(_ figure: any Figure) -> Canvas.Size {
    let natural = figure.size
    guard figure.isStretchable, min(columns, figures.count) > 1 else { return natural }
    let share = min(columns, figures.count) == 2 ? 0.72 : 0.62
    return Canvas.Size(width: natural.width * share, height: natural.height * max(0.7, share))
  }
}

extension Figure {
  /// Whether the figure looks right in any extent; cells and images keep their own.
  fileprivate var isStretchable: Bool { !(self is HeatMap) && !(self is ImageGrid) && !(self is Panels) }
}
