import Kernels
import Messages

// How two tensors of different shapes enter one kernel call.

extension Tensor {
  /// f applied to every element; the caller records the derivative.
  static func map(_ f: UnaryFunction, _ x: Tensor) -> Tensor {
    let result = Buffer(x.scalarType, count: x.count)
    Kernels.map(f, x.elements, into: result, count: x.count)
    return Tensor(x.shape, result)
  }

  /// f applied to every pair of elements; the caller records the derivative.
  static func combine(_ f: BinaryFunction, _ a: Tensor, _ b: Tensor, _ attempt: String) -> Tensor {
    a.requireSameType(b, attempt)
    let shape = Shape.broadcast(a.shape, b.shape, attempt)
    let result = Buffer(a.scalarType, count: shape.count)
    let (p, q, columns) = matrixForms(a, b, shape)
    let rows = columns == 0 ? 0 : shape.count / columns
    Kernels.combine(f, p, q, into: result, rows: rows, columns: columns)
    return Tensor(shape, result)
  }

  func requireSameType(_ other: Tensor, _ attempt: String) {
    require(
      scalarType == other.scalarType,
      "cannot \(attempt) a \(scalarType) tensor and a \(other.scalarType) tensor: convert one with converted(to:)")
  }

  /// Both operands as matrices with a common number of columns, copying as little as possible.
  private static func matrixForms(
    _ a: Tensor, _ b: Tensor, _ shape: Shape
  ) -> (MatrixRegion, MatrixRegion, columns: Int) {
    if a.shape == b.shape && a.isContiguous && b.isContiguous {
      return (a.elements.asRow, b.elements.asRow, shape.count)
    }
    let candidates = [(a, b), (a.contiguous(), b.contiguous())].lazy.map { (p: Tensor, q: Tensor) in
      (p.expanded(to: shape), q.expanded(to: shape))
    }
    for (p, q) in candidates {
      for split in 0...shape.rank {
        if let p = p.matrixForm(split), let q = q.matrixForm(split) {
          return (p, q, shape.lengths[split...].reduce(1, *))
        }
      }
    }
    return (a.expanded(to: shape).elements.asRow, b.expanded(to: shape).elements.asRow, shape.count)
  }

  /// The tensor as a matrix whose rows are the axes before `split` and whose columns are the rest, if the elements of a
  /// row are contiguous or are one element, and the rows are equally spaced.
  private func matrixForm(_ split: Int) -> MatrixRegion? {
    guard
      let columnStride = commonStride(split..<rank), columnStride < 2, let rowStride = commonStride(0..<split)
    else { return nil }
    return MatrixRegion(Region(buffer, offset: offset), rowStride: rowStride, columnStride: columnStride)
  }

  /// The stride of several axes seen as one, if there is such a stride; 0 if they hold one element.
  private func commonStride(_ axes: Range<Int>) -> Int? {
    var (result, next): (Int?, Int) = (nil, 0)
    for axis in axes.reversed() where shape.lengths[axis] != 1 {
      if result != nil && strides[axis] != next { return nil }
      result = result ?? strides[axis]
      next = strides[axis] * shape.lengths[axis]
    }
    guard let result else { return 0 }
    return result < 0 ? nil : result
  }

  /// The tensor in a larger shape: axes of length 1 repeat, new axes come first. Nothing is copied. [shape]
  public func broadcast(to shape: Shape) -> Tensor {
    if shape == self.shape { return self }
    return expanded(to: shape).recorded([Edge(self) { [from = self.shape] g in g.summed(to: from) }])
  }

  /// `broadcast`, without history.
  func expanded(to target: Shape) -> Tensor {
    if target == shape { return stopGradient }
    require(
      Shape.broadcast(shape, target, "broadcast") == target,
      "cannot broadcast \(shape) to \(target): only axes of length 1 repeat, and new axes come first")
    let added = target.rank - shape.rank
    let newStrides = (0..<target.rank).map { axis in
      axis < added || (shape.lengths[axis - added] == 1 && target.lengths[axis] != 1) ? 0 : strides[axis - added]
    }
    return Tensor(shape: target, strides: newStrides, offset: offset, buffer: buffer)
  }

  /// The tensor summed over the axes in which it is larger than `shape`: the transpose of `broadcast`.
  public func summed(to target: Shape) -> Tensor {
    if shape == target { return self }
    let added = rank - target.rank
    require(added >= 0, "cannot sum \(shape) to \(target), which has more axes")
    let axes = (0..<rank).filter { $0 < added || (target.lengths[$0 - added] == 1 && shape.lengths[$0] != 1) }
    return sum(axes: axes, keepsAxes: true).reshaped(target)
  }
}

extension Region {
  /// All elements as the one row of a matrix.
  fileprivate var asRow: MatrixRegion { MatrixRegion(self, rowStride: 0, columnStride: 1) }
}
