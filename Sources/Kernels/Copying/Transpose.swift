// The strided copy where neighbours in memory become neighbours in a column: transposed matrices, tile by tile.

/// An array seen as a stack of planes that are stored column by column and read row by row.
struct Planes: Sendable {
  /// The axes that number the planes, with their strides in the source.
  let stack: StridedLayout
  /// The strides of the same axes in the target.
  let stackTargets: [Int]
  /// The lengths of a column, along which the source has stride 1, and of a row, along which the target has stride 1.
  let rows, columns: Int
  /// The distance between columns in the source, and between rows in the target.
  let sourceStride, targetStride: Int

  /// The planes of a layout whose last axis is not the axis with stride 1; nil if there are none.
  init?(_ layout: StridedLayout) {
    let last = layout.extents.count - 1
    guard last > 0, layout.count > 0, layout.strides[last] > 1, layout.extents[last] > 1,
      let axis = layout.strides.firstIndex(of: 1)
    else { return nil }
    var targets = [Int](repeating: 1, count: last + 1)
    for i in (0..<last).reversed() { targets[i] = targets[i + 1] * layout.extents[i + 1] }
    let others = (0..<last).filter { $0 != axis }
    // The added last axis has length 1: every row of the stack is one plane.
    stack = StridedLayout(
      extents: others.map { layout.extents[$0] } + [1], strides: others.map { layout.strides[$0] } + [0])
    stackTargets = others.map { targets[$0] }
    (rows, columns) = (layout.extents[axis], layout.extents[last])
    (sourceStride, targetStride) = (layout.strides[last], targets[axis])
  }
}

/// Copies the planes; threads share bands of rows.
func transpose<V: KernelLanes>(_: V.Type, _ x: Region, _ planes: Planes, _ y: Buffer, _ start: Int) {
  let bands = (planes.rows + bandHeight - 1) / bandHeight
  let grain = max(1, 16_384 / (min(bandHeight, planes.rows) * planes.columns))
  parallelChunks(of: planes.stack.count * bands, atLeast: grain) { range in
    let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self, at: start))
    for number in range {
      let (plane, band) = number.quotientAndRemainder(dividingBy: bands)
      let rows = band * bandHeight..<min(planes.rows, (band + 1) * bandHeight)
      var (source, target) = (0, 0)
      for (axis, index) in planes.stack.index(ofRow: plane).enumerated() {
        source += index * planes.stack.strides[axis]
        target += index * planes.stackTargets[axis]
      }
      transpose(x + source, planes.sourceStride, y + target, planes.targetStride, rows, planes.columns)
    }
  }
}

/// The number of rows written together: as many numbers as a cache line of the source holds.
private let bandHeight = 16

/// y[i, j] = x[j, i] for a band of rows i, in tiles that fit the first-level cache.
@inline(__always)
private func transpose<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ xStride: Int, _ y: UnsafeMutablePointer<T>, _ yStride: Int, _ rows: Range<Int>,
  _ columns: Int
) {
  let side = bandHeight
  for j in stride(from: 0, to: columns, by: side) {
    if rows.count == side && j + side <= columns {
      for i in 0..<side {
        let (source, target) = (x + j * xStride + rows.lowerBound + i, y + (rows.lowerBound + i) * yStride + j)
        for l in 0..<side { target[l] = source[l * xStride] }
      }
    } else {
      for i in rows {
        for l in j..<min(columns, j + side) { y[i * yStride + l] = x[l * xStride + i] }
      }
    }
  }
}
