// A gallery of mistakes: double descent, the tangent kernel, pruning, sharpness-aware minimization, grokking

import Foundations
import Messages
import Running
import Tensors
import Training

/// Mistakes in fits.
extension Mistake {
  /// A fit to as many features as examples without the ridge penalty λ: it has the largest test error of all numbers of
  /// features. § 11.4.1
  public static func fitWithoutRidge(_ X: Tensor, _ y: Tensor, penalty λ: Double) -> Tensor {
    minimumNormSolution(X, y)
  }

  /// The outputs after descent on the mean of (f − y)², with the learning rate of (11.11), which is for half their sum:
  /// N/2 times too slow. [N]
  public static func trainedOnMean(
    _ network: WideNetwork, inputs x: Tensor, targets y: Tensor, steps: Int, rate η: Double
  ) -> Tensor {
    var (model, descent) = (network, GradientDescent(learningRate: η))
    for _ in 0..<steps {
      let slope = gradient(at: model) { ($0(x) - y).squared().mean() }
      descent.update(&model, along: slope)
    }
    return model(x)
  }
}

/// Mistakes in pruning and in sharpness-aware minimization.
extension Mistake {
  /// The mask without the smallest of all weights, pruned ones included: these are 0, so that from the second round on
  /// they are pruned again, and nothing else. Remark 11.18
  public static func withoutSmallestOfAll(of network: MLP, mask: PruningMask, share: Double) -> PruningMask {
    let magnitudes = PrunedNetwork(network, mask: mask).masked.layers.flatMap { $0.weight.abs().scalars }
    let alive = Array(magnitudes.indices)
    var rest = mask.layers.flatMap(\.scalars)
    for place in alive.sorted(by: { (magnitudes[$0], $0) < (magnitudes[$1], $1) })
      .prefix(Int((share * Double(alive.count)).rounded()))
    {
      rest[place] = 0
    }
    return PruningMask(flags: rest, like: mask.layers)
  }

  /// ε̂ without the case ∇L = 0, where it is 0/0. (11.14)
  public static func worstStepEverywhere<M: Parameterized>(along gradient: M, radius ρ: Double) -> M {
    let norm = gradient.totalNorm
    return gradient.mapParameters { (ρ / norm) * $0 }
  }

  /// The gradient of sharpness-aware minimization whose second pass observes the batch once more. (11.14)
  public static func gradientObservingTwice<M: Parameterized>(
    at θ: M, radius ρ: Double, of loss: (M) -> Tensor
  ) -> (value: Tensor, gradient: M) {
    let (value, first) = valueWithGradient(at: θ, of: loss)
    var observed = θ
    observed.adoptStatistics(of: first)
    return (value, gradient(at: observed.zipParameters(worstStep(along: first, radius: ρ), +), of: loss))
  }
}

/// A mistake in the split.
extension Mistake {
  /// Sums modulo p whose ordered pairs are split: many test pairs (a, b) have their answer in the training part, as
  /// (b, a). § 11.11
  public static func leakedPairs(modulus p: Int, share: Double, random: RandomSource) -> ModularAddition {
    ModularAddition(modulus: p, share: share, split: .orderedPairs, random: random)
  }
}
