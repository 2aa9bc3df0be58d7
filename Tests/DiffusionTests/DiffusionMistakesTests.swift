import Checking
import DataSets
import Diffusion
import Regularization
import Running
import Tensors
import Testing
import Training
import ch10

@Suite("The mistakes of chapter 10")
struct DiffusionMistakesTests {
  private let random = RandomSource(seed: 8)

  @Test("(10.8): at t = 1 the data get noise of variance β₁; with an index one too low they get none")
  func index() {
    let schedule = NoiseSchedule.linear()
    let (x0, ε) = (Tensor.zeros([20_000], scalarType: .double), random.normal([20_000], scalarType: .double))
    let right = schedule.noised(x0, at: 1, noise: ε).variance().item
    #expect(abs(right / schedule.β[1] - 1) < 0.05)
    #expect(Mistake.noisedOneStepLess(schedule, x0, at: 1, noise: ε).abs().max().item == 0)
    // A sampler that removes the noise of step t then leaves too little variance at every step.
    for t in 2...1_000 {
      let wrong = Mistake.noisedOneStepLess(schedule, x0, at: t, noise: ε).variance().item
      #expect(wrong < schedule.noised(x0, at: t, noise: ε).variance().item)
    }
  }

  @Test("(10.20): the noise is divided by √(1 − ᾱ_t); with √(1 − α_t) samples have a third of their deviation")
  func printed() {
    let world = GaussianSampling(.linear(), deviation: 0.5)
    let sampler = Sampler.ddpm(world.schedule)
    let wrong = GaussianSampling.deviations(after: world.steps(asPrinted: sampler)).last ?? 1
    #expect(world.sampled(by: sampler) > 0.5 && wrong < 0.18)
    let schedule = world.schedule
    let ratio = (1 - schedule.ᾱ[1_000]).squareRoot() / (1 - schedule.α[1_000]).squareRoot()
    #expect(abs(ratio - 7.07) < 0.01)  // so much more noise is removed at T
  }

