import Distributions
import Tensors
import Testing

@Suite("§ 9.10  A diffusion model as a hierarchical VAE")
struct DiffusionBoundTests {
  /// Three steps of noise for z₀ = x, and a linear model p(z_{t−1} | z_t) = N(a z_t, v).
  private let β = [0.2, 0.4, 0.7], a = 0.8, v = 0.5, x = 1.3

  private func ᾱ(_ t: Int) -> Double { β.prefix(t).reduce(1) { $0 * (1 - $1) } }

  private func normal(_ mean: Double, _ variance: Double) -> Normal {
    Normal(mean: Tensor(mean, scalarType: .double), logVariance: Tensor(variance, scalarType: .double).log())
  }

  /// E[log N(y; m, v)] for y − m ∼ N(mean, variance).
  private func expected(_ mean: Double, _ variance: Double, under v: Double) -> Double {
    normal(0, v).logDensity(at: Tensor(mean, scalarType: .double)).item - 0.5 * variance / v
  }

  /// q(z_{t−1} | z_t, x) = N(c x + e z_t, β̃_t).
  private func backward(_ t: Int) -> (c: Double, e: Double, variance: Double) {
    let (before, now, b) = (ᾱ(t - 1), ᾱ(t), β[t - 1])
    return (
      before.squareRoot() * b / (1 - now), (1 - b).squareRoot() * (1 - before) / (1 - now), (1 - before) / (1 - now) * b
    )
  }

  /// E over z_t of KL(q(z_{t−1} | z_t, x) ‖ p(z_{t−1} | z_t)).
  private func divergence(_ t: Int) -> Double {
    let (c, e, variance) = backward(t)
    let (mean, spread) = (ᾱ(t).squareRoot() * x, 1 - ᾱ(t))
    let offset = c * x + (e - a) * mean
    return normal(offset, variance).klDivergence(to: normal(0, v)).item + 0.5 * (e - a) * (e - a) * spread / v
  }

  @Test("(9.27): the bound has three parts, E[log p(x | z₁)], a sum from t = 2, and KL(q(z_T | x) ‖ p(z_T))")
  func parts() {
    let marginal = { (t: Int) in (mean: ᾱ(t).squareRoot() * x, variance: 1 - ᾱ(t)) }
    let reconstruction = expected(x - a * marginal(1).mean, a * a * marginal(1).variance, under: v)
    let prior = normal(marginal(3).mean, marginal(3).variance).klDivergence(to: normal(0, 1)).item
    let bound = reconstruction - divergence(2) - divergence(3) - prior

    // The same by definition: E[log p(z₃) + Σ log p(z_{t−1} | z_t)] plus the entropies of all steps of q.
    var direct = expected(marginal(3).mean, marginal(3).variance, under: 1)
    for t in 1...3 {
      // z_{t−1} − a z_t with z_t = √(1 − β) z_{t−1} + √β ε
      let root = (1 - β[t - 1]).squareRoot()
      let (mean, variance) = t == 1 ? (x, 0) : (marginal(t - 1).mean, marginal(t - 1).variance)
      let rest = 1 - a * root
      direct += expected(rest * mean, rest * rest * variance + a * a * β[t - 1], under: v)
      direct += normal(0, β[t - 1]).entropy.item
    }
    #expect(abs(bound - direct) < 1e-12)

    // log p(x): z₃ ∼ N(0, 1), then three steps of the model.
    let variance = (1...3).reduce(1) { sum, _ in a * a * sum + v }
    #expect(bound < normal(0, variance).logDensity(at: Tensor(x, scalarType: .double)).item)
  }

  @Test("(9.27): at t = 1 the posterior q(z₀ | z₁, x) is a point, and the divergence of a point is infinite")
  func first() {
    #expect(backward(1).variance == 0 && abs(backward(1).c - 1) < 1e-15)
    #expect(divergence(1) == .infinity && divergence(2).isFinite)
  }
}
