// § 9.6  A linear β-VAE, trained without sampling

import Messages
import Tensors
import Training

/// q(z | x) = N(V x, diag σ²) and p(x | z) = N(W z, s² I), for data with mean 0.
///
/// Its objective (9.23) depends on the data only through their covariance, and needs no sampling.
public struct LinearVAE: Model {
  /// V, [d×D], and W, [D×d].
  public var encoder, decoder: Tensor
  /// log σ², the same for every x. [d]
  public var logVariance: Tensor

  /// Small random weights, and σ = 1.
  public init(inputs D: Int, latent d: Int, random: RandomSource) {
    require(D >= 1 && d >= 1, "cannot encode \(D) numbers in \(d): at least one of each is needed")
    let scale = 0.1 / Double(D).squareRoot()
    encoder = scale * random.normal([d, D], scalarType: .double)
    decoder = scale * random.normal([D, d], scalarType: .double)
    logVariance = Tensor.zeros([d], scalarType: .double)
  }

  /// V, W and log σ².
  public static var parameters: [PartialKeyPath<LinearVAE>] { [\.encoder, \.decoder, \.logVariance] }

  /// E‖x − W z‖² = Tr((I − W V) Σ (I − W V)ᵀ) + Σ_j σ_j² ‖W_j‖². Σ: [D×D] → scalar
  public func distortion(covariance Σ: Tensor) -> Tensor {
    let rest = Tensor.identity(Σ.shape[0], scalarType: Σ.scalarType) - matmul(decoder, encoder)
    return (matmul(rest, Σ) * rest).sum() + (decoder.squared().sum(axes: [0]) * logVariance.exp()).sum()
  }

  /// KL_j = ½ ((V Σ Vᵀ)_jj + σ_j² − 1 − log σ_j²), on average over the data. (9.18) Σ: [D×D] → [d]
  public func divergences(covariance Σ: Tensor) -> Tensor {
    let squares = (matmul(encoder, Σ) * encoder).sum(axes: [1])
    return 0.5 * (squares + logVariance.exp() - 1 - logVariance)
  }

  /// −E[log p(x | z)] = E‖x − W z‖²/2s² + D/2 log 2πs². Σ: [D×D] → scalar
  public func reconstruction(covariance Σ: Tensor, noise s²: Double) -> Tensor {
    distortion(covariance: Σ) / (2 * s²) + 0.5 * Double(Σ.shape[0]) * log(2 * Double.pi * s²)
  }

  /// −(9.23) = −E[log p(x | z)] + β KL, in nats per example. Σ: [D×D] → scalar
  public func loss(covariance Σ: Tensor, noise s²: Double, β: Double) -> Tensor {
    reconstruction(covariance: Σ, noise: s²) + β * divergences(covariance: Σ).sum()
  }

  /// Trains by Adam with a rate that falls to 0 along a quarter of a cosine, for the plan's steps.
  @discardableResult
  public mutating func train(
    covariance Σ: Tensor, noise s²: Double, β: Double, learningRate: Double = 0.02, plan: TrainingPlan,
    random: RandomSource
  ) -> History {
    var (plan, optimizer) = (plan, Adam(learningRate: learningRate))
    let steps = Double(plan.epochs)
    plan.learningRate = { learningRate * Tensor(0.5 * Double.pi * Double($0) / steps, scalarType: .double).cos().item }
    return Training.train(&self, with: &optimizer, examples: 1, plan: plan, random: random) { model, _ in
      model.loss(covariance: Σ, noise: s², β: β)
    }
  }
}
