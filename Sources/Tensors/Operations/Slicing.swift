import Kernels
import Messages

// Parts of a tensor: slices are views, and placing a part in zeros is their transpose.

/// The positions of each axis in a slice: start, start + step, …, `count` of them.
struct Slice: Sendable {
  var starts: [Int]
  var counts: [Int]
  var steps: [Int]

  /// The whole of a shape.
  init(_ shape: Shape) {
    starts = shape.lengths.map { _ in 0 }
    counts = shape.lengths
    steps = shape.lengths.map { _ in 1 }
  }

  var shape: Shape { Shape(counts) }
}

extension Tensor {
  /// The positions of a range along an axis, every `step`-th of them. A view: nothing is copied.
  public func sliced(_ range: Range<Int>, axis: Int, by step: Int = 1) -> Tensor {
    let axis = shape.normalized(axis, "slice")
    require(
      range.lowerBound >= 0 && range.upperBound <= shape.lengths[axis] && step >= 1,
      "cannot slice \(range.lowerBound)..<\(range.upperBound) by \(step) of axis \(axis) of \(shape): "
        + "the range must be in 0..<\(shape.lengths[axis]), the step at least 1")
    var slice = Slice(shape)
    slice.starts[axis] = range.lowerBound
    slice.counts[axis] = (range.count + step - 1) / step
    slice.steps[axis] = step
    return taking(slice)
  }

  /// The tensor in reverse order along an axis. A view: nothing is copied.
  public func flipped(axis: Int) -> Tensor {
    let axis = shape.normalized(axis, "flip")
    var slice = Slice(shape)
    slice.starts[axis] = Swift.max(shape.lengths[axis] - 1, 0)
    slice.steps[axis] = -1
    return taking(slice)
  }

  /// The tensor with `before` and `after` elements of `value` added at the ends of an axis.
  public func padded(axis: Int, before: Int, after: Int, with value: Double = 0) -> Tensor {
    let axis = shape.normalized(axis, "pad")
    require(before >= 0 && after >= 0, "cannot pad \(shape) by \(before) and \(after): neither may be negative")
    var slice = Slice(shape)
    slice.starts[axis] = before
    return placed(slice, in: shape.replacing(axis, with: shape.lengths[axis] + before + after), over: value)
  }

  /// The elements of the tensor in a slice: a view.
  func taking(_ slice: Slice) -> Tensor {
    let start = slice.counts.contains(0) ? 0 : zip(slice.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    return Tensor(
      shape: slice.shape, strides: zip(slice.steps, strides).map { $0 * $1 }, offset: offset + start, buffer: buffer
    ).recorded([Edge(self, part: .slice(slice))])
  }

  /// A larger tensor with this one in a slice and `value` elsewhere: the transpose of `taking`.
  func placed(_ slice: Slice, in target: Shape, over value: Double = 0) -> Tensor {
    let (result, strides) = (Buffer(scalarType, count: target.count, repeating: value), target.contiguousStrides)
    let start = slice.counts.contains(0) ? 0 : zip(slice.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    let layout = StridedLayout(extents: slice.counts, strides: zip(slice.steps, strides).map { $0 * $1 })
    scatterStrided(elements, layout, into: result, at: start)
    return Tensor(target, result).recorded([Edge(self) { g in g.taking(slice) }])
  }
}

// MARK: - Subscripts

extension Tensor {
  /// The part at these positions of the first axes: `x[2]` is row 2 of a matrix, `x[2, 5]` one element. Negative
  /// positions count from the end.
  public subscript(positions: Int...) -> Tensor {
    get {
      let slice = slice(at: positions)
      return taking(slice).reshapedInPlace(Shape(Array(shape.lengths[positions.count...])))
    }
    set { replace(slice(at: positions), with: newValue) }
  }

  /// The part in a range along the first axis.
  public subscript(range: Range<Int>) -> Tensor {
    get { sliced(range, axis: 0) }
    set { self[range, axis: 0] = newValue }
  }

  /// The part in a range along an axis.
  public subscript(range: Range<Int>, axis axis: Int) -> Tensor {
    get { sliced(range, axis: axis) }
    set {
      let axis = shape.normalized(axis, "assign")
      require(
        range.lowerBound >= 0 && range.upperBound <= shape[axis],
        "cannot assign to \(range) of axis \(axis) of \(shape): the range must be in 0..<\(shape[axis])")
      var slice = Slice(shape)
      slice.starts[axis] = range.lowerBound
      slice.counts[axis] = range.count
      replace(slice, with: newValue)
    }
  }

  private func slice(at positions: [Int]) -> Slice {
    require(positions.count <= rank, "cannot take position \(positions) of \(shape): it has \(rank) axes")
    var slice = Slice(shape)
    for (axis, position) in positions.enumerated() {
      let length = shape.lengths[axis]
      require(
        position >= -length && position < length,
        "cannot take position \(positions) of \(shape): "
          + "axis \(axis) has positions 0 to \(length - 1), or -\(length) to -1"
      )
      slice.starts[axis] = position < 0 ? position + length : position
      slice.counts[axis] = 1
    }
    return slice
  }

  /// Overwrites a part of the tensor, in place if its memory is not shared.
  private mutating func replace(_ slice: Slice, with value: Tensor) {
    requireSameType(value, "assign to part of")
    var lengths = slice.shape.lengths[...]
    while lengths.count > value.rank && lengths.first == 1 { lengths.removeFirst() }
    let value = value.broadcast(to: Shape(Array(lengths))).reshaped(slice.shape)
    let edges = [Edge(value) { g in g.taking(slice).copied() }, Edge(self, erasing: slice)]
    ownMemory()
    let start = zip(slice.starts, strides).reduce(0) { $0 + $1.0 * $1.1 }
    scatterStrided(value.elements, StridedLayout(extents: slice.counts, strides: strides), into: buffer, at: start)
    self = stopGradient.recorded(edges)
  }

  /// Writes zeros to a slice, in place if the memory is not shared.
  mutating func erase(_ slice: Slice) { replace(slice, with: .zero(like: self)) }
}

// MARK: - Own memory

extension Tensor {
  /// Makes the tensor the only owner of a buffer that contains exactly its elements, contiguously.
  mutating func ownMemory() {
    let fillsBuffer = isContiguous && offset == 0 && buffer.count == count
    if !(fillsBuffer && isKnownUniquelyReferenced(&buffer)) { self = copied() }
  }

  /// The same tensor in its own memory.
  func copied() -> Tensor {
    let copy = Buffer(scalarType, count: count)
    gatherStrided(Region(buffer, offset: offset), layout, into: copy)
    return Tensor(shape, copy).with(node)
  }
}
