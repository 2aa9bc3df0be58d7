// Loops over the rows of a contiguous matrix, vector by vector, for kernels that reduce each row before they write it.

/// Consecutive rows of a matrix, and what all of them have in common.
struct Rows<V: KernelLanes> {
  let columns: Int
  let range: Range<Int>
  /// The columns that fill whole vectors.
  private let whole: Int
  /// The lanes of the last, partial vector that belong to the row.
  private let isInside: V.Bits

  init(_ columns: Int, _ range: Range<Int>) {
    (self.columns, self.range) = (columns, range)
    whole = columns - columns % V.scalarCount
    isInside = V.isBelow(columns - whole)
  }

  /// Visits the rows in order, by the position of their first number.
  @inline(__always)
  func forEach(_ visit: (_ start: Int) -> Void) {
    for row in range { visit(row * columns) }
  }

  /// y[j] = f(j), vector by vector. A vector that sticks out spills into the next row, which is written afterwards, but never
  /// beyond the last row: another thread's may follow.
  @inline(__always)
  func map(into y: UnsafeMutablePointer<V.Scalar>, _ start: Int, _ f: (Int) -> V) {
    for j in stride(from: 0, to: whole, by: V.scalarCount) { f(j).store(to: y + j) }
    if whole < columns { f(whole).store(to: y + whole, atMost: range.upperBound * columns - start - whole) }
  }

  /// Σⱼ f(j).
  @inline(__always)
  func sum(_ f: (Int) -> V) -> V.Scalar {
    var sum = V.zero
    for j in stride(from: 0, to: whole, by: V.scalarCount) { sum = sum + f(j) }
    if whole < columns { sum = sum + V.choose(isInside, f(whole), .zero) }
    return sum.folded { $0 + $1 }
  }

  /// maxⱼ x[j], where NaN counts as nothing: whoever takes the difference to the largest has it anyway.
  @inline(__always)
  func largest(_ x: UnsafePointer<V.Scalar>) -> V.Scalar {
    var largest = V(repeating: -.infinity)
    for j in stride(from: 0, to: whole, by: V.scalarCount) { largest = V.greater(V(at: x + j), largest) }
    if whole < columns { largest = V.greater(V.choose(isInside, V(at: x + whole), largest), largest) }
    return largest.folded { V.greater($0, $1) }
  }

  /// Σⱼ e^(x[j] − largest).
  @inline(__always)
  func sumOfExponentials(_ x: UnsafePointer<V.Scalar>, _ largest: V) -> V.Scalar {
    sum { V.expOfNegative(V(at: x + $0) - largest) }
  }

  /// y[j] = e^(x[j] − largest), and the sum of all.
  @inline(__always)
  func exponentials(
    _ x: UnsafePointer<V.Scalar>, _ largest: V, into y: UnsafeMutablePointer<V.Scalar>, _ start: Int
  ) -> V.Scalar {
    var sum = V.zero
    for j in stride(from: 0, to: whole, by: V.scalarCount) {
      let e = V.expOfNegative(V(at: x + j) - largest)
      e.store(to: y + j)
      sum = sum + e
    }
    if whole < columns {
      let e = V.expOfNegative(V(at: x + whole) - largest)
      e.store(to: y + whole, atMost: range.upperBound * columns - start - whole)
      sum = sum + V.choose(isInside, e, .zero)
    }
    return sum.folded { $0 + $1 }
  }
}

extension KernelLanes {
  /// The lanes whose number is below `count`.
  @inline(__always)
  static func isBelow(_ count: Int) -> Bits {
    var number = Self.zero
    for lane in 0..<Self.scalarCount { number[lane] = Scalar(lane) }
    return number .< Self(repeating: Scalar(count))
  }

  /// The larger of each pair of lanes, and the second where one is NaN: a single instruction.
  @inline(__always)
  static func greater(_ a: Self, _ b: Self) -> Self { choose(b .< a, a, b) }

  /// eˣ for x ≤ 0, to 1 ulp; 0 where it would not be a normal number.
  @inline(__always)
  static func expOfNegative(_ x: Self) -> Self {
    let (k, r) = x.splitByLn2()
    let result = one.addingProduct(r, one.addingProduct(r, expTail(r))) * powerOfTwo(k.integer)
    return choose(x .< Self(repeating: Scalar.leastNormalLogarithm), zero, result)
  }
}

extension ElementaryScalar {
  /// Above it, eˣ is a normal number however k is rounded in x = k ln 2 + r.
  fileprivate static var leastNormalLogarithm: Self { scalarType == .float ? -87 : -708 }
}
