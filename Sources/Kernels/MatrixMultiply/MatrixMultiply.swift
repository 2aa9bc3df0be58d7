// The matrix product C = A B: first its definition, then the fast version.

/// A batch of matrices in memory: element (i, j) is at offset + i·rowStride + j·columnStride.
public struct MatrixOperand: Sendable {
  /// The memory.
  public let buffer: Buffer
  /// The distance between neighbours in a column.
  public let rowStride: Int
  /// The distance between neighbours in a row.
  public let columnStride: Int
  /// Where each matrix of the batch starts.
  public let offsets: [Int]

  /// Creates a batch of matrices in `buffer` that start at `offsets` and share their strides.
  public init(_ buffer: Buffer, offsets: [Int], rowStride: Int, columnStride: Int) {
    self.buffer = buffer
    self.offsets = offsets
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// Computes C[b] = f(A[b] B[b] + bias) for every matrix of the batch by the definition:
/// C[i, j] = f(Σₗ A[i, l] B[l, j] + bias[j]).
///
/// Tests compare `multiplyMatrices` with this function.
public func multiplyMatricesDefinition(
  _ a: MatrixOperand, _ b: MatrixOperand, into c: Buffer, m: Int, n: Int, k: Int,
  then epilogue: MatrixEpilogue = MatrixEpilogue()
) {
  for batch in 0..<a.offsets.count {
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        for l in 0..<k {
          sum +=
            a.buffer[a.offsets[batch] + i * a.rowStride + l * a.columnStride]
            * b.buffer[b.offsets[batch] + l * b.rowStride + j * b.columnStride]
        }
        let bias = epilogue.bias.map { $0.buffer[$0.offset + j] } ?? 0
        c[(batch * m + i) * n + j] = epilogue.activation(sum + bias)
      }
    }
  }
}

/// Computes C[b] = f(A[b] B[b] + bias) for every matrix of the batch; A is m×k, B is k×n, and C holds the m×n results
/// one after another.
///
/// Long sums over k are halved and the halves added, so errors grow like log k.
public func multiplyMatrices(
  _ a: MatrixOperand, _ b: MatrixOperand, into c: Buffer, m: Int, n: Int, k: Int,
  then epilogue: MatrixEpilogue = MatrixEpilogue()
) {
  guard m > 0, n > 0, !a.offsets.isEmpty else { return }
  switch c.scalarType {
  case .float: multiply(Float.self, a, b, c, m, n, k, epilogue)
  case .double: multiply(Double.self, a, b, c, m, n, k, epilogue)
  }
}

/// The longest sum over k that adds its slices one after another.
private let longestSum = 1 << 14

private func multiply<T: TileScalar>(
  _: T.Type, _ a: MatrixOperand, _ b: MatrixOperand, _ c: Buffer, _ m: Int, _ n: Int, _ k: Int,
  _ epilogue: MatrixEpilogue
) {
  if k > longestSum { return multiplyHalves(T.self, a, b, c, m, n, k, epilogue) }
  // Equal matrices B with evenly spaced A form one tall product: a layer applied to sequences.
  if a.offsets.count > 1, a.isStack(of: m), b.offsets.allSatisfy({ $0 == b.offsets[0] }) {
    return MatrixProduct<T>(a, b, c, 0, m * a.offsets.count, n, k, epilogue).compute()
  }
  // Many products are divided among threads as wholes, few are computed in turn, each by all threads. (Inside a task,
  // `parallel` is a loop.)
  let (batches, work) = (a.offsets.count, max(1, m * n * k))
  let compute: @Sendable (Range<Int>) -> Void = { range in
    for batch in range { MatrixProduct<T>(a, b, c, batch, m, n, k, epilogue).compute() }
  }
  if batches < fewBatches {
    compute(0..<batches)
  } else {
    parallelChunks(of: batches, atLeast: (worthAThread + work - 1) / work, compute)
  }
}

/// C = A₁ B₁ + A₂ B₂ with the left and right halves of A, and the upper and lower halves of B.
private func multiplyHalves<T: TileScalar>(
  _: T.Type, _ a: MatrixOperand, _ b: MatrixOperand, _ c: Buffer, _ m: Int, _ n: Int, _ k: Int,
  _ epilogue: MatrixEpilogue
) {
  let (half, count) = (k / 2 & ~63, a.offsets.count * m * n)
  let rest = Buffer(T.scalarType, count: count)
  multiply(T.self, a, b, c, m, n, half, MatrixEpilogue())
  let (right, lower) = (a.moved(by: half * a.columnStride), b.moved(by: half * b.rowStride))
  multiply(T.self, right, lower, rest, m, n, k - half, MatrixEpilogue())
  let row = { (buffer: Buffer) in MatrixRegion(Region(buffer), rowStride: 0, columnStride: 1) }
  combine(.add, row(c), row(rest), into: c, rows: 1, columns: count)
  for batch in 0..<a.offsets.count {
    let product = MatrixProduct<T>(a, b, c, batch, m, n, k, epilogue)
    product.finish(0..<product.m, 0..<product.n)
  }
}

/// Fewer products than this are not divided as wholes: some cores would have none.
private let fewBatches = 8

/// The number of multiplications that make a task worthwhile: about ten microseconds.
let worthAThread = 1 << 19

extension MatrixOperand {
  /// The matrices, each starting `distance` numbers later.
  fileprivate func moved(by distance: Int) -> MatrixOperand {
    MatrixOperand(buffer, offsets: offsets.map { $0 + distance }, rowStride: rowStride, columnStride: columnStride)
  }

  /// Whether the matrices of `rows` rows are stored like one tall matrix.
  fileprivate func isStack(of rows: Int) -> Bool {
    zip(offsets, offsets.dropFirst()).allSatisfy { $1 - $0 == rows * rowStride }
  }
}
