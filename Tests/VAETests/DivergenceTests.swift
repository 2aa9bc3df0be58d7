import Checking
import Distributions
import GAN
import Tensors
import Testing
import VAE

@Suite("§ 9.5  The divergence from the standard normal distribution")
struct DivergenceTests {
  private let q = Normal(
    mean: Tensor([0.5, -1, 0.2], scalarType: .double), logVariance: Tensor([-0.7, 0.3, 0.1], scalarType: .double))

  @Test("Theorem 9.6, (9.18): equal to (9.28), to quadrature, and to the general formula of two normal variables")
  func closedForm() {
    let found = standardDivergences(of: q)
    expectClose(found, q.klDivergence(to: .standard([3], scalarType: .double)), tolerance: 1e-13)
    #expect(abs(found.sum().item - MultivariateNormal(q).klDivergence(to: .standard(3))) < 1e-13)
    let rule = Quadrature(over: -12...12)
    for j in 0..<3 {
      let z = rule.nodes
      let one = Normal(mean: 0 * z + q.mean[j].item, logVariance: 0 * z + q.logVariance[j].item)
      let logs = one.logDensity(at: z)
      let integral = rule.integral {
        logs.exp() * (logs - Normal.standard($0.shape, scalarType: .double).logDensity(at: $0))
      }
      #expect(abs(integral.item - found[j].item) < 1e-12)
    }
  }

  @Test("Theorem 9.6, (9.19), (9.20), (9.21), (9.22): every line of the proof; the constant in (9.20) is 0")
  func lines() {
    let (n, truth) = (100_000, standardDivergences(of: q).sum().item)
    let z = q.mean + q.standardDeviation * RandomSource(seed: 1).normal([n, 3], scalarType: .double)
    let definition = (q.logDensity(at: z) - logPriorTerms(z)).sum(axes: [1])  // (9.19)
    let second =
      (-0.5 * (q.logVariance + (z - q.mean).squared() * (-q.logVariance).exp())
      + 0.5 * z.squared()).sum(axes: [1])  // (9.20), without a constant
    expectClose(definition, second, tolerance: 1e-12, scale: 1)
    let error = (definition.variance().item / Double(n)).squareRoot()
    #expect(abs(definition.mean().item - truth) < 3 * error)
    let third = -0.5 * (q.logVariance + 1).sum() + 0.5 * (q.logVariance.exp() + q.mean.squared()).sum()  // (9.21)
    #expect(abs(third.item - truth) < 1e-14)
    let last = 0.5 * (q.logVariance.exp() + q.mean.squared() - 1 - q.logVariance).sum()  // (9.22)
    #expect(abs(last.item - truth) < 1e-14)
  }

  private func logPriorTerms(_ z: Tensor) -> Tensor { Normal.standard(z.shape, scalarType: .double).logDensity(at: z) }

  @Test(
    "Theorem 9.6: never negative, and 0 at μ = 0 and σ = 1 only, where the derivative is 0 and the curvature is not")
  func minimum() {
    let random = RandomSource(seed: 2)
    let many = Normal(
      mean: random.normal([1_000], scalarType: .double), logVariance: random.normal([1_000], scalarType: .double))
    #expect(standardDivergences(of: many).min().item > 0)
    let origin = Normal.standard([1], scalarType: .double)
    #expect(standardDivergences(of: origin).item == 0)
    #expect(gradient(at: origin) { standardDivergences(of: $0).sum() }.flattened.abs().max().item == 0)
    for δ in [-0.01, 0.01] {
      let (a, b) = (Tensor([δ], scalarType: .double), Tensor([0], scalarType: .double))
      #expect(abs(standardDivergences(of: Normal(mean: a, logVariance: b)).item - δ * δ / 2) < 1e-9)
      #expect(abs(standardDivergences(of: Normal(mean: b, logVariance: a)).item - δ * δ / 4) < 1e-6)
    }
  }

  @Test("(9.18): the derivatives are μ and ½ (σ² − 1), and agree with differences to second order")
  func derivatives() {
    let slopes = gradient(at: q) { standardDivergences(of: $0).sum() }
    expectClose(slopes.mean, q.mean, tolerance: 1e-14)
    expectClose(slopes.logVariance, 0.5 * (q.logVariance.exp() - 1), tolerance: 1e-13)
    expectGradient(at: q, order: 2) { standardDivergences(of: $0).sum() }
  }
}
