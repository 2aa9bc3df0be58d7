import Messages

/// Pictures one after the other: a sampler on its way from noise to an image, a network as it learns.
///
/// The file is an animated PNG. A page that must not move, and a terminal, get a strip of stills: the first picture,
/// the last one, and some between them.
public struct Animation: Figure {
  /// The heading of the strip.
  public var title: String
  /// The pictures, all of one size and with equally many channels.
  public let frames: [Pixels]
  /// What each picture shows, below the stills; or nothing.
  public var captions: [String]
  /// How long every picture is shown, in milliseconds.
  public var milliseconds: Int
  /// How many stills the strip has.
  public var stillCount: Int

  /// The animation of `frames`.
  public init(_ title: String, frames: [Pixels], captions: [String] = [], milliseconds: Int = 80, stillCount: Int = 6) {
    let kinds = Set(frames.map { [$0.width, $0.height, $0.channels] })
    require(
      kinds.count <= 1,
      "cannot animate “\(title)”: its pictures differ in width, height or channels: \(kinds.sorted { $0.lexicographicallyPrecedes($1) })"
    )
    require(
      [0, frames.count].contains(captions.count) && (1...65_535).contains(milliseconds) && stillCount >= 1,
      "cannot animate “\(title)”: \(captions.count) captions for \(frames.count) pictures, \(milliseconds) milliseconds "
        + "for each, \(stillCount) stills")
    (self.title, self.frames, self.captions) = (title, frames, captions)
    (self.milliseconds, self.stillCount) = (milliseconds, stillCount)
  }

  /// The stills side by side, at equal distances in time from the first picture to the last.
  public var strip: ImageGrid {
    let count = min(stillCount, frames.count)
    let places = (0..<count).map { count == 1 ? frames.count - 1 : $0 * (frames.count - 1) / (count - 1) }
    return ImageGrid(
      title, images: places.map { frames[$0] }, columns: max(1, count),
      captions: captions.isEmpty ? [] : places.map { captions[$0] })
  }

  /// As large as the strip.
  public var size: Canvas.Size { strip.size }

  /// Draws the strip.
  public func draw(on canvas: inout Canvas, size: Canvas.Size) { strip.draw(on: &canvas, size: size) }

  /// The strip.
  public func terminal(columns: Int, color: Bool) -> String { strip.terminal(columns: columns, color: color) }

  /// The bytes of an animated PNG, which repeats for ever; nil where there is no picture.
  public var png: [UInt8]? { frames.isEmpty ? nil : PNG.animated(frames, milliseconds: milliseconds) }
}
