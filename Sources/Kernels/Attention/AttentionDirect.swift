// Attention of a few queries, as when a language model writes one symbol after another.
//
// Keys and values then take part in one multiplication for each query, so they are read in place, once, in the order of
// memory. The tiles of AttentionForward.swift would pack them first, and would compute a whole tile's width of queries.
// All scores of a query fit a cache: its largest one is known before the first exponential.

extension AttentionOperands {
  /// Whether packing keys and values would cost more than it saves.
  var isDirect: Bool { queries <= 4 }
}

/// Y = softmax(Q Kᵀ/√depth + mask) V; a task takes some matrices of the batch.
func attendDirectly<V: KernelLanes>(_: V.Type, _ x: AttentionOperands, _ y: MatrixOperand) {
  let numbers = max(1, x.keys * (x.depth + x.width))
  parallelChunks(of: x.q.offsets.count, atLeast: (numbersWorthAThread + numbers - 1) / numbers) { batches in
    let direct = DirectAttention<V>(x)
    for batch in batches {
      direct.computeScores(batch)
      direct.exponentiate(batch)
      direct.addValues(batch, to: y.buffer.pointer(V.Scalar.self, at: y.offsets[batch]), y.rowStride)
    }
    withExtendedLifetime(direct) {}
  }
}

/// The operands of a task, and its scores [queries × keys] in rows of whole vectors.
private struct DirectAttention<V: KernelLanes> {
  let x: AttentionOperands
  private let queries, keys, values: ContiguousRows<V>
  private let buffer, sumBuffer: Buffer
  private let length: Int

  init(_ x: AttentionOperands) {
    self.x = x
    queries = ContiguousRows(x.q, rows: x.queries, columns: x.depth)
    keys = ContiguousRows(x.k, rows: x.keys, columns: x.depth)
    values = ContiguousRows(x.v, rows: x.keys, columns: x.width)
    length = x.keys.roundedUp(to: V.scalarCount)
    buffer = Buffer(V.Scalar.scalarType, count: x.queries * length)
    sumBuffer = Buffer(V.Scalar.scalarType, count: x.queries)
  }

  private var scores: UnsafeMutablePointer<V.Scalar> { buffer.pointer(V.Scalar.self) }
  /// The sum of each query's exponentials.
  private var sums: UnsafeMutablePointer<V.Scalar> { sumBuffer.pointer(V.Scalar.self) }

  /// Q Kᵀ, one key after another.
  func computeScores(_ batch: Int) {
    multiplyRows(
      V.self, x.queries, queries.start(batch), queries.stride, x.depth, keys.start(batch), keys.stride,
      columns: x.keys, into: scores, length)
  }

  /// Turns scores into exponentials, and adds up those of each query.
  func exponentiate(_ batch: Int) { for i in 0..<x.queries { sums[i] = exponentiate(batch, i) } }

  /// Turns the scores of query i into exponentials, and returns their sum.
  private func exponentiate(_ batch: Int, _ i: Int) -> V.Scalar {
    let (row, scale, hidden) = (scores + i * length, V(repeating: V.Scalar(x.scale)), -V.Scalar.infinity)
    for j in stride(from: 0, to: length, by: V.scalarCount) { (V(at: row + j) * scale).store(to: row + j) }
    if let mask = x.mask {
      let first = mask.buffer.pointer(V.Scalar.self, at: mask.offsets[batch] + i * mask.rowStride)
      for j in 0..<x.keys { row[j] += first[j * mask.columnStride] }
    }
    for j in x.keysSeen(byFirst: i + 1)..<length { row[j] = hidden }
    var most = V(repeating: hidden)
    for j in stride(from: 0, to: length, by: V.scalarCount) {
      let score = V(at: row + j)
      most = V.choose(most .< score, score, most)
    }
    let largest = most.folded { V.choose($0 .< $1, $1, $0) }
    let shift = largest == hidden ? 0 : largest
    var sum = V.zero
    for j in stride(from: 0, to: length, by: V.scalarCount) {
      let exponential = V.expOfNegative(V(at: row + j) - V(repeating: shift))
      exponential.store(to: row + j)
      sum = sum + exponential
    }
    return sum.folded { $0 + $1 }
  }

  /// The sum of the values, each times its exponential, divided by the sum of the exponentials.
  func addValues(_ batch: Int, to y: UnsafeMutablePointer<V.Scalar>, _ yStride: Int) {
    sumRows(V.self, x.queries, scores, length, x.keys, values.start(batch), values.stride, y, yStride, x.width)
    for i in 0..<x.queries {
      let factor = sums[i] == 0 ? 0 : 1 / sums[i]
      for c in 0..<x.width { y[i * yStride + c] *= factor }
    }
  }
}

/// The rows of a matrix as contiguous numbers: in place if they are, which those of a cache are, otherwise as a copy.
private struct ContiguousRows<V: KernelLanes> {
  let matrix: MatrixOperand
  let rows, columns: Int
  private let copy: Buffer?

  init(_ matrix: MatrixOperand, rows: Int, columns: Int) {
    (self.matrix, self.rows, self.columns) = (matrix, rows, columns)
    copy = matrix.columnStride == 1 ? nil : Buffer(V.Scalar.scalarType, count: rows * columns)
  }

  /// The distance between rows.
  var stride: Int { copy == nil ? matrix.rowStride : columns }

  /// The first row of a matrix of the batch.
  func start(_ batch: Int) -> UnsafePointer<V.Scalar> {
    let source = UnsafePointer(matrix.buffer.pointer(V.Scalar.self, at: matrix.offsets[batch]))
    guard let copy = copy?.pointer(V.Scalar.self) else { return source }
    for i in 0..<rows {
      for j in 0..<columns { copy[i * columns + j] = source[i * matrix.rowStride + j * matrix.columnStride] }
    }
    return UnsafePointer(copy)
  }
}
