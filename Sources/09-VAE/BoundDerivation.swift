// § 9.3.2, § 9.3.3  The derivations of the bound, line by line

import Distributions
import Tensors

/// Every line of Theorem 9.3 and of Proposition 9.4 for one x, as a number: integrals over a grid.
public struct BoundDerivation: Sendable {
  /// The lines (9.3), (9.4), (9.5), (9.6) and (9.7), all equal to log p(x).
  public let lines: [Double]
  /// The two terms of (9.7): ELBO = ∫ q log (p(x, z)/q) dz and KL(q ‖ p(z | x)).
  public let bound, divergence: Double
  /// The terms of (9.8): E[log p(x | z)] and KL(q ‖ p(z)).
  public let reconstruction, priorDivergence: Double
  /// The lines (9.9), (9.10) and (9.11), all equal to log p(x), and (9.12), which is the bound.
  public let jensen: [Double]

  /// The lines for this q(z | x) and, if it is known, the logarithm of the posterior p(z | x), [N×d] → [N]; otherwise
  /// the posterior is p(x, z) divided by the integral.
  public init(
    of joint: JointDensity, by q: MultivariateNormal, on grid: LatentGrid,
    logPosterior: ((_ z: Tensor) -> Tensor)? = nil
  ) {
    let z = grid.points
    let (joint, prior, likelihood) = (joint(z), logPrior(of: z), joint.logLikelihood(z))
    let (q, logMarginal) = (q.logDensity(of: z), grid.logIntegral(of: joint))
    let posterior = logPosterior?(z) ?? joint - logMarginal
    func mean(_ f: Tensor) -> Double { grid.integral(ofExp: q, times: f).item }

    (bound, divergence) = (mean(joint - q), mean(q - posterior))
    (reconstruction, priorDivergence) = (mean(likelihood), mean(q - prior))
    let ones = Tensor.ones(q.shape, scalarType: .double)
    lines = [
      logMarginal.item * mean(ones),  // (9.3)
      mean(logMarginal * ones),  // (9.4)
      mean(joint - posterior),  // (9.5)
      mean(joint + q - (posterior + q)),  // (9.6)
      bound + divergence,  // (9.7)
    ]
    let logWeights = likelihood + prior - q
    jensen = [
      grid.logIntegral(of: likelihood + prior).item,  // (9.9)
      grid.logIntegral(of: logWeights + q).item,  // (9.10)
      grid.logIntegral(of: q + (logWeights - logMarginal)).item + logMarginal.item,  // (9.11)
      mean(logWeights),  // (9.12)
    ]
  }
}
