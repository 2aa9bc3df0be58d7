import Foundation
import Tensors
import Testing

@Suite("LinearAlgebra: orthogonal decompositions")
struct DecompositionTests {
  static let shapes: [[Int]] = [[1, 1], [5, 5], [9, 4], [4, 9], [7, 1], [1, 7]]

  @Test("A = Q R with orthonormal columns and a triangle whose diagonal is not negative", arguments: shapes)
  func qr(shape: [Int]) {
    let a = randomMatrix(shape[0], shape[1], seed: 1)
    let (q, r) = LinearAlgebra.qr(a)
    expectSmall(matmul(q, r) - a, 1e-13)
    expectOrthonormal(q)
    for i in 0..<r.shape[0] {
      #expect(r[i, i].item >= 0)
      for j in 0..<i { #expect(r[i, j].item == 0) }
    }
  }

  @Test("the residual of least squares is orthogonal to the columns, and the normal equations have the same solution")
  func leastSquares() throws {
    let (a, b) = (randomMatrix(30, 4, seed: 2), randomMatrix(30, 2, seed: 3))
    let x = LinearAlgebra.leastSquares(a, b)
    expectSmall(matmul(a.transposed, b - matmul(a, x)), 1e-13)
    let normal = try LinearAlgebra.solve(matmul(a.transposed, a), matmul(a.transposed, b))
    expectSmall(x - normal, 1e-13)
    expectSmall(LinearAlgebra.leastSquares(a, b.transposed[0]) - x.transposed[0], 1e-14)
  }

  @Test("a parabola through noiseless points is recovered where the normal equations lose all digits")
  func polynomial() {
    let x = (0..<12).map { 1000 + Double($0) / 10 }
    let a = inDouble(x.map { [1, $0, $0 * $0] })
    let coefficients = LinearAlgebra.leastSquares(a, inDouble(x.map { 3 - 2 * $0 + 0.5 * $0 * $0 }))
    let fitted = matmul(a, coefficients.reshaped([3, 1])).reshaped([12])
    expectSmall(fitted - inDouble(x.map { 3 - 2 * $0 + 0.5 * $0 * $0 }), 1e-8)
    #expect(abs(coefficients[2].item - 0.5) < 1e-6)
  }

  @Test("of many solutions the shortest is returned: dependent columns, and fewer equations than unknowns")
  func minimumNorm() {
    // Both columns are equal: x₁ + x₂ = 2 fits best, and (1, 1) is the shortest.
    let equal = LinearAlgebra.leastSquares(inDouble([[1, 1], [1, 1], [1, 1]]), inDouble([1, 2, 3]))
    expectSmall(equal - 1, 1e-14)
    let a = randomMatrix(3, 7, seed: 4)
    let x = LinearAlgebra.leastSquares(a, inDouble([1, 2, 3]))
    expectSmall(matmul(a, x.reshaped([7, 1])).reshaped([3]) - inDouble([1, 2, 3]), 1e-13)
    // The shortest solution is a combination of the rows.
    let part = LinearAlgebra.leastSquares(a.transposed, x)
    expectSmall(matmul(a.transposed, part.reshaped([3, 1])).reshaped([7]) - x, 1e-13)
    expectSmall(LinearAlgebra.leastSquares(.zeros([2, 2], scalarType: .double), inDouble([1, 2])), 0)
  }

  @Test("A V = V Λ with orthonormal eigenvectors and ascending values", arguments: [1, 2, 3, 10, 31])
  func symmetricEigen(n: Int) {
    let factor = randomMatrix(n, n, seed: 5)
    let a = factor + factor.transposed
    let (values, vectors) = LinearAlgebra.symmetricEigen(a)
    expectSmall(matmul(a, vectors) - vectors * values, 1e-12)
    expectOrthonormal(vectors)
    #expect(values.scalars == values.scalars.sorted())
    #expect(abs(values.sum().item - (0..<n).reduce(0) { $0 + a[$1, $1].item }) < 1e-12)
  }

  @Test(
    "the chain −1, 2, −1 has the eigenvalues 2 − 2 cos(kπ/(n + 1)), whatever the scale", arguments: [1, 1e-200, 1e200])
  func chain(scale: Double) {
    let n = 25
    let rows = (0..<n).map { i in (0..<n).map { j in i == j ? 2 * scale : abs(i - j) == 1 ? -scale : 0 } }
    let values = LinearAlgebra.symmetricEigen(inDouble(rows)).values
    let expected = (1...n).map { 2 - 2 * cos(Double($0) * .pi / Double(n + 1)) }
    expectSmall(values / scale - inDouble(expected), 1e-14)
  }

  @Test("repeated and zero eigenvalues are found: the identity, the zero matrix, a projection")
  func degenerate() {
    #expect(LinearAlgebra.symmetricEigen(.identity(4, scalarType: .double)).values.scalars == [1, 1, 1, 1])
    #expect(LinearAlgebra.symmetricEigen(.zeros([3, 3], scalarType: .double)).values.scalars == [0, 0, 0])
    let ones = LinearAlgebra.symmetricEigen(.ones([6, 6], scalarType: .double))
    expectSmall(ones.values - inDouble([0, 0, 0, 0, 0, 6]), 1e-14)
    expectOrthonormal(ones.vectors)
  }

  @Test("√A √A = A for positive semidefinite A of full and of lower rank, and √A is symmetric", arguments: [8, 3])
  func squareRoot(rank: Int) throws {
    let factor = randomMatrix(8, rank, seed: 6)
    let a = matmul(factor, factor.transposed)
    let root = try LinearAlgebra.squareRoot(a)
    expectSmall(matmul(root, root) - a, 1e-12)
    expectSmall(root - root.transposed, 1e-14)
    #expect((LinearAlgebra.symmetricEigen(root).values.scalars.min() ?? -1) > -1e-12)
  }

  @Test("a negative eigenvalue throws an error that names it")
  func noSquareRoot() {
    #expect(throws: LinearAlgebraError.notPositiveSemidefinite(shape: [2, 2], eigenvalue: -4)) {
      try LinearAlgebra.squareRoot(inDouble([[1, 0], [0, -4]]))
    }
    let message = String(describing: LinearAlgebraError.notPositiveSemidefinite(shape: [2, 2], eigenvalue: -4))
    #expect(message.contains("it has the negative eigenvalue -4.0"))
  }

