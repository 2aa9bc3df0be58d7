import Kernels
import Messages

// Elements by their index, and masks. Indices are Swift integers, not tensors.

extension Tensor {
  /// The slices of an axis at these indices, in order, possibly repeated: rows of an embedding table, a batch of
  /// examples.
  public func gathered(_ indices: [Int], axis: Int = 0) -> Tensor {
    let axis = shape.normalized(axis, "gather along")
    let length = shape.lengths[axis]
    Tensor.requireValid(indices, length, "gather")
    let target = shape.replacing(axis, with: indices.count)
    let result = Buffer(scalarType, count: target.count)
    gatherRows(
      elements, outer: shape.lengths[..<axis].reduce(1, *), length: length,
      inner: shape.lengths[(axis + 1)...].reduce(1, *), indices: indices, into: result)
    return Tensor(target, result).recorded([Edge(self, part: .rows(indices, axis: axis))])
  }

  /// Zeros of `length` along an axis, to which slice j of the tensor is added at `indices[j]`: the transpose of
  /// `gathered`.
  public func scatterAdded(_ indices: [Int], axis: Int = 0, length: Int) -> Tensor {
    let axis = shape.normalized(axis, "scatter along")
    require(
      indices.count == shape.lengths[axis],
      "cannot scatter \(shape) along axis \(axis) to \(indices.count) indices: one is needed for each slice")
    Tensor.requireValid(indices, length, "scatter")
    let target = shape.replacing(axis, with: length)
    let result = Buffer(scalarType, count: target.count, repeating: 0)
    scatterAddRows(
      elements, outer: shape.lengths[..<axis].reduce(1, *), length: length,
      inner: shape.lengths[(axis + 1)...].reduce(1, *), indices: indices, into: result)
    return Tensor(target, result).recorded([Edge(self) { g in g.gathered(indices, axis: axis) }])
  }

  /// One element of each row: x[i, indices[i]] for a matrix [N×K]. [N]
  public func picked(_ indices: [Int]) -> Tensor {
    require(
      rank == 2 && indices.count == shape[0],
      "cannot pick \(indices.count) elements from \(shape): a matrix is needed, and one index for each row")
    Tensor.requireValid(indices, shape[1], "pick")
    let columns = shape[1]
    return reshaped([count]).gathered(indices.enumerated().map { $0.offset * columns + $0.element })
  }

  private static func requireValid(_ indices: [Int], _ length: Int, _ attempt: String) {
    guard let bad = indices.firstIndex(where: { $0 < 0 || $0 >= length }) else { return }
    require(false, "cannot \(attempt) index \(indices[bad]) (entry \(bad)): the axis has length \(length)")
  }

  /// Ones on and below a diagonal, zeros above; diagonal 0 is the main one, positive ones are above it. [rows×columns]
  public static func lowerTriangle(
    _ rows: Int, _ columns: Int, diagonal: Int = 0, scalarType: ScalarType = .float
  ) -> Tensor {
    let (i, j) = (Tensor.range(0..<rows, scalarType: scalarType), Tensor.range(0..<columns, scalarType: scalarType))
    return j .<= (i.expanded(axis: 1) + Double(diagonal))
  }

  /// Ones on and above a diagonal, zeros below. [rows×columns]
  public static func upperTriangle(
    _ rows: Int, _ columns: Int, diagonal: Int = 0, scalarType: ScalarType = .float
  ) -> Tensor {
    let (i, j) = (Tensor.range(0..<rows, scalarType: scalarType), Tensor.range(0..<columns, scalarType: scalarType))
    return j .>= (i.expanded(axis: 1) + Double(diagonal))
  }
}
