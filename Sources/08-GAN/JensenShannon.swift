// § 8.2.3  The value of the game at its best discriminator

import Distributions
import Messages
import Tensors

/// The logarithm of a density at many points, −∞ where the density is 0. [N] → [N]
public typealias LogDensity = (Tensor) -> Tensor

/// KL(p ‖ q) = ∫ p(x) log (p(x) / q(x)) dx, in nats; ∞ if p is positive at a node of the rule where q is 0. § 8.2.3
public func kullbackLeiblerDivergence(
  from p: LogDensity, to q: LogDensity, by rule: Quadrature
) -> Tensor {
  rule.integral { x in
    let logP = p(x)
    return select(logP .> -.infinity, logP - q(x), Tensor(0, scalarType: .double)).weighted(by: logP.exp())
  }
}

/// JSD(p ‖ q) = ½ KL(p ‖ m) + ½ KL(q ‖ m) with m = (p + q) / 2, in nats: 0 for equal densities, at most log 2. (8.8)
public func jensenShannonDivergence(_ p: LogDensity, _ q: LogDensity, by rule: Quadrature) -> Tensor {
  func m(_ x: Tensor) -> Tensor { logMean(p(x), q(x)) }
  return 0.5 * kullbackLeiblerDivergence(from: p, to: m, by: rule)
    + 0.5 * kullbackLeiblerDivergence(from: q, to: m, by: rule)
}

/// JSD(p ‖ q) of two vectors of probabilities. (8.8) p, q: [K]
public func jensenShannonDivergence(_ p: Tensor, _ q: Tensor) -> Tensor {
  let m = Categorical(logits: ((p + q) / 2).log())
  return 0.5 * Categorical(logits: p.log()).klDivergence(to: m) + 0.5 * Categorical(logits: q.log()).klDivergence(to: m)
}

/// log ((p + q) / 2), from log p and log q, without underflow. −∞ where both are −∞.
func logMean(_ logP: Tensor, _ logQ: Tensor) -> Tensor {
  let large = maximum(logP, logQ)
  let gap = select(large .> -.infinity, -(logP - logQ).abs(), Tensor(0, scalarType: large.scalarType))
  return large + gap.exp().log1p() - Tensor(2, scalarType: large.scalarType).log()
}

/// The forms of C(G) = V(D*, G) in the proof of Theorem 8.5. They all have the same value.
public enum OptimalValueForm: String, CaseIterable, Sendable {
  /// V(D, G) at the logit of D*. (8.1)
  case game = "(8.1)"
  /// E[log p_data / (p_data + p_g)] + E[log p_g / (p_data + p_g)]. (8.9)
  case substituted = "(8.9)"
  /// The same with 2 · (p_data + p_g) / 2 in both denominators. (8.10)
  case doubled = "(8.10)"
  /// −log 4 + KL(p_data ‖ m) + KL(p_g ‖ m). (8.11)
  case divergences = "(8.11)"
  /// −log 4 + 2 JSD(p_data ‖ p_g). (8.7), (8.12)
  case jensenShannon = "(8.12)"
}

/// C(G), the value of the game for the best discriminator, in one of its forms: −log 4 if both densities are equal,
/// otherwise more, at most 0. Theorem 8.5
public func optimalValue(
  real p: LogDensity, fake q: LogDensity, by rule: Quadrature, as form: OptimalValueForm = .jensenShannon
) -> Tensor {
  let log4 = Tensor(4, scalarType: .double).log()
  func m(_ x: Tensor) -> Tensor { logMean(p(x), q(x)) }
  switch form {
  case .game:
    return gameValue(of: { optimalLogit(p($0), q($0)) }, real: p, fake: q, by: rule)
  case .substituted:
    return rule.integral { x in
      let (p, q) = (p(x).exp(), q(x).exp())
      return (p / (p + q)).log().weighted(by: p) + (q / (p + q)).log().weighted(by: q)
    }
  case .doubled:
    return rule.integral { x in
      let (p, q) = (p(x).exp(), q(x).exp())
      let m = (p + q) / 2
      return (p / (2 * m)).log().weighted(by: p) + (q / (2 * m)).log().weighted(by: q)
    }
  case .divergences:
    return -log4 + kullbackLeiblerDivergence(from: p, to: m, by: rule)
      + kullbackLeiblerDivergence(from: q, to: m, by: rule)
  case .jensenShannon:
    return -log4 + 2 * jensenShannonDivergence(p, q, by: rule)
  }
}
