// § 9.3.3, Exercise 9.2  Importance weights: the bound as the mean of a logarithm, and tighter bounds

import Distributions
import Messages
import Tensors

/// log (1/K Σₖ exp lₖ) along an axis of length K, without overflow.
public func logMeanExp(_ l: Tensor, axis: Int) -> Tensor {
  l.logSumExp(axes: [axis]) - log(Double(l.shape[axis]))
}

/// L_IWAE = E[log 1/K Σₖ wₖ] for wₖ = p(x, zₖ)/q(zₖ | x) with zₖ ∼ q: the mean over columns of K log-weights. (9.29)
///
/// K = 1 gives the ELBO, the mean of a logarithm (9.12). [K×N] → scalar
public func importanceWeightedBound(logWeights: Tensor) -> Tensor {
  require(
    logWeights.rank == 2 && logWeights.shape[0] >= 1,
    "cannot bound log p by weights \(logWeights.shape): K ≥ 1 weights for each of N examples are needed, [K×N]")
  return logMeanExp(logWeights, axis: 0).mean()
}

extension JointDensity {
  /// log w = log p(x | z) + log p(z) − log q(z | x), the integrand of (9.11), for draws z ∼ q. [N×d] → [N]
  public func logWeights(at z: Tensor, under q: MultivariateNormal) -> Tensor { self(z) - q.logDensity(of: z) }

  /// `repetitions` columns of K log-weights, for (9.29). [K×repetitions]
  public func logWeights(
    count K: Int, repetitions: Int, under q: MultivariateNormal, random: RandomSource
  ) -> Tensor {
    let ε = random.normal([K * repetitions, latentCount], scalarType: .double)
    return logWeights(at: q.draws(noise: ε), under: q).reshaped([K, repetitions])
  }
}

extension LatentVariableModel {
  /// log w = log p(x | z) + log p(z) − log q(z | x) for z = μ + σ ⊙ ε, K times for each example. (9.29)
  ///
  /// x: [N×…] with values 0 or 1, so that p(x | z) is a probability; ε: [K×N×d] → [K×N]
  public func logWeights(of x: Tensor, noise ε: Tensor) -> Tensor {
    let (K, N, d) = (ε.shape[0], x.shape[0], latentCount)
    require(
      ε.shape == [K, N, d],
      "cannot weight draws with noise \(ε.shape) for examples \(x.shape): [K×\(N)×\(d)] is needed")
    let q = encoded(x)
    let z = q.mean + q.standardDeviation * ε  // [K×N×d]
    let logits = decodedLogits(z.reshaped([K * N, d])).reshaped([K, N, x.count / N])
    let likelihood = (x.flattened(from: 1) * logits - logits.softplus()).sum(axes: [2])
    return likelihood + logPrior(of: z) - q.logDensity(at: z).sum(axes: [2])
  }

  /// log p(x) of every example by quadrature over z, for d ≤ 2. (9.2) x: [N×…] with values 0 or 1 → [N]
  ///
  /// log p(x | z) = Σᵢ xᵢ logitᵢ(z) − Σᵢ softplus(logitᵢ(z)), so one matrix product serves all examples.
  public func logMarginal(of x: Tensor, on grid: LatentGrid) -> Tensor {
    let pixels = x.flattened(from: 1).transposed
    let parts = stride(from: 0, to: grid.points.shape[0], by: 4_096).map { start in
      let z = grid.points[start..<min(start + 4_096, grid.points.shape[0])].converted(to: x.scalarType)
      let logits = decodedLogits(z).flattened(from: 1)
      return matmul(logits, pixels) + (logPrior(of: z) - logits.softplus().sum(axes: [1])).expanded(axis: 1)
    }
    return grid.logIntegral(of: Tensor.concatenated(parts, axis: 0).converted(to: .double))
  }
}
