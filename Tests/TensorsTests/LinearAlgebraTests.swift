import Foundation
import Tensors
import Testing

@Suite("LinearAlgebra: systems of equations")
struct LinearSystemTests {
  @Test("A x = b for vectors and for several columns at once", arguments: [1, 2, 5, 17])
  func solve(n: Int) throws {
    let (a, b) = (randomMatrix(n, n, seed: 1), randomMatrix(n, 3, seed: 2))
    expectSmall(matmul(a, try LinearAlgebra.solve(a, b)) - b, 1e-12)
    let vector = b.transposed[0]
    expectSmall(try LinearAlgebra.solve(a, vector) - (try LinearAlgebra.solve(a, b)).transposed[0], 1e-14)
  }

  @Test("a system with a zero first pivot needs a row exchange; one with a tiny row needs no warning")
  func pivoting() throws {
    let exchange = inDouble([[0, 1], [1, 0]])
    #expect(try LinearAlgebra.solve(exchange, inDouble([3, 4])).scalars == [4, 3])
    let small = inDouble([[1, 1], [0x1p-66, -0x1p-66]])
    #expect(try LinearAlgebra.solve(small, inDouble([3, 0x1p-66])).scalars == [2, 1])
  }

  @Test(
    "the Hilbert matrix of order 8, condition 10¹⁰: the residual is rounding, the error is within the condition"
  )
  func hilbert() throws {
    let h = hilbertMatrix(8)
    let x = try LinearAlgebra.solve(h, h.sum(axes: [1]))  // the solution is all ones
    expectSmall(matmul(h, x.reshaped([8, 1])).reshaped([8]) - h.sum(axes: [1]), 1e-14)
    let condition = LinearAlgebra.conditionNumber(h)
    #expect(abs(condition / 1.5257575e10 - 1) < 1e-6)
    expectSmall(x - 1, condition * Double.ulpOfOne)
    // The inverse is known: its first element is n².
    #expect(abs(try LinearAlgebra.inverse(h)[0, 0].item / 64 - 1) < 1e-6)
  }

  @Test("A⁻¹ A = I = A A⁻¹, and the inverse of a product is the product of the inverses in reverse order")
  func inverse() throws {
    let (a, b) = (randomMatrix(6, 6, seed: 3), randomMatrix(6, 6, seed: 4))
    let (p, q) = (try LinearAlgebra.inverse(a), try LinearAlgebra.inverse(b))
    expectSmall(matmul(p, a) - .identity(6, scalarType: .double), 1e-12)
    expectSmall(matmul(a, p) - .identity(6, scalarType: .double), 1e-12)
    expectSmall(try LinearAlgebra.inverse(matmul(a, b)) - matmul(q, p), 1e-10)
  }

  @Test("det of a Vandermonde matrix is the product of the differences, and its logarithm agrees")
  func vandermonde() {
    let nodes = [0.5, -1, 2, 3, -2.5]
    let differences = nodes.indices.reduce(1.0) { p, j in (0..<j).reduce(p) { $0 * (nodes[j] - nodes[$1]) } }
    let matrix = inDouble(nodes.map { x in (0..<5).map { pow(x, Double($0)) } })
    #expect(abs(LinearAlgebra.determinant(matrix) / differences - 1) < 1e-13)
    let (sign, logarithm) = LinearAlgebra.logDeterminant(matrix)
    #expect(sign == (differences < 0 ? -1 : 1))
    #expect(abs(logarithm - log(abs(differences))) < 1e-13)
  }

  @Test("log |det| stays finite where det overflows, and a singular matrix has determinant 0")
  func logDeterminant() {
    let large = Tensor.identity(100, scalarType: .double) * -1e10
    #expect(LinearAlgebra.determinant(large) == .infinity)
    #expect(LinearAlgebra.logDeterminant(large).sign == 1)
    #expect(abs(LinearAlgebra.logDeterminant(large).logarithm - 1000 * log(10)) < 1e-10)
    let singular = inDouble([[1, 2], [2, 4]])
    #expect(LinearAlgebra.determinant(singular) == 0)
    #expect(LinearAlgebra.logDeterminant(singular) == (0, -.infinity))
    #expect(LinearAlgebra.determinant(inDouble([[0, 1], [1, 0]])) == -1)
  }

