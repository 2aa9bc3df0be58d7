// Average pooling and its transpose.

// Sums are divided rather than multiplied by a reciprocal: 41 · (1 / 41) is less than 1 in `Float`.

/// Computes y[o] = the sum of window o, divided by the count of the divisor.
public func poolAverage(_ x: Region, _ shape: PoolingShape, into y: Buffer) {
  let divisors = shape.columnDivisors(y.scalarType)
  forEachPlane(of: shape) { plane in
    switch y.scalarType {
    case .float: average(Float.self, x, shape, divisors, y, plane)
    case .double: average(Double.self, x, shape, divisors, y, plane)
    }
  }
}

/// Computes dx: zeros, to which y[o], divided by the count of the divisor, is added at every position of window o: the
/// transpose of `poolAverage`.
public func spreadOverWindows(_ y: Region, _ shape: PoolingShape, into dx: Buffer) {
  let divisors = shape.columnDivisors(dx.scalarType)
  forEachPlane(of: shape) { plane in
    switch dx.scalarType {
    case .float: spread(Float.self, y, shape, divisors, dx, plane)
    case .double: spread(Double.self, y, shape, divisors, dx, plane)
    }
  }
}

extension PoolingShape {
  /// The divisors of the columns of windows.
  fileprivate func columnDivisors(_ type: ScalarType) -> Buffer {
    let result = Buffer(type, count: columns.count)
    for j in 0..<columns.count { result[j] = Double(divisor(ofColumn: j)) }
    return result
  }

  /// Whether all means are those of four numbers, a quarter of their sum.
  fileprivate var isQuarters: Bool { isSquares && divisor(ofRow: 0) * divisor(ofColumn: 0) == 4 }
}

/// Row by row of windows, one position at a time along the whole row.
private func average<T: KernelScalar>(
  _: T.Type, _ x: Region, _ shape: PoolingShape, _ divisors: Buffer, _ y: Buffer, _ plane: Int
) {
  let (rows, columns, divisors, isQuarters) = (shape.rows, shape.columns, divisors.pointer(T.self), shape.isQuarters)
  let (x, y) = (x.pointer(T.self) + plane * shape.inputsPerPlane, y.pointer(T.self, at: plane * shape.outputsPerPlane))
  for i in 0..<rows.count {
    let y = y + i * columns.count
    if isQuarters {
      let upper = x + 2 * i * columns.length
      let lower = upper + columns.length
      for j in 0..<columns.count {
        y[j] = ((upper[2 &* j] + upper[2 &* j &+ 1]) + (lower[2 &* j] + lower[2 &* j &+ 1])) * 0.25
      }
      continue
    }
    y.update(repeating: 0, count: columns.count)
    for a in rows.places(of: i) {
      let row = x + (rows.start(of: i) + a) * columns.length - columns.padding
      for b in 0..<columns.window {
        let windows = columns.windows(withPlace: b)
        switch columns.stride {  // with a constant, the loop is vectorized
        case 1: for j in windows { y[j] += row[j &+ b] }
        case 2: for j in windows { y[j] += row[2 &* j &+ b] }
        default: for j in windows { y[j] += row[columns.stride &* j &+ b] }
        }
      }
    }
    let divisor = T(shape.divisor(ofRow: i))
    for j in 0..<columns.count { y[j] /= divisor * divisors[j] }
  }
}

private func spread<T: KernelScalar>(
  _: T.Type, _ y: Region, _ shape: PoolingShape, _ divisors: Buffer, _ dx: Buffer, _ plane: Int
) {
  let (rows, columns, divisors) = (shape.rows, shape.columns, divisors.pointer(T.self))
  let (y, dx) = (
    y.pointer(T.self) + plane * shape.outputsPerPlane, dx.pointer(T.self, at: plane * shape.inputsPerPlane)
  )
  if shape.isQuarters { return spreadOverFour(y, shape, dx) }
  dx.update(repeating: 0, count: shape.inputsPerPlane)
  withUnsafeTemporaryAllocation(of: T.self, capacity: columns.count) { shares in
    for i in 0..<rows.count {
      let (y, divisor) = (y + i * columns.count, T(shape.divisor(ofRow: i)))
      for j in 0..<columns.count { shares[j] = y[j] / (divisor * divisors[j]) }
      for a in rows.places(of: i) {
        let row = dx + (rows.start(of: i) + a) * columns.length - columns.padding
        for b in 0..<columns.window {
          for j in columns.windows(withPlace: b) { row[columns.stride &* j &+ b] += shares[j] }
        }
      }
    }
  }
}

/// Adjacent windows of two by two numbers: the whole plane is written once.
@inline(__always)
private func spreadOverFour<T: KernelScalar>(
  _ y: UnsafePointer<T>, _ shape: PoolingShape, _ dx: UnsafeMutablePointer<T>
) {
  let (count, length) = (shape.columns.count, shape.columns.length)
  for i in 0..<shape.rows.count {
    let (y, upper) = (y + i * count, dx + 2 * i * length)
    for j in 0..<count {
      let share = y[j] * 0.25
      upper[2 &* j] = share
      upper[2 &* j &+ 1] = share
    }
    if length % 2 == 1 { upper[length - 1] = 0 }
    (upper + length).update(from: upper, count: length)
  }
  shape.clearRest(dx)
}