  @Test("Listing 10.8c: the last step has no noise, or samples of a point are not that point")
  func lastNoise() {
    let schedule = NoiseSchedule.linear()
    let (x, z) = (Tensor.zeros([5_000], scalarType: .double), random.normal([5_000], scalarType: .double))
    let σ = schedule.β[1].squareRoot()
    #expect(schedule.ancestralStep(x, at: 1, noise: x, deviation: σ, fresh: z).abs().max().item == 0)
    let wrong = Mistake.ancestralStepWithLastNoise(schedule, x, at: 1, noise: x, deviation: σ, fresh: z)
    #expect(abs(wrong.variance().item / schedule.β[1] - 1) < 0.1)
    for t in [2, 500] {
      #expect(
        Mistake.ancestralStepWithLastNoise(schedule, x, at: t, noise: x, deviation: σ, fresh: z)
          == schedule.ancestralStep(x, at: t, noise: x, deviation: σ, fresh: z))
    }
  }

  @Test("(10.18): without a limit β_T is 1, and the first step of a sampler is not a number")
  func limit() {
    let β = Mistake.cosineWithoutLimit(1_000)
    #expect(β[999] == 1 && β.dropLast().allSatisfy { $0 < 1 })
    let (α, ε) = (1 - β[999], 0.5)
    #expect(!((0.5 - β[999] * ε) / α.squareRoot()).isNormal)
    let schedule = NoiseSchedule.cosine()
    let x = Tensor([0.5], scalarType: .double)
    #expect(
      schedule.ancestralStep(x, at: 1_000, noise: x, deviation: 1, fresh: x).item.isFinite && schedule.β[1_000] == 0.999
    )
    #expect(schedule.β.dropFirst().dropLast() == β.dropLast())
  }

  @Test("(10.21): a prediction of x₀ must be turned into noise before a step, or the data are taken for the noise")
  func target() {
    let schedule = NoiseSchedule.linear()
    let (x0, ε) = (random.normal([30], scalarType: .double), random.normal([30], scalarType: .double))
    for (t, s) in [(1_000, 500), (300, 299), (40, 0)] {
      let x = schedule.noised(x0, at: t, noise: ε)
      let right = schedule.implicitStep(
        x, from: t, to: s, noise: schedule.noise(from: x, data: x0, at: t), fresh: x)
      expectClose(right, schedule.noised(x0, at: s, noise: ε), tolerance: 1e-12, scale: 1)
      let wrong = Mistake.implicitStepFromData(schedule, x, from: t, to: s, data: x0)
      #expect((wrong - right).squared().mean().squareRoot().item > 0.005)
    }
  }

  @Test("§ 10.8: data must have mean 0 and variance near 1, as the noise has; pixels in 0…1 have neither")
  func pixels() throws {
    let pixels = try LabeledImages.opticalDigits().images.converted(to: .double)
    let images = Mistake.data(pixels)
    let right = 2 * pixels - 1
    #expect(abs(right.variance().item / images.variance().item - 4) < 1e-9)  // a quarter of the signal-to-noise ratio
    #expect(right.abs().max().item == 1 && images.min().item == 0 && images.mean().item > 0.25)
  }

  @Test("Remark 10.2: fewer steps need a larger β: with the same β x_T still holds 0.36 of the data")
  func fewer() {
    let (wrong, right) = (Mistake.fewerSteps(200), NoiseSchedule.rescaledLinear(200))
    #expect(abs(wrong.ᾱ[200].squareRoot() - 0.364) < 5e-4 && right.ᾱ[200].squareRoot() < 0.006)
    #expect(Mistake.fewerSteps(1_000) == .linear())
  }

  @Test("Remark 10.7: the next step of DDIM is the next on the list: with its neighbour t − 1 most of the noise stays")
  func neighbours() {
    let times = Sampler.ddim(.linear(), steps: 50).times
    #expect(abs(sampledDeviation(Mistake.neighbours(times), s: 0.5) - 0.5) > 0.3)
    #expect(abs(sampledDeviation(Sampler.ddim(.linear(), steps: 50).transitions, s: 0.5) - 0.4714) < 1e-4)
    let all = Sampler.ddim(.linear(), steps: 1_000)
    #expect(Mistake.neighbours(all.times).map(\.s) == all.transitions.map(\.s))
  }

  @Test(
    "Remark 10.7: the last step of DDIM leads to ᾱ = 1: without it the samples keep the noise of the last on the list")
  func end() {
    let times = Sampler.ddim(.linear(), steps: 10).times
    let wrong = sampledDeviation(Mistake.transitionsWithoutEnd(times), s: 0.01)
    let right = sampledDeviation(Sampler.ddim(.linear(), steps: 10).transitions, s: 0.01)
    #expect(wrong > 0.2 && right < 0.01)
  }

  @Test("§ 10.8: an average of the parameters needs the running statistics of the trained model")
  func statistics() {
    var trained = BatchNormalization(features: 2)
    (trained.runningMean, trained.runningVariance) = (Tensor([5, -3]), Tensor([4, 9]))
    trained.scale = Tensor([2, 2])
    let fresh = BatchNormalization(features: 2)
    var right = ExponentialMovingAverage(of: fresh, decay: 0)
    right.update(with: trained, step: 1)
    let wrong = Mistake.averageOfParameters(fresh, with: trained, kept: 0)
    #expect(right.model.runningMean == trained.runningMean && wrong.runningMean == fresh.runningMean)
    #expect(right.model.scale == trained.scale && wrong.scale == trained.scale)
    let x = Tensor([[5, -3], [7, 0]])
    expectClose(right.model(x), trained(x), tolerance: 1e-6, scale: 1)
    #expect((wrong(x) - trained(x)).abs().max().item > 5)
  }

  @Test("(10.22): w = 0 is the conditional model in the formula; by the convention s = 1 + w it is s = 1")
  func convention() {
    let (c, u) = (random.normal([9], scalarType: .double), random.normal([9], scalarType: .double))
    for w in [0, 1, 3, 7.0] {
      let right = (1 + w) * c - w * u
      let wrong = Mistake.guidedBySum(conditional: c, unconditional: u, scale: 1 + w)
      expectClose(wrong - right, c - u, tolerance: 1e-12, scale: 1)  // one step of guidance too much
      expectClose(
        Mistake.guidedBySum(conditional: c, unconditional: u, scale: w), right, tolerance: 1e-12, scale: 1)
    }
  }

  @Test("(10.22): the conditional noise has the factor 1 + w; exchanged, guidance leads to the other class")
  func exchanged() {
    let model = ExactPredictor(
      data: GaussianMixture([1.0, -1].map { .init(weight: 1, mean: [$0], deviation: 0.5) }), schedule: .linear())
    struct Away: NoisePredictor {
      let model: ExactPredictor
      func noise(in x: Tensor, at t: [Int]) -> Tensor {
        Mistake.guidedAway(
          conditional: model.noise(in: x, at: t, classes: t.map { _ in 0 }), unconditional: model.noise(in: x, at: t),
          scale: 3)
      }
    }
    let noise = Tensor(middleQuantiles(61), shape: [61, 1], scalarType: .double)
    let sampler = Sampler.ddim(model.schedule, steps: 50)
    let right = sampler.sample(
      GuidedPredictor(model, classes: noise.scalars.map { _ in 0 }, scale: 3), from: noise, random: random)
    #expect(right.mean().item > 1.5 && sampler.sample(Away(model: model), from: noise, random: random).mean().item < -1)
  }
}
