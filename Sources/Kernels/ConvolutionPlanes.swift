// The phases of padded planes in scratch memory, where a tap is a fixed distance.

/// The layout of the phases of all channels of the images of a block.
struct PaddedPlanes: Sendable {
  let rows, columns: ConvolutionAxisPlan
  /// The distance between rows of a phase, between channels, and between images.
  let pitch, plane, image: Int
  /// Whether the planes are the source as it is.
  let isInPlace: Bool
  private let height: Int
  private let columnsInside: [Range<Int>]

  /// The layout for blocks of up to `bandRows` rows of results.
  init(_ rows: ConvolutionAxisPlan, _ columns: ConvolutionAxisPlan, channels: Int, groups: Int, bandRows: Int) {
    (self.rows, self.columns) = (rows, columns)
    isInPlace = rows.isInPlace && columns.isInPlace
    height = bandRows + rows.reach
    let length = columns.count + columns.reach
    columnsInside = columns.origins.map { columns.inside($0, length) }
    pitch = isInPlace ? columns.source : length
    plane = isInPlace ? rows.source * pitch : rows.origins.count * columns.origins.count * height * pitch
    image = isInPlace ? groups * channels * plane : channels * plane
  }

  /// Where a pair of taps finds its number, seen from the place of the result.
  func offset(_ row: ConvolutionTap, _ column: ConvolutionTap) -> Int {
    ((row.phase * columns.origins.count + column.phase) * height + row.shift) * pitch + column.shift
  }

  /// The rows of a band for which a tap sees the source.
  func rowsSeeing(_ tap: ConvolutionTap, band: Range<Int>) -> Range<Int> {
    rows.inside(rows.origins[tap.phase] + rows.step * (band.lowerBound + tap.shift), band.count)
  }

  /// Copies what the results in `band` look at of one plane to its phases. The zeros around them are there already.
  func fill<T: KernelScalar>(_ source: UnsafePointer<T>, band: Range<Int>, into target: UnsafeMutablePointer<T>) {
    var target = target
    for rowOrigin in rows.origins {
      let origin = rowOrigin + rows.step * band.lowerBound
      let inside = rows.inside(origin, height)
      for (columnOrigin, columnsInside) in zip(columns.origins, columnsInside) {
        let count = columnsInside.count
        var x = source + (origin + rows.step * inside.lowerBound) * columns.source
        x += columnOrigin + columns.step * columnsInside.lowerBound
        var y = target + inside.lowerBound * pitch + columnsInside.lowerBound
        for _ in inside {
          if columns.step == 1 {
            copyRow(x, count, y)
          } else if columns.step == 2 {  // the common case, as a constant: then the compiler has shuffles for it
            for j in 0..<count { y[j] = x[2 * j] }
          } else {
            for j in 0..<count { y[j] = x[columns.step * j] }
          }
          x += rows.step * columns.source
          y += pitch
        }
        target += height * pitch
      }
    }
  }
}

extension ConvolutionAxisPlan {
  /// Which of the first `count` numbers origin, origin + step, … lie in the source.
  fileprivate func inside(_ origin: Int, _ count: Int) -> Range<Int> {
    let first = min(count, max(0, (step - 1 - origin) / step))
    let end = min(count, max(0, (source - origin + step - 1) / step))
    return first..<max(first, end)
  }
}

/// Copies a short row: rows of 8 or 16 numbers are too many to call a function for each.
@inline(__always)
func copyRow<T: KernelScalar>(_ x: UnsafePointer<T>, _ count: Int, _ y: UnsafeMutablePointer<T>) {
  let (source, target, bytes) = (UnsafeRawPointer(x), UnsafeMutableRawPointer(y), count * MemoryLayout<T>.size)
  if bytes >= 64 {
    copyVectors(SIMD16<Float>.self, source, bytes, target)
  } else if bytes >= 32 {
    copyVectors(SIMD8<Float>.self, source, bytes, target)
  } else if bytes >= 16 {
    copyVectors(SIMD4<Float>.self, source, bytes, target)
  } else {
    for i in 0..<count { y[i] = x[i] }
  }
}

/// Copies at least one vector, the last one so that it ends where the row does.
@inline(__always)
private func copyVectors<V: BitwiseCopyable>(
  _: V.Type, _ source: UnsafeRawPointer, _ bytes: Int, _ target: UnsafeMutableRawPointer
) {
  let size = MemoryLayout<V>.size
  var place = 0
  while place + size < bytes {
    target.storeBytes(of: source.loadUnaligned(fromByteOffset: place, as: V.self), toByteOffset: place, as: V.self)
    place += size
  }
  let last = bytes - size
  target.storeBytes(of: source.loadUnaligned(fromByteOffset: last, as: V.self), toByteOffset: last, as: V.self)
}
