import Checking
import GAN
import Tensors
import Testing

@Suite("§ 8.8.2  The Fréchet distance")
struct FrechetDistanceTests {
  private let random = RandomSource(seed: 8)

  private func gaussian(_ mean: [Double], _ covariance: Tensor) -> FeatureStatistics {
    FeatureStatistics(mean: Tensor(mean, scalarType: .double), covariance: covariance)
  }

  private func diagonal(_ λ: [Double]) -> Tensor {
    Tensor.identity(λ.count, scalarType: .double) * Tensor(λ, scalarType: .double)
  }

  /// A covariance with random eigenvectors.
  private func covariance(_ d: Int) -> Tensor {
    let b = random.normal([d, d], scalarType: .double)
    return matmul(b, b.transposed) / Double(d) + 0.1 * Tensor.identity(d, scalarType: .double)
  }

  @Test("(8.19): for diagonal covariances it is ‖μ_r − μ_g‖² + Σ (σ_r − σ_g)²")
  func diagonals() {
    let (r, g) = (gaussian([1, 2, 3], diagonal([4, 9, 0.25])), gaussian([0, 2, 5], diagonal([1, 16, 0])))
    #expect(abs(frechetDistance(r, g) - (1 + 4 + 1 + 1 + 0.25)) < 1e-10)
    #expect(frechetDistance(r, r) < 1e-10 && frechetDistance(g, g) < 1e-10)
  }

  @Test("(8.19): for covariances with the same eigenvectors it is the sum over them")
  func commuting() {
    let q = LinearAlgebra.qr(random.normal([5, 5], scalarType: .double)).q
    let (a, b) = ([0.1, 1, 2, 3, 7], [0.2, 0.9, 5, 0, 1])
    func rotated(_ λ: [Double]) -> Tensor { matmul(matmul(q, diagonal(λ)), q.transposed) }
    let zero = [Double](repeating: 0, count: 5)
    let expected = zip(a, b).reduce(0) {
      $0 + ($1.0.squareRoot() - $1.1.squareRoot()) * ($1.0.squareRoot() - $1.1.squareRoot())
    }
    #expect(abs(frechetDistance(gaussian(zero, rotated(a)), gaussian(zero, rotated(b))) - expected) < 1e-10)
  }

  @Test("(8.19): for general covariances of two features tr (Σ_r Σ_g)^½ is √(tr Σ_r Σ_g + 2 √(det Σ_r det Σ_g))")
  func general() {
    for _ in 0..<20 {
      let (a, b) = (covariance(2), covariance(2))
      let product = matmul(a, b)
      let det = (LinearAlgebra.determinant(a) * LinearAlgebra.determinant(b)).squareRoot()
      let root = (product[0, 0].item + product[1, 1].item + 2 * det).squareRoot()
      let traces = a[0, 0].item + a[1, 1].item + b[0, 0].item + b[1, 1].item
      let found = frechetDistance(gaussian([1, 0], a), gaussian([0, 0.5], b))
      #expect(abs(found - (1.25 + traces - 2 * root)) < 1e-10)
    }
  }

  @Test("(8.19): the symmetric form has the trace of the root of Σ_r Σ_g itself, found by Newton's iteration")
  func symmetricForm() throws {
    let d = 8
    let (a, b) = (covariance(d), covariance(d))
    var (y, z) = (matmul(a, b), Tensor.identity(d, scalarType: .double))
    for _ in 0..<40 {
      (y, z) = (0.5 * (y + (try LinearAlgebra.inverse(z))), 0.5 * (z + (try LinearAlgebra.inverse(y))))
    }
    expectClose(matmul(y, y), matmul(a, b), tolerance: 1e-10, scale: 1)
    func trace(_ m: Tensor) -> Double { (m * Tensor.identity(d, scalarType: .double)).sum().item }
    let zero = [Double](repeating: 0, count: d)
    let found = frechetDistance(gaussian(zero, a), gaussian(zero, b))
    #expect(abs(found - (trace(a) + trace(b) - 2 * trace(y))) < 1e-10)
    #expect(abs(found - frechetDistance(gaussian(zero, b), gaussian(zero, a))) < 1e-10)
  }

