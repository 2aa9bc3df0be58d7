import Kernels
import Messages

// The same elements in a new shape. Reshaping copies only if the elements are not contiguous; the other functions never
// copy.

extension Tensor {
  /// The same elements, in the same order, in a new shape with the same number of elements.
  public func reshaped(_ newShape: Shape) -> Tensor {
    if newShape == shape { return self }
    require(
      newShape.count == count,
      "cannot reshape \(shape) to \(newShape): there are \(count) elements, not \(newShape.count)")
    let x = contiguous()
    return Tensor(shape: newShape, strides: newShape.contiguousStrides, offset: x.offset, buffer: x.buffer)
      .recorded([Edge(self) { [shape] g in g.reshaped(shape) }])
  }

  /// The axes starting at `first` combined into one: `flattened(from: 1)` makes a row of each example.
  public func flattened(from first: Int) -> Tensor {
    let first = first == rank ? rank : shape.normalized(first, "flatten from")
    return reshaped(Shape(Array(shape.lengths[..<first]) + [shape.lengths[first...].reduce(1, *)]))
  }

  /// The axes in a different order: axis i of the result is axis `order[i]` of the tensor. Nothing is copied.
  public func permuted(_ order: [Int]) -> Tensor {
    let axes = order.map { shape.normalized($0, "permute") }
    require(
      axes.sorted() == Array(0..<rank), "cannot permute the axes of \(shape) by \(order): each must be named once")
    if axes == Array(0..<rank) { return self }
    var inverse = axes
    for (position, axis) in axes.enumerated() { inverse[axis] = position }
    return Tensor(
      shape: Shape(axes.map { shape.lengths[$0] }), strides: axes.map { strides[$0] }, offset: offset, buffer: buffer
    ).recorded([Edge(self) { [inverse] g in g.permuted(inverse) }])
  }

  /// The tensor with its last two axes exchanged. Nothing is copied.
  public var transposed: Tensor {
    require(rank >= 2, "cannot transpose \(shape): it has fewer than two axes")
    return permuted(Array(0..<rank - 2) + [rank - 1, rank - 2])
  }

  /// The tensor with one axis moved to another position. Nothing is copied.
  public func moved(axis: Int, to place: Int) -> Tensor {
    let (axis, place) = (shape.normalized(axis, "move"), shape.normalized(place, "move to"))
    var order = Array(0..<rank)
    order.insert(order.remove(at: axis), at: place)
    return permuted(order)
  }

  /// The tensor with a new axis of length 1 at a position; −1 makes it the last.
  public func expanded(axis: Int) -> Tensor {
    require(
      axis >= -rank - 1 && axis <= rank,
      "cannot insert axis \(axis) into \(shape): the new axis can be 0 to \(rank), or -\(rank + 1) to -1")
    var lengths = shape.lengths
    lengths.insert(1, at: axis < 0 ? axis + rank + 1 : axis)
    return reshapedInPlace(Shape(lengths))
  }

  /// The tensor without an axis of length 1.
  public func squeezed(axis: Int) -> Tensor {
    let axis = shape.normalized(axis, "squeeze")
    require(shape.lengths[axis] == 1, "cannot squeeze axis \(axis) of \(shape): its length is not 1")
    return reshapedInPlace(shape.removing([axis]))
  }

  /// The tensor with axes of length 1 added or removed: a view, whatever the strides.
  func reshapedInPlace(_ newShape: Shape) -> Tensor {
    var left = zip(shape.lengths, strides).filter { $0.0 != 1 }.map(\.1)[...]
    let newStrides = newShape.lengths.map { $0 == 1 ? 0 : (left.popFirst() ?? 0) }
    return Tensor(shape: newShape, strides: newStrides, offset: offset, buffer: buffer)
      .recorded([Edge(self) { [shape] g in g.reshaped(shape) }])
  }

  /// The tensor repeated along an axis, one copy after another.
  public func repeated(_ times: Int, axis: Int) -> Tensor {
    require(times >= 0, "cannot repeat \(shape) \(times) times: the number must not be negative")
    let axis = shape.normalized(axis, "repeat")
    var lengths = shape.lengths
    lengths.insert(times, at: axis)
    return expanded(axis: axis).broadcast(to: Shape(lengths)).reshaped(
      shape.replacing(axis, with: times * shape.lengths[axis]))
  }
}

// MARK: - Joining

extension Tensor {
  /// Tensors joined along an axis; all other lengths must be the same.
  public static func concatenated(_ parts: [Tensor], axis: Int) -> Tensor {
    guard let first = parts.first else { fatalError("cannot concatenate an empty list: at least one tensor is needed") }
    let axis = first.shape.normalized(axis, "concatenate along")
    for part in parts {
      first.requireSameType(part, "concatenate")
      require(
        part.rank == first.rank && part.shape.replacing(axis, with: 0) == first.shape.replacing(axis, with: 0),
        "cannot concatenate \(first.shape) and \(part.shape) along axis \(axis): the other lengths must be the same")
    }
    let lengths = parts.map { $0.shape.lengths[axis] }
    let shape = first.shape.replacing(axis, with: lengths.reduce(0, +))
    let (result, strides) = (Buffer(first.scalarType, count: shape.count), shape.contiguousStrides)
    var starts: [Int] = []
    for (part, length) in zip(parts, lengths) {
      let start = starts.indices.last.map { starts[$0] + lengths[$0] } ?? 0
      starts.append(start)
      let layout = StridedLayout(extents: shape.replacing(axis, with: length).lengths, strides: strides)
      scatterStrided(part.elements, layout, into: result, at: start * strides[axis])
    }
    return Tensor(shape, result).recorded(
      parts.indices.map { [starts] i in
        Edge(parts[i]) { g in g.sliced(starts[i]..<starts[i] + lengths[i], axis: axis) }
      })
  }

  /// Tensors of one shape as the slices of a new axis.
  public static func stacked(_ parts: [Tensor], axis: Int) -> Tensor {
    concatenated(parts.map { $0.expanded(axis: axis) }, axis: axis)
  }

  /// The tensor divided along an axis into pieces of these lengths: the inverse of `concatenated`.
  public func split(_ lengths: [Int], axis: Int) -> [Tensor] {
    let axis = shape.normalized(axis, "split")
    require(
      lengths.reduce(0, +) == shape.lengths[axis] && lengths.allSatisfy { $0 >= 0 },
      "cannot split axis \(axis) of \(shape) into pieces of \(lengths): they add up to \(lengths.reduce(0, +)), "
        + "and the axis has length \(shape[axis]); none may be negative"
    )
    var start = 0
    return lengths.map { length in
      defer { start += length }
      return sliced(start..<start + length, axis: axis)
    }
  }
}
