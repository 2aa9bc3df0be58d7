import Checking
import Distributions
import Foundation
import Tensors
import Testing

@Suite("Distributions: normal")
struct NormalTests {
  private let p = Normal(mean: spread([2, 3]), logVariance: spread([2, 3], offset: 10))
  private let q = Normal(mean: spread([2, 3], offset: 20), logVariance: spread([2, 3], offset: 30))

  /// ∫ f(x) dx over 20 standard deviations about a mean, by the trapezoidal rule, exact up to rounding here.
  private func integral(_ normal: Normal, _ f: (Tensor) -> Tensor) -> Double {
    let (μ, σ) = (normal.mean.item, normal.standardDeviation.item)
    let x = Tensor((0...4000).map { μ + σ * (Double($0) / 100 - 20) }, scalarType: .double)
    return f(x).sum().item * σ / 100
  }

  private func one(_ mean: Double, _ variance: Double) -> Normal {
    Normal(mean: Tensor(mean, scalarType: .double), logVariance: Tensor(log(variance), scalarType: .double))
  }

  @Test("the density integrates to 1, with mean μ and variance σ²")
  func moments() {
    let normal = one(1.5, 0.3)
    #expect(abs(integral(normal) { normal.logDensity(at: $0).exp() } - 1) < 1e-12)
    #expect(abs(integral(normal) { $0 * normal.logDensity(at: $0).exp() } - 1.5) < 1e-12)
    #expect(abs(integral(normal) { ($0 - 1.5).squared() * normal.logDensity(at: $0).exp() } - 0.3) < 1e-12)
  }

  @Test("entropy and divergence are the integrals that define them")
  func integrals() {
    let (p, q) = (one(1.5, 0.3), one(-0.2, 2))
    let entropy = integral(p) { -p.logDensity(at: $0).exp() * p.logDensity(at: $0) }
    #expect(abs(p.entropy.item - entropy) < 1e-12)
    let divergence = integral(p) { p.logDensity(at: $0).exp() * (p.logDensity(at: $0) - q.logDensity(at: $0)) }
    #expect(abs(p.klDivergence(to: q).item - divergence) < 1e-12)
    #expect(abs(one(3, 1).klDivergence(to: one(0, 1)).item - 4.5) < 1e-14)
  }

  @Test("a divergence is 0 from a distribution to itself, and positive to any other")
  func divergence() {
    #expect(p.klDivergence(to: p) == Tensor.zeros([2, 3], scalarType: .double))
    #expect(p.klDivergence(to: q).scalars.allSatisfy { $0 > 0 })
    #expect(p.klDivergence(to: q) != q.klDivergence(to: p))
  }

  @Test("the Wasserstein distance is that of the quantiles: W₂² = ∫ (F⁻¹ − G⁻¹)² du")
  func wasserstein() {
    let (p, q) = (one(1.5, 0.25), one(-0.5, 4))
    let standard = one(0, 1)  // F⁻¹(Φ(z)) = μ + σ z
    let cost = integral(standard) { z in
      standard.logDensity(at: z).exp() * (1.5 + 0.5 * z - (-0.5 + 2 * z)).squared()
    }
    #expect(abs(p.squaredWassersteinDistance(to: q).item - cost) < 1e-12)
    #expect(abs(cost - (4 + 2.25)) < 1e-12)
  }

  @Test("the score is the derivative of the log density, and all derivatives are right to second order")
  func derivatives() {
    let x = spread([2, 3], offset: 40)
    expectClose(gradient(at: x) { p.logDensity(at: $0).sum() }, p.score(at: x), tolerance: 1e-13, scale: 1)
    expectGradient(at: p, order: 2) { $0.klDivergence(to: q).sum() }
    expectGradient(at: q, order: 2) { p.klDivergence(to: $0).squared().sum() }
    expectGradient(at: p, order: 2) { ($0.logDensity(at: x) + $0.entropy).squared().sum() }
    expectGradient(at: p, order: 2) { $0.squaredWassersteinDistance(to: q).sum() }
  }

  @Test("draws are μ + σ ε: their moments are right, and so are the derivatives through them")
  func sampling() {
    let normal = Normal(
      mean: Tensor(repeating: 2, [20_000]), logVariance: Tensor(repeating: log(0.25), [20_000]))
    let draws = normal.sample(using: RandomSource(seed: 1))
    #expect(abs(draws.mean().item - 2) < 0.015 && abs(draws.variance().item - 0.25) < 0.01)
    let g = gradient(at: p) { $0.sample(using: RandomSource(seed: 3)).sum() }
    let noise = (p.sample(using: RandomSource(seed: 3)) - p.mean) / p.standardDeviation
    #expect(g.mean == Tensor.ones([2, 3], scalarType: .double))
    expectClose(g.logVariance, 0.5 * p.standardDeviation * noise, tolerance: 1e-13, scale: 1)
  }

  @Test("means and log variances of two shapes stop with a message")
  func mistakes() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Normal(mean: Tensor.zeros([2]), logVariance: Tensor.zeros([3]))
    }
    expectMessage(result, "cannot make normal variables of means [2] and log variances [3]: the shapes differ")
  }
}
