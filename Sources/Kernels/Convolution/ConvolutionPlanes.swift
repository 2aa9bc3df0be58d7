// The phases of padded planes in scratch memory, where every tap is at a fixed distance.

/// The layout of the phases of all channels of the images of a block.
///
/// Rows of several images are stored side by side: patches of small images, which take a few numbers of each, are then
/// close together.
struct PaddedPlanes: Sendable {
  let rows, columns: ConvolutionAxisPlan
  /// The distance between rows of a phase, between channels, and between images.
  let pitch, plane, image: Int
  /// Whether the planes are the unchanged source.
  let isInPlace: Bool
  private let height: Int
  private let columnsInside: [Range<Int>]

  /// The layout for blocks of up to `bandRows` rows of results of up to `images` images.
  init(
    _ rows: ConvolutionAxisPlan, _ columns: ConvolutionAxisPlan, channels: Int = 1, groups: Int = 1, bandRows: Int,
    images: Int = 1
  ) {
    (self.rows, self.columns) = (rows, columns)
    isInPlace = rows.isInPlace && columns.isInPlace
    height = bandRows + rows.reach
    let length = columns.count + columns.reach
    columnsInside = columns.origins.map { inside(columns.source, from: $0, step: columns.step, count: length) }
    pitch = isInPlace ? columns.source : images * length
    plane = isInPlace ? rows.source * pitch : rows.origins.count * columns.origins.count * height * pitch
    image = isInPlace ? groups * channels * plane : length
  }

  /// The offset of the element that a pair of taps reads, relative to the position of the result.
  func offset(_ row: ConvolutionTap, _ column: ConvolutionTap) -> Int {
    ((row.phase * columns.origins.count + column.phase) * height + row.shift) * pitch + column.shift
  }

  /// The rows of a band for which a tap sees the source.
  func rowsSeeing(_ tap: ConvolutionTap, band: Range<Int>) -> Range<Int> {
    let start = rows.origins[tap.phase] + rows.step * (band.lowerBound + tap.shift)
    return inside(rows.source, from: start, step: rows.step, count: band.count)
  }

  /// Copies the elements of one plane that the results in `band` read to its phases. The zeros around them exist
  /// already.
  func fill<T: KernelScalar>(_ source: UnsafePointer<T>, band: Range<Int>, into target: UnsafeMutablePointer<T>) {
    var target = target
    for rowOrigin in rows.origins {
      let origin = rowOrigin + rows.step * band.lowerBound
      let inside = inside(rows.source, from: origin, step: rows.step, count: height)
      for (columnOrigin, columnsInside) in zip(columns.origins, columnsInside) {
        let x = source + (origin + rows.step * inside.lowerBound) * columns.source
        copyRows(
          inside.count, columnsInside.count,
          x + columnOrigin + columns.step * columnsInside.lowerBound, step: columns.step, rows.step * columns.source,
          target + inside.lowerBound * pitch + columnsInside.lowerBound, pitch)
        target += height * pitch
      }
    }
  }
}

/// Which of `count` positions from `start` on, `step` apart, are among the first `length`.
func inside(_ length: Int, from start: Int, step: Int, count: Int) -> Range<Int> {
  let first = min(count, (max(0, -start) + step - 1) / step)
  return first..<max(first, min(count, (length - start + step - 1) / step))
}

/// Copies every `step`-th number of `rows` short rows.
@inline(__always)
private func copyRows<T: KernelScalar>(
  _ rows: Int, _ count: Int, _ x: UnsafePointer<T>, step: Int, _ xPitch: Int, _ y: UnsafeMutablePointer<T>,
  _ yPitch: Int
) {
  var (x, y) = (x, y)
  // The cases are distinguished outside the loop: a row of 7 numbers would take as long to find its own.
  @inline(__always) func forEachRow(_ copy: () -> Void) {
    for _ in 0..<rows {
      copy()
      x += xPitch
      y += yPitch
    }
  }
  let bytes = count * MemoryLayout<T>.size
  switch step {
  case 1 where bytes >= 64: forEachRow { copyVectors(SIMD16<Float>.self, x, bytes, y) }
  case 1 where bytes >= 32: forEachRow { copyVectors(SIMD8<Float>.self, x, bytes, y) }
  case 1 where bytes >= 16: forEachRow { copyVectors(SIMD4<Float>.self, x, bytes, y) }
  case 2 where count > 8: forEachRow { copyEveryOther(SIMD16<T>.self, { $0.evenHalf }, { $0.oddHalf }, x, count, y) }
  case 2 where count > 4: forEachRow { copyEveryOther(SIMD8<T>.self, { $0.evenHalf }, { $0.oddHalf }, x, count, y) }
  default:
    forEachRow {
      var number = x
      for j in 0..<count {
        y[j] = number.pointee
        number += step
      }
    }
  }
}

/// Copies a short row: there are too many rows of 8 or 16 numbers for a function call each.
@inline(__always)
func copyRow<T: KernelScalar>(_ x: UnsafePointer<T>, _ count: Int, _ y: UnsafeMutablePointer<T>) {
  copyRows(1, count, x, step: 1, 0, y, 0)
}

/// y[j] = x[2 j]
func copyEveryOther<T: KernelScalar>(_ x: UnsafePointer<T>, _ count: Int, _ y: UnsafeMutablePointer<T>) {
  copyRows(1, count, x, step: 2, 0, y, 0)
}

/// Copies at least one vector; the last one ends where the row does.
@inline(__always)
private func copyVectors<V: BitwiseCopyable>(
  _: V.Type, _ x: UnsafeRawPointer, _ bytes: Int, _ y: UnsafeMutableRawPointer
) {
  let last = bytes - MemoryLayout<V>.size
  var place = 0
  while place < last {
    y.storeBytes(of: x.loadUnaligned(fromByteOffset: place, as: V.self), toByteOffset: place, as: V.self)
    place += MemoryLayout<V>.size
  }
  y.storeBytes(of: x.loadUnaligned(fromByteOffset: last, as: V.self), toByteOffset: last, as: V.self)
}

/// y[j] = x[2 j] for more numbers than half a vector holds; the last vector ends where the row does.
@inline(__always)
private func copyEveryOther<V: SIMD, Half: SIMD>(
  _: V.Type, _ even: (V) -> Half, _ odd: (V) -> Half, _ x: UnsafePointer<V.Scalar>, _ count: Int,
  _ y: UnsafeMutablePointer<V.Scalar>
) where Half.Scalar == V.Scalar {
  let last = count - Half.scalarCount
  var j = 0
  while j < last {
    UnsafeMutableRawPointer(y + j).storeBytes(
      of: even(UnsafeRawPointer(x + 2 * j).loadUnaligned(as: V.self)), as: Half.self)
    j += Half.scalarCount
  }
  UnsafeMutableRawPointer(y + last).storeBytes(
    of: odd(UnsafeRawPointer(x + 2 * last - 1).loadUnaligned(as: V.self)), as: Half.self)
}
