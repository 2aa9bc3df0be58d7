import Checking
import DataSets
import Diffusion
import Running
import Tensors
import Testing
import ch10

@Suite("§ 10.6.1  DDPM: stochastic sampling")
struct AncestralSamplingTests {
  private let world = GaussianSampling(.linear(), deviation: 0.5)
  private var samplers: [Sampler] {
    [.ancestral, .posterior, .variances(world.optimalVariances)].map { .ddpm(world.schedule, rule: $0) }
  }

  @Test(
    "(10.20): data N(0, ¼) are sampled with the deviations 0.50075 (β), 0.49611 (β̃) and 0.49990 (the best variance)")
  func deviations() {
    for (sampler, deviation) in zip(samplers, [0.50075, 0.49611, 0.49990]) {
      #expect(abs(world.sampled(by: sampler) - deviation) < 5e-6)
    }
  }

  @Test("(10.20): the recursion has the factors and the noise of the sampler's steps to 1e-12, for every rule")
  func coefficients() {
    let model = ExactPredictor(
      data: GaussianMixture([.init(weight: 1, mean: [0], deviation: 0.5)]), schedule: world.schedule)
    let (zero, one) = (Tensor.zeros([1, 1], scalarType: .double), Tensor.ones([1, 1], scalarType: .double))
    for sampler in samplers + [.ddim(world.schedule, steps: 50), .ddim(world.schedule, steps: 70, η: 0.6)] {
      for ((t, s), step) in zip(sampler.transitions, world.steps(of: sampler)) {
        let factor = sampler.step(one, from: t, to: s, noise: model.noise(in: one, at: t), fresh: zero)
        let noise = sampler.step(zero, from: t, to: s, noise: zero, fresh: one)
        #expect(abs(factor.item - step.factor) < 1e-12 && abs(noise.item - step.noise) < 1e-12)
      }
    }
    for sampler in [Sampler.ddim(world.schedule, steps: 30), .heun(world.schedule, steps: 30)] {
      let sample = sampler.sample(model, from: one, random: RandomSource(seed: 1))
      #expect(abs(sample.item - world.factor(of: sampler)) < 1e-12)
    }
  }

  @Test("§ 10.6.1: β_t is the exact variance for data of variance 1, and β̃_t for a point")
  func exactVariances() {
    func largestError(_ deviation: Double, _ rule: SamplingRule) -> Double {
      let world = GaussianSampling(.linear(), deviation: deviation)
      let sampler = Sampler.ddpm(world.schedule, rule: rule)
      // The last step has no noise, which only a point does not need.
      let found = GaussianSampling.deviations(
        after: world.steps(of: sampler).dropLast(), start: world.variance(at: 1_000).squareRoot())
      let exact = (1...1_000).reversed().map { world.variance(at: $0).squareRoot() }
      return zip(found, exact).map { abs($0 / $1 - 1) }.max() ?? .nan
    }
    #expect(largestError(1, .ancestral) < 1e-12 && largestError(1e-9, .posterior) < 1e-9)
    #expect(largestError(1, .posterior) > 1e-3 && largestError(1e-9, .ancestral) > 1e-1)
    #expect(largestError(0.5, .variances(world.optimalVariances)) < 1e-12)
    #expect(largestError(0.5, .ancestral) > 1e-3)
  }

  @Test("§ 10.6.1: the best variance is β_t v_{t−1}/v_t, from β̃_t and the mean square error of the predicted noise")
  func optimal() {
    let schedule = world.schedule
    func variances(_ L: [Double]) -> [Double] {
      DiffusionBound(schedule, variance: .best(noiseErrors: Tensor(L, scalarType: .double))).variances.scalars
    }
    let signal = Array(schedule.ᾱ.dropFirst())
    let best = variances((1...1_000).map { schedule.ᾱ[$0] * 0.25 / world.variance(at: $0) })
    #expect(zip(best, world.optimalVariances.dropFirst()).allSatisfy { abs($0 / $1 - 1) < 1e-11 })
    #expect(zip(variances(signal), schedule.β.dropFirst()).allSatisfy { abs($0 / $1 - 1) < 1e-11 })
    #expect(variances(signal.map { 0 * $0 }) == (1...1_000).map { schedule.posteriorVariance(at: $0) })
  }

  @Test("(10.20) as printed gives 0.17461 (β) and 0.16921 (β̃) instead of 0.5: 1 − α_t must be 1 − ᾱ_t")
  func printed() {
    for (rule, deviation) in [(SamplingRule.ancestral, 0.17461), (.posterior, 0.16921)] {
      let steps = world.steps(asPrinted: .ddpm(world.schedule, rule: rule))
      #expect(abs((GaussianSampling.deviations(after: steps).last ?? 0) - deviation) < 5e-6)
    }
  }

