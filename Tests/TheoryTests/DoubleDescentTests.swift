import Checking
import Foundations
import Regularization
import Tensors
import Testing
import Theory
import ch11

@Suite("§ 11.4.1 Double descent")
struct DoubleDescentTests {
  private let random = RandomSource(seed: 11)

  @Test(
    "§ 11.4.1: in twenty problems the error peaks at p = n and ends below the classical minimum; with a ridge no peak")
  func twentyProblems() throws {
    let sweep = try DescentSweep(seeds: 20, counts: [10, 20, 40, 60, 80, 100, 130, 200, 400, 1_600])
      .curves(random: random)
    #expect(sweep.peaksAtThreshold == 20 && sweep.endsBelowClassicalMinimum == 20)
    let medians = sweep.quantile(0.5, of: \.errors)
    #expect(medians[5] > 20 && medians[2] < 0.8 && (medians.last ?? 1) < 0.3, "\(medians)")
    // Down to p = 40, up to p = n, and down again to the end.
    #expect(medians[0] > medians[2] && zip(medians[2..<5], medians[3...5]).allSatisfy { $0 < $1 })
    #expect(zip(medians[5...], medians[6...]).allSatisfy { $0 > $1 })
    #expect(sweep.curves.allSatisfy { zip($0.counts, $0.trainingErrors).allSatisfy { $0 < 100 || $1 < 1e-9 } })
    let ridge = sweep.quantile(0.5, of: \.ridgeErrors)
    #expect(zip(ridge, ridge.dropFirst()).allSatisfy { $1 < 1.1 * $0 }, "\(ridge)")
    #expect(ridge[5] < 0.3 && (ridge.last ?? 1) < 0.15)
  }

  @Test("§ 11.4.1: the exact risk is the mean of fits, on both sides of its pole at n − 1, n and n + 1")
  func exactRisk() {
    let exact = ExactDescent(examples: 20, coordinates: 80, signal: 1, noise: 0.1)
    for p in [1, 5, 10, 14, 27, 40, 60, 80] {
      let fits = [14, 27].contains(p) ? 4_000 : 400  // near the pole, where risks vary most
      let risks = Tensor((0..<fits).map { _ in exact.sampledRisk(features: p, random: random) }, scalarType: .double)
      let error = (risks.variance() / Double(fits)).squareRoot().item
      #expect(abs(risks.mean().item - exact.risk(features: p)) < 4 * error, "p = \(p)")
    }
    #expect([19, 20, 21].allSatisfy { exact.risk(features: $0) == .infinity })
    #expect([18, 22].allSatisfy { exact.risk(features: $0).isFinite })
    // Strong signals in few coordinates: the second descent ends lower than the first minimum.
    let risks = (1...80).map { exact.risk(features: $0) }
    #expect((risks.last ?? 9) < (risks[..<18].min() ?? 0))
  }

  @Test("(11.8): the solution of minimum norm is X⁺y for tall, wide and dependent rows")
  func minimumNorm() {
    for (n, p) in [(9, 4), (5, 5), (4, 9)] {
      let (X, y) = (random.normal([n, p], scalarType: .double), random.normal([n], scalarType: .double))
      expectClose(minimumNormSolution(X, y), matmul(LinearAlgebra.pseudoinverse(X), y), tolerance: 1e-11, scale: 1)
    }
    let (X, y) = (random.normal([4, 9], scalarType: .double), random.normal([4], scalarType: .double))
    let twice = Tensor.concatenated([X, X[0..<1]], axis: 0)
    let targets = Tensor.concatenated([y, y[0..<1] + 1], axis: 0)
    expectClose(
      minimumNormSolution(twice, targets), matmul(LinearAlgebra.pseudoinverse(twice), targets), tolerance: 1e-11,
      scale: 1)
  }

  @Test("§ 11.4.1: ridge regression by N equations is that by p equations")
  func dualRidge() throws {
    let (X, y) = (random.normal([12, 30], scalarType: .double), random.normal([12], scalarType: .double))
    for λ in [1e-3, 0.1, 10] {
      expectClose(
        try dualRidgeRegression(X, y, penalty: λ), try ridgeRegression(X, y, penalty: λ), tolerance: 1e-11, scale: 1)
    }
  }
}

@Suite("§ 11.4.1 Kernel ridge regression")
struct KernelRidgeTests {
  private let random = RandomSource(seed: 12)

  @Test("§ 11.4.1: kernel ridge regression with (1 + x x′)² is ridge regression on (1, √2 x, x²), to 10⁻¹²")
  func quadraticKernel() throws {
    let curve = KernelCurve(random: random)
    for λ in [1e-2, 0.1, 1] {
      #expect(try curve.quadraticGap(penalty: λ) < 1e-12)
    }
    // And it is the minimum of the loss on the features.
    let φ = KernelCurve.quadraticFeatures(curve.x)
    let w = matmul(
      φ.transposed,
      try KernelRidge.coefficients(gram: polynomialKernel(degree: 2)(curve.x, curve.x), curve.y, penalty: 0.1))
    let slope = gradient(at: w) { (matmul(φ, $0) - curve.y).squared().mean() / 2 + 0.05 * $0.squared().sum() }
    #expect(slope.abs().max().item < 1e-12)
  }

  @Test("§ 11.4.1: without penalty a kernel interpolates; where K is singular it says so")
  func interpolation() throws {
    let (x, y) = (random.normal([8, 3], scalarType: .double), random.normal([8], scalarType: .double))
    let h = try KernelRidge(fitting: x, y, penalty: 0, kernel: reluKernel)
    expectClose(h(x), y, tolerance: 1e-10, scale: 1)
    let many = random.normal([8, 1], scalarType: .double)  // eight examples, three features
    #expect(throws: LinearAlgebraError.self) {
      try KernelRidge(fitting: many, y, penalty: 0, kernel: polynomialKernel(degree: 2))
    }
  }

  @Test("§ 11.4.1: the ReLU kernel is ‖x‖² at x, 0 at −x, and the expectation over random features in between")
  func reluKernelValues() {
    let x = random.normal([5, 4], scalarType: .double)
    let K = reluKernel(x, x)
    expectClose(K, K.transposed, tolerance: 1e-14, scale: 1)
    expectClose(
      (K * Tensor.identity(5, scalarType: .double)).sum(axes: [1]), x.squared().sum(axes: [1]), tolerance: 1e-7)
    #expect(reluKernel(x, -x)[0, 0].item < 1e-7 && LinearAlgebra.symmetricEigen(K).values.min().item > 0)
    // p times the mean over features: each entry within four standard errors.
    let p = 100_000
    let φ = RandomFeatures(p, inputs: 4, random: random)(x)
    for (i, j) in [(0, 1), (1, 2), (2, 4), (3, 3)] {
      let products = Double(p) * φ[i] * φ[j]
      let error = (products.variance() / Double(p)).squareRoot().item
      #expect(abs(products.mean().item - K[i, j].item) < 4 * error, "\(i), \(j)")
    }
  }

  @Test("§ 11.4.1: predictions from p random features approach those of the kernel like 1/√p")
  func limit() throws {
    let limit = try FeatureLimit(counts: [800, 12_800], random: random)
    let (far, near) = (limit.ridgeDistances[0], limit.ridgeDistances[1])
    #expect(2.5 < far / near && far / near < 6.5, "\(far), \(near)")
    #expect(abs(limit.errors[1] - limit.kernelError) < 0.1 * limit.kernelError)
    #expect(limit.kernelRidgeError < limit.kernelError)
  }
}
