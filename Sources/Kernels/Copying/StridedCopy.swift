// The strided copy: apart from products of matrices and attention, the only kernel that reads arbitrary strides.

/// How an array of numbers is stored: element (i, j, …) is at offset + i·strides[0] + j·strides[1] + …
public struct StridedLayout: Sendable {
  /// The length of each axis.
  public var extents: [Int]
  /// The distance in memory between neighbours along each axis; 0 repeats an element, a negative stride runs backwards.
  public var strides: [Int]

  /// A layout with these extents and strides, one of each per axis.
  public init(extents: [Int], strides: [Int]) {
    self.extents = extents
    self.strides = strides
  }

  /// The number of elements.
  public var count: Int { extents.reduce(1, *) }
}

/// Copies the strided elements of `x` into `y`, row by row, from position `start` on.
public func gatherStrided(_ x: Region, _ layout: StridedLayout, into y: Buffer, at start: Int = 0) {
  switch y.scalarType {
  case .float: gather(SIMD16<Float>.self, x, layout.merged, y, start)
  case .double: gather(SIMD8<Double>.self, x, layout.merged, y, start)
  }
}

/// Copies the contiguous elements of `x` to the strided positions in `y`: the transpose of `gatherStrided`.
///
/// With `adding`, positions that the layout visits more than once collect the sum.
public func scatterStrided(
  _ x: Region, _ layout: StridedLayout, into y: Buffer, at start: Int = 0, adding: Bool = false
) {
  switch y.scalarType {
  case .float: scatter(x.pointer(Float.self), layout.merged, y.pointer(Float.self, at: start), adding)
  case .double: scatter(x.pointer(Double.self), layout.merged, y.pointer(Double.self, at: start), adding)
  }
}

private func gather<V: KernelLanes>(_: V.Type, _ x: Region, _ layout: StridedLayout, _ y: Buffer, _ start: Int) {
  if let planes = Planes(layout) { return transpose(V.self, x, planes, y, start) }
  let length = layout.rowLength
  parallelChunks(of: layout.rowCount, atLeast: max(1, cheapGrain / max(1, length))) { range in
    let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self, at: start))
    let end = y + range.upperBound * length
    var target = y + range.lowerBound * length
    layout.forEachRow(in: range) { offset, length, stride in
      copyRow(V.self, x + offset, length, stride, target, end)
      target += length
    }
  }
}

/// Copies one row. A vector that extends past it spills into the next row, which is written later, but not beyond
/// `end`.
@inline(__always)
private func copyRow<V: KernelLanes>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ length: Int, _ stride: Int, _ y: UnsafeMutablePointer<V.Scalar>,
  _ end: UnsafeMutablePointer<V.Scalar>
) {
  switch stride {
  case 1 where length > 512: y.update(from: x, count: length)
  case 1:
    for i in Swift.stride(from: 0, to: length, by: V.scalarCount) {
      V(at: x + i).store(to: y + i, atMost: end - (y + i))
    }
  case 0:
    let value = V(repeating: x[0])
    for i in Swift.stride(from: 0, to: length, by: V.scalarCount) { value.store(to: y + i, atMost: end - (y + i)) }
  default: for i in 0..<length { y[i] = x[i * stride] }
  }
}

private func scatter<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ layout: StridedLayout, _ y: UnsafeMutablePointer<T>, _ adding: Bool
) {
  var source = x
  layout.forEachRow(in: 0..<layout.rowCount) { offset, length, stride in
    let target = y + offset
    switch (adding, stride) {
    case (false, 1): target.update(from: source, count: length)
    case (false, _): for i in 0..<length { target[i * stride] = source[i] }
    case (true, 1): for i in 0..<length { target[i] += source[i] }
    case (true, _): for i in 0..<length { target[i * stride] += source[i] }
    }
    source += length
  }
}

extension StridedLayout {
  /// The same elements in the same order on as few axes as possible: without axes of length 1, adjacent axes without a
  /// gap merged.
  var merged: StridedLayout {
    var result = StridedLayout(extents: [], strides: [])
    for (extent, stride) in zip(extents, strides) where extent != 1 {
      if let last = result.strides.last, last == stride * extent {
        result.extents[result.extents.count - 1] *= extent
        result.strides[result.strides.count - 1] = stride
      } else {
        result.extents.append(extent)
        result.strides.append(stride)
      }
    }
    return result
  }

  /// The elements of a row: the last axis.
  var rowLength: Int { extents.last ?? 1 }

  /// The number of rows.
  var rowCount: Int { rowLength == 0 ? 0 : count / rowLength }

  /// The position of a row along each axis but the last.
  func index(ofRow number: Int) -> [Int] {
    var (index, rest) = ([Int](repeating: 0, count: max(0, extents.count - 1)), number)
    for axis in index.indices.reversed() { (rest, index[axis]) = rest.quotientAndRemainder(dividingBy: extents[axis]) }
    return index
  }

  /// Visits rows in order, passing the offset of the first element, the number of elements and their stride.
  @inline(__always)
  func forEachRow(in range: Range<Int>, _ visit: (_ offset: Int, _ length: Int, _ stride: Int) -> Void) {
    guard !range.isEmpty else { return }
    let (length, stride) = (rowLength, strides.last ?? 1)
    var index = index(ofRow: range.lowerBound)
    var offset = zip(index, strides).reduce(0) { $0 + $1.0 * $1.1 }
    for _ in range {
      visit(offset, length, stride)
      for axis in index.indices.reversed() {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < extents[axis] { break }
        offset -= strides[axis] * extents[axis]
        index[axis] = 0
      }
    }
  }
}
