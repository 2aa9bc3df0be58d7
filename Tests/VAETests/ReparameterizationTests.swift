import Checking
import Distributions
import GAN
import Tensors
import Testing
import VAE

@Suite("§ 9.4.2  Draws as functions of their parameters")
struct ReparameterizationTests {
  @Test("Theorem 9.5, (9.14), (9.15), (9.26): μ + σ ε has mean μ, deviation σ and the distribution of N(μ, σ²)")
  func law() {
    let (n, μ, σ) = (20_000, 0.7, 0.3)
    let logVariance = Tensor(repeating: 2 * Tensor(σ, scalarType: .double).log().item, [n], scalarType: .double)
    let mean = Tensor(repeating: μ, [n], scalarType: .double)
    let z = reparameterized(
      mean: mean, logVariance: logVariance, noise: RandomSource(seed: 1).normal([n], scalarType: .double))
    #expect(abs(z.mean().item - μ) < 3 * σ / Double(n).squareRoot())
    #expect(abs(z.variance().squareRoot().item - σ) < 3 * σ / Double(2 * n).squareRoot())
    // Kolmogorov's distance exceeds 1.63/√n with probability 0.01.
    let Φ = 0.5 + 0.5 * ((z.sorted() - μ) / (σ * 2.0.squareRoot())).erf()
    let steps = Tensor.range(0..<n, scalarType: .double) / Double(n)
    let distance = max((Φ - steps).abs().max().item, (Φ - steps - 1 / Double(n)).abs().max().item)
    #expect(distance < 1.63 / Double(n).squareRoot())
  }

  @Test("(9.26): σ = exp(½ log σ²) is positive for every logit, and draws and derivatives are finite at ±20")
  func logits() {
    let q = Normal(
      mean: Tensor([0, 0, 0], scalarType: .double), logVariance: Tensor([-20, 0, 20], scalarType: .double))
    let ε = Tensor([0.5, -1, 2], scalarType: .double)
    let slopes = gradient(at: q) {
      reparameterized(mean: $0.mean, logVariance: $0.logVariance, noise: ε).sum()
    }
    let z = reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε)
    #expect(q.standardDeviation.min().item > 0 && z.isFinite && slopes.flattened.isFinite)
    expectClose(
      z, Tensor([0.5, -1, 2], scalarType: .double) * Tensor([-10, 0, 10], scalarType: .double).exp(),
      tolerance: 1e-14)
    expectGradient(at: q, order: 2) {
      reparameterized(mean: $0.mean, logVariance: $0.logVariance, noise: ε).squared().sum()
    }
  }

  @Test("shapes that differ stop with a message") func shapes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = reparameterized(mean: Tensor.zeros([2, 3]), logVariance: Tensor.zeros([2, 3]), noise: Tensor.zeros([3, 3]))
    }
    expectMessage(result, "cannot reparameterize means [2×3] with log-variances [2×3] and noise [3×3]")
  }
}

@Suite("§ 9.4 and § 9.4.1  Two estimators of the derivative of an expectation")
struct ExpectationDerivativeTests {
  private let n = 200_000

  /// The mean of one estimator's derivatives with respect to μ, their standard error, their variance and its error.
  private func estimate(
    _ estimator: DerivativeEstimator, _ f: KnownExpectation, μ: Double, σ: Double, seed: UInt64 = 1
  ) -> (mean: Double, error: Double, variance: Double, varianceError: Double) {
    let q = normals(μ, σ, count: n)
    let slopes = estimator.derivatives(
      of: { f($0) }, at: q, noise: RandomSource(seed: seed).normal([n], scalarType: .double)
    ).mean
    let variance = slopes.variance().item
    let squares = (slopes - slopes.mean().item).squared()
    return (
      slopes.mean().item, (variance / Double(n)).squareRoot(), variance,
      (squares.variance().item / Double(n)).squareRoot()
    )
  }

  private func normals(_ μ: Double, _ σ: Double, count: Int) -> Normal {
    Normal(
      mean: Tensor(repeating: μ, [count], scalarType: .double),
      logVariance: Tensor(repeating: 2 * Tensor(σ, scalarType: .double).log().item, [count], scalarType: .double))
  }

  @Test("(9.13): the closed forms are the derivatives of the expectations, which quadrature confirms")
  func exact() {
    let q = normals(0.3, 0.7, count: 1)
    for f in KnownExpectation.allCases {
      let rule = Quadrature(between: [-12, 0, 12])
      let z = rule.nodes
      let mean = rule.integral {
        f($0)
          * (Normal(mean: 0 * z + 0.3, logVariance: 0 * z + q.logVariance.item)
          .logDensity(at: z)).exp()
      }
      #expect(abs(mean.item - f.expectation(under: q).item) < 1e-10)
      expectGradient(at: q) { f.expectation(under: $0).sum() }
    }
    #expect(abs(KnownExpectation.square.derivatives(under: q).mean.item - 0.6) < 1e-14)
    #expect(abs(KnownExpectation.step.derivatives(under: q).mean.item - 0.5199) < 5e-5)
  }

  @Test("(9.16), (9.17): for z² and sin z both estimators are unbiased, at several places")
  func unbiased() {
    for f in [KnownExpectation.square, .sine] {
      for (μ, σ) in [(0.3, 0.7), (3, 1), (-1, 0.2)] {
        let truth = f.derivatives(under: normals(μ, σ, count: 1)).mean.item
        for estimator in DerivativeEstimator.allCases {
          let found = estimate(estimator, f, μ: μ, σ: σ)
          #expect(abs(found.mean - truth) < 3 * found.error, "\(f) \(estimator) at \(μ), \(σ): \(found.mean), \(truth)")
        }
      }
    }
  }

  @Test("§ 9.4.1: for z² the pathwise variance is 4σ² and that of the score function μ⁴/σ² + 14μ² + 15σ²")
  func variances() {
    for (μ, σ) in [(3.0, 1.0), (0, 1), (1, 0.5)] {
      let (path, score) = (
        estimate(.pathwise, .square, μ: μ, σ: σ), estimate(.scoreFunction, .square, μ: μ, σ: σ)
      )
      #expect(abs(path.variance - 4 * σ * σ) < 3 * path.varianceError)
      #expect(abs(score.variance - (μ * μ * μ * μ / (σ * σ) + 14 * μ * μ + 15 * σ * σ)) < 3 * score.varianceError)
    }
  }

  @Test("Theorem 9.5, (9.17): for a step the pathwise estimate is 0, the truth 0.5199; the score function finds it")
  func step() {
    #expect(estimate(.pathwise, .step, μ: 0.3, σ: 0.7).mean == 0)
    let found = estimate(.scoreFunction, .step, μ: 0.3, σ: 0.7)
    #expect(abs(found.mean - 0.51987) < 3 * found.error)
  }

  @Test("§ 9.4.1: a draw that is not a function of the parameters passes no derivative on")
  func constant() {
    let q = normals(3, 1, count: 5)
    let drawn = q.sample(using: RandomSource(seed: 1)).stopGradient
    #expect(gradient(at: q) { _ in drawn.squared().sum() }.flattened.abs().max().item == 0)
  }
}
