// Singular values by rotating pairs of columns until all are orthogonal.
// Hestenes (1958); Golub and Van Loan (2013), § 8.6.3.

extension LinearAlgebra {
  /// A = U diag(s) Vᵀ for A [m×n] and k = min(m, n): U [m×k] and V [n×k] have orthonormal columns, s [k] is descending
  /// and not negative.
  public static func svd(_ a: Tensor) -> (u: Tensor, s: Tensor, v: Tensor) {
    let decomposition = SingularValueDecomposition(Matrix(a, "take the singular values of"))
    return (
      decomposition.u.transposed.tensor(a.scalarType),
      Tensor(decomposition.values, scalarType: a.scalarType),
      decomposition.v.transposed.tensor(a.scalarType)
    )
  }

  /// The singular values of A [m×n], descending: [min(m, n)].
  public static func singularValues(_ a: Tensor) -> Tensor {
    Tensor(
      SingularValueDecomposition(Matrix(a, "take the singular values of")).values, scalarType: a.scalarType)
  }

  /// A⁺ [n×m], the Moore–Penrose inverse of any A [m×n]: singular values that may be rounding errors count as zero.
  public static func pseudoinverse(_ a: Tensor) -> Tensor {
    let decomposition = SingularValueDecomposition(Matrix(a, "take the pseudoinverse of"))
    return decomposition.pseudoinverse(precision: a.scalarType.precision).tensor(a.scalarType)
  }

  /// σ₁/σₖ, the largest singular value divided by the smallest, ∞ if that is 0: the factor by which a relative error of
  /// b may grow in the x with A x = b.
  public static func conditionNumber(_ a: Tensor) -> Double {
    let values = SingularValueDecomposition(Matrix(a, "take the condition number of")).values
    let (largest, smallest) = (values.first ?? 0, values.last ?? 0)
    return smallest == 0 ? .infinity : largest / smallest
  }
}

/// A = U diag(s) Vᵀ, with U and V stored transposed: the columns that are rotated are then rows in memory.
struct SingularValueDecomposition {
  /// Uᵀ and Vᵀ
  private(set) var u, v: Matrix
  /// The singular values, descending.
  private(set) var values: [Double]

  init(_ a: Matrix) {
    let scale = a.largestMagnitude
    let isWide = a.columns > a.rows
    // With W = Aᵀ, or A if it has fewer rows: rotations R make the rows of R W orthogonal, s U is R W, and V is R.
    u = (isWide ? a : a.transposed).divided(by: scale)
    v = Matrix(identity: u.rows)
    values = []
    while sweep() {}
    let lengths = (0..<u.rows).map { norm(u.row($0)) }
    let order = lengths.indices.sorted { lengths[$0] > lengths[$1] }
    values = order.map { lengths[$0] * scale }
    (u, v) = (Self.normalized(u.selectingRows(order), order.map { lengths[$0] }), v.selectingRows(order))
    if isWide { swap(&u, &v) }
  }

  /// Rotates every pair of rows that is not yet orthogonal; returns false if there was none.
  private mutating func sweep() -> Bool {
    let precision = Double(u.columns) * Double.ulpOfOne
    var hasRotated = false
    for p in 0..<u.rows {
      for q in p + 1..<u.rows {
        let (pp, qq, pq) = u.products(p, q)
        if pq.magnitude <= precision * (pp * qq).squareRoot() || min(pp, qq) <= Self.negligible { continue }
        let cotangent = (qq - pp) / (2 * pq)  // of twice the angle
        let tangent =
          (cotangent < 0 ? -1 : 1) / (cotangent.magnitude + (1 + cotangent * cotangent).squareRoot())
        let cosine = 1 / (1 + tangent * tangent).squareRoot()
        u.rotateRows(p, q, cosine, cosine * tangent)
        v.rotateRows(p, q, cosine, cosine * tangent)
        hasRotated = true
      }
    }
    return hasRotated
  }

  /// The square of a length that counts as a rounding error, where the largest element is 1.
  private static let negligible = Double.ulpOfOne * Double.ulpOfOne / 16

  /// The rows divided by their lengths; where a length is a rounding error, a direction orthogonal to all the others.
  private static func normalized(_ rows: Matrix, _ lengths: [Double]) -> Matrix {
    var result = rows
    for i in 0..<rows.rows {
      if lengths[i] * lengths[i] > Double(rows.columns * rows.columns) * negligible {
        result.scaleRow(i, by: 1 / lengths[i])
      } else {
        result.replaceRow(i, by: orthogonal(toFirst: i, of: result))
      }
    }
    return result
  }

  /// A vector of length 1 orthogonal to the first rows: the unit vector farthest from their span, minus its projection
  /// onto it.
  private static func orthogonal(toFirst count: Int, of rows: Matrix) -> [Double] {
    let shares = (0..<rows.columns).map { j in (0..<count).reduce(0.0) { $0 + rows[$1, j] * rows[$1, j] } }
    let farthest = shares.indices.min { shares[$0] < shares[$1] } ?? 0
    var vector = (0..<rows.columns).map { $0 == farthest ? 1.0 : 0 }
    for _ in 0..<2 {  // twice is enough: the second time removes the rounding errors of the first
      for i in 0..<count {
        let row = rows.row(i)
        let part = zip(row, vector).reduce(0) { $0 + $1.0 * $1.1 }
        vector = zip(vector, row).map { $0 - part * $1 }
      }
    }
    let length = norm(vector)
    return vector.map { $0 / length }
  }

  /// V diag(1/s) Uᵀ over the singular values that exceed rounding errors.
  func pseudoinverse(precision: Double) -> Matrix {
    let smallest = Double(max(u.columns, v.columns)) * precision * (values.first ?? 0)
    var scaled = u
    for (i, value) in values.enumerated() { scaled.scaleRow(i, by: value > smallest ? 1 / value : 0) }
    return v.transposed * scaled
  }
}

extension Matrix {
  mutating func replaceRow(_ i: Int, by row: [Double]) {
    for (j, value) in row.enumerated() { self[i, j] = value }
  }
}
