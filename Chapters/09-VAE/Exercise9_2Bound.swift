import Distributions
import Tensors
import VAE

/// One observed and one latent number: z ∼ N(0, 1), x | z ∼ N(z, 1), with q(z | x) = N(mean, variance). Exercise 9.2
public struct ScalarBound: Sendable {
  /// The observed number.
  public var x: Double
  /// The mean and the variance of q.
  public var mean, variance: Double

  /// x = 1.5 and q = N(0.2, 1.1²): a bad guess of the posterior N(0.75, ½).
  public static let standard = ScalarBound(x: 1.5, mean: 0.2, variance: 1.21)

  /// The example x with q = N(mean, variance).
  public init(x: Double, mean: Double, variance: Double) { (self.x, self.mean, self.variance) = (x, mean, variance) }

  /// q(z | x).
  public var posteriorGuess: MultivariateNormal {
    MultivariateNormal(
      Normal(mean: Tensor([mean], scalarType: .double), logVariance: Tensor([variance], scalarType: .double).log()))
  }

  /// log p(x, z) as a function of z.
  public var joint: JointDensity {
    let x = x
    return JointDensity(latentCount: 1) { z in
      Normal(mean: z, logVariance: 0 * z).logDensity(at: 0 * z + x).squeezed(axis: 1)
    }
  }

  /// log p(x) = log N(x; 0, 2).
  public var logMarginal: Double {
    Normal(mean: Tensor(0, scalarType: .double), logVariance: Tensor(2, scalarType: .double).log())
      .logDensity(at: Tensor(x, scalarType: .double)).item
  }

  /// KL(q ‖ p(z | x)) for the posterior N(x/2, ½).
  public var gap: Double {
    Normal(mean: Tensor(mean, scalarType: .double), logVariance: Tensor(variance, scalarType: .double).log())
      .klDivergence(
        to: Normal(mean: Tensor(x / 2, scalarType: .double), logVariance: Tensor(0.5, scalarType: .double).log())
      ).item
  }

  /// ELBO = log p(x) − KL(q ‖ p(z | x)).
  public var evidenceBound: Double { logMarginal - gap }

  /// Var(w)/E[w]² of the importance weights w = p(x, z)/q(z | x): for a posterior N(m, v) and q = N(μ, u) it is
  /// u/√(v (2u − v)) e^((m − μ)²/(2u − v)) − 1, infinite for u ≤ v/2.
  public var relativeVariance: Double {
    let (m, v, u) = (x / 2, 0.5, variance)
    guard 2 * u > v else { return .infinity }
    let exponent = Tensor((m - mean) * (m - mean) / (2 * u - v), scalarType: .double)
    return u / (v * (2 * u - v)).squareRoot() * exponent.exp().item - 1
  }

  /// Importance weights of draws from q.
  public func weights(draws: Int, random: RandomSource) -> Tensor {
    joint.logWeights(count: draws, repetitions: 1, under: posteriorGuess, random: random).exp().squeezed(axis: 1)
  }

  /// (9.29) with K weights in nats, from `draws` draws in all, and its standard error. Exercise 9.2.3
  public func importanceWeighted(
    count K: Int, draws: Int, random: RandomSource
  ) -> (bound: Double, error: Double) {
    let columns = logMeanExp(
      joint.logWeights(count: K, repetitions: draws / K, under: posteriorGuess, random: random), axis: 0)
    return (columns.mean().item, (columns.variance().item / Double(columns.count)).squareRoot())
  }

  /// log p(x) − (9.29) in nats and its standard error, more accurately than by the difference. Exercise 9.2.3
  ///
  /// The mean of the weights is p(x) (1 + δ) with E[δ] = 0, so the gap −E[log(1 + δ)] is E[δ − log(1 + δ)], whose terms
  /// are small and never negative. Use it where the variance of the weights is finite.
  public func importanceGap(count K: Int, draws: Int, random: RandomSource) -> (gap: Double, error: Double) {
    let columns = logMeanExp(
      joint.logWeights(count: K, repetitions: draws / K, under: posteriorGuess, random: random), axis: 0)
    let logRatios = columns - logMarginal
    let terms = logRatios.expm1() - logRatios
    return (terms.mean().item, (terms.variance().item / Double(terms.count)).squareRoot())
  }
}
