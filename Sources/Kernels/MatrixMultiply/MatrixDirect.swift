// Products with few rows, and products too small to be worth packing: B is read in place.
//
// When a language model writes one symbol after another, every number of a layer's weights B takes part in one
// multiplication for each text. Such a product takes as long as B takes to arrive from memory. So B is read once, by
// all threads together, and in the order of memory:
//
// - A column of B is contiguous, as in x Wᵀ with the weights W [n×k] of a linear layer: each C[i, j] is an inner
//   product. One column is read after another, because memory delivers a single stream fastest: two columns side by
//   side took 1.5 times as long.
// - A row of B is contiguous, as in x W with W [k×n]: C[i, ·] is a sum of rows of B. A piece of C stays in the
//   first-level cache while four rows at a time are added to it. One sum in registers for each 64 columns, down all
//   rows, took 1.1 to 1.6 times as long: it reads 256 bytes of each row.
//
// The sum over k has the same order however many threads there are, and however many rows.

extension MatrixProduct {
  /// Whether packing B would cost more than it saves.
  var isDirect: Bool {
    m <= (b.stride == 1 ? fewRowsOfSums : fewRows) || k == 0 || b.stride == 1 && m * n * k <= smallProduct
  }

  /// Computes C from B in place; threads share the columns.
  func computeDirectly() {
    let least = b.stride == 1 ? leastRun : 16
    parallelChunks(of: n, atLeast: max(least, numbersWorthAThread / max(1, k))) { columns in
      if a.depthStride == 1 {
        computeColumns(columns, a.region.pointer(T.self), a.stride)
      } else {
        withUnsafeTemporaryAllocation(of: T.self, capacity: m * k) { rows in
          guard let x = rows.baseAddress else { return computeColumns(columns, a.region.pointer(T.self), 0) }
          for i in 0..<m {
            let source = a.region.pointer(T.self) + i * a.stride
            for l in 0..<k { x[i * k + l] = source[l * a.depthStride] }
          }
          computeColumns(columns, x, k)
        }
      }
      finish(0..<m, columns)
    }
  }

  /// Some columns of C, from rows of A that are contiguous and `xStride` apart.
  @inline(__always)
  private func computeColumns(_ columns: Range<Int>, _ x: UnsafePointer<T>, _ xStride: Int) {
    let (b, c) = (self.b.region.pointer(T.self), c.pointer(T.self, at: start))
    if self.b.stride == 1 {
      for first in stride(from: columns.lowerBound, to: columns.upperBound, by: longestRun) {
        let count = min(longestRun, columns.upperBound - first)
        sumRows(T.Lanes.self, m, x, xStride, k, b + first, self.b.depthStride, c + first, n, count)
      }
    } else if self.b.depthStride == 1 {
      let (first, bStride) = (columns.lowerBound, self.b.stride)
      multiplyRows(
        T.Lanes.self, m, x, xStride, k, b + first * bStride, bStride, columns: columns.count, into: c + first, n)
    } else {
      for i in 0..<m {
        for j in columns {
          var sum: T = 0
          for l in 0..<k { sum += x[i * xStride + l] * b[l * self.b.depthStride + j * self.b.stride] }
          c[i * n + j] = sum
        }
      }
    }
  }
}

/// Up to this many rows, packing B costs more than it saves: where columns of B are contiguous, which must be
/// transposed to be packed, and where rows of B are.
private let (fewRows, fewRowsOfSums) = (8, 4)

/// Up to this many multiplications, packing costs more than it saves where the rows of B are contiguous.
private let smallProduct = 4096

/// The numbers read from memory that make a task worthwhile: 128 KB of floats, which take five microseconds to arrive.
let numbersWorthAThread = 1 << 15

/// The least and the largest number of columns whose parts of the rows of B are added up by themselves.
private let (leastRun, longestRun) = (128, 512)

// MARK: - Inner products