  @Test("(8.19): it is real and right for fewer images than features, whose covariances have no full rank")
  func deficient() {
    let (x, y) = (random.normal([10, 64]), random.normal([12, 64]))
    let found = frechetDistance(x, y)
    #expect(found.isFinite && found > 0)
    #expect(frechetDistance(x, x) < 1e-10)
    // Along different axes the roots have the product 0.
    let (p, q) = (
      x[0..<10, axis: 1].padded(axis: 1, before: 0, after: 10), x[0..<10, axis: 1].padded(axis: 1, before: 10, after: 0)
    )
    let (r, g) = (FeatureStatistics(of: p), FeatureStatistics(of: q))
    let means = (r.mean - g.mean).squared().sum().item
    #expect(abs(frechetDistance(p, q) - (means + r.totalVariance + g.totalVariance)) < 1e-10)
  }

  @Test("(8.19): covariances are unbiased: two points have ½ (x₁ − x₂)(x₁ − x₂)ᵀ")
  func unbiased() {
    let x = Tensor([[1, 2], [4, 0]], scalarType: .double)
    expectClose(
      FeatureStatistics(of: x).covariance, Tensor([[4.5, -3], [-3, 2]], scalarType: .double), tolerance: 1e-14)
  }

  @Test("(8.19): two samples of N from one Gaussian are at (2d + d(d + 1)/2)/N for Σ = I, so it is biased")
  func bias() {
    for (d, expected) in [(2, 7.0), (16, 168), (64, 2_208)] {
      let found = 1000 * frechetBias(covariance: Tensor.identity(d, scalarType: .double), counts: 1_000, 1_000)
      #expect(abs(found - expected) < 1e-9)
    }
    // Only one side is a sample: half of it.
    let one = frechetBias(covariance: Tensor.identity(2, scalarType: .double), counts: 1_000, .max)
    #expect(abs(one - 0.0035) < 1e-9)
  }

  @Test("World W8, (8.19): the bias for d = 8 is what samples show, within three standard errors")
  func biasOfSamples() {
    let (repetitions, N, M) = (60, 400, 800)
    let λ = (1...8).map { 2.0 / Double($0) }
    let deviations = Tensor(λ, scalarType: .double).squareRoot()
    let distances = (0..<repetitions).map { _ in
      frechetDistance(
        deviations * random.normal([N, 8], scalarType: .double),
        deviations * random.normal([M, 8], scalarType: .double))
    }
    let found = Tensor(distances, scalarType: .double)
    let error = (found.variance(isUnbiased: true).item / Double(repetitions)).squareRoot()
    let predicted = frechetBias(covariance: diagonal(λ), counts: N, M)
    #expect(abs(found.mean().item - predicted) < 3 * error, "\(found.mean().item) ± \(error), predicted \(predicted)")
    #expect(error < 0.05 * predicted)
  }

  @Test("(8.19): a covariance with a negative eigenvalue and features with NaN are refused in words")
  func refusals() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let bad = Tensor([[1, 0], [0, -1]], scalarType: .double)
      let mean = Tensor([0, 0], scalarType: .double)
      _ = frechetDistance(
        FeatureStatistics(mean: mean, covariance: bad), FeatureStatistics(mean: mean, covariance: bad))
    }
    expectMessage(result, "cannot take the root of a covariance with the eigenvalue -1.0")
    let broken = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      let x = RandomSource(seed: 1).normal([4, 2])
      _ = frechetDistance(x, Tensor([[1, 2], [.nan, 4], [5, 6]]))
    }
    expectMessage(broken, "cannot describe features whose mean or covariance has NaN")
  }
}
