import Messages

/// Images in rows, each with a caption below: digits, filters, samples of a generator.
public struct ImageGrid: Figure {
  /// The heading.
  public var title: String
  /// The images, from the top left, row by row.
  public var images: [Pixels]
  /// The number of images in a row.
  public var columns: Int
  /// What is written below the images; fewer captions than images leave the last ones bare.
  public var captions: [String]

  /// The grid of `images`, in rows of `columns`.
  public init(_ title: String, images: [Pixels], columns: Int = 10, captions: [String] = []) {
    require(columns > 0, "cannot draw “\(title)” in \(columns) columns: at least one is needed")
    (self.title, self.images, self.columns, self.captions) = (title, images, columns, captions)
  }

  /// The grid of square grey images, each a list of n² values in 0…1.
  public init(_ title: String, images: [[Double]], columns: Int = 10, captions: [String] = []) {
    self.init(title, images: images.map(Pixels.init(square:)), columns: columns, captions: captions)
  }

  /// Images enlarged by a whole number, so that every pixel stays a square.
  public var size: Canvas.Size {
    let step = step
    return Canvas.Size(
      width: max(220, 32 + Double(usedColumns) * step.width - gap),
      height: top(width: 32 + Double(usedColumns) * step.width) + Double(rowCount) * step.height - gap + 16)
  }

  /// Draws images and captions, centred where there is more room than they need.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) {
    let lines = Lettering.lines(title, room: size.width - 32, size: 16)
    for (index, line) in lines.enumerated() {
      canvas.text(line, at: Point(x: 16, y: 28 + 20 * Double(index)), size: 16, bold: true)
    }
    let shrink = min(1, size.width / self.size.width)
    let step = Canvas.Size(width: self.step.width * shrink, height: self.step.height * shrink)
    let top = 22 + 20 * Double(lines.count)
    let left = max(16, (size.width - Double(usedColumns) * step.width + gap) / 2)
    for (index, image) in images.enumerated() {
      let x = left + Double(index % columns) * step.width
      let y = top + Double(index / columns) * step.height
      let (width, height) = (Double(image.width * zoom) * shrink, Double(image.height * zoom) * shrink)
      let box = Rectangle(x: x + (step.width - gap - width) / 2, y: y, width: width, height: height)
      canvas.image(image, in: box)
      guard captions.indices.contains(index) else { continue }
      let caption = Lettering.fitted(captions[index], room: step.width - 2, size: 11)
      canvas.text(
        caption, at: Point(x: x + (step.width - gap) / 2, y: y + height + 14), size: 11, anchor: .middle,
        color: canvas.theme.quietInk)
    }
  }

  /// All images in one, enlarged, on a mid-grey ground and without captions; nil where there is no image.
  public var png: [UInt8]? {
    guard !images.isEmpty else { return nil }
    let channels = images.map(\.channels).max() ?? 1
    let (stepX, stepY) = (tallest.width * zoom + 4, tallest.height * zoom + 4)
    let (width, height) = (usedColumns * stepX + 4, rowCount * stepY + 4)
    var bytes = [UInt8](repeating: 128, count: width * height * channels)
    for (index, image) in images.enumerated() {
      let (left, top) = (4 + index % columns * stepX, 4 + index / columns * stepY)
      for row in 0..<image.height {
        let line = (0..<image.width).flatMap { column -> [UInt8] in
          let color = image.color(row: row, column: column)
          let pixel = channels == 1 ? [color.red] : [color.red, color.green, color.blue]
          return Array(repeatElement(pixel, count: zoom).joined())
        }
        for copy in 0..<zoom {
          let start = ((top + row * zoom + copy) * width + left) * channels
          bytes.replaceSubrange(start..<start + line.count, with: line)
        }
      }
    }
    return PNG.encoded(width: width, height: height, channels: channels, bytes: bytes)
  }

  /// The extent of the largest image, in pixels.
  var tallest: (width: Int, height: Int) { (images.map(\.width).max() ?? 1, images.map(\.height).max() ?? 1) }

  var usedColumns: Int { max(1, min(columns, images.count)) }
  var rowCount: Int { max(1, (images.count + columns - 1) / columns) }

  /// How many units one pixel is wide: images of about 64 units, fewer where there are many in a row.
  var zoom: Int { max(1, min(64, 720 / usedColumns) / max(tallest.width, tallest.height)) }

  private var gap: Double { 10 }

  private var step: Canvas.Size {
    Canvas.Size(
      width: Double(tallest.width * zoom) + gap,
      height: Double(tallest.height * zoom) + gap + (captions.isEmpty ? 0 : 16))
  }

  private func top(width: Double) -> Double {
    22 + 20 * Double(Lettering.lines(title, room: max(220, width) - 32, size: 16).count)
  }
}
