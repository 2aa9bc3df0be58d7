// § 9.6, § 9.9.1  The best linear β-VAE in closed form: probabilistic PCA and reverse water-filling

import Messages
import Tensors

/// The optimum of (9.23) over all linear encoders and decoders with p(x | z) = N(W z, s² I), for data of known
/// covariance.
///
/// Dividing (9.23) by β turns it into the bound of a linear model with noise βs², whose optimum is probabilistic PCA:
/// of a direction with variance λ, the part above the level βs² is encoded. This is reverse water-filling, the
/// rate-distortion function of a normal distribution: Cover and Thomas (2006), chapter 10.
public struct WaterFilling: Sendable {
  /// The variances λ of the data along its principal axes, descending. [D]
  public let spectrum: Tensor
  /// The decoder's variance s², and the weight β of the divergence.
  public let noise, β: Double

  /// The optimum for data with these variances along its principal axes, in any order.
  public init(spectrum λ: Tensor, noise s²: Double, β: Double = 1) {
    require(
      λ.rank == 1 && λ.min().item >= 0 && s² > 0 && β > 0,
      "cannot fill a spectrum \(λ.shape) with smallest variance \(λ.min().item) up to \(β) · \(s²): variances ≥ 0, a "
        + "positive noise and a positive weight are needed")
    (spectrum, noise, self.β) = (λ.converted(to: .double).sorted(isDescending: true), s², β)
  }

  /// The water level βs²: the largest distortion of a direction.
  public var level: Double { β * noise }

  /// The number of directions that are encoded: those with λ > βs².
  public var activeCount: Int { spectrum.scalars.count { $0 > level } }

  /// KL_j = ½ log(λ_j / βs²) where λ_j > βs², otherwise 0, in nats per example. [D]
  public var divergences: Tensor { 0.5 * (maximum(level, spectrum) / level).log() }

  /// E[(x − x̂)²] along each principal axis: min(λ_j, βs²). [D]
  public var distortions: Tensor { minimum(level, spectrum) }

  /// The rate: KL(q(z | x) ‖ p(z)) on average over the data, in nats.
  public var divergence: Double { divergences.sum().item }

  /// −E[log p(x | z)] = Σ_j min(λ_j, βs²)/2s² + D/2 log 2πs², in nats per example.
  public var reconstruction: Double {
    distortions.sum().item / (2 * noise) + 0.5 * Double(spectrum.count) * log(2 * Double.pi * noise)
  }

  /// The β from which on each direction is collapsed: λ_j/s². Definition 9.11 [D]
  public var collapseWeights: Tensor { spectrum / noise }

  /// The same data and noise with another weight.
  public func with(β: Double) -> WaterFilling { WaterFilling(spectrum: spectrum, noise: noise, β: β) }
}
