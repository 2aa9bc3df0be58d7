// Images transposed so that the numbers of all planes at one pixel are contiguous.

/// The planes of images, to be transposed so that their numbers at one pixel are contiguous, in whole panels.
struct TurnedPlanes {
  let planes, rows, columns: Int

  init(_ planes: Int, rows: Int, _ columns: Int) { (self.planes, self.rows, self.columns) = (planes, rows, columns) }

  /// The number of planes, rounded up to whole panels.
  var padded: Int { (planes + Float.tileColumns - 1) / Float.tileColumns * Float.tileColumns }

  /// Transposes some rows and columns of an image to [row × column × plane], with zeros for rows and columns that do
  /// not exist.
  func turn(_ images: Region, _ image: Int, rows: Range<Int>, columns: Range<Int>) -> Buffer {
    let turned = Buffer(.float, count: rows.count * columns.count * padded)
    let inside = rows.clamped(to: 0..<self.rows)
    let (pitch, after) = (columns.count * padded, columns.upperBound - self.columns)
    var line = turned.pointer(Float.self)
    for h in rows {
      if inside.contains(h) && planes == padded {
        line.update(repeating: 0, count: -columns.lowerBound * padded)
        (line + pitch - after * padded).update(repeating: 0, count: after * padded)
      } else {
        line.update(repeating: 0, count: pitch)
      }
      line += pitch
    }
    let source = images.pointer(Float.self) + (image * planes * self.rows + inside.lowerBound) * self.columns
    let places = inside.flatMap { h in
      (0..<self.columns).map { w in ((h - rows.lowerBound) * columns.count + w - columns.lowerBound) * padded }
    }
    turnPixels(source, places, turned.pointer(Float.self))
    return turned
  }

  /// Transposes consecutive pixels of the source; each has its own position in the target.
  private func turnPixels(_ x: UnsafePointer<Float>, _ places: [Int], _ y: UnsafeMutablePointer<Float>) {
    let (side, plane) = (squareSide, rows * columns)
    let wholePlanes = places.count < side ? 0 : planes / side * side
    places.withUnsafeBufferPointer { places in
      guard let start = places.baseAddress else { return }
      for p in stride(from: 0, to: wholePlanes, by: side) {
        for i in stride(from: 0, to: places.count, by: side) {
          let first = min(i, places.count - side)  // the last square is moved back and writes some numbers again
          turnSquare(x + p * plane + first, plane, y + p, start + first)
        }
      }
      for p in wholePlanes..<planes {
        for (i, place) in places.enumerated() { y[place + p] = x[p * plane + i] }
      }
    }
  }
}

/// This many pixels of as many planes are transposed in registers.
private var squareSide: Int { FloatTileVector.scalarCount }

/// y[places[i] + p] = x[p · plane + i]
///
/// The numbers of a plane are read once, as whole cache lines, and so are those of a pixel written. Planes of 4 kB
/// would all fall on the same lines of the first-level cache, where data read in pieces does not stay. For the same
/// reason the next ones are prefetched.
@inline(__always)
private func turnSquare(
  _ x: UnsafePointer<Float>, _ plane: Int, _ y: UnsafeMutablePointer<Float>, _ places: UnsafePointer<Int>
) {
  typealias V = FloatTileVector
  let (z, half) = (V.zero, squareSide / 2)
  var rows: InlineArray<16, V> = [z, z, z, z, z, z, z, z, z, z, z, z, z, z, z, z]
  var x = x
  for r in 0..<squareSide {
    rows[r] = V(unaligned: x)
    prefetch(x + 16)
    x += plane
  }
  // The position of a number has bits for its row and as many for its column; each round shifts all of them up by one,
  // the first to the end.
  for _ in 0..<squareSide.trailingZeroBitCount {
    let old = rows
    for r in 0..<half {
      (rows[2 * r].evenHalf, rows[2 * r].oddHalf) = (old[r].lowHalf, old[r + half].lowHalf)
      (rows[2 * r + 1].evenHalf, rows[2 * r + 1].oddHalf) = (old[r].highHalf, old[r + half].highHalf)
    }
  }
  for r in 0..<squareSide { UnsafeMutableRawPointer(y + places[r]).storeBytes(of: rows[r], as: V.self) }
}
