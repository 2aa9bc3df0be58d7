// § 9.10  A variational autoencoder with two levels

import Distributions
import Foundations
import Messages
import Tensors

/// A variational autoencoder with two levels: p(x, z₁, z₂) = p(x | z₁, z₂) p(z₁ | z₂) p(z₂). § 9.10
///
/// A diffusion model is such a hierarchy of many levels whose encoder is fixed: (9.27).
///
/// As in NVAE by Vahdat and Kautz (2020) the encoder has the same order as the decoder: q(z₂ | x), then q(z₁ | x, z₂) =
/// N(μ + σ Δμ, (σ Δσ)²), relative to the prior p(z₁ | z₂) = N(μ, σ²). So an encoder that learns nothing, Δμ = 0 and Δσ
/// = 1, has no divergence at the lower level, whatever z₂ is.
public struct HierarchicalAutoencoder: EvidenceModel {
  /// x → h.
  public var encoder: MLP
  /// h → mean and log-variance of q(z₂ | x).
  public var upper: Linear
  /// z₂ → mean and log-variance of p(z₁ | z₂).
  public var prior: MLP
  /// (h, z₂) → Δμ and log Δσ² of q(z₁ | x, z₂).
  public var lower: MLP
  /// (z₁, z₂) → logits of x.
  public var decoder: MLP
  /// The numbers of variables d₂ and d₁.
  public let upperCount, lowerCount: Int

  /// A network with layers of `hidden` units.
  public init(inputs: Int, hidden H: Int, upper d₂: Int, lower d₁: Int, random: RandomSource) {
    require(
      inputs >= 1 && H >= 1 && d₁ >= 1 && d₂ >= 1,
      "cannot encode \(inputs) numbers by \(H) units in \(d₂) and \(d₁) latent variables: at least one of each is "
        + "needed"
    )
    encoder = MLP([inputs, H, H], outputActivation: .relu, random: random)
    upper = Linear(H, 2 * d₂, random: random)
    prior = MLP([d₂, H, 2 * d₁], random: random)
    lower = MLP([H + d₂, H, 2 * d₁], random: random)
    decoder = MLP([d₁ + d₂, H, inputs], random: random)
    (upperCount, lowerCount) = (d₂, d₁)
  }

  /// All networks.
  public static var parameters: [PartialKeyPath<HierarchicalAutoencoder>] {
    [\.encoder, \.upper, \.prior, \.lower, \.decoder]
  }

  /// The variables of both levels, d₂ + d₁.
  public var latentCount: Int { upperCount + lowerCount }

  /// q(z₂ | x), and (Δμ, Δσ) of q(z₁ | x, z₂) at the mean of z₂. [N×(d₂ + d₁)]
  public func encoded(_ x: Tensor) -> Normal {
    let h = encoder(x.flattened(from: 1))
    let q₂ = halves(upper(h))
    let Δ = halves(lower(.concatenated([h, q₂.mean], axis: 1)))
    return Normal(
      mean: .concatenated([q₂.mean, Δ.mean], axis: 1),
      logVariance: .concatenated([q₂.logVariance, Δ.logVariance], axis: 1))
  }

  /// The terms of the bound for each example, with the noise of both levels; those of z₂ come first. (9.8), § 9.10
  ///
  /// x: [N×…] in [0, 1]; ε: [N×(d₂ + d₁)]
  public func evidence(of x: Tensor, noise ε: Tensor) -> EvidenceTerms {
    let (ε₂, ε₁) = levels(ε)
    let h = encoder(x.flattened(from: 1))
    let q₂ = halves(upper(h))
    let z₂ = reparameterized(mean: q₂.mean, logVariance: q₂.logVariance, noise: ε₂)
    let p₁ = halves(prior(z₂))
    let Δ = halves(lower(.concatenated([h, z₂], axis: 1)))
    // KL(N(μ + σ Δμ, (σ Δσ)²) ‖ N(μ, σ²)) is (9.18) of Δ, whatever μ and σ are.
    let z₁ = reparameterized(
      mean: p₁.mean + p₁.standardDeviation * Δ.mean, logVariance: p₁.logVariance + Δ.logVariance, noise: ε₁)
    return EvidenceTerms(
      reconstruction: logLikelihoods(of: x, logits: decoder(.concatenated([z₁, z₂], axis: 1))),
      divergences: .concatenated([standardDivergences(of: q₂), standardDivergences(of: Δ)], axis: 1))
  }

  /// Means of p(x | z₁, z₂) for z₂ = ε₂ and z₁ = μ(z₂) + σ(z₂) ⊙ ε₁: samples if the noise is normal.
  /// [N×(d₂ + d₁)] → [N×inputs]
  public func generated(noise ε: Tensor) -> Tensor {
    let (z₂, ε₁) = levels(ε)
    let p₁ = halves(prior(z₂))
    let z₁ = reparameterized(mean: p₁.mean, logVariance: p₁.logVariance, noise: ε₁)
    return decoder(.concatenated([z₁, z₂], axis: 1)).sigmoid()
  }

  /// The noise of z₂ and that of z₁.
  private func levels(_ ε: Tensor) -> (upper: Tensor, lower: Tensor) {
    require(
      ε.rank == 2 && ε.shape[1] == latentCount,
      "cannot divide noise \(ε.shape) between levels of \(upperCount) and \(lowerCount) variables: rows of "
        + "\(latentCount) are needed")
    return (ε.sliced(0..<upperCount, axis: 1), ε.sliced(upperCount..<latentCount, axis: 1))
  }

  /// The first half as means, the second as log-variances. [N×2d]
  private func halves(_ h: Tensor) -> Normal {
    let d = h.shape[1] / 2
    return Normal(mean: h.sliced(0..<d, axis: 1), logVariance: h.sliced(d..<2 * d, axis: 1))
  }
}