  @Test(
    "A = U diag(s) Vᵀ with orthonormal columns and descending values; s² are the eigenvalues of A Aᵀ", arguments: shapes
  )
  func svd(shape: [Int]) {
    let a = randomMatrix(shape[0], shape[1], seed: 7)
    let (u, s, v) = LinearAlgebra.svd(a)
    expectSmall(matmul(u * s, v.transposed) - a, 1e-13)
    expectOrthonormal(u)
    expectOrthonormal(v)
    #expect(s.scalars == s.scalars.sorted(by: >) && s.scalars.allSatisfy { $0 >= 0 })
    let squares = LinearAlgebra.symmetricEigen(matmul(a, a.transposed)).values.scalars.reversed().prefix(s.count)
    expectSmall(s * s - inDouble(Array(squares)), 1e-12)
    #expect(LinearAlgebra.singularValues(a) == s)
  }

  @Test("U and V are orthonormal for dependent columns, and the values beyond the rank are 0")
  func lowRank() {
    let a = matmul(randomMatrix(7, 2, seed: 8), randomMatrix(2, 5, seed: 9))
    for matrix in [a, a.transposed, .zeros([4, 3], scalarType: .double), .ones([3, 3], scalarType: .double)] {
      let (u, s, v) = LinearAlgebra.svd(matrix)
      expectSmall(matmul(u * s, v.transposed) - matrix, 1e-13)
      expectOrthonormal(u)
      expectOrthonormal(v)
    }
    expectSmall(LinearAlgebra.singularValues(a)[2..<5], 1e-14)
    #expect(LinearAlgebra.conditionNumber(.zeros([2, 2], scalarType: .double)) == .infinity)
  }

  @Test("small singular values are found too: those of the Hilbert matrix multiply to its determinant, 2.737 · 10⁻³³")
  func hilbert() {
    let s = LinearAlgebra.singularValues(hilbertMatrix(8))
    #expect(abs(s.scalars.reduce(1, *) / 2.7370501137915134e-33 - 1) < 1e-4)
  }

  @Test("the pseudoinverse meets the four conditions of Penrose, and is the inverse of an invertible matrix")
  func pseudoinverse() throws {
    let lowRank = matmul(randomMatrix(6, 2, seed: 10), randomMatrix(2, 4, seed: 11))
    for a in [lowRank, lowRank.transposed, randomMatrix(5, 3, seed: 12)] {
      let p = LinearAlgebra.pseudoinverse(a)
      let (ap, pa) = (matmul(a, p), matmul(p, a))
      expectSmall(matmul(ap, a) - a, 1e-12)
      expectSmall(matmul(pa, p) - p, 1e-12)
      expectSmall(ap - ap.transposed, 1e-12)
      expectSmall(pa - pa.transposed, 1e-12)
    }
    let square = randomMatrix(4, 4, seed: 13)
    expectSmall(LinearAlgebra.pseudoinverse(square) - (try LinearAlgebra.inverse(square)), 1e-12)
  }

  @Test("the condition number of a rotation is 1, that of diag(10, 0.1) is 100")
  func condition() {
    let (q, _) = LinearAlgebra.qr(randomMatrix(6, 6, seed: 14))
    #expect(abs(LinearAlgebra.conditionNumber(q) - 1) < 1e-13)
    #expect(abs(LinearAlgebra.conditionNumber(inDouble([[10, 0], [0, 0.1]])) - 100) < 1e-11)
  }
}

/// QᵀQ = I
private func expectOrthonormal(_ q: Tensor, sourceLocation: SourceLocation = #_sourceLocation) {
  let identity = Tensor.identity(q.shape[1], scalarType: q.scalarType)
  expectSmall(matmul(q.transposed, q) - identity, 1e-13, sourceLocation: sourceLocation)
}
