// The strided copy: with the packing of the matrix product, the only kernel that reads arbitrary strides.

/// How an array of numbers lies in memory: element (i, j, …) stands at offset + i·strides[0] + j·strides[1] + …
public struct StridedLayout: Sendable {
  /// The length of each axis.
  public var extents: [Int]
  /// The distance in memory between neighbours along each axis; 0 repeats, negative runs backwards.
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
  case .float: gather(x.pointer(Float.self), layout, y.pointer(Float.self, at: start))
  case .double: gather(x.pointer(Double.self), layout, y.pointer(Double.self, at: start))
  }
}

/// Copies the contiguous elements of `x` to the strided places of `y`: the transpose of `gatherStrided`.
///
/// With `adding`, places that the layout visits more than once collect the sum.
public func scatterStrided(
  _ x: Region, _ layout: StridedLayout, into y: Buffer, at start: Int = 0, adding: Bool = false
) {
  switch y.scalarType {
  case .float: scatter(x.pointer(Float.self), layout, y.pointer(Float.self, at: start), adding)
  case .double: scatter(x.pointer(Double.self), layout, y.pointer(Double.self, at: start), adding)
  }
}

private func gather<T: KernelScalar>(_ x: UnsafePointer<T>, _ layout: StridedLayout, _ y: UnsafeMutablePointer<T>) {
  var target = 0
  layout.forEachRow { offset, length, stride in
    for i in 0..<length { y[target + i] = x[offset + i * stride] }
    target += length
  }
}

private func scatter<T: KernelScalar>(
  _ x: UnsafePointer<T>, _ layout: StridedLayout, _ y: UnsafeMutablePointer<T>, _ adding: Bool
) {
  var source = 0
  layout.forEachRow { offset, length, stride in
    for i in 0..<length {
      let place = offset + i * stride
      y[place] = adding ? y[place] + x[source + i] : x[source + i]
    }
    source += length
  }
}

extension StridedLayout {
  /// Visits the innermost rows in order: the offset of the first element, the number of elements, their stride.
  func forEachRow(_ visit: (_ offset: Int, _ length: Int, _ stride: Int) -> Void) {
    guard count > 0 else { return }
    guard let length = extents.last, let stride = strides.last else { return visit(0, 1, 1) }
    var index = [Int](repeating: 0, count: extents.count - 1)
    var offset = 0
    while true {
      visit(offset, length, stride)
      var axis = index.count - 1
      while axis >= 0 {
        index[axis] += 1
        offset += strides[axis]
        if index[axis] < extents[axis] { break }
        offset -= strides[axis] * extents[axis]
        index[axis] = 0
        axis -= 1
      }
      if axis < 0 { return }
    }
  }
}
