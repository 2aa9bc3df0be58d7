// The phases of padded planes in scratch memory, where a tap is a fixed distance.

/// The layout of the phases of all channels of the images of a block.
struct PaddedPlanes: Sendable {
  let rows, columns: ConvolutionAxisPlan
  /// The distance between rows of a phase, between channels, and between images.
  let pitch, plane, image: Int
  /// Whether the planes are the source as it is.
  let isInPlace: Bool
  private let height: Int

  /// The layout for blocks of up to `bandRows` rows of results.
  init(_ rows: ConvolutionAxisPlan, _ columns: ConvolutionAxisPlan, channels: Int, groups: Int, bandRows: Int) {
    (self.rows, self.columns) = (rows, columns)
    isInPlace = rows.isInPlace && columns.isInPlace
    height = bandRows + rows.reach
    pitch = isInPlace ? columns.source : columns.count + columns.reach
    plane = isInPlace ? rows.source * pitch : rows.origins.count * columns.origins.count * height * pitch
    image = isInPlace ? groups * channels * plane : channels * plane
  }

  /// Where a pair of taps finds its number, seen from the place of the result.
  func offset(_ row: ConvolutionTap, _ column: ConvolutionTap) -> Int {
    ((row.phase * columns.origins.count + column.phase) * height + row.shift) * pitch + column.shift
  }

  /// Writes the phases of one plane that the results in `band` look at.
  func fill<T: KernelScalar>(_ source: UnsafePointer<T>, band: Range<Int>, into target: UnsafeMutablePointer<T>) {
    var target = target
    for rowOrigin in rows.origins {
      for columnOrigin in columns.origins {
        for i in 0..<height {
          let row = rowOrigin + rows.step * (band.lowerBound + i)
          if row >= 0 && row < rows.source {
            fillRow(source + row * columns.source, columnOrigin, target + i * pitch)
          } else {
            (target + i * pitch).update(repeating: 0, count: pitch)
          }
        }
        target += height * pitch
      }
    }
  }

  /// One row of a phase: zeros, each step-th number of the source, zeros.
  @inline(__always)
  private func fillRow<T: KernelScalar>(
    _ source: UnsafePointer<T>, _ origin: Int, _ target: UnsafeMutablePointer<T>
  ) {
    let step = columns.step
    let first = min(pitch, max(0, (step - 1 - origin) / step))
    let end = max(first, min(pitch, (columns.source - origin + step - 1) / step))
    for j in 0..<first { target[j] = 0 }
    if step == 1 {
      (target + first).update(from: source + first + origin, count: end - first)
    } else {
      for j in first..<end { target[j] = source[origin + step * j] }
    }
    for j in end..<pitch { target[j] = 0 }
  }
}
