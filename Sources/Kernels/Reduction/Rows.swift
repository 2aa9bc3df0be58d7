// Loops over the rows of a contiguous matrix, vector by vector, for kernels that reduce each row before they write it.

/// Consecutive rows of a matrix, and what they have in common.
///
/// The last vector of a row may extend past it. Numbers read there belong to the next row, or to the padding, and are
/// left out of sums. Numbers written there spill into the next row, which is written later, but never beyond the last
/// row of the range: another thread's may follow.
struct Rows<V: KernelLanes> {
  let columns: Int
  let range: Range<Int>
  /// The lanes of a row's last vector that belong to the row.
  private let isInside: V.Bits
  private let groupHeight: Int

  init(_ columns: Int, _ range: Range<Int>) {
    (self.columns, self.range) = (columns, range)
    groupHeight = max(1, min(16, 512 / max(1, columns)))
    isInside = V.isBelow(columns - (columns - 1) / V.scalarCount * V.scalarCount)
  }

  /// The positions of the first numbers of the rows.
  @inline(__always)
  var starts: StrideTo<Int> { stride(from: range.lowerBound * columns, to: end, by: max(1, columns)) }
  var end: Int { range.upperBound * columns }

  /// The first columns of the vectors of a row.
  @inline(__always)
  var vectors: StrideTo<Int> { stride(from: 0, to: columns, by: V.scalarCount) }

  /// The vector that starts at column j, with zeros beyond the end of the row.
  @inline(__always)
  func inside(_ v: V, _ j: Int, else other: V = .zero) -> V {
    j &+ V.scalarCount <= columns ? v : V.choose(isInside, v, other)
  }

  /// The first rows of the groups, and the rows of a group. All rows of a group take one step before any takes the
  /// next: this hides the time that a single row would wait for a sum across lanes or a logarithm. A group stays in the
  /// first-level cache.
  @inline(__always)
  var groups: StrideTo<Int> { stride(from: range.lowerBound, to: range.upperBound, by: groupHeight) }
  @inline(__always)
  func group(_ first: Int) -> Range<Int> { first..<min(first + groupHeight, range.upperBound) }

  /// Memory for one number per row of a group.
  func scratch() -> Buffer { Buffer(V.Scalar.scalarType, count: groupHeight) }

  /// maxⱼ x[i, j] for each row of a group. NaN is ignored: it reappears in every difference to the largest.
  @inline(__always)
  func findLargest(
    _ x: UnsafePointer<V.Scalar>, of group: Range<Int>, into result: UnsafeMutablePointer<V.Scalar>
  ) {
    for row in group {
      let x = x + row * columns
      var largest = V(repeating: -.infinity)
      for j in vectors { largest = V.greater(inside(V(at: x + j), j, else: largest), largest) }
      result[row - group.lowerBound] = largest.folded { V.greater($0, $1) }
    }
  }

  /// The sum of a row whose vector starting at column j is f(j). Every few thousand numbers are summed separately, so
  /// that errors stay small.
  @inline(__always)
  func sum(_ f: (Int) -> V) -> V.Scalar {
    var total = V.zero
    for start in stride(from: 0, to: columns, by: longestSum) {
      var sum = V.zero
      for j in stride(from: start, to: min(columns, start + longestSum), by: V.scalarCount) {
        sum = sum + inside(f(j), j)
      }
      total = total + sum
    }
    return total.total
  }

  /// Σⱼ e^(x[j] − largest).
  @inline(__always)
  func sumOfExponentials(_ x: UnsafePointer<V.Scalar>, _ largest: V) -> V.Scalar {
    sum { V.expOfNegative(V(at: x + $0) - largest) }
  }

  /// Σⱼ (x[j] − largest).
  @inline(__always)
  func sumOfDifferences(_ x: UnsafePointer<V.Scalar>, _ largest: V) -> V.Scalar { sum { V(at: x + $0) - largest } }

  /// y[i, j] = e^(x[i, j] − m[i]) for each row of a group, with m the largest of the row, and 1 / Σⱼ y[i, j].
  @inline(__always)
  func exponentials(
    _ x: UnsafePointer<V.Scalar>, of group: Range<Int>, into y: UnsafeMutablePointer<V.Scalar>,
    reciprocalSums sums: UnsafeMutablePointer<V.Scalar>
  ) {
    let end = y + end
    findLargest(x, of: group, into: sums)
    for row in group {
      let (x, y, largest) = (x + row * columns, y + row * columns, V(repeating: sums[row - group.lowerBound]))
      sums[row - group.lowerBound] = sum { j in
        let e = V.expOfNegative(V(at: x + j) - largest)
        e.store(to: y + j, atMost: end - (y + j))
        return e
      }
    }
    for i in stride(from: 0, to: group.count, by: V.scalarCount) { (V.one / V(at: sums + i)).store(to: sums + i) }
  }

  /// Writes the vector that starts at column j of the row at y, and nothing beyond the row.
  @inline(__always)
  func store(_ v: V, to y: UnsafeMutablePointer<V.Scalar>, _ j: Int) { v.store(to: y + j, atMost: columns &- j) }
}

/// A multiple of every vector's length.
private let longestSum = 2048

extension KernelLanes {
  /// The sum of all lanes.
  @inline(__always)
  var total: Scalar { folded { $0 + $1 } }

  /// The larger of each pair of lanes, and the second where one is NaN: a single instruction.
  @inline(__always)
  static func greater(_ a: Self, _ b: Self) -> Self { choose(b .< a, a, b) }

  /// eˣ for x ≤ 0, to 1 ulp; 0 where it would not be a normal number, NaN for NaN. Simpler than `exp`, which handles
  /// more cases.
  @inline(__always)
  static func expOfNegative(_ x: Self) -> Self {
    let magic = Self(repeating: Scalar.roundingConstant)
    let shifted = magic.addingProduct(x, Self(repeating: Scalar(1.442695040888963407)))
    let k = shifted - magic
    let high = x.addingProduct(k, Self(repeating: -Scalar.ln2.high))
    let r = high.addingProduct(k, Self(repeating: -Scalar.ln2.low))
    let scale = powerOfTwo(shifted.integers &- magic.integers)
    let result = one.addingProduct(r, one.addingProduct(r, expTail(r))) * scale
    return choose(x .< Self(repeating: Scalar.leastNormalLogarithm), zero, result)
  }
}

extension ElementaryScalar {
  /// Above this, eˣ is a normal number however k is rounded in x = k ln 2 + r.
  fileprivate static var leastNormalLogarithm: Self { scalarType == .float ? -87 : -708 }
}
