// Products too small, or too flat, to be worth packing: one row of C at a time, reading B in place.

extension MatrixProduct {
  /// Computes C row by row; threads share the columns.
  func computeDirectly() {
    parallelChunks(of: n, atLeast: max(64, worthAThread / max(1, m * k))) { columns in
      withUnsafeTemporaryAllocation(of: T.self, capacity: k) { row in
        guard let x = row.baseAddress else { return }
        for i in 0..<m {
          let source = a.region.pointer(T.self) + i * a.stride
          for l in 0..<k { x[l] = source[l * a.depthStride] }
          computeRow(x, columns, c.pointer(T.self, at: start + i * n))
          finish(i..<i + 1, columns)
        }
      }
    }
  }

  /// Computes one row of C from one row of A: a sum of rows of B where these are contiguous, otherwise an inner product
  /// for each column.
  @inline(__always)
  private func computeRow(_ x: UnsafePointer<T>, _ columns: Range<Int>, _ c: UnsafeMutablePointer<T>) {
    let b = b.region.pointer(T.self)
    if self.b.stride == 1 {
      sumOfRows(T.Lanes.self, x, b + columns.lowerBound, self.b.depthStride, k, c + columns.lowerBound, columns.count)
    } else if self.b.depthStride == 1 {
      for j in columns { c[j] = innerProduct(T.Lanes.self, x, b + j * self.b.stride, k) }
    } else {
      for j in columns {
        var sum: T = 0
        for l in 0..<k { sum += x[l] * b[l * self.b.depthStride + j * self.b.stride] }
        c[j] = sum
      }
    }
  }
}

/// c[j] = Σₗ x[l] b[l, j]
@inline(__always)
private func sumOfRows<V: SIMD>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ stride: Int, _ k: Int,
  _ c: UnsafeMutablePointer<V.Scalar>, _ n: Int
) where V.Scalar: BinaryFloatingPoint {
  let (width, whole) = (V.scalarCount, n & ~(V.scalarCount - 1))
  var j = 0
  // Four vectors at a time: each visit to a row of B then reads whole cache lines in sequence.
  while j + 4 * width <= whole {
    var sums = InlineArray<4, V>(repeating: .zero)
    for l in 0..<k {
      let (factor, row) = (V(repeating: x[l]), UnsafeRawPointer(b + l * stride + j))
      for v in 0..<4 {
        let y = row.loadUnaligned(fromByteOffset: v * MemoryLayout<V>.size, as: V.self)
        sums[v] = multiplyAdd(factor, y, sums[v])
      }
    }
    for v in 0..<4 { UnsafeMutableRawPointer(c + j + v * width).storeBytes(of: sums[v], as: V.self) }
    j += 4 * width
  }
  while j < whole {
    var sum = V.zero
    for l in 0..<k {
      sum = multiplyAdd(V(repeating: x[l]), UnsafeRawPointer(b + l * stride + j).loadUnaligned(as: V.self), sum)
    }
    UnsafeMutableRawPointer(c + j).storeBytes(of: sum, as: V.self)
    j += width
  }
  for j in whole..<n {
    var sum: V.Scalar = 0
    for l in 0..<k { sum += x[l] * b[l * stride + j] }
    c[j] = sum
  }
}

/// Σₗ x[l] y[l]
@inline(__always)
private func innerProduct<V: SIMD>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ y: UnsafePointer<V.Scalar>, _ k: Int
) -> V.Scalar where V.Scalar: BinaryFloatingPoint {
  var sums = V.zero
  let whole = k & ~(V.scalarCount - 1)
  for l in stride(from: 0, to: whole, by: V.scalarCount) {
    let (x, y) = (UnsafeRawPointer(x + l).loadUnaligned(as: V.self), UnsafeRawPointer(y + l).loadUnaligned(as: V.self))
    sums = multiplyAdd(x, y, sums)
  }
  var sum: V.Scalar = 0
  for lane in 0..<V.scalarCount { sum += sums[lane] }
  for l in whole..<k { sum += x[l] * y[l] }
  return sum
}
