// The part of a plane that rows of tiles see.

/// The lines of a plane that some rows of tiles see, each with zeros around it.
///
/// A band sees four lines, and each of its tiles sees two adjacent numbers of a line and the two after these. Each line
/// is therefore stored twice, once from the first number and once from the third, without a gap after the lines of the
/// previous band: neighbouring tiles then have neighbouring pairs even where a band is shorter than a vector.
struct WinogradLines {
  private let shape: WinogradShape
  /// The distance between the lines of one band.
  private let length: Int
  private let lines: Buffer
  /// Every existing line: its position in the plane of the first channel, and its position here.
  private let places: [(source: Int, target: Int)]

  init(_ shape: WinogradShape, _ bands: Range<Int>) {
    let length = 2 * (bands.count * shape.pitch + FloatTileVector.scalarCount)
    (self.shape, self.length) = (shape, length)
    lines = Buffer(.float, count: 8 * length, repeating: 0)
    places = bands.flatMap { band in
      let (image, i) = band.quotientAndRemainder(dividingBy: shape.bandsPerImage)
      let top = 2 * i - shape.rows.padding
      return (max(0, -top)..<max(0, min(4, shape.rows.source - top))).map { row in
        (
          (image * shape.channels * shape.rows.source + top + row) * shape.columns.source,
          2 * (row * length + (band - bands.lowerBound) * shape.pitch)
        )
      }
    }
  }

  /// Reads what the bands see of a channel. The zeros around it are already there.
  ///
  /// Neighbouring channels are whole planes apart, which no processor predicts, so the next one is prefetched.
  func fill(_ channel: Int, of images: UnsafePointer<Float>) {
    let (width, plane) = (shape.columns.source, shape.rows.source * shape.columns.source)
    let (padding, pitch) = (shape.columns.padding, 2 * shape.pitch)
    let (images, lines) = (images + channel * plane, lines.pointer(Float.self))
    for place in places {
      let (source, target) = (images + place.source, lines + place.target)
      copyRow(source, min(width, pitch - padding), target + padding)
      copyRow(source + 2 - padding, min(width - 2 + padding, pitch), target + length)
      for i in stride(from: 0, to: width, by: 16) { prefetch(source + plane + i) }
    }
  }

  /// The four numbers that the tiles starting at `t`, counted over all bands, see in one of their four lines.
  @inline(__always)
  subscript(row: Int, t: Int) -> Four<FloatTileVector> {
    let first = pairs(lines.pointer(Float.self, at: 2 * row * length + 2 * t))
    let second = pairs(lines.pointer(Float.self, at: (2 * row + 1) * length + 2 * t))
    return (first.even, first.odd, second.even, second.odd)
  }
}

/// Adjacent pairs of numbers, separated into first and second halves.
@inline(__always)
private func pairs(_ numbers: UnsafePointer<Float>) -> (even: FloatTileVector, odd: FloatTileVector) {
  let numbers = UnsafeRawPointer(numbers)
  let low = numbers.loadUnaligned(as: FloatTileVector.self)
  let high = numbers.loadUnaligned(fromByteOffset: MemoryLayout<FloatTileVector>.size, as: FloatTileVector.self)
  return (
    FloatTileVector(lowHalf: low.evenHalf, highHalf: high.evenHalf),
    FloatTileVector(lowHalf: low.oddHalf, highHalf: high.oddHalf)
  )
}
