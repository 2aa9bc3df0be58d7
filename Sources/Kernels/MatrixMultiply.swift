// The matrix product C = A B.

/// A matrix in memory: element (i, j) stands at offset + i·rowStride + j·columnStride.
public struct MatrixOperand: Sendable {
  /// The memory.
  public let buffer: Buffer
  /// The distance between neighbours in a column.
  public let rowStride: Int
  /// The distance between neighbours in a row.
  public let columnStride: Int
  /// Where each matrix of the batch starts.
  public let offsets: [Int]

  /// A batch of matrices in `buffer` that start at `offsets` and share their strides.
  public init(_ buffer: Buffer, offsets: [Int], rowStride: Int, columnStride: Int) {
    self.buffer = buffer
    self.offsets = offsets
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// C[b] = A[b] B[b] for every matrix of the batch; A is m×k, B is k×n, and C holds the m×n results one after the other.
public func multiplyMatrices(_ a: MatrixOperand, _ b: MatrixOperand, into c: Buffer, m: Int, n: Int, k: Int) {
  switch c.scalarType {
  case .float: multiplyDefinition(Float.self, a, b, c, m, n, k)
  case .double: multiplyDefinition(Double.self, a, b, c, m, n, k)
  }
}

/// C[i, j] = Σₖ A[i, k] B[k, j], as it is written.
private func multiplyDefinition<T: KernelScalar>(
  _: T.Type, _ a: MatrixOperand, _ b: MatrixOperand, _ c: Buffer, _ m: Int, _ n: Int, _ k: Int
) {
  for batch in 0..<a.offsets.count {
    let (p, q) = (a.buffer.pointer(T.self, at: a.offsets[batch]), b.buffer.pointer(T.self, at: b.offsets[batch]))
    let r = c.pointer(T.self, at: batch * m * n)
    for i in 0..<m {
      for j in 0..<n { r[i * n + j] = 0 }
      for l in 0..<k {
        let x = p[i * a.rowStride + l * a.columnStride]
        for j in 0..<n { r[i * n + j] += x * q[l * b.rowStride + j * b.columnStride] }
      }
    }
  }
}
