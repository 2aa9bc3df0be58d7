import Checking
import Distributions
import GAN
import Tensors
import Testing
import VAE

/// A model of three observed and two latent numbers whose Wᵀ W is not diagonal, and an example.
let tiltedModel = Result<LinearGaussianModel, LinearAlgebraError> { () throws(LinearAlgebraError) in
  try LinearGaussianModel(
    weights: Tensor([[1, 0.5], [-0.3, 0.8], [0.7, 0.6]], scalarType: .double),
    offset: Tensor([0.1, -0.2, 0.3], scalarType: .double), noise: 0.4)
}
let tiltedExample = Tensor([1.2, -0.7, 0.9], scalarType: .double)

/// A random full normal distribution of two numbers.
func randomNormal(_ random: RandomSource, dimensions d: Int = 2) throws -> MultivariateNormal {
  let A = random.normal([d, d], scalarType: .double)
  return try MultivariateNormal(
    mean: random.normal([d], scalarType: .double),
    covariance: 0.1 * matmul(A, A.transposed) + 0.1 * Tensor.identity(d, scalarType: .double))
}

@Suite("§ 9.1 and § 9.3.1  The integral over the latent space")
struct LatentIntegralTests {
  @Test("(9.1), (9.2): closed form and quadrature over z agree to 1e-10, for one and for two latent variables")
  func quadrature() throws {
    let two = try tiltedModel.get()
    let one = try LinearGaussianModel(weights: Tensor([[1.3], [-0.4]], scalarType: .double), noise: 0.3)
    for (model, x) in [(two, tiltedExample), (one, Tensor([0.8, 0.5], scalarType: .double))] {
      let exact = model.marginal.logDensity(of: x.expanded(axis: 0)).item
      let grid = LatentGrid(dimensions: model.latentCount)
      #expect(abs(model.joint(of: x).logMarginal(on: grid) - exact) < 1e-10)
    }
  }

  @Test("§ 9.3.1: log p(x) of 1,000 numbers, far below the smallest Double, neither underflows on a grid nor in a mean")
  func underflow() throws {
    let W = 0.5 * spread([1_000, 1])
    let model = try LinearGaussianModel(weights: W, noise: 1)
    let x = (0.8 * W).squeezed(axis: 1) + RandomSource(seed: 1).normal([1_000], scalarType: .double)
    let exact = model.marginal.logDensity(of: x.expanded(axis: 0)).item
    #expect(exact < -800, "exp(\(exact)) is 0")
    #expect(abs(model.joint(of: x).logMarginal(on: LatentGrid(dimensions: 1, panels: 40)) / exact - 1) < 1e-10)
    let sampled = model.joint(of: x).priorSampling(draws: 5_000, random: RandomSource(seed: 1))
    #expect(abs(sampled.logarithm - exact) < 0.2)
  }

  @Test("§ 9.3.1: the posterior is p(x, z)/p(x) at every z")
  func posterior() throws {
    let model = try tiltedModel.get()
    let z = spread([9, 2], offset: 3)
    let exact = try model.posterior(of: tiltedExample).logDensity(of: z)
    let quotient = model.joint(of: tiltedExample)(z) - model.marginal.logDensity(of: tiltedExample.expanded(axis: 0))
    expectClose(exact, quotient, tolerance: 1e-12)
  }

  @Test("§ 9.3.1: plain Monte Carlo is unbiased, and its relative variance grows exponentially with d")
  func variance() throws {
    let random = RandomSource(seed: 1)
    var logs: [Double] = []
    for d in [1, 2, 4, 8, 16] {
      let model = try LinearGaussianModel(weights: .identity(d, scalarType: .double), noise: 0.25)
      let x = Tensor(repeating: 1.25.squareRoot(), [d], scalarType: .double)
      logs.append(Tensor(try model.relativeVariance(of: x) + 1, scalarType: .double).log().item / Double(d))
      guard d <= 4 else { continue }
      let exact = model.marginal.logDensity(of: x.expanded(axis: 0)).item
      let sampled = model.joint(of: x).priorSampling(draws: 200_000, random: random)
      #expect(abs(Tensor(sampled.logarithm - exact, scalarType: .double).expm1().item) < 3 * sampled.relativeError)
      let measured = 200_000 * sampled.relativeError * sampled.relativeError
      #expect(abs(measured / (try model.relativeVariance(of: x)) - 1) < 0.05)
    }
    #expect(logs.allSatisfy { abs($0 - logs[0]) < 1e-10 }, "1 + Var/E² = 2.60 to the power d")
    #expect(abs(logs[0] - 0.9554) < 1e-3)
  }

  @Test("weights that are no matrix stop with a message")
  func vector() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = try LinearGaussianModel(weights: Tensor(1, scalarType: .double), noise: 1)
      }, "cannot make a linear model of weights")
  }
}
