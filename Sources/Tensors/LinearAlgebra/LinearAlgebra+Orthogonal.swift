// Reflections that clear a matrix below its diagonal, and least squares. Golub and Van Loan (2013), § 5.1 to 5.5.

extension LinearAlgebra {
  /// A = Q R for A [m×n] and k = min(m, n): Q [m×k] has orthonormal columns, R [k×n] is upper triangular without
  /// negative numbers on its diagonal.
  public static func qr(_ a: Tensor) -> (q: Tensor, r: Tensor) {
    let decomposition = QRDecomposition(Matrix(a, "take the QR decomposition of"))
    var (qTransposed, r) = (decomposition.q.transposed, decomposition.r)
    for k in 0..<r.rows where r[k, k] < 0 {
      r.scaleRow(k, by: -1)
      qTransposed.scaleRow(k, by: -1)
    }
    return (qTransposed.transposed.tensor(a.scalarType), r.tensor(a.scalarType))
  }

  /// The x with the smallest ‖A x − b‖, and the shortest of several such x; for A [m×n] and b [m] or, column by column,
  /// [m×k].
  ///
  /// By QR with column pivoting if the columns of A are independent, otherwise by singular values. Columns count as
  /// dependent if they are so up to the precision of the scalar type.
  public static func leastSquares(_ a: Tensor, _ b: Tensor) -> Tensor {
    let matrix = Matrix(a, "solve")
    let rightHandSide = Matrix(rightHandSide: b, of: a, "solve")
    let decomposition = QRDecomposition(matrix, isPivoting: true)
    let hasFullRank = decomposition.rank(precision: a.scalarType.precision) == matrix.columns
    let solution =
      hasFullRank
      ? decomposition.solve(rightHandSide)
      : SingularValueDecomposition(matrix).pseudoinverse(precision: a.scalarType.precision) * rightHandSide
    return solution.tensor(like: b)
  }
}

/// A P = Q R by Householder's reflections Hₖ = I − 2 v vᵀ, Q = H₀ H₁ ⋯.
struct QRDecomposition {
  private var reduced: Matrix
  private var reflections: [[Double]] = []
  /// The original index in A of each column.
  private var order: [Int]

  init(_ a: Matrix, isPivoting: Bool = false) {
    reduced = a
    order = Array(0..<a.columns)
    let scale = a.largestMagnitude
    for k in 0..<min(a.rows, a.columns) {
      if isPivoting { pivot(k, scale: scale) }
      let v = householderVector(reduced.column(k, from: k))
      reduced.reflectRows(from: k, v)
      reflections.append(v)
    }
  }

  /// Brings the column that is longest from row k on to position k: the diagonal of R then shows the rank.
  private mutating func pivot(_ k: Int, scale: Double) {
    let lengths = (k..<reduced.columns).map { j in
      norm(reduced.column(j, from: k).map { $0 / (scale == 0 ? 1 : scale) })
    }
    guard let longest = lengths.indices.max(by: { lengths[$0] < lengths[$1] }) else { return }
    reduced.swapColumns(k, k + longest)
    order.swapAt(k, k + longest)
  }

  var r: Matrix {
    var r = Matrix(zeros: min(reduced.rows, reduced.columns), reduced.columns)
    for i in 0..<r.rows { for j in i..<r.columns { r[i, j] = reduced[i, j] } }
    return r
  }

  var q: Matrix {
    var q = Matrix(identity: reduced.rows, columns: reflections.count)
    for (k, v) in reflections.enumerated().reversed() { q.reflectRows(from: k, v) }
    return q
  }

  /// The number of independent columns, after pivoting.
  func rank(precision: Double) -> Int {
    let smallest = Double(max(reduced.rows, reduced.columns)) * precision * reduced[0, 0].magnitude
    return (0..<reflections.count).count { reduced[$0, $0].magnitude > smallest }
  }

  /// The x with R Pᵀ x = Qᵀ b, if the columns are independent.
  func solve(_ b: Matrix) -> Matrix {
    var rotated = b
    for (k, v) in reflections.enumerated() { rotated.reflectRows(from: k, v) }
    var x = rotated.selectingRows(Array(0..<reduced.columns))
    x.solveUpperTriangle(of: reduced)
    return x.selectingRows(order.indices.sorted { order[$0] < order[$1] })
  }
}

/// The v of length 1 whose reflection I − 2 v vᵀ maps x to a multiple of the first unit vector; zeros if x is zero.
func householderVector(_ x: [Double]) -> [Double] {
  let largest = x.reduce(0) { max($0, $1.magnitude) }
  if largest == 0 { return x }
  var v = x.map { $0 / largest }
  let length = norm(v)
  v[0] += v[0] < 0 ? -length : length  // the sign that does not cancel
  let newLength = norm(v)
  return v.map { $0 / newLength }
}

/// √(x · x)
func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }

extension Matrix {
  /// A ← (I − 2 v vᵀ) A, where v begins at row `first`.
  mutating func reflectRows(from first: Int, _ v: [Double]) {
    var sums = Matrix(zeros: 1, columns)
    for (i, component) in v.enumerated() { sums.addRow(first + i, of: self, times: component, to: 0) }
    for (i, component) in v.enumerated() { addRow(0, of: sums, times: -2 * component, to: first + i) }
  }
}
