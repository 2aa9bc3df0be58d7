import Diffusion
import Tensors
import Testing

@Suite("§ 10.2.2  Two forms of the reverse step")
struct GaussianChainTests {
  @Test(
    "Fleuret (2024), section 7.2: the likelihood of x_t + f(x_t) has the same optimum as (10.16), by (10.20)"
  )
  func slopes() {
    for schedule in [NoiseSchedule.linear(), .cosine()] {
      for s² in [0.01, 0.25, 1, 4] {
        let chain = GaussianChain(variance: s², schedule: schedule)
        for t in [1, 2, 10, 300, 700, 990] {
          let best = chain.bestSlopes(at: t)
          let exact = schedule.α[t].squareRoot() * chain.variance(at: t - 1) / chain.variance(at: t) - 1
          #expect(abs(best.byLikelihood - best.byNoise) < 1e-10 && abs(best.byNoise - exact) < 1e-10)
        }
      }
    }
  }

  @Test("§ 10.1: the variance of x_t is ᾱ_t s² + 1 − ᾱ_t, and the losses are those of drawn pairs")
  func losses() {
    let (schedule, N, t) = (NoiseSchedule.linear(20, from: 0.01, to: 0.3), 200_000, 12)
    let chain = GaussianChain(variance: 0.25, schedule: schedule)
    let random = RandomSource(seed: 1)
    let x0 = 0.5 * random.normal([N], scalarType: .double)
    let (ε, z) = (random.normal([N], scalarType: .double), random.normal([N], scalarType: .double))
    let before = schedule.noised(x0, at: t - 1, noise: ε)
    let now = schedule.stepped(before, at: t, noise: z)
    #expect(abs(now.variance().item / chain.variance(at: t) - 1) < 0.013)
    let k = Tensor(-0.07, scalarType: .double)
    let drawn = (before - now - k * now).squared().mean().item
    #expect(abs(drawn / chain.likelihoodLoss(slope: k, at: t).item - 1) < 0.013)
    let x = schedule.noised(x0, at: t, noise: ε)
    let e = Tensor(0.6, scalarType: .double)
    #expect(abs((ε - e * x).squared().mean().item / chain.simpleLoss(slope: e, at: t).item - 1) < 0.013)
  }
}
