import Messages

/// A table of numbers as coloured cells, with every value printed in its cell.
public struct HeatMap: Figure {
  /// The heading.
  public var title: String
  /// The labels at the left.
  public var rows: [String]
  /// The labels below.
  public var columns: [String]
  /// What the rows are.
  public var rowTitle: String
  /// What the columns are.
  public var columnTitle: String
  /// The values, row by row; one that is not a number leaves its cell grey.
  public var values: [[Double]]
  /// The format of the printed values as in C, or nil to print none.
  public var format: String?
  /// How values become colours.
  public var colors: ColorMap
  /// The values at the ends of the colour bar, or nil to follow the data.
  public var range: ClosedRange<Double>?

  /// The map of `values`, one row of cells per row.
  public init(
    _ title: String, rows: [String] = [], columns: [String] = [], rowTitle: String = "", columnTitle: String = "",
    values: [[Double]], format: String? = "%.3g", colors: ColorMap = .sequential, range: ClosedRange<Double>? = nil
  ) {
    let width = values.first?.count ?? 0
    require(
      values.allSatisfy { $0.count == width } && (rows.isEmpty || rows.count == values.count)
        && (columns.isEmpty || columns.count == width),
      "cannot draw heat map “\(title)”: rows of \(values.map(\.count)) values with \(rows.count) row labels and "
        + "\(columns.count) column labels")
    (self.title, self.rows, self.columns, self.rowTitle) = (title, rows, columns, rowTitle)
    (self.columnTitle, self.values, self.format) = (columnTitle, values, format)
    (self.colors, self.range) = (colors, range)
  }

  /// Cells of a size that holds their text, up to 24 across; larger maps have smaller cells.
  public var size: Canvas.Size {
    let margins = margins
    let cell = naturalCell
    return Canvas.Size(
      width: max(240, margins.left + Double(columnCount) * cell.width + margins.right),
      height: margins.top + Double(max(1, values.count)) * cell.height + margins.bottom)
  }

