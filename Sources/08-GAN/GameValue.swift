// § 8.2.1, § 8.3.2  The value of the game, and the losses of both players

import Messages
import Tensors

/// V(D, G) = E[log D(x)] + E[log(1 − D(G(z)))], from the discriminator's logits a on real and b on generated examples,
/// D = σ(a). (8.1)
///
/// log σ(a) = −softplus(−a) and log(1 − σ(b)) = −softplus(b) are finite for every finite logit.
public func gameValue(real a: Tensor, fake b: Tensor) -> Tensor { -(-a).softplus().mean() - b.softplus().mean() }

/// V(D, G) = ∫ p_data(x) log D(x) + p_g(x) log(1 − D(x)) dx for two densities in one dimension, from the logit a(x) of
/// the discriminator, D = σ(a). (8.1)
///
/// It is at most 0, because both logarithms are, and −2 log 2 for D = ½.
public func gameValue(
  of logit: (Tensor) -> Tensor, real p: LogDensity, fake q: LogDensity, by rule: Quadrature
) -> Tensor {
  rule.integral { x in
    let a = logit(x)
    return -(-a).softplus().weighted(by: p(x).exp()) - a.softplus().weighted(by: q(x).exp())
  }
}

/// The objective of a game: what the discriminator or critic is asked to maximize, and what the generator minimizes.
public enum AdversarialLoss: String, Sendable, CaseIterable {
  /// Both players use V of (8.1): the generator minimizes E[log(1 − D(G(z)))].
  case saturating
  /// The discriminator maximizes V; the generator minimizes −E[log D(G(z))]. § 8.3.2
  case nonSaturating
  /// The critic maximizes E[f(x)] − E[f(G(z))], the generator minimizes −E[f(G(z))]. (8.15)
  case wasserstein

  /// The loss that the discriminator minimizes, from its outputs on real and on generated examples: −V, or minus the
  /// difference in (8.15).
  public func discriminator(real a: Tensor, fake b: Tensor) -> Tensor {
    switch self {
    case .saturating, .nonSaturating: -gameValue(real: a, fake: b)
    case .wasserstein: b.mean() - a.mean()
    }
  }

  /// The loss that the generator minimizes, from the discriminator's outputs b on generated examples.
  public func generator(fake b: Tensor) -> Tensor {
    switch self {
    case .saturating: -b.softplus().mean()
    case .nonSaturating: (-b).softplus().mean()
    case .wasserstein: -b.mean()
    }
  }
}
