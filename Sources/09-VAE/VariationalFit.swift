// § 9.3.2, § 9.4.2  The best diagonal q for one example, found by ascent of the bound

import Distributions
import Messages
import Tensors
import Training

extension JointDensity {
  /// The diagonal q(z | x) that Adam finds from a start by minimizing −ELBO = −E[log p(x, z)] − H(q), (9.7), with the
  /// derivatives (9.17) from the given number of draws per step and a learning rate that falls to 0. start: [d]
  public func fitted(
    from start: Normal, draws: Int = 32, learningRate: Double = 0.05, plan: TrainingPlan, random: RandomSource
  ) -> Normal {
    require(
      start.mean.shape == [latentCount] && draws >= 1,
      "cannot fit q from means \(start.mean.shape) by \(draws) draws: means [\(latentCount)] and a draw are needed")
    var (q, optimizer, plan) = (start.converted(to: .double), Adam(learningRate: learningRate), plan)
    let steps = Double(plan.epochs)
    plan.learningRate = { learningRate * (1 - Double($0) / steps) }
    let d = latentCount
    train(&q, with: &optimizer, examples: 1, plan: plan, random: random) { q, _ in
      let ε = random.normal([draws, d], scalarType: .double)
      return -self(q.mean + q.standardDeviation * ε).mean() - q.entropy.sum()
    }
    return q
  }
}
