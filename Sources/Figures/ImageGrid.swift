import Messages

/// Images in rows, each with a caption below, such as digits, filters or samples of a generator.
public struct ImageGrid: Figure {
  /// The heading.
  public var title: String
  /// The images, from the top left, row by row.
  public var images: [Pixels]
  /// The number of images in a row.
  public var columns: Int
  /// The captions below the images, in as many lines as needed. If there are fewer captions than images, the last
  /// images have none.
  public var captions: [String]
  /// The titles at the left of the rows, such as a class, a weight or a number of steps.
  public var rowTitles: [String] = []
  /// The titles above the columns.
  public var columnTitles: [String] = []
  /// The factor by which neighbouring panels reduce the size of a pixel.
  var share = 1.0

  /// The grid of `images`, in rows of `columns`.
  public init(_ title: String, images: [Pixels], columns: Int = 10, captions: [String] = []) {
    require(columns > 0, "cannot draw “\(title)” in \(columns) columns: at least 1 is needed")
    (self.title, self.images, self.columns, self.captions) = (title, images, columns, captions)
  }

  /// The grid of these rows of images, with titles of rows and columns.
  public init(
    _ title: String, rows: [[Pixels]], rowTitles: [String] = [], columnTitles: [String] = [], captions: [String] = []
  ) {
    let columns = rows.first?.count ?? 0
    require(
      rows.allSatisfy { $0.count == columns } && [0, rows.count].contains(rowTitles.count)
        && [0, columns].contains(columnTitles.count),
      "cannot draw “\(title)”: rows of \(rows.map(\.count)) images with \(rowTitles.count) row titles and "
        + "\(columnTitles.count) column titles")
    self.init(title, images: rows.flatMap { $0 }, columns: max(1, columns), captions: captions)
    (self.rowTitles, self.columnTitles) = (rowTitles, columnTitles)
  }

  /// The grid of square grey images, each a list of n² values in 0…1.
  public init(_ title: String, images: [[Double]], columns: Int = 10, captions: [String] = []) {
    self.init(title, images: images.map(Pixels.init(square:)), columns: columns, captions: captions)
  }

  /// Images enlarged by a whole number, so that every pixel stays square, unless the page is too narrow.
  public var size: Canvas.Size { ImageGridLayout(self).size }

  /// Draws headings, images and captions.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    let layout = ImageGridLayout(self)
    layout.heading.draw(on: &canvas)
    let quiet = canvas.theme.quietInk
    for (column, title) in columnTitles.enumerated() {
      let box = layout.box(0, column)
      canvas.text(title, at: Point(x: box.x + box.width / 2, y: box.y - 7), anchor: .middle, color: quiet)
    }
    for (row, title) in rowTitles.enumerated() {
      let box = layout.box(row, 0)
      canvas.text(title, at: Point(x: layout.left - 10, y: box.y + box.height / 2 + 4), anchor: .end, color: quiet)
    }
    for (index, image) in images.enumerated() {
      let cell = layout.box(index / columns, index % columns)
      let (width, height) = (Double(image.width) * layout.zoom, Double(image.height) * layout.zoom)
      canvas.image(image, in: Rectangle(x: cell.x + (cell.width - width) / 2, y: cell.y, width: width, height: height))
      for (line, words) in layout.captions[index].enumerated() {
        canvas.text(
          words, at: Point(x: cell.x + cell.width / 2, y: cell.y + height + 14 + 13 * Double(line)), size: 11,
          anchor: .middle, color: quiet)
      }
    }
  }

  /// All images in one PNG file, on a mid-grey background and without text; nil if there are no images.
  public var png: [UInt8]? { sheet.map(PNG.encoded) }

  /// All images in one, enlarged, on a mid-grey background and without text; nil if there are no images.
  public var sheet: Pixels? {
    guard !images.isEmpty else { return nil }
    let zoom = max(1, Int(ImageGridLayout(self).zoom))
    let channels = images.map(\.channels).max() ?? 1
    let (stepX, stepY) = (tallest.width * zoom + 4, tallest.height * zoom + 4)
    let (width, height) = (usedColumns * stepX + 4, rowCount * stepY + 4)
    var values = [Double](repeating: 128 / 255, count: width * height * channels)
    for (index, image) in images.enumerated() {
      let (left, top) = (4 + index % columns * stepX, 4 + index / columns * stepY)
      for row in 0..<image.height * zoom {
        let line = (0..<image.width * zoom).flatMap { column in
          image.pixel(row: row / zoom, column: column / zoom, channels: channels)
        }
        let start = ((top + row) * width + left) * channels
        values.replaceSubrange(start..<start + line.count, with: line)
      }
    }
    return Pixels(width: width, height: height, channels: channels, values: values)
  }

  /// The extent of the largest image, in pixels.
  var tallest: (width: Int, height: Int) { (images.map(\.width).max() ?? 1, images.map(\.height).max() ?? 1) }

  var usedColumns: Int { max(1, min(columns, images.count)) }
  var rowCount: Int { max(1, (images.count + columns - 1) / columns) }
}
