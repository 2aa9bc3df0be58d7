// The part of a plane that rows of tiles see.

/// The lines of one phase of a plane that some rows of tiles see, each with zeros around it.
///
/// A band sees n lines, and each of its tiles sees m adjacent numbers of a line and the n − m after these. Each line is
/// therefore stored twice, once from the first number and once from number m on, without a gap after the lines of the
/// previous band: neighbouring tiles then have neighbouring numbers even where a band is shorter than a vector.
struct WinogradLines<Tiles: WinogradTiles> {
  private let shape: WinogradShape<Tiles>
  /// The distance between the lines of one band.
  private let length: Int
  private let lines: Buffer
  /// Every existing line: its position in the plane of the first channel, and its position here.
  private let places: [(source: Int, target: Int)]
  /// Where the phase starts in a line, and which numbers exist, counted from the first on and from number m on.
  private let start: Int
  private let first, second: Range<Int>

  init(_ shape: WinogradShape<Tiles>, phase: (row: Int, column: Int), _ bands: Range<Int>) {
    let length = Tiles.m * (bands.count * shape.pitch + FloatTileVector.scalarCount)
    (self.shape, self.length) = (shape, length)
    lines = Buffer(.float, count: 2 * Tiles.n * length, repeating: 0)
    let (rows, columns) = (shape.rows, shape.columns)
    places = bands.flatMap { band in
      let (image, i) = band.quotientAndRemainder(dividingBy: rows.tiles)
      let top = rows.phases * Tiles.m * i + phase.row - rows.padding
      return inside(rows.source, from: top, step: rows.phases, count: Tiles.n).map { row in
        (
          (image * shape.channels * rows.source + top + rows.phases * row) * columns.source,
          2 * row * length + (band - bands.lowerBound) * Tiles.m * shape.pitch
        )
      }
    }
    start = phase.column - columns.padding
    let (step, count) = (columns.phases, Tiles.m * shape.pitch)
    first = inside(columns.source, from: start, step: step, count: count)
    second = inside(columns.source, from: start + step * Tiles.m, step: step, count: count)
  }

  /// Reads what the bands see of a channel. The zeros around it are already there.
  ///
  /// Neighbouring channels are whole planes apart, which no processor predicts, so the next one is prefetched.
  func fill(_ channel: Int, of images: UnsafePointer<Float>) {
    let (width, plane) = (shape.columns.source, shape.rows.source * shape.columns.source)
    let (step, images, lines) = (shape.columns.phases, images + channel * plane, lines.pointer(Float.self))
    for place in places {
      let (source, target) = (images + place.source, lines + place.target)
      copyRow(source + (start + step * first.lowerBound), step: step, first.count, target + first.lowerBound)
      copyRow(
        source + (start + step * (Tiles.m + second.lowerBound)), step: step, second.count,
        target + (length + second.lowerBound))
      for i in stride(from: 0, to: width, by: 16) { prefetch(source + plane + i) }
    }
  }

  /// The numbers that the tiles starting at `t`, counted over all bands, see in one of their lines.
  @inline(__always)
  subscript(row: Int, t: Int) -> Line<FloatTileVector> {
    let numbers = lines.pointer(Float.self, at: 2 * row * length + Tiles.m * t)
    let (first, second) = (separated(numbers, Tiles.m), separated(numbers + length, Tiles.m))
    return Tiles.m == 2
      ? line(first[0], first[1], second[0], second[1]) : line(first[0], first[1], first[2], first[3], second[0])
  }
}

/// Which of `count` positions from `start` on, `step` apart, are among the first `length`.
func inside(_ length: Int, from start: Int, step: Int, count: Int) -> Range<Int> {
  let first = min(count, (max(0, -start) + step - 1) / step)
  return first..<max(first, min(count, (length - start + step - 1) / step))
}
