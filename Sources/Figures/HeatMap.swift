import Messages

/// A table of numbers as coloured cells, with each value printed in its cell.
public struct HeatMap: Figure {
  /// The heading.
  public var title: String
  /// The labels of the rows, at the left.
  public var rows: [String]
  /// The labels of the columns, below.
  public var columns: [String]
  /// The title of the rows.
  public var rowTitle: String
  /// The title of the columns.
  public var columnTitle: String
  /// The values, row by row. A NaN leaves its cell grey.
  public var values: [[Double]]
  /// The C format of the printed values, or nil to print none.
  public var format: String?
  /// The map from values to colours.
  public var colors: ColorMap
  /// The values at the ends of the colour bar; nil to use the range of the data.
  public var range: ClosedRange<Double>?
  /// The factor by which neighbouring panels reduce the size of a cell.
  var share = 1.0
  /// Whether the colour bar is drawn. It is not if the map at the right has the same one.
  var showsColorBar = true

  /// The map of `values`, one row of cells per row. Without labels it is a picture with square cells.
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

  /// Cells large enough for their text, with up to 24 across. Larger maps have smaller cells.
  public var size: Canvas.Size { HeatMapLayout(self).size }

  /// Draws cells, labels and colour bar.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    let layout = HeatMapLayout(self)
    layout.heading.draw(on: &canvas)
    drawCells(on: &canvas, layout)
    drawLabels(on: &canvas, layout)
    if showsColorBar { drawColorBar(on: &canvas, layout.bar) }
  }

  /// The values at the ends of the colour bar.
  var ends: ClosedRange<Double> { range ?? colors.range(of: values.flatMap { $0 }) }

  /// The colour of a value, or nil if it has none.
  func color(_ value: Double) -> Color? {
    if value.isNaN { return nil }
    let (low, high) = (ends.lowerBound, ends.upperBound)
    return colors.color(high > low ? (value / 2 - low / 2) / (high / 2 - low / 2) : 0.5)
  }

  /// The printed values, or nil if none are wanted or they do not fit into `width`.
  func texts(room: Double, size: Double) -> [[String]]? {
    guard let format else { return nil }
    let texts = values.map { $0.map { NumberText.formatted($0, format) } }
    return texts.allSatisfy { $0.allSatisfy { Lettering.width($0, size: size) <= room } } ? texts : nil
  }

  var columnCount: Int { values.first?.count ?? 0 }

  /// The width of the widest printed value, or nil if none are wanted.
  var widestText: Double? {
    format.map { format in
      values.flatMap { $0 }.map { Lettering.width(NumberText.formatted($0, format)) }.max() ?? 0
    }
  }

  /// A confusion matrix: the counts of each true class, as rows, and each predicted class, as columns. counts: [K×K]
  public static func confusion(_ title: String, classes: [String], counts: [[Int]]) -> HeatMap {
    HeatMap(
      title, rows: classes, columns: classes, rowTitle: "class", columnTitle: "predicted class",
      values: counts.map { $0.map(Double.init) }, format: "%.0f")
  }

  private func drawCells(on canvas: inout Canvas, _ layout: HeatMapLayout) {
    let first = layout.cell
    let gap = first.width > 20 ? 2.0 : 0
    let size = [12.0, 11, 10, 9].first { size in
      size + 4 <= first.height && texts(room: first.width - 4, size: size) != nil
    }
    let printed = size.flatMap { texts(room: first.width - 4, size: $0) }
    if printed == nil && gap == 0 && columnCount > 0 {
      return canvas.image(pixels(missing: canvas.theme.missing), in: layout.grid)
    }
    for (row, line) in values.enumerated() {
      for (column, value) in line.enumerated() {
        let box = layout.box(row, column)
        let color = color(value) ?? canvas.theme.missing
        canvas.fill(Rectangle(x: box.x, y: box.y, width: box.width - gap, height: box.height - gap), color: color)
        guard let printed, let size else { continue }
        let middle = Point(x: box.x + (box.width - gap) / 2, y: box.y + (box.height - gap) / 2 + size * 0.36)
        canvas.text(printed[row][column], at: middle, size: size, anchor: .middle, color: color.readableInk)
      }
    }
  }

  /// One pixel per cell: small cells without text are drawn as an image, which takes a tenth of the size of rectangles.
  private func pixels(missing: Color) -> Pixels {
    let colors = values.flatMap { $0 }.map { color($0) ?? missing }
    return Pixels(
      width: columnCount, height: values.count, channels: 3,
      values: colors.flatMap { [$0.red, $0.green, $0.blue] }.map { Double($0) / 255 })
  }

  private func drawLabels(on canvas: inout Canvas, _ layout: HeatMapLayout) {
    let grid = layout.grid
    let everyRow = max(1, Int((16 / layout.cell.height).rounded(.up)))
    for (row, label) in rows.enumerated() where row % everyRow == 0 {
      let box = layout.box(row, 0)
      let text = Lettering.fitted(label, room: HeatMapLayout.longestRowLabel)
      canvas.text(text, at: Point(x: grid.x - 8, y: box.y + box.height / 2 + 3), anchor: .end)
    }
    for (column, label) in columns.enumerated() where column % layout.everyColumn == 0 {
      let box = layout.box(0, column)
      layout.slant.draw(label, at: Point(x: box.x + box.width / 2 - 1, y: grid.bottom - 4), on: &canvas)
    }
    let quiet = canvas.theme.quietInk
    let below = columns.isEmpty ? 20 : layout.slant.height + 18
    canvas.text(
      Lettering.fitted(columnTitle, room: grid.width + 80, size: 13),
      at: Point(x: grid.x + grid.width / 2, y: grid.bottom + below), size: 13, anchor: .middle, color: quiet)
    canvas.text(
      Lettering.fitted(rowTitle, room: grid.height + 40, size: 13), at: Point(x: 24, y: grid.y + grid.height / 2),
      size: 13, anchor: .middle, color: quiet, turn: -90)
  }

  private func drawColorBar(on canvas: inout Canvas, _ bar: Rectangle) {
    let steps = 48
    for step in (0..<steps).reversed() {
      let (from, to) = (Double(step) / Double(steps), Double(step + 1) / Double(steps))
      let color = colors.color((from + to) / 2)
      // Each step extends to the bottom of the bar, so that no gap shows between two steps.
      canvas.fill(
        Rectangle(x: bar.x, y: bar.bottom - to * bar.height, width: bar.width, height: to * bar.height), color: color)
    }
    let scale = scale(along: bar.height)
    for (value, label) in zip(scale.ticks.values, scale.ticks.labels) {
      guard let share = scale.share(value) else { continue }
      let y = bar.bottom - share * bar.height
      canvas.line(from: Point(x: bar.right, y: y), to: Point(x: bar.right + 4, y: y), color: canvas.theme.axis)
      canvas.text(label, at: Point(x: bar.right + 8, y: y + 4))
    }
    canvas.text(scale.ticks.note, at: Point(x: bar.x, y: bar.y - 6), size: 11, color: canvas.theme.quietInk)
  }

  /// The scale of the colour bar, with a tick for every 26 units of its height, so that numbers never touch. If there
  /// is only room for two, they are at its ends.
  func scale(along height: Double) -> Scale {
    let isWhole = values.allSatisfy { $0.allSatisfy { !$0.isFinite || $0 == $0.rounded() } }
    let scale = Scale(
      Axis("", range: ends), values: isWhole ? values.flatMap { $0 } : [], margin: .none,
      count: max(1, min(5, Int(height / 26))), isCounted: true)
    return height < 78 && scale.ticks.values.count < 3 ? scale.withTicksAtEnds : scale
  }
}
