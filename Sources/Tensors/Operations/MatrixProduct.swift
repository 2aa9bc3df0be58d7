import Kernels
import Messages

/// The matrix product over the last two axes; the axes before them are broadcast. [m×k] · [k×n] = [m×n]
///
/// A vector on the left counts as a row, one on the right as a column; the axis added in this way is removed again.
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
  return batchedProduct(a, b).recorded(edges(a, b))
}

/// f(A B + b) with a bias b for every column, or none, applied to parts of the product just computed.
/// [m×k] · [k×n] + [n] = [m×n]
///
/// It equals `matmul(a, b) + bias` followed by `activated(by: f)`, to the last bit, without a pass over memory for
/// each. The axes of `a` before its last two also count as rows.
public func matmul(_ a: Tensor, _ b: Tensor, plus bias: Tensor?, then f: Activation = .identity) -> Tensor {
  guard let bias else { return matmul(a, b).activated(by: f) }
  require(
    a.rank >= 1 && b.rank == 2 && a.shape[-1] == b.shape[0] && bias.shape == [b.shape[1]],
    "cannot multiply \(a.shape) by \(b.shape) and add \(bias.shape): [… × k], [k × n] and [n] are needed")
  a.requireSameType(b, "multiply")
  a.requireSameType(bias, "add")
  if a.rank != 2 {
    let rows = a.reshaped([a.shape.lengths.dropLast().reduce(1, *), a.shape[-1]])
    return matmul(rows, b, plus: bias, then: f)
      .reshaped(Shape(Array(a.shape.lengths.dropLast()) + [b.shape[1]]))
  }
  if Recording.current != nil && !f.derivativeFollowsFromValue {
    return matmul(a, b, plus: bias).activated(by: f)
  }
  let sum = batchedProduct(a, b, MatrixEpilogue(bias: bias.elements, activation: f))
    .recorded(edges(a, b) + [Edge(bias) { [shape = bias.shape] g in g.summed(to: shape) }])
  // The memory holds f(z), but no rule of z = A B + b asks for its value.
  return f == .identity ? sum : sum.recorded([Edge(sum) { g, y in g.pulledBack(f, fromValue: y) }])
}

/// The rules of the product.
private func edges(_ a: Tensor, _ b: Tensor) -> [Edge] {
  [
    Edge(a) { [shape = a.shape, byColumns = a.isStoredByColumns] g in
      matmul(g, b.transposed, byColumns: byColumns).summed(to: shape)
    },
    Edge(b) { [shape = b.shape, byColumns = b.isStoredByColumns] g in
      matmul(a.transposed, g, byColumns: byColumns).summed(to: shape)
    },
  ]
}

/// A B, stored by columns if wanted, as (Bᵀ Aᵀ)ᵀ: the gradient of a transposed matrix then needs no transposition.
private func matmul(_ a: Tensor, _ b: Tensor, byColumns: Bool) -> Tensor {
  byColumns ? matmul(b.transposed, a.transposed).transposed : matmul(a, b)
}

private func batchedProduct(
  _ a: Tensor, _ b: Tensor, _ epilogue: MatrixEpilogue = MatrixEpilogue()
) -> Tensor {
  let (m, k, n) = (a.shape[-2], a.shape[-1], b.shape[-1])
  let batch = Shape.broadcast(
    Shape(Array(a.shape.lengths.dropLast(2))), Shape(Array(b.shape.lengths.dropLast(2))),
    "multiply a batch of matrices: match the batch axes of")
  let shape = Shape(batch.lengths + [m, n])
  let result = Buffer(a.scalarType, count: shape.count)
  multiplyMatrices(a.matrixOperand(batch), b.matrixOperand(batch), into: result, m: m, n: n, k: k, then: epilogue)
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
