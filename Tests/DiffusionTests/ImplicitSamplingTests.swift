import Checking
import DataSets
import Diffusion
import Tensors
import Testing

@Suite("§ 10.6.2  DDIM: deterministic sampling")
struct ImplicitSamplingTests {
  private let linear = NoiseSchedule.linear(), cosine = NoiseSchedule.cosine()
  private let zero = Tensor.zeros([1, 1], scalarType: .double), one = Tensor.ones([1, 1], scalarType: .double)

  @Test("Theorem 10.6: for every η and any steps the marginals q(x_s | x₀) stay N(√ᾱ_s x₀, (1 − ᾱ_s) I), to 1e-12")
  func marginals() {
    for schedule in [linear, cosine] {
      for η in [0, 0.3, 1] {
        for (t, s) in [(1_000, 999), (1_000, 500), (731, 12), (500, 499), (2, 1), (40, 0)] {
          // x_t = √ᾱ_t x₀ + √(1 − ᾱ_t) ε, and the step is told this ε: the coefficients of x₀, ε and z.
          func step(_ x0: Tensor, _ ε: Tensor, _ z: Tensor) -> Double {
            schedule.implicitStep(
              schedule.noised(x0, at: t, noise: ε), from: t, to: s, noise: ε, η: η, fresh: z
            ).item
          }
          let (x0, ε, z) = (step(one, zero, zero), step(zero, one, zero), step(zero, zero, one))
          #expect(abs(x0 - schedule.ᾱ[s].squareRoot()) < 1e-12)
          #expect(abs(ε * ε + z * z - (1 - schedule.ᾱ[s])) < 1e-12)
          #expect((z == 0) == (η == 0 || s == 0))
        }
      }
    }
  }

  @Test("(10.21) with η = 1 and all steps is DDPM with β̃_t: the same mean and deviation as (10.11) and (10.12)")
  func ancestral() {
    let random = RandomSource(seed: 1)
    let (x, ε, z) = (
      random.normal([5, 2], scalarType: .double), random.normal([5, 2], scalarType: .double),
      random.normal([5, 2], scalarType: .double)
    )
    for schedule in [linear, cosine] {
      for t in [1, 2, 3, 100, 500, 999, 1_000] {
        let posterior = schedule.posteriorMean(of: x, data: schedule.data(from: x, noise: ε, at: t), at: t)
        let σ = schedule.posteriorVariance(at: t).squareRoot()
        let implicit = Sampler.ddim(schedule, steps: 1_000, η: 1).step(x, from: t, to: t - 1, noise: ε, fresh: z)
        let ancestral = Sampler.ddpm(schedule, rule: .posterior).step(x, from: t, to: t - 1, noise: ε, fresh: z)
        let scale = posterior.abs().max().item
        expectClose(implicit, posterior + σ * z, tolerance: 1e-11, scale: scale)
        expectClose(ancestral, posterior + σ * z, tolerance: 1e-11, scale: scale)
      }
    }
  }

  @Test("Remark 10.7: S = 10, 50, 100, 1000 give 0.3700, 0.4714, 0.4854, 0.4985 (linear) for N(0, ¼): all too small")
  func deviations() {
    let found = [linear, cosine].map { schedule in
      [10, 50, 100, 1_000].map {
        GaussianSampling(schedule, deviation: 0.5).sampled(by: .ddim(schedule, steps: $0))
      }
    }
    let expected = [[0.3700, 0.4714, 0.4854, 0.4985], [0.4268, 0.4845, 0.4921, 0.4992]]
    for (row, numbers) in zip(found, expected) {
      for (a, b) in zip(row, numbers) { #expect(abs(a - b) < 5e-5 && a < 0.5) }
    }
  }

  @Test("Remark 10.7: every S from 1 to T ends at the data, with an error of first order in 1/S")
  func everyNumber() {
    let world = GaussianSampling(linear, deviation: 0.5)
    let exact = 0.5 / world.variance(at: 1_000).squareRoot()
    let errors = (1...1_000).map { S in
      let sampler = Sampler.ddim(linear, steps: S)
      #expect(sampler.times.count == S && sampler.calls == S && sampler.times[0] == 1_000)
      #expect(sampler.transitions.last?.s == 0 && zip(sampler.times, sampler.times.dropFirst()).allSatisfy(>))
      return (exact - world.factor(of: sampler)) * Double(S)
    }
    #expect(errors.allSatisfy { 0.49...1.67 ~= $0 } && errors.dropFirst(20).allSatisfy { $0 > 1.36 })
    #expect(Sampler.ddim(linear, steps: 1_000).times == Array((1...1_000).reversed()))
  }

  @Test("Remark 10.7: S steps are S calls of the network, at the chosen steps; Heun's method needs 2S − 1")
  func calls() {
    func times(_ sampler: Sampler) -> [Int] {
      let counter = CountingPredictor()
      _ = sampler.sample(counter, from: Tensor.ones([2, 1]), random: RandomSource(seed: 1))
      #expect(counter.times.count == sampler.calls)
      return counter.times
    }
    #expect(times(.ddim(linear, steps: 4)) == [1_000, 750, 500, 250])
    #expect(times(.ddim(linear, times: [900, 17, 3], η: 0.5)) == [900, 17, 3])
    #expect(times(.heun(linear, steps: 4)) == [1_000, 750, 750, 500, 500, 250, 250])
  }

  @Test("Theorem 10.6: the same noise gives the same sample to the last bit, and no random number is drawn")
  func deterministic() {
    let model = ExactPredictor(data: .ring(radius: 1.3), schedule: linear)
    let noise = RandomSource(seed: 1).normal([20, 2])
    func sampled(_ sampler: Sampler, seed: UInt64) -> (x: Tensor, next: UInt64) {
      let random = RandomSource(seed: seed)
      return (sampler.sample(model, from: noise, random: random), random.next())
    }
    for sampler in [Sampler.ddim(linear, steps: 20), .heun(linear, steps: 10)] {
      let (first, other) = (sampled(sampler, seed: 1), sampled(sampler, seed: 2))
      #expect(first.x == other.x && sampler.isDeterministic)
      #expect(first.next == RandomSource(seed: 1).next())
    }
    let noisy = Sampler.ddim(linear, steps: 20, η: 0.2)
    #expect(sampled(noisy, seed: 1).x != sampled(noisy, seed: 2).x && !noisy.isDeterministic)
  }

  @Test("§ 10.6.2: decoding an encoded point returns it up to O(1/S), and to 1e-9 with corrections")
  func codes() {
    let model = ExactPredictor(data: .ring(radius: 1.3, deviation: 0.3), schedule: linear)
    let x = model.data.sample(count: 40, from: RandomSource(seed: 2)).points.converted(to: .double)
    func error(_ S: Int, corrections: Int = 0) -> Double {
      let sampler = Sampler.ddim(linear, steps: S)
      let code = sampler.encoded(model, x, corrections: corrections)
      return (sampler.sample(model, from: code, random: RandomSource(seed: 1)) - x).squared().mean().squareRoot().item
    }
    let errors = [25, 50, 100, 200].map { error($0) }
    for (coarse, fine) in zip(errors, errors.dropFirst()) { #expect(1.5...2.6 ~= coarse / fine, "\(errors)") }
    #expect(error(100, corrections: 60) < 1e-9)
  }
}
