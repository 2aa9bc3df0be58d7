extension LineChart {
  /// Lines of Braille dots between axes of box-drawing characters. Without colours, symbols on the lines distinguish
  /// them.
  public func terminal(columns: Int, color: Bool) -> String {
    var canvas = TerminalCanvas(columns: columns)
    let frame = TerminalFrame(title, labels: labels, on: &canvas) { scales(countX: $0, countY: $1) }
    var field = BrailleField(columns: frame.columns, rows: frame.rows)
    for (index, series) in series.enumerated() {
      let ink = TerminalCanvas.ink(index)
      for edge in series.band.map({ [$0.low, $0.high] }) ?? [] { trace(series.x, edge, frame, &field, ink, spacing: 3) }
      if series.style != .points { trace(series.x, series.y, frame, &field, ink, spacing: 1) }
    }
    field.draw(on: &canvas, row: frame.top, column: frame.left)
    for (index, series) in series.enumerated() {
      let mark = Mark(index).symbol
      for place in symbols(series, index, color) {
        guard let row = frame.dotRow(series.y[place]), let column = frame.dotColumn(series.x[place])
        else { continue }
        canvas.put(
          String(mark), row: frame.top + row / 4, column: frame.left + column / 2, ink: TerminalCanvas.ink(index))
      }
    }
    drawLegend(on: &canvas, color: color)
    return canvas.text(color: color)
  }

  private func trace(
    _ x: [Double], _ y: [Double], _ frame: TerminalFrame, _ field: inout BrailleField, _ ink: Color, spacing: Int
  ) {
    var last: (x: Int, y: Int)?
    for (valueX, valueY) in zip(x, y) {
      guard let column = frame.dotColumn(valueX), let row = frame.dotRow(valueY) else {
        last = nil; continue
      }
      field.line(from: last ?? (column, row), to: (column, row), ink: ink, spacing: spacing)
      last = (column, row)
    }
  }

  /// The points that show the series' symbol: all of them, or about eight to distinguish lines without colours.
  private func symbols(_ series: Series, _ index: Int, _ color: Bool) -> [Int] {
    if series.style != .line { return Array(series.y.indices) }
    if color || self.series.count < 2 { return [] }
    let every = max(1, series.y.count / 8)
    return stride(from: index * every / max(1, self.series.count), to: series.y.count, by: every).map { $0 }
  }

  private func drawLegend(on canvas: inout TerminalCanvas, color: Bool) {
    var (row, column) = (canvas.rows, 2)
    for entry in legend.entries {
      let sample =
        entry.look == .line && color
        ? "⠤⠤" : entry.look == .points ? "\(Mark(entry.index).symbol)" : "⠤\(Mark(entry.index).symbol)⠤"
      let name = TerminalText.fitted(entry.name, columns: canvas.columns - 8)
      let width = TerminalText.width(sample) + 1 + TerminalText.width(name)
      if column > 2 && column + width > canvas.columns { (row, column) = (row + 1, 2) }
      canvas.put(sample, row: row, column: column, ink: TerminalCanvas.ink(entry.index))
      canvas.put(name, row: row, column: column + TerminalText.width(sample) + 1)
      column += width + 3
    }
  }
}

extension Histogram {
  /// Vertical bars in eighths of a character, or outlines for several samples or for one with its density.
  public func terminal(columns: Int, color: Bool) -> String {
    let edges = edges
    let heights = heights
    if samples.count != 1 || density != nil { return outlines.terminal(columns: columns, color: color) }
    var canvas = TerminalCanvas(columns: columns)
    let frame = TerminalFrame(title, labels: labels, on: &canvas) { scales(countX: $0, countY: $1) }
    for column in 0..<frame.columns {
      let share = (Double(column) + 0.5) / Double(frame.columns)
      guard let bin = edges.lastIndex(where: { (frame.x.share($0) ?? 1) <= share }), bin < heights[0].count else {
        continue
      }
      let eighths = Int(((frame.y.share(heights[0][bin]) ?? 0) * Double(frame.rows * 8)).rounded())
      for row in 0..<frame.rows where eighths > row * 8 {
        let level = String(Shade.level(eighths: eighths - row * 8))
        canvas.put(
          level, row: frame.top + frame.rows - 1 - row, column: frame.left + column, ink: TerminalCanvas.ink(0))
      }
    }
    return canvas.text(color: color)
  }

  /// The same as lines: one along the tops of each sample's bars, and one for the density.
  private var outlines: LineChart {
    let edges = edges
    let tops = zip(samples, heights).map { sample, heights in
      Series(
        sample.name, x: edges.dropLast().indices.flatMap { [edges[$0], edges[$0 + 1]] }, heights.flatMap { [$0, $0] })
    }
    let line = density == nil ? [] : [Series(densityName, x: curve.map(\.x), curve.map(\.y))]
    var chart = LineChart(title, x: x, y: axes.y, series: tops + line)
    chart.companions = companions
    return chart
  }
}
