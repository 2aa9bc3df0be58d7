import Kernels

/// The matrix product over the last two axes; the axes before them are broadcast. [m×k] · [k×n] = [m×n]
///
/// A vector on the left counts as a row, one on the right as a column, and the axis so added is taken away again.
/// With d(A B) = dA B + A dB, the rules are g Bᵀ and Aᵀ g.
public func matmul(_ a: Tensor, _ b: Tensor) -> Tensor {
  require(a.rank >= 1 && b.rank >= 1, "cannot multiply \(a.shape) by \(b.shape): a single number is not a matrix")
  if a.rank == 1 { return matmul(a.expanded(axis: 0), b).squeezed(axis: b.rank == 1 ? 0 : -2) }
  if b.rank == 1 { return matmul(a, b.expanded(axis: 1)).squeezed(axis: -1) }
  a.requireSameType(b, "multiply")
  require(
    a.shape[-1] == b.shape[-2],
    "cannot multiply \(a.shape) by \(b.shape): the inner lengths \(a.shape[-1]) and \(b.shape[-2]) differ")
  if a.rank > 2 && b.rank == 2 {  // one matrix for the whole batch: a single tall product
    let rows = a.reshaped([a.shape.lengths.dropLast().reduce(1, *), a.shape[-1]])
    return matmul(rows, b).reshaped(Shape(Array(a.shape.lengths.dropLast()) + [b.shape[-1]]))
  }
  return batchedProduct(a, b).recorded(
    Edge(a) { [shape = a.shape, byColumns = a.isStoredByColumns] g in
      matmul(g, b.transposed, byColumns: byColumns).summed(to: shape)
    },
    Edge(b) { [shape = b.shape, byColumns = b.isStoredByColumns] g in
      matmul(a.transposed, g, byColumns: byColumns).summed(to: shape)
    })
}

/// A B, stored by columns if wanted, as (Bᵀ Aᵀ)ᵀ: the gradient of a transposed matrix needs no transposing then.
private func matmul(_ a: Tensor, _ b: Tensor, byColumns: Bool) -> Tensor {
  byColumns ? matmul(b.transposed, a.transposed).transposed : matmul(a, b)
}

private func batchedProduct(_ a: Tensor, _ b: Tensor) -> Tensor {
  let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
  let batch = Shape.broadcast(
    Shape(Array(a.shape.lengths.dropLast(2))), Shape(Array(b.shape.lengths.dropLast(2))),
    "multiply a batch of matrices: match the batch axes of")
  let shape = Shape(batch.lengths + [m, n])
  let result = Buffer(a.scalarType, count: shape.count)
  multiplyMatrices(a.matrixOperand(batch), b.matrixOperand(batch), into: result, m: m, n: n, k: k)
  return Tensor(shape, result)
}

extension Tensor {
  /// Whether neighbours in a column are neighbours in memory.
  fileprivate var isStoredByColumns: Bool { strides[rank - 2] == 1 && strides[rank - 1] > 1 }

  /// The last two axes as matrices, the axes before them broadcast to `batch`.
  fileprivate func matrixOperand(_ batch: Shape) -> MatrixOperand {
    let x = expanded(to: Shape(batch.lengths + shape.lengths.suffix(2)))
    let batchLayout = StridedLayout(extents: batch.lengths, strides: Array(x.strides.dropLast(2)))
    return MatrixOperand(
      buffer, offsets: batchLayout.positions.map { offset + $0 }, rowStride: x.strides[x.rank - 2],
      columnStride: x.strides[x.rank - 1])
  }
}

extension StridedLayout {
  /// The position of every element, in row-major order.
  fileprivate var positions: [Int] {
    var result = [0]
    for (extent, stride) in zip(extents, strides) {
      result = result.flatMap { start in (0..<extent).map { start + $0 * stride } }
    }
    return result
  }
}
