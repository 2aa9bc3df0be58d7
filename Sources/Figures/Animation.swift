import Messages

/// A sequence of pictures, such as a sampler's way from noise to an image, or a network during training.
///
/// The file is an animated PNG. SVG and terminals show a strip of stills instead: the first picture, the last one, and
/// some between them.
public struct Animation: Figure {
  /// The heading of the strip.
  public var title: String
  /// The pictures, all with the same size and number of channels.
  public let frames: [Pixels]
  /// The captions below the stills, one per picture or none.
  public var captions: [String]
  /// The duration of every picture, in milliseconds.
  public var milliseconds: Int
  /// The number of stills in the strip.
  public var stillCount: Int

  /// The animation of `frames`.
  public init(_ title: String, frames: [Pixels], captions: [String] = [], milliseconds: Int = 80, stillCount: Int = 6) {
    let kinds = Set(frames.map { [$0.width, $0.height, $0.channels] })
    require(
      kinds.count <= 1,
      "cannot animate “\(title)”: its pictures differ in width, height or channels: "
        + "\(kinds.sorted { $0.lexicographicallyPrecedes($1) })"
    )
    require(
      [0, frames.count].contains(captions.count) && (1...65_535).contains(milliseconds) && stillCount >= 1,
      "cannot animate “\(title)”: \(captions.count) captions for \(frames.count) pictures of \(milliseconds) ms, "
        + "\(stillCount) stills: no captions or one per picture, 1 to 65535 ms, and at least 1 still are needed")
    (self.title, self.frames, self.captions) = (title, frames, captions)
    (self.milliseconds, self.stillCount) = (milliseconds, stillCount)
  }

  /// The stills side by side, at equal intervals from the first picture to the last.
  public var strip: ImageGrid {
    let count = min(stillCount, frames.count)
    let places = (0..<count).map { count == 1 ? frames.count - 1 : $0 * (frames.count - 1) / (count - 1) }
    return ImageGrid(
      title, images: places.map { frames[$0] }, columns: max(1, count),
      captions: captions.isEmpty ? [] : places.map { captions[$0] })
  }

  /// The extent of the strip.
  public var size: Canvas.Size { strip.size }

  /// Draws the strip.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { strip.draw(on: &canvas, size: size) }

  /// The strip.
  public func terminal(columns: Int, color: Bool) -> String { strip.terminal(columns: columns, color: color) }

  /// The bytes of an animated PNG that repeats forever; nil if there are no pictures.
  public var png: [UInt8]? { frames.isEmpty ? nil : PNG.animated(frames, milliseconds: milliseconds) }
}
