import Checking
import Distributions
import GAN
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("§ 9.3.2 and § 9.3.3  The two derivations of the bound")
struct EvidenceBoundTests {
  @Test(
    "Theorem 9.3, (9.3), (9.4), (9.5), (9.6), (9.7): every line is log p(x), in closed form and on a grid, for 20 q")
  func linear() throws {
    let (model, x, random) = (try tiltedModel.get(), tiltedExample, RandomSource(seed: 2))
    let logMarginal = model.marginal.logDensity(of: x.expanded(axis: 0)).item
    let posterior = try model.posterior(of: x)
    let grid = LatentGrid(dimensions: 2, radius: 11, panels: 15)
    for _ in 0..<20 {
      let q = try randomNormal(random)
      #expect(abs(model.bound(of: x, by: q) + q.klDivergence(to: posterior) - logMarginal) < 1e-10)
      let found = BoundDerivation(
        of: model.joint(of: x), by: q, on: grid, logPosterior: { posterior.logDensity(of: $0) })
      #expect(found.lines.allSatisfy { abs($0 - logMarginal) < 1e-10 }, "\(found.lines)")
      #expect(abs(found.bound - model.bound(of: x, by: q)) < 1e-10)
      #expect(abs(found.divergence - q.klDivergence(to: posterior)) < 1e-10)
    }
  }

  @Test("Theorem 9.3 and Proposition 9.4, (9.9), (9.10), (9.11), (9.12): the same by quadrature for a bent decoder")
  func nonlinear() throws {
    let (grid, random) = (LatentGrid(dimensions: 1, radius: 14, panels: 60), RandomSource(seed: 3))
    let bent = try BoundStudy().bent
    let logMarginal = bent.logMarginal(on: grid)
    for _ in 0..<20 {
      let found = BoundDerivation(of: bent, by: try randomNormal(random, dimensions: 1), on: grid)
      #expect(found.lines.allSatisfy { abs($0 - logMarginal) < 1e-10 }, "\(found.lines)")
      #expect(found.jensen.dropLast().allSatisfy { abs($0 - logMarginal) < 1e-10 }, "\(found.jensen)")
      #expect(abs(found.jensen[3] - found.bound) < 1e-10)
      #expect(found.bound < logMarginal && abs(logMarginal - found.bound - found.divergence) < 1e-10)
      #expect(abs(found.reconstruction - found.priorDivergence - found.bound) < 1e-10)
    }
  }

  @Test("(9.9), (9.10), (9.11): also for a q so narrow that 1/q(z | x) overflows far from its mean")
  func narrow() throws {
    let grid = LatentGrid(dimensions: 1, radius: 14, panels: 120)
    let q = try MultivariateNormal(
      mean: Tensor([0.4], scalarType: .double), covariance: Tensor([[0.0025]], scalarType: .double))
    let bent = try BoundStudy().bent
    let found = BoundDerivation(of: bent, by: q, on: grid)
    let logMarginal = bent.logMarginal(on: grid)
    #expect((-q.logDensity(of: grid.points)).max().item > 710)
    #expect(found.jensen.dropLast().allSatisfy { abs($0 - logMarginal) < 1e-10 }, "\(found.jensen)")
    #expect(found.lines.allSatisfy { abs($0 - logMarginal) < 1e-8 }, "\(found.lines)")
  }

  @Test(
    "§ 9.3: the bent decoder is x | z ∼ N(sin 2z + z²/2, 0.3²) with x = 0.9, the ring x | z ∼ N(‖z‖, 0.2²) with 1.5")
  func decoders() throws {
    let study = try BoundStudy()
    let z = Tensor([[-1.3], [0.4], [2]], scalarType: .double)
    // sin 2z + z²/2 and then −½ ((0.9 − f)/0.3)² − ln 0.3 − ½ ln 2π.
    let means = [0.329498628178, 0.797356090900, 1.243197504692]
    for (found, f) in zip(study.bent.logLikelihood(z).scalars, means) {
      #expect(abs(found - (-(0.9 - f) * (0.9 - f) / 0.18 + 1.2039728043 - 0.9189385332)) < 1e-9)
    }
    // ‖(0.9, −1.2)‖ = 1.5 and ‖(3, 4)‖ = 5.
    let ring = study.ring.logLikelihood(Tensor([[0.9, -1.2], [3, 4]], scalarType: .double)).scalars
    let peak = 1.6094379124 - 0.9189385332
    #expect(abs(ring[0] - peak) < 1e-9 && abs(ring[1] - (peak - 12.25 / 0.08)) < 1e-9)
  }

  @Test("§ 9.3: the plot of a posterior reaches 4.5 of the larger deviation of q to each side of its mean")
  func reach() throws {
    let q = try MultivariateNormal(
      mean: Tensor([1, -2], scalarType: .double),
      covariance: Tensor([[0.04, 0.003], [0.003, 0.01]], scalarType: .double))
    let plot = posteriorPlot("", around: q) { q.logDensity(of: $0) }
    let (x, y) = (plot.x.range ?? 0...0, plot.y.range ?? 0...0)
    #expect(abs(x.lowerBound - 0.1) < 1e-12 && abs(x.upperBound - 1.9) < 1e-12)
    #expect(abs(y.lowerBound + 2.9) < 1e-12 && abs(y.upperBound + 1.1) < 1e-12)
  }

