// The part of a plane that rows of tiles see.

/// The lines of all phases of a plane that some rows of tiles see, each with zeros around it.
///
/// A band sees n lines, and each of its tiles sees m adjacent numbers of a line and the n − m after these. Each line is
/// therefore stored twice, once from the first number and once from number m on, without a gap after the lines of the
/// previous band: neighbouring tiles then have neighbouring numbers even where a band is shorter than a vector.
struct WinogradLines<Tiles: WinogradTiles> {
  private let shape: WinogradShape<Tiles>
  /// The distance between the lines of one band.
  private let length: Int
  private let lines: Buffer
  private let phases: [LinesOfPhase]

  init(_ shape: WinogradShape<Tiles>, _ bands: Range<Int>) {
    let (rows, columns) = (shape.rows, shape.columns)
    let length = Tiles.m * (bands.count * shape.pitch + FloatTileVector.scalarCount)
    (self.shape, self.length) = (shape, length)
    lines = Buffer(.float, count: rows.phases * columns.phases * 2 * Tiles.n * length, repeating: 0)
    phases = (0..<rows.phases * columns.phases).map { index in
      let (row, column) = index.quotientAndRemainder(dividingBy: columns.phases)
      let places = bands.flatMap { band in
        let (image, i) = band.quotientAndRemainder(dividingBy: rows.tiles)
        let top = rows.phases * Tiles.m * i + row - rows.padding
        return inside(rows.source, from: top, step: rows.phases, count: Tiles.n).map { line in
          (
            source: (image * shape.channels * rows.source + top + rows.phases * line) * columns.source,
            target: 2 * (index * Tiles.n + line) * length + (band - bands.lowerBound) * Tiles.m * shape.pitch
          )
        }
      }
      let (start, step, count) = (column - columns.padding, columns.phases, Tiles.m * shape.pitch)
      let first = inside(columns.source, from: start, step: step, count: count)
      let second = inside(columns.source, from: start + step * Tiles.m, step: step, count: count)
      return LinesOfPhase(
        places: places, first: (start + step * first.lowerBound, first.lowerBound, first.count),
        second: (start + step * (Tiles.m + second.lowerBound), length + second.lowerBound, second.count))
    }
  }

  /// Reads what the bands see of a phase of a channel. The zeros around it are already there.
  ///
  /// Neighbouring channels are whole planes apart, which no processor predicts, so the next one is prefetched.
  func fill(_ channel: Int, phase: Int, of images: UnsafePointer<Float>) {
    let (width, plane) = (shape.columns.source, shape.rows.source * shape.columns.source)
    let (images, lines, phase) = (images + channel * plane, lines.pointer(Float.self), phases[phase])
    let (first, second) = (phase.first, phase.second)
    if shape.columns.phases == 1 {
      for place in phase.places {
        let (source, target) = (images + place.source, lines + place.target)
        copyRow(source + first.source, first.count, target + first.target)
        copyRow(source + second.source, second.count, target + second.target)
        for i in stride(from: 0, to: width, by: 16) { prefetch(source + plane + i) }
      }
    } else {
      for place in phase.places {
        let (source, target) = (images + place.source, lines + place.target)
        copyEveryOther(source + first.source, first.count, target + first.target)
        copyEveryOther(source + second.source, second.count, target + second.target)
        for i in stride(from: 0, to: width, by: 16) { prefetch(source + plane + i) }
      }
    }
  }

  /// The numbers of a phase that the tiles starting at `t`, counted over all bands, see.
  @inline(__always)
  subscript(phase: Int, t: Int) -> LinesOfTiles<Tiles> {
    LinesOfTiles(
      lines: UnsafePointer(lines.pointer(Float.self)), start: 2 * phase * Tiles.n * length + Tiles.m * t, length: length
    )
  }
}

/// The lines that a vector of tiles sees.
struct LinesOfTiles<Tiles: WinogradTiles>: SquareRows {
  fileprivate let lines: UnsafePointer<Float>
  fileprivate let start, length: Int

  @inline(__always)
  subscript(row: Int) -> TileLine<FloatTileVector> {
    if row >= Tiles.n { return line(.zero, .zero) }
    let first = separated(lines + (start + 2 * row * length), Tiles.m)
    let second = separated(lines + (start + (2 * row + 1) * length), Tiles.m)
    return Tiles.m == 2
      ? line(first[0], first[1], second[0], second[1]) : line(first[0], first[1], first[2], first[3], second[0])
  }
}

/// The existing lines of a phase: their positions in the plane of the first channel and among the lines; and what to
/// copy of each, first from the first number on, and second from number m on.
private struct LinesOfPhase {
  let places: [(source: Int, target: Int)]
  let first, second: (source: Int, target: Int, count: Int)
}
