import Checking
import Distributions
import GAN
import Tensors
import Testing
import VAE
import ch09

@Suite("Exercise 9.2  How tight the bound is")
struct Exercise9_2Tests {
  @Test("Exercise 9.2.1: log p(x) − ELBO = KL(q ‖ p(z | x)) to 1e-10, for full and for diagonal q")
  func gap() throws {
    let (model, x, random) = (try tiltedModel.get(), tiltedExample, RandomSource(seed: 1))
    let logMarginal = model.marginal.logDensity(of: x.expanded(axis: 0)).item
    let posterior = try model.posterior(of: x)
    for _ in 0..<20 {
      let full = try randomNormal(random)
      let diagonal = MultivariateNormal(
        Normal(
          mean: random.normal([2], scalarType: .double), logVariance: random.normal([2], scalarType: .double)))
      for q in [full, diagonal] {
        #expect(abs(logMarginal - model.bound(of: x, by: q) - q.klDivergence(to: posterior)) < 1e-10)
      }
    }
  }

  @Test("Exercise 9.2.2: the gap is 0 for the posterior only; a diagonal q leaves ½ (Σ log Λⱼⱼ − log |Λ|), for every x")
  func tight() throws {
    let (model, random) = (try tiltedModel.get(), RandomSource(seed: 2))
    #expect(model.smallestDiagonalGap > 0.05)
    for _ in 0..<5 {
      let x = random.normal([3], scalarType: .double)
      let logMarginal = model.marginal.logDensity(of: x.expanded(axis: 0)).item
      let best = try model.bestDiagonal(of: x)
      let gap = logMarginal - model.bound(of: x, by: MultivariateNormal(best))
      #expect(abs(gap - model.smallestDiagonalGap) < 1e-10)
      #expect(abs(logMarginal - model.bound(of: x, by: try model.posterior(of: x))) < 1e-10)
      // Every other diagonal q has a larger gap.
      let other = best.mapParameters { $0 + 0.1 * random.normal($0.shape, scalarType: .double) }
      #expect(logMarginal - model.bound(of: x, by: MultivariateNormal(other)) > gap)
    }
    let upright = try LinearGaussianModel(
      weights: Tensor([[1, 0], [0, 2], [0, 1]], scalarType: .double), noise: 0.4)
    #expect(abs(upright.smallestDiagonalGap) < 1e-14, "Wᵀ W is diagonal")
  }

  private let scalar = ScalarBound.standard

  @Test("Exercise 9.2.3, (9.29): IWAE rises with K from the ELBO to log p(x), and the logarithm is outside of the mean")
  func rising() {
    #expect(abs(scalar.logMarginal + 1.8280) < 5e-5 && abs(scalar.evidenceBound + 2.3986) < 5e-5)
    let known = [(1, -2.39863), (2, -2.01327), (5, -1.88067), (10, -1.85203), (50, -1.83252), (500, -1.82845)]
    let random = RandomSource(seed: 3)
    var last = -Double.infinity
    for (K, value) in known {
      let plain = scalar.importanceWeighted(count: K, draws: 200_000, random: random)
      let (gap, error) = scalar.importanceGap(count: K, draws: 200_000, random: random)
      let bound = scalar.logMarginal - gap
      #expect(abs(plain.bound - bound) < 3 * (plain.error + error), "K = \(K): \(plain), \(bound)")
      #expect(abs(bound - value) < 3 * error + 1e-4, "K = \(K): \(bound)")
      #expect(bound > last && bound < scalar.logMarginal - 3 * error)
      last = bound
    }
  }

  @Test("Exercise 9.2.3, (9.29): with two weights the bound is a double integral, −2.01327")
  func two() {
    let (q, grid) = (scalar.posteriorGuess, LatentGrid(dimensions: 1, radius: 12, panels: 24))
    let (logQ, logs) = (q.logDensity(of: grid.points), scalar.joint.logWeights(at: grid.points, under: q))
    let inner = Tensor.stacked(
      logs.scalars.map { first in
        let pairs = Tensor.stacked([logs, 0 * logs + first], axis: 0)
        return grid.integral(ofExp: logQ, times: logMeanExp(pairs, axis: 0))
      }, axis: 0)
    #expect(abs(grid.integral(ofExp: logQ, times: inner).item + 2.0132677) < 1e-6)
    #expect(abs(grid.integral(ofExp: logQ, times: logs).item - scalar.evidenceBound) < 1e-10)
  }

  @Test(
    "Exercise 9.2.3: for large K the gap is about Var(w)/(2K E[w]²), which is infinite if σ_q² ≤ ½ of the posterior's")
  func rate() {
    let found = scalar.importanceGap(count: 100, draws: 400_000, random: RandomSource(seed: 4))
    let predicted = scalar.relativeVariance / 200
    #expect(abs(found.gap - predicted) < 0.05 * predicted + 3 * found.error)
    // The closed form of the relative variance is that of draws.
    let weights = scalar.weights(draws: 400_000, random: RandomSource(seed: 5))
    #expect(abs(weights.variance().item / (weights.mean() * weights.mean()).item / scalar.relativeVariance - 1) < 0.05)
    // The posterior is N(x/2, ½).
    var narrow = scalar
    narrow.variance = 0.25
    #expect(narrow.relativeVariance == .infinity)
    narrow.variance = 0.26
    #expect(narrow.relativeVariance.isFinite)
  }

  @Test("Exercise 9.2.3: the mean of the logarithms of the same weights is the ELBO, for every K")
  func averaged() {
    let weights = scalar.joint.logWeights(
      count: 50, repetitions: 2_000, under: scalar.posteriorGuess, random: RandomSource(seed: 6))
    let error = (weights.variance().item / Double(weights.count)).squareRoot()
    #expect(abs(weights.mean().item - scalar.evidenceBound) < 3 * error)
    #expect(importanceWeightedBound(logWeights: weights).item > weights.mean().item + 0.3)
  }

  @Test("Exercise 9.2.3: the curves of the figure begin at the gaps of their q, and one ends near Var(w)/(2K E[w]²)")
  func curves() {
    let series = rateFigure(draws: 100_000, random: RandomSource(seed: 7)).series
    let narrow = ScalarBound(x: 1.5, mean: 0.2, variance: 0.1)
    #expect(abs(series[0].y[0] - scalar.gap) < 0.02 && abs(series[2].y[0] - narrow.gap) < 0.02)
    let (found, predicted) = (series[0].y[7], series[1].y[7])
    #expect(series[0].x[7] == 200 && abs(found / predicted - 1) < 0.3, "\(found), \(predicted)")
  }
}
