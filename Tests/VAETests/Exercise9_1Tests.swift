import Checking
import Distributions
import GAN
import Tensors
import Testing
import VAE
import ch09

@Suite("Exercise 9.1  The divergence of two normal distributions")
struct Exercise9_1Tests {
  private func pair() throws -> (q: MultivariateNormal, p: MultivariateNormal) {
    let pair = try NormalPair()
    return (pair.q, pair.p)
  }

  @Test("Exercise 9.1, (9.28): the closed form is the integral, by quadrature to 1e-10 and by sampling")
  func integral() throws {
    let (q, p) = try pair()
    let grid = LatentGrid(dimensions: 2, radius: 12, panels: 12)
    let (logQ, logP) = (q.logDensity(of: grid.points), p.logDensity(of: grid.points))
    #expect(abs(grid.integral(ofExp: logQ, times: logQ - logP).item - q.klDivergence(to: p)) < 1e-10)
    let z = q.draws(noise: RandomSource(seed: 1).normal([100_000, 2], scalarType: .double))
    let differences = q.logDensity(of: z) - p.logDensity(of: z)
    let error = (differences.variance().item / 100_000).squareRoot()
    #expect(abs(differences.mean().item - q.klDivergence(to: p)) < 3 * error)
  }

  @Test("Exercise 9.1: draws have the mean and the covariance of the distribution, and its entropy is the integral's")
  func draws() throws {
    let q = try pair().q
    let z = q.draws(noise: RandomSource(seed: 2).normal([100_000, 2], scalarType: .double))
    expectClose(z.mean(axes: [0]), q.mean, tolerance: 0.01, scale: 1)
    let centred = z - z.mean(axes: [0])
    expectClose(matmul(centred.transposed, centred) / 100_000, q.covariance, tolerance: 0.015, scale: 1)
    let grid = LatentGrid(dimensions: 2, radius: 12, panels: 12)
    let logs = q.logDensity(of: grid.points)
    #expect(abs(grid.logIntegral(of: logs).item) < 1e-10)
    #expect(abs(q.entropy + grid.integral(ofExp: logs, times: logs).item) < 1e-10)
  }

  @Test("Exercise 9.1: (9.28) reduces to (9.18) for a diagonal q and p = N(0, I)")
  func reduced() {
    let q = Normal(mean: spread([5]), logVariance: spread([5], offset: 9))
    let full = MultivariateNormal(q).klDivergence(to: .standard(5))
    #expect(abs(full - standardDivergences(of: q).sum().item) < 1e-13)
  }

  @Test("Exercise 9.1: (9.28) is never negative, 0 for equal distributions only, and not symmetric")
  func properties() throws {
    let random = RandomSource(seed: 3)
    for _ in 0..<100 {
      let (q, p) = (try randomNormal(random, dimensions: 3), try randomNormal(random, dimensions: 3))
      #expect(q.klDivergence(to: p) > 0 && abs(q.klDivergence(to: q)) < 1e-12)
    }
    let (q, p) = try pair()
    #expect(abs(q.klDivergence(to: p) - p.klDivergence(to: q)) > 0.1)
  }

  @Test("Exercise 9.1: (9.28) does not change under an affine map of both distributions")
  func invariance() throws {
    let (q, p) = try pair()
    let (A, b) = (Tensor([[2, -1], [0.3, 0.9]], scalarType: .double), Tensor([5, -7], scalarType: .double))
    let mapped = try q.mapped(by: A, plus: b).klDivergence(to: p.mapped(by: A, plus: b))
    #expect(abs(mapped - q.klDivergence(to: p)) < 1e-12)
  }

  @Test("Exercise 9.1: a covariance that is not positive definite is an error")
  func indefinite() {
    #expect(throws: LinearAlgebraError.self) {
      try MultivariateNormal(
        mean: Tensor.zeros([2]), covariance: Tensor([[1, 2], [2, 1]], scalarType: .double))
    }
  }

  @Test("Exercise 9.1, (9.18), (9.28): the rows of the table that should agree do so")
  func table() throws {
    let lines = try NormalPair().table(draws: 100_000, random: RandomSource(seed: 7)).csv.split(separator: "\r\n")
    let values = try lines.dropFirst().map { try #require($0.split(separator: ",").last.flatMap { Double($0) }) }
    #expect(values.count == 8 && values[5] == 0)
    #expect(abs(values[1] - values[0]) < 1e-10 && abs(values[3] - values[0]) < 1e-10)
    #expect(abs(values[2] - values[0]) < 0.03 && abs(values[4] - values[0]) > 0.1, "\(values)")
    #expect(abs(values[6] - values[7]) < 1e-12, "\(values)")
  }
}
