import Checking
import DataSets
import Diffusion
import Foundations
import GAN
import Tensors
import Testing
import Training

@Suite("§ 10.10  Consistency models")
struct ConsistencyTests {
  private let schedule = NoiseSchedule.linear(200, from: 5e-4, to: 0.1)

  @Test(
    "§ 10.10: the consistency function of N(0, s² I) is x s/√v_t: DDIM's in the limit, and that of § 8.10")
  func gaussian() {
    let s = 0.5
    let data = GaussianMixture([.init(weight: 1, mean: [0], deviation: s)])
    let x = Tensor([[1], [-2]], scalarType: .double)
    var differences: [Double] = []
    for T in [250, 500, 1_000] {
      let schedule = NoiseSchedule.linear(T, from: 0.1 / Double(T), to: 20 / Double(T))
      let closed = GaussianConsistency(deviation: s, schedule: schedule)
      let stepped = SteppedConsistency(of: ExactPredictor(data: data, schedule: schedule), schedule: schedule)
      differences.append((closed.end(of: x, at: T / 2) - stepped.end(of: x, at: T / 2)).abs().max().item)
      #expect(closed.end(of: x, at: 0).scalars == x.scalars)
    }
    // First order in 1/T.
    #expect(differences[2] < 4e-3)
    #expect(zip(differences, differences.dropFirst()).allSatisfy { abs($0 / $1 - 2) < 0.1 }, "\(differences)")
    // In the variables of § 8.10, x/√ᾱ at the noise level √((1 − ᾱ)/ᾱ), it is the function there, which ends at 0.002.
    let closed = GaussianConsistency(deviation: s, schedule: schedule)
    let ᾱ = schedule.ᾱ[120]
    let other = Consistency.gaussian(mean: Tensor([0], scalarType: .double), deviation: s)(
      x / ᾱ.squareRoot(), ((1 - ᾱ) / ᾱ).squareRoot())
    expectClose(closed.end(of: x, at: 120), other, tolerance: 1e-5, scale: 1)
  }

  @Test("§ 10.10: at t = 0 a consistency model returns x, whatever its network is")
  func boundary() {
    let network = TimedNetwork(2, random: RandomSource(seed: 1)).mapParameters { 5 * $0 }
    let model = ConsistencyModel(network, deviation: 1.4, schedule: schedule)
    let x = spread([6, 2]).converted(to: .float)
    #expect(model.end(of: x, at: 0).scalars == x.scalars)
    #expect((model.end(of: x, at: 100) - x).abs().max().item > 0.1)
  }

  @Test("§ 10.10: distilled from the exact predictor of a Gaussian, one call gives x s/√v_T to 0.1 rms")
  func distilled() {
    let s = 0.5
    let random = RandomSource(seed: 8)
    let data = GaussianMixture([.init(weight: 1, mean: [0, 0], deviation: s)])
    let x0 = data.sample(count: 2_000, from: random).points
    let teacher = ExactPredictor(data: data, schedule: schedule)
    var model = ConsistencyModel(
      TimedNetwork(2, hidden: [32, 32], random: random), deviation: s, schedule: schedule)
    let sampler = Sampler.ddim(schedule, steps: 20)
    distill(
      teacher, into: &model, on: x0, times: sampler.times,
      plan: TrainingPlan(steps: 1_500, examples: 2_000, batchSize: 100), random: random)
    let noise = random.normal([500, 2])
    let exact = sampler.sample(teacher, from: noise, random: random)
    let error = (model.end(of: noise, at: 200) - exact).squared().mean().item.squareRoot()
    #expect(error < 0.1, "\(error)")
    let closed = GaussianConsistency(deviation: s, schedule: schedule)
    // The teacher's own error in 20 steps.
    #expect((exact - closed.end(of: noise, at: 200)).squared().mean().item.squareRoot() < 0.1)
    // Along a trajectory f is constant.
    let middle = schedule.noised(x0[0..<200], at: 100, noise: random.normal([200, 2]))
    let (near, far) = (model.end(of: middle, at: 100), closed.end(of: middle, at: 100))
    #expect((near - far).squared().mean().item.squareRoot() < 0.1)
  }

  @Test("§ 10.10: samples of a Gaussian in two calls have its deviation, if the function is exact")
  func twoCalls() {
    let closed = GaussianConsistency(deviation: 0.5, schedule: schedule)
    let random = RandomSource(seed: 9)
    let x = closed.sample(
      from: random.normal([20_000, 1], scalarType: .double), times: [200, 80], schedule: schedule, random: random)
    #expect(abs(x.variance().item.squareRoot() - 0.5) < 0.01)
  }

  @Test("§ 10.10: times that do not descend stop with a sentence")
  func order() async {
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let schedule = NoiseSchedule.linear()
        _ = GaussianConsistency(deviation: 0.5, schedule: schedule).sample(
          from: .ones([1, 1]), times: [200, 200], schedule: schedule, random: RandomSource(seed: 1))
      }, "cannot sample at the times [200, 200]: at least one is needed, and they must descend")
  }
}
