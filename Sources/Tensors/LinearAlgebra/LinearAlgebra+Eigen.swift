// Symmetric matrices: reduction to three diagonals, then rotations until one is left. Golub and Van Loan (2013), § 8.3.

extension LinearAlgebra {
  /// A V = V Λ for symmetric A [n×n]: the eigenvalues, ascending, [n], and orthonormal eigenvectors as columns, [n×n].
  public static func symmetricEigen(_ a: Tensor) -> (values: Tensor, vectors: Tensor) {
    let decomposition = SymmetricEigenDecomposition(Matrix(symmetric: a, "take the eigenvalues of"))
    return (
      Tensor(decomposition.values, scalarType: a.scalarType),
      decomposition.vectors.transposed.tensor(a.scalarType)
    )
  }

  /// The symmetric √A = V √Λ Vᵀ with √A √A = A and no negative eigenvalue, for symmetric A with none.
  ///
  /// An eigenvalue that is negative only by rounding counts as zero.
  public static func squareRoot(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
    let decomposition = SymmetricEigenDecomposition(Matrix(symmetric: a, "take the square root of"))
    let largest = decomposition.values.reduce(0) { max($0, $1.magnitude) }
    var scaled = decomposition.vectors
    for (i, value) in decomposition.values.enumerated() {
      if value < -Double(scaled.rows) * 10 * a.scalarType.precision * largest {
        throw .notPositiveSemidefinite(shape: a.shape, eigenvalue: value)
      }
      scaled.scaleRow(i, by: max(0, value).squareRoot())
    }
    return (decomposition.vectors.transposed * scaled).tensor(a.scalarType)
  }
}

/// A = V Λ Vᵀ by Householder's reduction to a tridiagonal matrix and the implicit QR iteration with Wilkinson's shift.
struct SymmetricEigenDecomposition {
  /// The eigenvalues, ascending.
  private(set) var values: [Double]
  /// The eigenvectors as rows.
  private(set) var vectors: Matrix
  /// The elements next to the diagonal; those on it are the `values`.
  private var beside: [Double]

  init(_ a: Matrix) {
    let scale = a.largestMagnitude
    (values, beside, vectors) = Self.tridiagonal(a.divided(by: scale))
    iterate()
    let order = values.indices.sorted { values[$0] < values[$1] }
    values = order.map { values[$0] * scale }
    vectors = vectors.selectingRows(order)
  }

  /// Qᵀ A Q with three diagonals: the middle one, the one next to it, and Qᵀ.
  private static func tridiagonal(_ a: Matrix) -> (middle: [Double], beside: [Double], qTransposed: Matrix) {
    let n = a.rows
    var (reduced, qTransposed) = (a, Matrix(identity: n))
    for k in 0..<max(0, n - 2) {
      let v = householderVector(reduced.column(k, from: k + 1))
      reduced.reflectBothSides(from: k + 1, v)
      qTransposed.reflectRows(from: k + 1, v)
    }
    return ((0..<n).map { reduced[$0, $0] }, (0..<n - 1).map { reduced[$0 + 1, $0] }, qTransposed)
  }

  /// Drives the elements next to the diagonal to zero, the last ones first.
  private mutating func iterate() {
    var end = values.count - 1
    while end > 0 {
      if isNegligible(end - 1) {
        end -= 1
        continue
      }
      var start = end - 1
      while start > 0 && !isNegligible(start - 1) { start -= 1 }
      step(from: start, to: end)
    }
  }

  private func isNegligible(_ k: Int) -> Bool {
    let epsilon = Double.ulpOfOne
    return beside[k].magnitude <= epsilon * (values[k].magnitude + values[k + 1].magnitude + epsilon)
  }

  /// One step of the QR iteration: a rotation of the first two rows, then those that chase its bulge out of the block.
  private mutating func step(from start: Int, to end: Int) {
    let half = (values[end - 1] - values[end]) / 2
    let last = beside[end - 1]
    let root = (half * half + last * last).squareRoot()
    let shift = values[end] - last * last / (half + (half < 0 ? -root : root))
    var (x, z) = (values[start] - shift, beside[start])
    for k in start..<end {
      let r = (x * x + z * z).squareRoot()
      let (c, s) = r == 0 ? (1, 0) : (x / r, z / r)
      if k > start { beside[k - 1] = r }
      rotate(k, c, s)
      if k + 1 < end {
        (x, z) = (beside[k], s * beside[k + 1])
        beside[k + 1] *= c
      }
    }
  }

  /// Rotates rows and columns k and k + 1 of the tridiagonal matrix, and the vectors with them.
  private mutating func rotate(_ k: Int, _ c: Double, _ s: Double) {
    let (a, b, d) = (values[k], beside[k], values[k + 1])
    values[k] = c * c * a + 2 * c * s * b + s * s * d
    values[k + 1] = s * s * a - 2 * c * s * b + c * c * d
    beside[k] = c * s * (d - a) + (c * c - s * s) * b
    vectors.rotateRows(k, k + 1, c, -s)
  }
}

extension Matrix {
  /// A ← H A H, H = I − 2 v vᵀ, for symmetric A; v begins at row `first`, and the rows above `first` − 1 are done.
  ///
  /// With w = 2 (A v − (vᵀ A v) v) this is A − v wᵀ − w vᵀ.
  fileprivate mutating func reflectBothSides(from first: Int, _ v: [Double]) {
    let v = [Double](repeating: 0, count: first) + v
    let product = (0..<rows).map { i in i < first - 1 ? 0 : zip(row(i), v).reduce(0) { $0 + $1.0 * $1.1 } }
    let curvature = zip(v, product).reduce(0) { $0 + $1.0 * $1.1 }
    let w = zip(product, v).map { 2 * ($0 - curvature * $1) }
    for i in first - 1..<rows { for j in first - 1..<columns { self[i, j] -= v[i] * w[j] + w[i] * v[j] } }
  }
}