  @Test("§ 10.6.1: samples of N(0, ¼) have 1.0015, 0.9922 and 0.9998 of its deviation, those of N(0, 1) all of it")
  func ratios() {
    let rows = variancesTable.numbers
    #expect(zip(rows[2], [0.5, 1.0015, 0.9922, 0.9998]).allSatisfy { abs($0 - $1) < 5e-5 })
    // For data of variance 1 the recursion keeps 1 up to the last step, which has no noise: √(1 − β₁).
    #expect(rows[3][0] == 1 && abs(rows[3][1] - (1 - 1e-4).squareRoot()) < 1e-9)
  }

  @Test("(10.20): samples that are drawn have the variance of the recursion, within four standard errors")
  func drawn() {
    let world = GaussianSampling(.linear(100, from: 1e-3, to: 0.2), deviation: 0.5)
    let model = ExactPredictor(
      data: GaussianMixture([.init(weight: 1, mean: [0], deviation: 0.5)]), schedule: world.schedule)
    let n = 20_000
    for sampler in [Sampler.ddpm(world.schedule), .ddpm(world.schedule, rule: .posterior)] {
      let random = RandomSource(seed: 4)
      let x = sampler.sample(model, from: random.normal([n, 1], scalarType: .double), random: random)
      let exact = world.sampled(by: sampler)
      #expect(abs(x.variance().squareRoot().item / exact - 1) < 4 / Double(2 * n).squareRoot())
    }
  }

  @Test("§ 10.6.1, § 10.6.2: on a ring of 8 Gaussians every mode gets its share, within three standard errors")
  func modes() {
    let data = GaussianMixture.ring(radius: 1.3)
    let model = ExactPredictor(data: data, schedule: .linear(250, from: 4e-4, to: 0.08))
    for sampler in [
      Sampler.ddpm(model.schedule), .ddpm(model.schedule, rule: .posterior), .ddim(model.schedule, steps: 50),
    ] {
      let random = RandomSource(seed: 6)
      let x = sampler.sample(model, from: random.normal([1_000, 2], scalarType: .double), random: random)
      let modes = data.posterior(of: x).argmax(axis: 1)
      let shares = (0..<8).map { mode in Double(modes.count { $0 == mode }) / 1_000 }
      #expect(shares.allSatisfy { abs($0 - 0.125) < 3 * (0.125 * 0.875 / 1_000).squareRoot() }, "\(shares)")
    }
  }

  @Test("(10.20): the last step has no noise, and each step calls the model once")
  func calls() {
    let (schedule, counter) = (NoiseSchedule.linear(20), CountingPredictor())
    let sampler = Sampler.ddpm(schedule)
    var seen: [Int] = []
    _ = sampler.sample(counter, from: Tensor.ones([3, 2]), random: RandomSource(seed: 1)) { done, _ in
      seen.append(done)
      return true
    }
    #expect(counter.times == Array((1...20).reversed()) && sampler.calls == 20 && seen == Array(1...20))
    let x = RandomSource(seed: 2).normal([4, 3], scalarType: .double)
    let z = RandomSource(seed: 3).normal([4, 3], scalarType: .double)
    #expect(
      sampler.step(x, from: 1, to: 0, noise: x, fresh: z) == sampler.step(x, from: 1, to: 0, noise: x, fresh: 9 * z))
    #expect(
      sampler.step(x, from: 2, to: 1, noise: x, fresh: z) != sampler.step(x, from: 2, to: 1, noise: x, fresh: 9 * z))
    // Nor is any noise drawn for it: 20 steps draw 19 times.
    let (random, other) = (RandomSource(seed: 1), RandomSource(seed: 1))
    _ = sampler.sample(counter, from: Tensor.ones([3, 2]), random: random)
    for _ in 1...19 { _ = other.normal([3, 2]) }
    #expect(random.next() == other.next())
  }

  @Test("§ 10.6: sampling stops when it is asked to, and unusable samplers are refused with a sentence")
  func stopped() async {
    let counter = CountingPredictor()
    _ = Sampler.ddpm(.linear(20)).sample(counter, from: Tensor.ones([1]), random: RandomSource(seed: 1)) { done, _ in
      done < 3
    }
    #expect(counter.times == [20, 19, 18])
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Sampler.ddim(.linear(20), times: [20, 5, 5, 1])
    }
    expectMessage(result, "cannot visit the steps [20, 5, 5, 1] of 20: at least one from 1 to 20 is needed")
    let other = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Sampler.ddpm(.linear(20), rule: .variances([0.1]))
    }
    expectMessage(other, "cannot sample in 20 steps with 1 variances")
  }
}
