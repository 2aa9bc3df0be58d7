/// The positions of the parts of an image grid.
struct ImageGridLayout {
  let heading: Heading
  /// The start of the first column.
  let left: Double
  /// The width and the height of a pixel.
  let zoom: Double
  /// The lines of the caption of every image.
  let captions: [[String]]
  let size: Canvas.Size
  private let cell: Canvas.Size
  /// The start of every row.
  private let tops: [Double]

  private static let gap = 10.0

  init(_ grid: ImageGrid) {
    let columns = Double(grid.usedColumns)
    let titles = grid.rowTitles.map { Lettering.width($0) }.max()
    left = 16 + (titles.map { $0 + 12 } ?? 0)
    let most = (Page.width - left - 16 + Self.gap) / columns - Self.gap
    let side = Double(max(grid.tallest.width, grid.tallest.height))
    let natural = min(64, most) * grid.share / side
    zoom = natural >= 1 ? natural.rounded(.down) : min(1, most * grid.share / side)
    let widestWord = (grid.captions.prefix(grid.images.count) + grid.columnTitles).map {
      Lettering.widestWord($0, size: 11.5)
    }
    cell = Canvas.Size(
      width: max(Double(grid.tallest.width) * zoom, min(most, widestWord.max() ?? 0)),
      height: Double(grid.tallest.height) * zoom)
    let width = left + columns * (cell.width + Self.gap) - Self.gap + 16
    let full = max(width, min(220, Heading.width(grid.title)))
    heading = Heading(grid.title, width: full)
    let room = cell.width + Self.gap - 2
    captions = grid.images.indices.map { index in
      grid.captions.indices.contains(index) ? Lettering.wrapped(grid.captions[index], room: room, size: 11) : []
    }
    var (tops, y) = ([Double](), heading.height + 2 + (grid.columnTitles.isEmpty ? 0 : 20))
    for row in 0..<grid.rowCount {
      tops.append(y)
      let lines = captions.dropFirst(row * grid.columns).prefix(grid.columns).map(\.count).max() ?? 0
      y += cell.height + Self.gap + (lines == 0 ? 0 : 3 + 13 * Double(lines))
    }
    self.tops = tops
    size = Canvas.Size(width: full, height: y - Self.gap + 16)
  }

  /// The position of an image of the largest extent.
  func box(_ row: Int, _ column: Int) -> Rectangle {
    Rectangle(
      x: left + Double(column) * (cell.width + Self.gap), y: tops[row], width: cell.width, height: cell.height)
  }
}
