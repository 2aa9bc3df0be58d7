// The square root of a positive definite matrix as a triangle. Golub and Van Loan (2013), § 4.2.

extension LinearAlgebra {
  /// The lower triangle L with a positive diagonal and L Lᵀ = A, for symmetric, positive definite A.
  ///
  /// With z ~ N(0, I), μ + L z is distributed as N(μ, A).
  public static func cholesky(_ a: Tensor) throws(LinearAlgebraError) -> Tensor {
    let matrix = Matrix(symmetric: a, "take the Cholesky decomposition of")
    var lower = Matrix(zeros: matrix.rows, matrix.columns)
    for i in 0..<matrix.rows {
      for j in 0..<i { lower[i, j] = (matrix[i, j] - lower.dot(i, j, count: j)) / lower[j, j] }
      let square = matrix[i, i] - lower.dot(i, i, count: i)
      // The part of the diagonal left after cancellation is noise if it is below this.
      let noise = Double(matrix.rows) * Double.ulpOfOne * matrix[i, i].magnitude
      if square <= noise { throw .notPositiveDefinite(shape: a.shape, pivot: i, value: square) }
      lower[i, i] = square.squareRoot()
    }
    return lower.tensor(a.scalarType)
  }
}
