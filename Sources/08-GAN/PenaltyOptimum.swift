// § 8.4.2  The best critic of the gradient penalty, in one dimension

import Distributions
import Messages
import Tensors

/// The critic that minimizes (8.16) for two normal distributions on the line, in closed form.
///
/// With F and G the distribution functions of the data and of the generator, Δ = G − F, and r the density of x̂, the
/// loss is ∫ (−Δ f′ + λ r (|f′| − 1)²) dx. It is minimal at f′ = sgn(Δ) (1 + |Δ|/(2λr)): the slope exceeds 1 wherever
/// the distributions differ. So E f(x) − E f(G(z)) = ∫ Δ f′ = W₁ + ∫ Δ²/(2λr), and not W₁.
public struct PenaltyOptimum: Sendable {
  /// The distributions of the data and of the generator.
  public let real, fake: LineNormal
  /// The factor λ of the penalty.
  public let penalty: Double
  /// The rule for integrals over x.
  public let rule: Quadrature
  private let mixing = Quadrature(over: 0...1, panels: 8)

  /// The optimum between two distributions with densities, for a factor λ > 0.
  public init(real: LineNormal, fake: LineNormal, penalty λ: Double) {
    require(
      λ > 0 && real.deviation > 0 && fake.deviation > 0,
      "cannot find the best critic for λ = \(λ) and deviations \(real.deviation) and \(fake.deviation): all must be > 0"
    )
    (self.real, self.fake, penalty) = (real, fake, λ)
    let reach = 7 * max(real.deviation, fake.deviation)
    let (low, high) = (min(real.mean, fake.mean) - reach, max(real.mean, fake.mean) + reach)
    rule = Quadrature(over: low...high, panels: 24)
  }

  /// Δ = G − F. [N] → [N]
  public func difference(_ x: Tensor) -> Tensor { fake.distribution(x) - real.distribution(x) }

  /// The density r of x̂ = ε x + (1 − ε) G(z), ε ∼ U(0, 1): for each ε it is normal. [N] → [N]
  public func interpolateDensity(_ x: Tensor) -> Tensor {
    let ε = mixing.nodes
    let mean = ε * real.mean + (1 - ε) * fake.mean
    let variance = (ε * real.deviation).squared() + ((1 - ε) * fake.deviation).squared()
    let normal = Normal(mean: mean, logVariance: variance.log())
    return (mixing.weights * normal.logDensity(at: x.expanded(axis: 1)).exp()).sum(axes: [1])
  }

  /// The slope f′ of the best critic. [N] → [N]
  ///
  /// It has no largest value: for N(m, 1) and N(0, 1) with m > 0 it grows as 1 + (|x| + m)/(2λ) for x → −∞, and as
  /// 1 + x/(2λ) for x → ∞, because r falls faster than Δ. Beyond seven deviations Δ is lost in rounding.
  public func slope(_ x: Tensor) -> Tensor { difference(x).sign() + excess(x) }

  /// Δ/(2λr), the amount by which the slope exceeds ±1. [N] → [N]
  private func excess(_ x: Tensor) -> Tensor { difference(x) / (2 * penalty * interpolateDensity(x)) }

  /// W₁ = ∫ |Δ|.
  public var wasserstein: Double { rule.integral { difference($0).abs() }.item }
  /// E f(x) − E f(G(z)) = W₁ + ∫ Δ²/(2λr).
  public var value: Double { rule.integral { difference($0) * slope($0) }.item }
  /// The minimum of (8.16): −W₁ − ∫ Δ²/(4λr).
  public var loss: Double { -(value + wasserstein) / 2 }

  /// E f(x) − E f(G(z)) of the critic with slope −sgn(Δ) + Δ/(2λr): −W₁ + ∫ Δ²/(2λr). No small change of its slope
  /// lowers the loss. Nil if λ is so small that there is no such critic: the slope would not keep its sign.
  public var valueOfWrongSign: Double? {
    excess(rule.nodes).abs().max().item < 1 ? value - 2 * wasserstein : nil
  }

  /// E f(x) − E f(G(z)) for two point masses at a distance d, where Δ = 1 and r = 1/d between them: d + d²/(2λ).
  public static func valueOfPoints(distance d: Double, penalty λ: Double) -> Double { d + d * d / (2 * λ) }
}
