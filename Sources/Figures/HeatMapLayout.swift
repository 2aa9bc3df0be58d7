/// The positions of the parts of a heat map. Cells without labels are the square pixels of a picture. Cells with labels
/// form a table, and are as wide as their texts.
struct HeatMapLayout {
  let heading: Heading
  /// The extent of one cell.
  let cell: Canvas.Size
  /// All cells.
  let grid: Rectangle
  let bar: Rectangle
  let size: Canvas.Size
  /// The placement of the column labels, and the number of columns per label.
  let slant: Slant
  let everyColumn: Int

  static let longestRowLabel = 160.0

  init(_ map: HeatMap) {
    let labelWidth =
      map.rows.map { Lettering.width(Lettering.fitted($0, room: Self.longestRowLabel)) }.max() ?? 0
    let left = 16 + (map.rowTitle.isEmpty ? 0 : 20) + labelWidth + (map.rows.isEmpty ? 0 : 8)
    let (rows, columns) = (Double(max(1, map.values.count)), Double(max(1, map.columnCount)))
    let note = map.scale(along: 130).ticks.note
    let right = (map.showsColorBar ? Self.barWidth(map, note) : 0) + 16
    cell = Self.cell(of: map, room: Page.width - left - right)
    let natural = left + columns * cell.width + right
    let width = max(natural, min(240, Heading.width(map.title)))
    heading = Heading(map.title, width: width)
    let (labels, cellWidth) = (map.columns, cell.width)
    everyColumn =
      cellWidth >= 24
      ? 1 : max(1, Int((((labels.map { Lettering.width($0) }.max() ?? 0) + 8) / max(1, cellWidth)).rounded(.up)))
    slant = Slant(labels, room: everyColumn == 1 ? cellWidth + 6 : .infinity)
    grid = Rectangle(
      x: left, y: heading.height + (note.isEmpty ? 0 : 16), width: columns * cell.width,
      height: rows * cell.height)
    bar = Rectangle(x: grid.right + 16, y: grid.y, width: 14, height: grid.height)
    let below = (labels.isEmpty ? 0 : slant.height - 2) + (map.columnTitle.isEmpty ? 0 : 22)
    size = Canvas.Size(width: width, height: grid.bottom + below + 14)
  }

  /// The width of the colour bar with its numbers, for any height.
  private static func barWidth(_ map: HeatMap, _ note: String) -> Double {
    let labels = [0, 130].flatMap { map.scale(along: $0).ticks.labels }
    return 16 + 14 + 9 + max(labels.map { Lettering.width($0) }.max() ?? 0, Lettering.width(note, size: 11) - 14)
  }

  /// The position of one cell.
  func box(_ row: Int, _ column: Int) -> Rectangle {
    Rectangle(
      x: grid.x + Double(column) * cell.width, y: grid.y + Double(row) * cell.height, width: cell.width,
      height: cell.height)
  }

  /// The extent of a cell such that all columns fit into `room`.
  private static func cell(of map: HeatMap, room: Double) -> Canvas.Size {
    let most = room / Double(max(1, map.columnCount))
    let count = Double(max(map.columnCount, map.values.count, 1))
    guard let widest = map.widestText, count <= 16 else {
      let side = min(most, max(3, min(32, 480 / count)) * map.share)
      return Canvas.Size(width: side, height: side)
    }
    if map.rows.isEmpty && map.columns.isEmpty {
      let side = min(most, max(36, widest + 14) * map.share)
      return Canvas.Size(width: side, height: side)
    }
    let labels = map.columns.map { Lettering.width($0) }.max() ?? 0
    return Canvas.Size(
      width: min(most, max(48, widest + 16, min(90, labels + 10)) * map.share), height: max(24, 36 * map.share))
  }
}
