import Foundation
import Tensors
import Testing

@Suite("Extreme numbers: steps, linear algebra and random numbers")
struct EdgesOfUpdatesTests {
  static let types = [ScalarType.float, .double]

  /// θ after the first step of Adam from 1, with η = 0.1.
  private func step(_ gradients: [Double], epsilon: Double = 1e-8, _ type: ScalarType) -> [Double] {
    var θ = Tensor.ones([gradients.count], scalarType: type)
    var (m, v) = (0 * θ, 0 * θ)
    θ.updateByAdam(
      Tensor(gradients, scalarType: type), m: &m, v: &v, beta1: 0.9, beta2: 0.999, epsilon: epsilon, learningRate: 0.1,
      correction1: 1 - 0.9, correction2: 1 - 0.999)
    return θ.scalars
  }

  @Test(
    "a step of Adam is 0 for gradients of 0 or far below ε, and η for large gradients",
    arguments: types)
  func adam(type: ScalarType) {
    let least = type == .float ? Double(Float.leastNonzeroMagnitude) : .leastNonzeroMagnitude
    #expect(step([0, -0.0, least, 1e-30, -1e-30], type) == [1, 1, 1, 1, 1])
    for x in step([1, 1e15, -1e15], type).enumerated() { #expect(abs(x.element - (x.offset < 2 ? 0.9 : 1.1)) < 1e-6) }
  }

  @Test(
    "a gradient whose square overflows, an infinite one and NaN make the parameter NaN, and no other", arguments: types)
  func overflow(type: ScalarType) {
    let large = type == .float ? 1e30 : 1e200
    for gradient in [large, -large, .infinity, .nan] {
      for place in [0, 16, 33] {
        var gradients = [Double](repeating: 1, count: 34)
        gradients[place] = gradient
        #expect(step(gradients, type).map(\.isNaN) == (0..<34).map { $0 == place })
      }
    }
    var θ = Tensor([1, 2], scalarType: type)
    θ.updateByDescent(Tensor([.nan, .infinity], scalarType: type), learningRate: 0.1)
    #expect(θ.scalars[0].isNaN && θ.scalars[1] == -.infinity)
  }

  @Test(
    "decompositions and solutions scale with the matrix, from the smallest numbers to the largest",
    arguments: [0x1p100, 0x1p-100, 0x1p500, 0x1p-500, 0x1p1019, 0x1p-1040])
  func linearAlgebra(factor: Double) throws {
    let a = Tensor([[4, 1, 0.5], [1, 3, -1], [0.5, -1, 2]], scalarType: .double)
    let scaled = Tensor(a.scalars.map { $0 * factor }, shape: [3, 3], scalarType: .double)
    let tolerance = factor < 0x1p-1022 ? 1e-4 : 1e-13  // the smallest numbers have few digits
    func agree(_ x: Tensor, _ y: Tensor, by factor: Double = 1) {
      #expect(zip(x.scalars, y.scalars).allSatisfy { abs($1 / factor - $0) <= tolerance * max(1, abs($0)) })
    }
    agree(LinearAlgebra.svd(a).s, LinearAlgebra.svd(scaled).s, by: factor)
    agree(LinearAlgebra.svd(a).u.abs(), LinearAlgebra.svd(scaled).u.abs())
    agree(LinearAlgebra.symmetricEigen(a).values, LinearAlgebra.symmetricEigen(scaled).values, by: factor)
    agree(LinearAlgebra.qr(a).q, LinearAlgebra.qr(scaled).q)
    agree(LinearAlgebra.qr(a).r, LinearAlgebra.qr(scaled).r, by: factor)
    let b = Tensor([1, 2, 3], scalarType: .double)
    let scaledB = Tensor(b.scalars.map { $0 * factor }, scalarType: .double)
    agree(try LinearAlgebra.solve(a, b), try LinearAlgebra.solve(scaled, scaledB))
    agree(LinearAlgebra.leastSquares(a, b), LinearAlgebra.leastSquares(scaled, scaledB))
    agree(
      Tensor(LinearAlgebra.conditionNumber(a), scalarType: .double),
      Tensor(LinearAlgebra.conditionNumber(scaled), scalarType: .double))
    agree(try LinearAlgebra.cholesky(a), try LinearAlgebra.cholesky(scaled), by: factor.squareRoot())
  }

  @Test("least squares find the rank of a matrix with squares that overflow or vanish", arguments: [0x1p700, 0x1p-700])
  func rank(factor: Double) {
    func solution(_ factor: Double) -> [Double] {
      let a = Tensor([factor, 1e17 * factor, 0, 1e17 * factor], shape: [2, 2], scalarType: .double)
      return LinearAlgebra.leastSquares(a, Tensor([factor, 2 * factor], scalarType: .double)).scalars
    }
    #expect(abs(solution(factor)[0]) < 1e-15 && abs(solution(1)[0]) < 1e-15)
    #expect(abs(solution(factor)[1] / 1.5e-17 - 1) < 1e-12)
  }

  @Test("random numbers are finite: the logarithm of 0 is never taken", arguments: types)
  func random(type: ScalarType) {
    let random = RandomSource(seed: 47)
    #expect(random.normal([20_000], scalarType: type).scalars.allSatisfy { $0.isFinite })
    #expect(random.uniform([20_000], scalarType: type).scalars.allSatisfy { $0 >= 0 && $0 < 1 })
    for shape in [1e-3, 0.5, 1, 1e6] { #expect((0..<500).allSatisfy { _ in random.gamma(shape: shape).isFinite }) }
    #expect((0..<500).allSatisfy { _ in (0...1).contains(random.beta(1e-3, 1e-3)) })
  }

  @Test("such numbers are printed correctly")
  func printing() {
    #expect("\(Tensor([-0.0, 0]))" == "[0, 0]  [2]" && "\(Tensor([1e-45]))" == "[1.4013e-45]  [1]")
    #expect("\(Tensor([1e30, .nan, -1e-30]))" == "[ 1.0000e+30,         nan, -1.0000e-30]  [3]")
    #expect("\(Tensor([.nan, -.infinity]))" == "[ nan, -inf]  [2]")
  }
}
