// A gallery of mistakes: the two terms of the bound, its noise and its weight, and gradients past a codebook

import Distributions
import Running
import Tensors

/// Mistakes in the two terms of the bound.
extension Mistake {
  /// The reconstruction as a mean over the numbers of an example instead of a sum: this multiplies the relative weight
  /// of the KL by that number. (9.8), Listing 9.8
  public static func meanOverPixels(of x: Tensor, logits: Tensor) -> Tensor {
    logLikelihoods(of: x, logits: logits) / Double(x.count / x.shape[0])
  }

  /// Images with values in [−1, 1], as for GANs, in the likelihood for values in [0, 1]. § 9.8
  public static func likelihoodOutsideUnit(of x: Tensor, logits: Tensor) -> Tensor {
    logLikelihoods(of: 2 * x - 1, logits: logits)
  }

  /// KL(p ‖ q), the wrong direction of (9.18): it asks q to cover the prior, not to stay inside it.
  public static func divergencesOfPrior(from q: Normal) -> Tensor {
    0.5 * ((-q.logVariance).exp() * (1 + q.mean.squared()) - 1 + q.logVariance)
  }
}

/// Mistakes in the sample.
extension Mistake {
  /// The sample if the encoder outputs log σ but the code reads log σ²: its deviation is √σ. (9.26)
  public static func sampleOfLogDeviation(_ q: Normal, noise ε: Tensor) -> Tensor {
    reparameterized(mean: q.mean, logVariance: 0.5 * q.logVariance, noise: ε)
  }

  /// The noise of a batch from a table with a row for each example that is drawn once, before the training. (9.16)
  public static func noiseOfTable(_ table: Tensor, _ batch: [Int]) -> Tensor { table.gathered(batch) }

  /// log p(x | μ) at the mean of q(z | x) instead of at a sample: not a bound of log p, and σ does not matter. (9.8)
  public static func reconstructionAtMean<M: LatentVariableModel>(_ model: M, of x: Tensor) -> Tensor {
    let q = model.encoded(x)
    return logLikelihoods(of: x, logits: model.decodedLogits(q.mean))
  }
}

/// Mistakes in the gradient, and in the weight of the KL.
extension Mistake {
  /// The straight-through output without stop-gradients: the value is z_q, and so is the gradient. Remark 9.9
  public static func straightThroughWithoutStop(_ z_e: Tensor, to z_q: Tensor) -> Tensor { z_e + (z_q - z_e) }

  /// An annealed weight that counts epochs where T is meant in steps: the training ends before it is 1. § 9.9.1
  public static func weightByEpoch(over T: Int, stepsPerEpoch: Int) -> @Sendable (_ step: Int) -> Double {
    { t in min(1, Double(t / stepsPerEpoch + 1) / Double(T)) }
  }
}