  /// Draws cells, labels and colour bar.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    let margins = margins
    let grid = Rectangle(
      x: margins.left, y: margins.top, width: max(20, size.width - margins.left - margins.right),
      height: max(20, size.height - margins.top - margins.bottom))
    for (index, line) in Lettering.lines(title, room: size.width - 32, size: 16).enumerated() {
      canvas.text(line, at: Point(x: 16, y: 28 + 20 * Double(index)), size: 16, bold: true)
    }
    drawCells(on: &canvas, grid)
    drawLabels(on: &canvas, grid)
    drawColorBar(on: &canvas, Rectangle(x: grid.right + 18, y: grid.y, width: 14, height: grid.height))
  }

  /// The values at the ends of the colour bar.
  var ends: ClosedRange<Double> { range ?? colors.range(of: values.flatMap { $0 }) }

  /// The colour of a value, or nil for one that has none.
  func color(_ value: Double) -> Color? {
    if value.isNaN { return nil }
    let (low, high) = (ends.lowerBound, ends.upperBound)
    return colors.color(high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5)
  }

  /// The printed values, or nil where none are wanted or they would not fit into `width`.
  func texts(room: Double, size: Double) -> [[String]]? {
    guard let format else { return nil }
    let texts = values.map { $0.map { NumberText.formatted($0, format) } }
    return texts.allSatisfy { $0.allSatisfy { Lettering.width($0, size: size) <= room } } ? texts : nil
  }

  var columnCount: Int { values.first?.count ?? 0 }

  private var naturalCell: Canvas.Size {
    let count = Double(max(columnCount, values.count, 1))
    let widest = format.map { format in
      values.flatMap { $0 }.map { Lettering.width(NumberText.formatted($0, format)) }.max() ?? 0
    }
    guard let widest, count <= 16 else {
      let side = max(3, min(32, 480 / count))
      return Canvas.Size(width: side, height: side)
    }
    let labels = columns.map { Lettering.width($0) }.max() ?? 0
    return Canvas.Size(width: max(48, widest + 16, min(90, labels + 10)), height: 36)
  }

  private var scale: Scale { Scale(Axis("", range: ends), values: [], margin: .none, count: 5) }

  private var margins: (left: Double, right: Double, top: Double, bottom: Double) {
    let rowLabels = rows.map { Lettering.width(Lettering.fitted($0, room: 160)) }.max() ?? 0
    let barLabels = scale.ticks.labels.map { Lettering.width($0) }.max() ?? 0
    let lines = Lettering.lines(title, room: 16 + rowLabels + Double(columnCount) * naturalCell.width + 60, size: 16)
      .count
    let bottom: Double = 14 + (columns.isEmpty ? 0 : 18) + (columnTitle.isEmpty ? 0 : 22)
    return (
      left: 16 + (rowTitle.isEmpty ? 0 : 20) + rowLabels + 8,
      right: 18 + 14 + 9 + max(barLabels, Lettering.width(scale.ticks.note, size: 11) - 14) + 16,
      top: 18 + 20 * Double(max(1, lines)) + (scale.ticks.note.isEmpty ? 0 : 16),
      bottom: bottom
    )
  }

  private func cell(_ row: Int, _ column: Int, _ grid: Rectangle) -> Rectangle {
    let (width, height) = (grid.width / Double(max(1, columnCount)), grid.height / Double(max(1, values.count)))
    return Rectangle(x: grid.x + Double(column) * width, y: grid.y + Double(row) * height, width: width, height: height)
  }

  private func drawCells(on canvas: inout Canvas, _ grid: Rectangle) {
    let first = cell(0, 0, grid)
    let gap = first.width > 20 ? 2.0 : 0
    let size = [12.0, 11, 10, 9].first { size in
      size + 4 <= first.height && texts(room: first.width - 4, size: size) != nil
    }
    let printed = size.flatMap { texts(room: first.width - 4, size: $0) }
    if printed == nil && gap == 0 && columnCount > 0 {
      return canvas.image(pixels(missing: canvas.theme.missing), in: grid)
    }
    for (row, line) in values.enumerated() {
      for (column, value) in line.enumerated() {
        let box = cell(row, column, grid)
        let color = color(value) ?? canvas.theme.missing
        canvas.fill(Rectangle(x: box.x, y: box.y, width: box.width - gap, height: box.height - gap), color: color)
        guard let printed, let size else { continue }
        let middle = Point(x: box.x + (box.width - gap) / 2, y: box.y + (box.height - gap) / 2 + size * 0.36)
        canvas.text(printed[row][column], at: middle, size: size, anchor: .middle, color: color.readableInk)
      }
    }
  }

  /// One pixel per cell: small bare cells are an image, a tenth of the size of as many rectangles.
  private func pixels(missing: Color) -> Pixels {
    let colors = values.flatMap { $0 }.map { color($0) ?? missing }
    return Pixels(
      width: columnCount, height: values.count, channels: 3,
      values: colors.flatMap { [$0.red, $0.green, $0.blue] }.map { Double($0) / 255 })
  }

  private func drawLabels(on canvas: inout Canvas, _ grid: Rectangle) {
    let everyRow = max(1, Int((16 * Double(rows.count) / grid.height).rounded(.up)))
    for (row, label) in rows.enumerated() where row % everyRow == 0 {
      let box = cell(row, 0, grid)
      let text = Lettering.fitted(label, room: 160)
      canvas.text(text, at: Point(x: grid.x - 8, y: box.y + box.height / 2 + 3), anchor: .end)
    }
    let room = cell(0, 0, grid).width - 2
    let widest = columns.map { Lettering.width($0) }.max() ?? 0
    let everyColumn = room >= 40 ? 1 : max(1, Int(((widest + 6) / max(room, 1)).rounded(.up)))
    for (column, label) in columns.enumerated() where column % everyColumn == 0 {
      let box = cell(0, column, grid)
      let text = Lettering.fitted(label, room: room * Double(everyColumn))
      canvas.text(text, at: Point(x: box.x + box.width / 2 - 1, y: grid.bottom + 16), anchor: .middle)
    }
    let quiet = canvas.theme.quietInk
    canvas.text(
      Lettering.fitted(columnTitle, room: grid.width + 80, size: 13),
      at: Point(x: grid.x + grid.width / 2, y: grid.bottom + (columns.isEmpty ? 20 : 38)), size: 13, anchor: .middle,
      color: quiet)
    canvas.text(
      Lettering.fitted(rowTitle, room: grid.height + 40, size: 13), at: Point(x: 24, y: grid.y + grid.height / 2),
      size: 13,
      anchor: .middle, color: quiet, turn: -90)
  }

  private func drawColorBar(on canvas: inout Canvas, _ bar: Rectangle) {
    let steps = 48
    for step in (0..<steps).reversed() {
      let (from, to) = (Double(step) / Double(steps), Double(step + 1) / Double(steps))
      let color = colors.color((from + to) / 2)
      // Each step reaches to the foot of the bar, so that no seam shows between two.
      canvas.fill(
        Rectangle(x: bar.x, y: bar.bottom - to * bar.height, width: bar.width, height: to * bar.height), color: color)
    }
    for (value, label) in zip(scale.ticks.values, scale.ticks.labels) {
      guard let share = scale.share(value) else { continue }
      let y = bar.bottom - share * bar.height
      canvas.line(from: Point(x: bar.right, y: y), to: Point(x: bar.right + 4, y: y), color: canvas.theme.axis)
      canvas.text(label, at: Point(x: bar.right + 8, y: y + 4))
    }
    canvas.text(scale.ticks.note, at: Point(x: bar.x, y: bar.y - 6), size: 11, color: canvas.theme.quietInk)
  }
}
