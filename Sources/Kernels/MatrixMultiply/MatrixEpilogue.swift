// The step after the sum over k: a bias for every column and an activation function, applied to rows of C just
// computed, while they are in the cache. A separate pass would fetch them again, and need memory for its result.

/// The step that follows a product: C[i, j] ← f(C[i, j] + bias[j]).
public struct MatrixEpilogue: Sendable {
  /// The n biases, contiguous.
  public let bias: Region?
  /// The function f.
  public let activation: Activation

  /// Creates an epilogue; by default the product is unchanged.
  public init(bias: Region? = nil, activation: Activation = .identity) {
    (self.bias, self.activation) = (bias, activation)
  }

  /// Whether there is nothing to do.
  var isEmpty: Bool { bias == nil && activation == .identity }
}

extension MatrixProduct {
  /// Applies the epilogue to a part of C for which all slices of k have been summed.
  func finish(_ rows: Range<Int>, _ columns: Range<Int>) {
    if epilogue.isEmpty { return }
    let part = FinishedPart<T.Lanes>(
      corner: c.pointer(T.self, at: start + rows.lowerBound * n + columns.lowerBound), rows: rows.count, rowStride: n,
      columns: columns.count, bias: epilogue.bias.map { $0.pointer(T.self) + (isTurned ? 0 : columns.lowerBound) },
      hasOneBias: isTurned, activation: epilogue.activation)
    part.finish()
  }
}

/// A part of C with its biases.
private struct FinishedPart<V: KernelLanes> {
  let corner: UnsafeMutablePointer<V.Scalar>
  let rows, rowStride, columns: Int
  let bias: UnsafePointer<V.Scalar>?
  /// Whether C is a single column, stored as a row: then there is one bias for all of it.
  let hasOneBias: Bool
  let activation: Activation

  func finish() {
    let f = Bend<V>(activation)
    for r in 0..<rows {
      let row = corner + r * rowStride
      for j in stride(from: 0, to: columns, by: V.scalarCount) {
        let count = columns - j
        var x = V(at: row + j, atMost: count)
        if let bias { x = x + (hasOneBias ? V(repeating: bias[0]) : V(at: bias + j, atMost: count)) }
        f(x).store(to: row + j, atMost: count)
      }
      if !activation.isBend { activation.apply(V.self, to: row, count: columns) }
    }
  }
}
