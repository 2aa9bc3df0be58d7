import Messages

/// Systems of equations, decompositions and related quantities, for matrices [n×m].
///
/// Everything is computed in `Double`, and returned in the scalar type of the argument. Derivatives do not pass
/// through: an argument that is being differentiated stops the program with a message. The algorithms are those of
/// Golub and Van Loan (2013).
public enum LinearAlgebra {}

/// Why a matrix has no such solution or decomposition.
public enum LinearAlgebraError: Error, Equatable, CustomStringConvertible {
  /// The matrix has no inverse: elimination met a pivot that is zero up to rounding.
  case singular(shape: Shape, pivot: Int)
  /// The matrix has no Cholesky decomposition: the square of a pivot is not positive.
  case notPositiveDefinite(shape: Shape, pivot: Int, value: Double)
  /// The matrix has no real square root: an eigenvalue is negative.
  case notPositiveSemidefinite(shape: Shape, eigenvalue: Double)

  /// What was attempted, what was found, and what to do.
  public var description: String {
    switch self {
    case .singular(let shape, let pivot):
      "cannot invert a matrix of shape \(shape): it is singular (pivot \(pivot) is zero up to rounding);"
        + " use leastSquares or pseudoinverse"
    case .notPositiveDefinite(let shape, let pivot, let value):
      "cannot take the Cholesky decomposition of a matrix of shape \(shape): it is not positive definite"
        + " (pivot \(pivot) is √\(value)); add a small multiple of the identity"
    case .notPositiveSemidefinite(let shape, let eigenvalue):
      "cannot take the square root of a matrix of shape \(shape): it has the negative eigenvalue \(eigenvalue)"
    }
  }
}

// MARK: - From tensors and back

extension Matrix {
  /// The elements of a tensor of rank 2, all of which must be finite.
  init(_ tensor: Tensor, _ attempt: String) {
    require(tensor.rank == 2, "cannot \(attempt) a tensor of shape \(tensor.shape): it must be a matrix")
    require(tensor.count > 0, "cannot \(attempt) a matrix of shape \(tensor.shape): it is empty")
    require(tensor.node == nil, "cannot \(attempt) a matrix that is being differentiated: pass its stopGradient")
    self.init(rows: tensor.shape[0], columns: tensor.shape[1], tensor.scalars)
    if let place = scalars.firstIndex(where: { !$0.isFinite }) {
      let position = "(\(place / columns), \(place % columns))"
      require(
        false, "cannot \(attempt) a matrix of shape \(tensor.shape): its element \(position) is \(scalars[place])")
    }
  }

  /// The elements of a square matrix.
  init(square tensor: Tensor, _ attempt: String) {
    self.init(tensor, attempt)
    require(rows == columns, "cannot \(attempt) a matrix of shape \(tensor.shape): it must be square")
  }

  /// The elements of a symmetric matrix, made exactly symmetric: (A + Aᵀ)/2.
  init(symmetric tensor: Tensor, _ attempt: String) {
    self.init(square: tensor, attempt)
    let tolerance = 1000 * tensor.scalarType.precision * largestMagnitude
    for i in 0..<rows {
      for j in 0..<i {
        let (lower, upper) = (self[i, j], self[j, i])
        require(
          (lower - upper).magnitude <= tolerance,
          "cannot \(attempt) a matrix of shape \(tensor.shape): it must be symmetric, but the elements (\(i), \(j)) and"
            + " (\(j), \(i)) are \(lower) and \(upper)")
        self[i, j] = lower + (upper - lower) / 2
        self[j, i] = self[i, j]
      }
    }
  }

  /// The right-hand side of a system with the matrix `a`: a vector becomes a column.
  init(rightHandSide b: Tensor, of a: Tensor, _ attempt: String) {
    require(
      b.scalarType == a.scalarType && (b.rank == 1 || b.rank == 2) && b.shape[0] == a.shape[0],
      "cannot \(attempt) the system of a \(a.scalarType) matrix \(a.shape) with the \(b.scalarType) right-hand side"
        + " \(b.shape)")
    self.init(b.rank == 1 ? b.expanded(axis: 1) : b, attempt)
  }

  func tensor(_ scalarType: ScalarType) -> Tensor {
    Tensor(scalars, shape: [rows, columns], scalarType: scalarType)
  }

  /// The tensor of a solution: a vector if the right-hand side was one.
  func tensor(like b: Tensor) -> Tensor {
    b.rank == 1 ? tensor(b.scalarType).squeezed(axis: 1) : tensor(b.scalarType)
  }
}

extension ScalarType {
  /// The distance from 1 to the next number: smaller parts of a matrix may be rounding errors.
  var precision: Double { self == .float ? Double(Float.ulpOfOne) : Double.ulpOfOne }
}
