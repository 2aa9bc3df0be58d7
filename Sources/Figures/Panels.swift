import Messages

/// Several figures in one, side by side, and in several rows if there are more than `columns`.
///
/// Panels can be compared: charts have frames of the same size, axes with the same label have the same scale, maps with
/// the same titles have the same range of colours, and a legend that is the same in all of them appears once, below
/// them. No row is wider than a page.
public struct Panels: Figure {
  /// The heading above all panels.
  public var title: String
  /// The panels, row by row.
  public var figures: [any Figure]
  /// The maximum number of panels in a row. There are fewer if they would not fit on a page.
  public var columns: Int

  /// The panels `figures` under one title, in rows of `columns`, or all in one row.
  public init(_ title: String, columns: Int? = nil, _ figures: [any Figure]) {
    self.title = title
    self.figures = figures
    self.columns = columns ?? max(1, figures.count)
    require(self.columns > 0, "cannot draw “\(title)” in \(self.columns) columns: at least 1 is needed")
  }

  /// The rows below each other. Panels are drawn somewhat smaller than single figures.
  public var size: Canvas.Size { layout.size }

  /// Draws the title, the panels, and the legend that they share.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    let layout = layout
    for (index, line) in layout.heading.enumerated() {
      canvas.text(line, at: Point(x: 16, y: 32 + 24 * Double(index)), size: 18, bold: true)
    }
    for cell in layout.cells {
      canvas.moved(by: Point(x: cell.box.x, y: cell.box.y)) { canvas in
        let extent = Canvas.Size(width: cell.box.width, height: cell.box.height)
        if let chart = cell.figure as? any Chart {
          chart.draw(on: &canvas, in: extent, margins: layout.margins, place: cell.place)
        } else {
          cell.figure.draw(on: &canvas, size: extent)
        }
      }
    }
    layout.legend?.draw(
      on: &canvas, at: Point(x: 16, y: layout.legendTop), room: max(240, layout.size.width) - 32)
  }

  /// The panels below each other, because a terminal is too narrow for two.
  public func terminal(columns: Int, color: Bool) -> String {
    let heading = title.isEmpty ? [] : [TerminalText.fitted(title, columns: columns)]
    let figures = Comparison.compared(figures)
    return (heading + figures.map { $0.terminal(columns: columns, color: color) }).joined(separator: "\n\n")
  }

  var layout: PanelLayout { PanelLayout(title: title, Comparison.compared(figures), columns: columns) }
}

/// The scales and ranges that panels share because they show the same quantities.
enum Comparison {
  /// The figures, each with the values that the others show on the shared axes.
  static func compared(_ figures: [any Figure]) -> [any Figure] {
    let charts = figures.compactMap { $0 as? any Chart }
    let maps = figures.compactMap { $0 as? HeatMap }
    return figures.map { figure in
      if let map = figure as? HeatMap { return compared(map, with: maps) }
      guard var chart = figure as? any Chart else { return figure }
      for other in charts {
        if let a = chart.axes.x, let b = other.axes.x, areComparable(a, b) {
          chart.companions.x += other.extent.x
          chart.companions.hasMarkers = chart.companions.hasMarkers || other.extent.hasMarkers
        }
        if areComparable(chart.axes.y, other.axes.y) { chart.companions.y += other.extent.y }
      }
      return chart
    }
  }

  /// Whether two axes show the same quantity, and neither has a given range.
  private static func areComparable(_ a: Axis, _ b: Axis) -> Bool {
    !a.label.isEmpty && a.label == b.label && a.kind == b.kind && a.range == nil && b.range == nil
  }

  private static func compared(_ map: HeatMap, with others: [HeatMap]) -> HeatMap {
    var map = map
    let similar = others.filter {
      $0.range == nil && $0.colors == map.colors && $0.format == map.format
        && ($0.rowTitle, $0.columnTitle) == (map.rowTitle, map.columnTitle)
    }
    if map.range == nil { map.range = map.colors.range(of: similar.flatMap { $0.values.flatMap { $0 } }) }
    return map
  }
}
