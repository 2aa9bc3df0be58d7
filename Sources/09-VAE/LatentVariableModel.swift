// § 9.1, § 9.3  Models with latent variables, and the two terms of the bound

import Distributions
import Messages
import Tensors
import Training

/// A model that is trained by the evidence lower bound: its encoder q(z | x) is Gaussian, and z ∼ N(0, I). § 9.3
///
/// The decoder may be anything that gives log p(x | z); it may read x itself, as an autoregressive decoder does.
public protocol EvidenceModel: Model {
  /// The number of latent variables: d.
  var latentCount: Int { get }
  /// q(z | x), a Gaussian for each example. x: [N×…] in [0, 1] → mean and log-variance [N×d]
  func encoded(_ x: Tensor) -> Normal
  /// Both terms of the bound for each example, with the noise ε in z = μ + σ ⊙ ε. (9.8) x: [N×…]; ε: [N×d]
  func evidence(of x: Tensor, noise ε: Tensor) -> EvidenceTerms
}

/// A model of binary or grey data with latent variables z ∼ N(0, I): an encoder q(z | x) and a decoder p(x | z). § 9.3
public protocol LatentVariableModel: EvidenceModel {
  /// The logits of p(x | z): every number of x is Bernoulli with probability σ(logit). z: [N×d] → [N×…], with as many
  /// numbers as x
  func decodedLogits(_ z: Tensor) -> Tensor
}

extension LatentVariableModel {
  /// The means of p(x | z), for example images. z: [N×d] → [N×…]
  public func decoded(_ z: Tensor) -> Tensor { decodedLogits(z).sigmoid() }

  /// The reconstructions from the means of q(z | x). [N×…] → [N×…]
  public func reconstructed(_ x: Tensor) -> Tensor { decoded(encoded(x).mean) }

  /// Both terms of the bound for each example, with the noise ε in z = μ + σ ⊙ ε. (9.8) x: [N×…]; ε: [N×d]
  public func evidence(of x: Tensor, noise ε: Tensor) -> EvidenceTerms {
    let q = encoded(x)
    let logits = decodedLogits(reparameterized(mean: q.mean, logVariance: q.logVariance, noise: ε))
    return EvidenceTerms(
      reconstruction: logLikelihoods(of: x, logits: logits), divergences: standardDivergences(of: q))
  }
}

/// log p(x | z) = Σᵢ (xᵢ ℓᵢ − log(1 + e^(ℓᵢ))) for each example, with logits ℓ: minus the summed binary cross-entropy.
/// Listing 9.8
///
/// For grey levels between 0 and 1 it is not a normalized likelihood; see `greyLevelEntropies`. Both arguments have the
/// same numbers for each example, in any shape. [N×…], [N×…] → [N]
public func logLikelihoods(of x: Tensor, logits: Tensor) -> Tensor {
  let (x, ℓ) = (x.flattened(from: 1), logits.flattened(from: 1))
  require(
    x.shape == ℓ.shape,
    "cannot compare examples \(x.shape) with logits \(ℓ.shape): the decoder must give as many numbers as the encoder "
      + "reads")
  return (x * ℓ - ℓ.softplus()).sum(axes: [1])
}

/// The smallest binary cross-entropy that any decoder can reach on these grey levels, in nats per example: their
/// entropy Σᵢ (−xᵢ log xᵢ − (1 − xᵢ) log(1 − xᵢ)), which a perfect reconstruction costs. § 9.8
///
/// 0 for black and white. [N×…] in [0, 1] → [N]
public func greyLevelEntropies(_ x: Tensor) -> Tensor {
  let x = x.flattened(from: 1)
  return -(x.log().weighted(by: x) + (1 - x).log().weighted(by: 1 - x)).sum(axes: [1])
}

/// log σ² held between −20 and 20, as a guard for heads whose outputs explode: σ lies between 4.5 · 10⁻⁵ and 2.2 · 10⁴.
/// (9.26)
///
/// In `Float` exp(log σ²) overflows from 88.8 on, and the KL is infinite. Outside the limits the derivative is 0.
public func limitedLogVariance(_ logVariance: Tensor) -> Tensor { logVariance.clamped(to: -20...20) }

/// The two terms of the evidence lower bound, for each example.
public struct EvidenceTerms {
  /// log p(x | z) at one sample z ∼ q(z | x). [N]
  public let reconstruction: Tensor
  /// KL(q(z_j | x) ‖ N(0, 1)) for each latent variable; below the top of a hierarchy the prior p(z_j | …) takes the
  /// place of N(0, 1). [N×d]
  public let divergences: Tensor

  /// The terms with these values.
  public init(reconstruction: Tensor, divergences: Tensor) {
    (self.reconstruction, self.divergences) = (reconstruction, divergences)
  }

  /// KL(q(z | x) ‖ p(z)). [N]
  public var divergence: Tensor { divergences.sum(axes: [1]) }

  /// The objective of each example: reconstruction − β KL. Definition 9.7, (9.23) [N]
  public func objective(β: Double = 1) -> Tensor { reconstruction - β * divergence }

  /// The loss of a batch in nats per example: minus the mean of (9.23), with λ = 0.
  ///
  /// With free bits λ a latent variable whose mean KL over the batch is below λ nats costs λ, and its KL has no
  /// gradient: −mean reconstruction + β Σ_j max(λ, mean KL_j). § 9.9.1, Kingma et al. (2016)
  public func loss(β: Double = 1, freeBits λ: Double = 0) -> Tensor {
    β * maximum(λ, divergences.mean(axes: [0])).sum() - reconstruction.mean()
  }
}