/// c[i, j] = Σₗ x[i, l] y[j, l] for `rows` rows of x, at most four of them at a time, and `columns` rows of y.
@inline(__always)
func multiplyRows<V: KernelLanes>(
  _: V.Type, _ rows: Int, _ x: UnsafePointer<V.Scalar>, _ xStride: Int, _ k: Int, _ y: UnsafePointer<V.Scalar>,
  _ yStride: Int, columns: Int, into c: UnsafeMutablePointer<V.Scalar>, _ cStride: Int
) {
  for j in 0..<columns {
    let y = y + j * yStride
    var i = 0
    while i < rows {
      let (x, c) = (x + i * xStride, c + i * cStride + j)
      switch rows - i {
      case 1: innerProducts(V.self, rows: 1, x, xStride, k, y, c, cStride)
      case 2: innerProducts(V.self, rows: 2, x, xStride, k, y, c, cStride)
      case 3: innerProducts(V.self, rows: 3, x, xStride, k, y, c, cStride)
      default: innerProducts(V.self, rows: 4, x, xStride, k, y, c, cStride)
      }
      i += 4
    }
  }
}

/// The number of rows is a constant after inlining: the sums stay in registers.
@inline(__always)
private func innerProducts<V: KernelLanes>(
  _: V.Type, rows: Int, _ x: UnsafePointer<V.Scalar>, _ xStride: Int, _ k: Int, _ y: UnsafePointer<V.Scalar>,
  _ c: UnsafeMutablePointer<V.Scalar>, _ cStride: Int
) {
  var sums: InlineArray<4, V> = [.zero, .zero, .zero, .zero]
  let whole = k & ~(V.scalarCount - 1)
  var l = 0
  while l < whole {
    let factor = V(at: y + l)
    for i in 0..<rows { sums[i] = multiplyAdd(V(at: x + i &* xStride + l), factor, sums[i]) }
    l += V.scalarCount
  }
  for i in 0..<rows {
    var sum = sums[i].folded { $0 + $1 }
    for l in whole..<k { sum += x[i * xStride + l] * y[l] }
    c[i * cStride] = sum
  }
}

// MARK: - Sums of rows

/// c[i, j] = Σₗ x[i, l] b[l, j] for `columns` columns.
@inline(__always)
func sumRows<V: KernelLanes>(
  _: V.Type, _ rows: Int, _ x: UnsafePointer<V.Scalar>, _ xStride: Int, _ k: Int, _ b: UnsafePointer<V.Scalar>,
  _ bStride: Int, _ c: UnsafeMutablePointer<V.Scalar>, _ cStride: Int, _ columns: Int
) {
  for i in 0..<rows { (c + i * cStride).update(repeating: 0, count: columns) }
  let whole = k & ~3
  for l in stride(from: 0, to: whole, by: 4) {
    for i in 0..<rows {
      addRows(V.self, count: 4, x + i * xStride + l, b + l * bStride, bStride, c + i * cStride, columns)
    }
  }
  for l in whole..<k {
    for i in 0..<rows {
      addRows(V.self, count: 1, x + i * xStride + l, b + l * bStride, bStride, c + i * cStride, columns)
    }
  }
}

/// c[j] += Σₗ x[l] b[l, j] for a few rows of B, whose number is a constant after inlining.
@inline(__always)
private func addRows<V: KernelLanes>(
  _: V.Type, count: Int, _ x: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ bStride: Int,
  _ c: UnsafeMutablePointer<V.Scalar>, _ columns: Int
) {
  let whole = columns & ~(V.scalarCount - 1)
  var factors: InlineArray<4, V> = [.zero, .zero, .zero, .zero]
  for l in 0..<count { factors[l] = V(repeating: x[l]) }
  var j = 0
  while j < whole {
    var sum = V(at: c + j)
    for l in 0..<count { sum = multiplyAdd(factors[l], V(at: b + l &* bStride + j), sum) }
    sum.store(to: c + j)
    j += V.scalarCount
  }
  for j in whole..<columns {
    var sum = c[j]
    for l in 0..<count { sum += x[l] * b[l * bStride + j] }
    c[j] = sum
  }
}