  @Test("(9.7), (9.8): both forms of the bound are equal in closed form, and so are their derivatives")
  func forms() throws {
    let (model, x, random) = (try tiltedModel.get(), tiltedExample, RandomSource(seed: 4))
    for _ in 0..<20 {
      let q = try randomNormal(random)
      #expect(abs(model.bound(of: x, by: q) - model.boundFromJoint(of: x, by: q)) < 1e-12)
    }
    let q = Normal(mean: spread([2]), logVariance: spread([2], offset: 5))
    #expect(
      abs(
        model.expectedLogLikelihood(of: x, under: q).item
          - model.expectedLogLikelihood(of: x, under: MultivariateNormal(q))) < 1e-12)
    func fromPrior(_ q: Normal) -> Tensor {
      model.expectedLogLikelihood(of: x, under: q) - standardDivergences(of: q).sum()
    }
    func fromJoint(_ q: Normal) -> Tensor {
      let prior = -0.5 * (q.mean.squared() + q.logVariance.exp() + 1.8378770664093453).sum()
      return model.expectedLogLikelihood(of: x, under: q) + prior + q.entropy.sum()
    }
    let (a, b) = (gradient(at: q, of: fromPrior), gradient(at: q, of: fromJoint))
    expectClose(a.flattened, b.flattened, tolerance: 1e-12)
    expectGradient(at: q, order: 2, of: fromPrior)
  }

  @Test("(9.8): by sampling, both forms and their derivatives agree with the closed form within 3 standard errors")
  func sampled() throws {
    let (model, x) = (try tiltedModel.get(), tiltedExample)
    let (μ, logVariance) = (Tensor([0.4, -0.1], scalarType: .double), Tensor([-0.5, 0.2], scalarType: .double))
    let (N, ε) = (40_000, RandomSource(seed: 5).normal([40_000, 2], scalarType: .double))
    let point = Normal(mean: μ, logVariance: logVariance)
    let exact = gradient(at: point) {
      model.expectedLogLikelihood(of: x, under: $0) - standardDivergences(of: $0).sum()
    }
    let bound = model.bound(of: x, by: MultivariateNormal(point))
    // A copy of q for each draw: the gradient then has the derivative of each draw.
    let copies = Normal(
      mean: μ.expanded(axis: 0).repeated(N, axis: 0),
      logVariance: logVariance.expanded(axis: 0).repeated(N, axis: 0))
    let joint = model.joint(of: x)
    let forms: [(Normal, Tensor) -> Tensor] = [
      { q, z in joint(z) - q.logDensity(at: z).sum(axes: [1]) },
      { q, z in joint.logLikelihood(z) - standardDivergences(of: q).sum(axes: [1]) },
    ]
    func expectMean(_ values: Tensor, _ truth: Tensor) {
      let error = (values.variance(axes: [0]) / Double(N)).squareRoot()
      #expect(((values.mean(axes: [0]) - truth).abs() / (error + 1e-12)).max().item < 3)
    }
    for form in forms {
      var values = Tensor(0)
      let slopes = gradient(at: copies) { q in
        let terms = form(q, reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε))
        values = terms.stopGradient
        return terms.sum()
      }
      expectMean(values, Tensor(bound, scalarType: .double))
      expectMean(slopes.mean, exact.mean)
      expectMean(slopes.logVariance, exact.logVariance)
    }
  }

  @Test("Proposition 9.4, (9.11)–(9.12): log E[w] ≥ E[log w], with equal weights if and only if q is the posterior")
  func jensen() throws {
    let (model, x) = (try tiltedModel.get(), tiltedExample)
    let logMarginal = model.marginal.logDensity(of: x.expanded(axis: 0)).item
    let (posterior, ε) = (try model.posterior(of: x), RandomSource(seed: 6).normal([1_000, 2], scalarType: .double))
    let constant = model.joint(of: x).logWeights(at: posterior.draws(noise: ε), under: posterior)
    expectClose(constant, Tensor(repeating: logMarginal, [1_000], scalarType: .double), tolerance: 1e-12)
    #expect(abs(model.bound(of: x, by: posterior) - logMarginal) < 1e-12)

    let q = MultivariateNormal(
      Normal(mean: Tensor([0.3, 0.2], scalarType: .double), logVariance: Tensor([-0.2, -0.2], scalarType: .double)))
    let weights = model.joint(of: x).logWeights(at: q.draws(noise: ε), under: q)
    #expect(logMeanExp(weights, axis: 0).item > weights.mean().item + 0.1, "on any draws")
    #expect(model.bound(of: x, by: q) < logMarginal - 0.1)
    #expect(
      abs(SampledIntegral(logTerms: weights).logarithm - logMarginal)
        < 3 * SampledIntegral(logTerms: weights).relativeError)
  }

  @Test("(9.7), (9.17): ascent of the bound finds the best diagonal q of a linear model")
  func fitted() throws {
    let (model, x) = (try tiltedModel.get(), tiltedExample)
    let q = model.joint(of: x).fitted(
      from: .standard([2], scalarType: .double), plan: TrainingPlan(steps: 800), random: RandomSource(seed: 8))
    let best = try model.bestDiagonal(of: x)
    expectClose(q.mean, best.mean, tolerance: 0.02, scale: 1)
    expectClose(q.logVariance, best.logVariance, tolerance: 0.03, scale: 1)
    let gap = MultivariateNormal(q).klDivergence(to: try model.posterior(of: x))
    #expect(gap > model.smallestDiagonalGap && gap < model.smallestDiagonalGap + 1e-3)
  }
}