  @Test("singular matrices, also up to rounding, throw an error that says so")
  func singular() {
    #expect(throws: LinearAlgebraError.singular(shape: [3, 3], pivot: 2)) {
      try LinearAlgebra.inverse(inDouble([[1, 2, 3], [4, 5, 6], [7, 8, 9]]))
    }
    #expect(throws: LinearAlgebraError.singular(shape: [1, 1], pivot: 0)) {
      try LinearAlgebra.solve(inDouble([[0]]), inDouble([1]))
    }
    let message = String(describing: LinearAlgebraError.singular(shape: [3, 3], pivot: 2))
    #expect(message.contains("cannot invert a matrix of shape [3×3]: it is singular"))
  }

  @Test("A = L Lᵀ with a lower triangle, and det A = (∏ Lᵢᵢ)²", arguments: [1, 2, 20])
  func cholesky(n: Int) throws {
    let factor = randomMatrix(n, n + 2, seed: 5)
    let a = matmul(factor, factor.transposed)
    let lower = try LinearAlgebra.cholesky(a)
    expectSmall(matmul(lower, lower.transposed) - a, 1e-12)
    #expect(lower == lower * Tensor.lowerTriangle(n, n, scalarType: .double))
    let diagonal = (0..<n).map { lower[$0, $0].item }
    #expect(diagonal.allSatisfy { $0 > 0 })
    #expect(abs(2 * diagonal.reduce(0) { $0 + log($1) } - LinearAlgebra.logDeterminant(a).logarithm) < 1e-10)
  }

  @Test("matrices that are not positive definite throw an error with the pivot")
  func indefinite() {
    #expect(throws: LinearAlgebraError.notPositiveDefinite(shape: [2, 2], pivot: 1, value: -3)) {
      try LinearAlgebra.cholesky(inDouble([[1, 2], [2, 1]]))
    }
    #expect(throws: LinearAlgebraError.notPositiveDefinite(shape: [2, 2], pivot: 1, value: 0)) {
      try LinearAlgebra.cholesky(inDouble([[1, 1], [1, 1]]))
    }
    let message = String(describing: LinearAlgebraError.notPositiveDefinite(shape: [2, 2], pivot: 1, value: -3))
    #expect(message.contains("not positive definite (pivot 1 is √-3.0)"))
  }

  @Test("Float matrices are computed in Double and rounded once")
  func scalarTypes() throws {
    let (a, b) = (randomMatrix(9, 9, seed: 6).converted(to: .float), randomMatrix(9, 1, seed: 7).converted(to: .float))
    let x = try LinearAlgebra.solve(a, b)
    #expect(x.scalarType == .float)
    #expect(x == (try LinearAlgebra.solve(a.converted(to: .double), b.converted(to: .double))).converted(to: .float))
    #expect(LinearAlgebra.singularValues(a).scalarType == .float)
  }

  @Test("shapes and values that do not fit stop with a message that names them")
  func mistakes() async {
    let oblong = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = try LinearAlgebra.inverse(Tensor.ones([2, 3]))
    }
    #expect(errorOutput(oblong).contains("cannot invert a matrix of shape [2×3]: it must be square"))
    let vector = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LinearAlgebra.qr(Tensor.ones([4]))
    }
    #expect(
      errorOutput(vector).contains("cannot take the QR decomposition of a tensor of shape [4]: it must be a matrix"))
    let lengths = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LinearAlgebra.leastSquares(Tensor.ones([4, 2]), Tensor.ones([3], scalarType: .double))
    }
    #expect(
      errorOutput(lengths).contains(
        "cannot solve the system of a float matrix [4×2] with the double right-hand side [3]"))
    let asymmetric = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LinearAlgebra.symmetricEigen(Tensor([[1, 2], [3, 4]]))
    }
    #expect(
      errorOutput(asymmetric).contains("it must be symmetric, but the elements (1, 0) and (0, 1) are 3.0 and 2.0"))
  }

  @Test("a matrix with NaN, an empty one, and one that is being differentiated stop with a message")
  func unusable() async {
    let broken = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LinearAlgebra.svd(Tensor([[1, 2], [.nan, 4]]))
    }
    #expect(
      errorOutput(broken).contains(
        "cannot take the singular values of a matrix of shape [2×2]: its element (1, 0) is nan"))
    let empty = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = LinearAlgebra.determinant(Tensor.ones([0, 0]))
    }
    #expect(errorOutput(empty).contains("cannot take the determinant of a matrix of shape [0×0]: it is empty"))
    let differentiated = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = gradient(at: Tensor.ones([2, 2])) { LinearAlgebra.singularValues($0).sum() }
    }
    #expect(errorOutput(differentiated).contains("pass its stopGradient"))
  }
}

func inDouble(_ rows: [[Double]]) -> Tensor { Tensor(rows, scalarType: .double) }

func inDouble(_ scalars: [Double]) -> Tensor { Tensor(scalars, scalarType: .double) }

func randomMatrix(_ rows: Int, _ columns: Int, seed: UInt64) -> Tensor {
  RandomSource(seed: seed).normal([rows, columns], scalarType: .double)
}

/// 1/(i + j + 1)
func hilbertMatrix(_ n: Int) -> Tensor {
  inDouble((0..<n).map { i in (0..<n).map { j in 1 / Double(i + j + 1) } })
}

/// Records an issue unless every element is within the tolerance.
func expectSmall(_ difference: Tensor, _ tolerance: Double, sourceLocation: SourceLocation = #_sourceLocation) {
  let largest = difference.scalars.map(abs).reduce(0, max)
  #expect(largest <= tolerance, sourceLocation: sourceLocation)
}
