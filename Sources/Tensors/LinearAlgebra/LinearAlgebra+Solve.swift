// Elimination: A with its rows exchanged is L U. Golub and Van Loan (2013), § 3.4.

extension LinearAlgebra {
  /// The x with A x = b, for square A [n×n] and b [n] or, column by column, [n×k].
  public static func solve(_ a: Tensor, _ b: Tensor) throws(LinearAlgebraError) -> Tensor {
    let matrix = Matrix(square: a, "solve")
    let rightHandSide = Matrix(rightHandSide: b, of: a, "solve")
    return try LUDecomposition(matrix).solve(rightHandSide).tensor(like: b)
  }

  /// A⁻¹, for square A. To solve a system, `solve` is faster and more accurate.
  public static func inverse(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
    let matrix = Matrix(square: a, "invert")
    return try LUDecomposition(matrix).solve(Matrix(identity: matrix.rows)).tensor(a.scalarType)
  }

  /// det A, for square A: ± the product of the pivots.
  public static func determinant(_ a: Tensor) -> Double {
    let decomposition = LUDecomposition(Matrix(square: a, "take the determinant of"))
    return decomposition.pivots.reduce(decomposition.sign, *)
  }

  /// The sign of det A (−1, 0 or 1) and log |det A|, which neither overflows nor underflows; −∞ for 0.
  public static func logDeterminant(_ a: Tensor) -> (sign: Double, logarithm: Double) {
    let decomposition = LUDecomposition(Matrix(square: a, "take the determinant of"))
    return decomposition.pivots.reduce((decomposition.sign, 0.0)) { result, pivot in
      (result.0 * (pivot == 0 ? 0 : pivot < 0 ? -1 : 1), result.1 + Portable.log(pivot.magnitude))
    }
  }
}

/// P A = L U with partial pivoting: L has ones on its diagonal and is stored below the diagonal of U, in one matrix.
struct LUDecomposition {
  private var factors: Matrix
  /// The original index in A of each row.
  private var order: [Int]
  /// The sign of the permutation.
  private(set) var sign = 1.0
  /// The first pivot that is zero up to rounding.
  private var zeroPivot: Int?

  var pivots: [Double] { (0..<factors.rows).map { factors[$0, $0] } }

  init(_ a: Matrix) {
    factors = a
    order = Array(0..<a.rows)
    for k in 0..<a.rows {
      pivot(k)
      if isZeroPivot(k, of: a) { zeroPivot = zeroPivot ?? k }
      if factors[k, k] == 0 { continue }
      for i in k + 1..<a.rows {
        let factor = factors[i, k] / factors[k, k]
        factors.addRow(k, times: -factor, to: i, from: k + 1)
        factors[i, k] = factor
      }
    }
  }

  /// Brings the largest element of column k, starting at row k, to the diagonal: no factor exceeds 1.
  private mutating func pivot(_ k: Int) {
    let best = (k..<factors.rows).reduce(k) { factors[$1, k].magnitude > factors[$0, k].magnitude ? $1 : $0 }
    if best == k { return }
    factors.swapRows(k, best)
    order.swapAt(k, best)
    sign = -sign
  }

  /// Whether a pivot is at most the rounding errors of its row or column; whole rows or columns may well be small.
  private func isZeroPivot(_ k: Int, of a: Matrix) -> Bool {
    let row = (0..<a.columns).reduce(0) { max($0, a[order[k], $1].magnitude) }
    let column = (0..<a.rows).reduce(0) { max($0, a[$1, k].magnitude) }
    return factors[k, k].magnitude <= Double(a.rows) * Double.ulpOfOne * min(row, column)
  }

  /// The X with A X = B: L Y = P B from the first row down, then U X = Y from the last row up.
  func solve(_ b: Matrix) throws(LinearAlgebraError) -> Matrix {
    if let zeroPivot { throw .singular(shape: [factors.rows, factors.columns], pivot: zeroPivot) }
    var x = b.selectingRows(order)
    for i in 0..<x.rows { for k in 0..<i { x.addRow(k, times: -factors[i, k], to: i) } }
    x.solveUpperTriangle(of: factors)
    return x
  }
}

extension Matrix {
  /// Replaces B by the X with U X = B, where U is the upper triangle of a matrix.
  mutating func solveUpperTriangle(of upper: Matrix) {
    for i in (0..<rows).reversed() {
      for k in i + 1..<rows { addRow(k, times: -upper[i, k], to: i) }
      for j in 0..<columns { self[i, j] /= upper[i, i] }
    }
  }
}
