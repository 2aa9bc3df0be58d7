import DataSets
import Diffusion
import Tensors
import Testing

@Suite("§ 10.1  Forward process")
struct ForwardProcessTests {
  private let schedules = [NoiseSchedule.linear(), .cosine(), .linear(3, from: 0.1, to: 0.5)]

  @Test("§ 10.1.1, Definition 10.1, (10.1): a chain keeps mean 0 and variance 1, exactly and in 100,000 chains")
  func unitVariance() {
    let schedule = NoiseSchedule.linear(100, from: 1e-3, to: 0.2)
    #expect((1...100).allSatisfy { abs(schedule.kernel(at: $0).variance(from: 1) - 1) < 3e-16 })
    let (N, random) = (100_000, RandomSource(seed: 1))
    // Data −1 and 1 have variance 1 and are far from Gaussian.
    let x0 = 2 * random.bernoulli([N], probability: 0.5, scalarType: .double) - 1
    var moments: [(mean: Double, square: Double)] = []
    schedule.chain(from: x0, steps: 100, random: random) { _, x in
      moments.append((x.mean().item, x.squared().mean().item))
    }
    let error = 1 / Double(N).squareRoot()
    #expect(moments.count == 100 && moments.allSatisfy { abs($0.mean) < 4 * error })
    #expect(moments.allSatisfy { abs($0.square - 1) < 4 * 1.5 * error })
  }

  @Test("(10.1): one step has mean √α x and variance β")
  func step() {
    let (schedule, N) = (NoiseSchedule.linear(10, from: 0.05, to: 0.4), 100_000)
    for t in [1, 5, 10] {
      let x = schedule.stepped(
        Tensor(repeating: 2, [N], scalarType: .double), at: t,
        noise: RandomSource(seed: 7).normal([N], scalarType: .double))
      #expect(abs(x.mean().item - 2 * schedule.α[t].squareRoot()) < 4 * (schedule.β[t] / Double(N)).squareRoot())
      #expect(abs(x.variance().item / schedule.β[t] - 1) < 4 * (2 / Double(N)).squareRoot())
    }
  }

  @Test("Theorem 10.3, (10.2), (10.3), (10.4), (10.5): the steps composed are the one step with √ᾱ_t and 1 − ᾱ_t")
  func composition() {
    for schedule in schedules {
      var composed = GaussianKernel.identity
      let errors = (1...schedule.steps).flatMap { t -> [Double] in
        composed = composed.then(schedule.kernel(at: t))
        let direct = schedule.kernel(upTo: t)
        return [composed.factor - direct.factor, composed.variance - direct.variance]
      }
      #expect(errors.allSatisfy { abs($0) < 1e-12 })
    }
  }

  @Test("§ 10.1.2: the induction starts with x₁ = √α₁ x₀ + √(1 − α₁) ε, and variances add up to 1 − ᾱ_t")
  func induction() {
    for schedule in schedules {
      let (first, step) = (schedule.kernel(upTo: 1), schedule.kernel(at: 1))
      #expect(first.factor == step.factor && abs(first.variance - step.variance) < 2e-16)
      let sums = (1...schedule.steps).map { schedule.α[$0] * (1 - schedule.ᾱ[$0 - 1]) + schedule.β[$0] }
      #expect(zip(sums, schedule.ᾱ.dropFirst()).allSatisfy { abs($0 - (1 - $1)) < 3e-16 })
    }
  }

  @Test("(10.5): the first coefficient is √ᾱ_t, 0.280334 at t = 500; the printed √α_t is 0.994967")
  func coefficient() {
    let schedule = schedules[0]
    let composed = (1...500).reduce(GaussianKernel.identity) { $0.then(schedule.kernel(at: $1)) }
    #expect(abs(composed.factor - 0.280334) < 5e-7 && abs(schedule.α[500].squareRoot() - 0.994967) < 5e-7)
  }

  @Test("(10.3): the chain drawn step by step has the mean and the variance of (10.2)")
  func drawn() {
    let (schedule, N) = (NoiseSchedule.linear(50, from: 1e-3, to: 0.1), 50_000)
    let x = schedule.chain(
      from: Tensor(repeating: 1.5, [N], scalarType: .double), steps: 50, random: RandomSource(seed: 3))
    let kernel = schedule.kernel(upTo: 50)
    #expect(abs(x.mean().item - 1.5 * kernel.factor) < 4 * (kernel.variance / Double(N)).squareRoot())
    #expect(abs(x.variance().item / kernel.variance - 1) < 4 * (2 / Double(N)).squareRoot())
  }

  @Test("(10.8): x₀ and ε are recovered from x_t, and t = 0 is the data")
  func inverses() {
    let random = RandomSource(seed: 2)
    let (x0, ε) = (random.normal([4, 3], scalarType: .double), random.normal([4, 3], scalarType: .double))
    for schedule in schedules {
      #expect(schedule.noised(x0, at: 0, noise: ε) == x0)
      let steps = [1, 2, schedule.steps / 2, schedule.steps].filter { $0 > 0 }
      for t in steps {
        let x = schedule.noised(x0, at: t, noise: ε)
        let scale = 1 / schedule.ᾱ[t].squareRoot()  // rounding of x_t is divided by √ᾱ_t
        #expect(largest(schedule.data(from: x, noise: ε, at: t) - x0) < 1e-12 * max(1, scale / 1_000))
        #expect(largest(schedule.noise(from: x, data: x0, at: t) - ε) < 1e-12)
      }
    }
  }

  @Test("(10.8): noising at a step of each example is noising each by itself, and its moments are those of (10.2)")
  func batch() {
    let (schedule, random) = (schedules[0], RandomSource(seed: 5))
    let (x0, ε) = (random.normal([3, 1, 2, 2], scalarType: .double), random.normal([3, 1, 2, 2], scalarType: .double))
    let x = schedule.noised(x0, at: [1, 500, 1_000], noise: ε)
    for (n, t) in [1, 500, 1_000].enumerated() {
      #expect(largest(x[n] - schedule.noised(x0[n], at: t, noise: ε[n])) < 1e-15)
    }
    // One step with ᾱ₁ = α₁ is the first step of the chain: an index shifted by one is seen here.
    #expect(largest(schedule.noised(x0, at: 1, noise: ε) - schedule.stepped(x0, at: 1, noise: ε)) < 1e-15)
  }

  @Test(
    "Remark 10.2: x_T is 0.0158 nats from N(0, I) for 784 pixels of size 1; T = 200 with the same β is 55.6 nats away")
  func prior() {
    #expect(abs(784 * NoiseSchedule.linear().priorDivergence() - 0.01582) < 5e-6)
    #expect(abs(784 * NoiseSchedule.linear(200).priorDivergence() - 55.575) < 5e-4)
    #expect(784 * NoiseSchedule.rescaledLinear(200).priorDivergence() < 0.012)
    // The divergence from its definition, E[log q − log p], for x₀ = 2.
    let (schedule, x0) = (NoiseSchedule.linear(200), 2.0)
    let (m, v) = (schedule.ᾱ[200].squareRoot() * x0, 1 - schedule.ᾱ[200])
    let q = GaussianMixture([.init(weight: 1, mean: [m], deviation: v.squareRoot())])
    let crossEntropy = 0.5 * (v + m * m) + 0.9189385332046727
    #expect(abs(schedule.priorDivergence(meanSquare: 4) - (crossEntropy - q.entropy())) < 1e-10)
  }

  @Test("Fleuret (2024), section 7.2: adding noise and renormalizing is (10.1), and the weight of x₀ fades as e^{−½Σβ}")
  func renormalized() {
    let (schedule, random) = (schedules[0], RandomSource(seed: 4))
    let (x, ε) = (random.normal([5], scalarType: .double), random.normal([5], scalarType: .double))
    for t in [1, 500, 1_000] {
      let ratio = (schedule.β[t] / schedule.α[t]).squareRoot()
      let renormalized = (x + ratio * ε) / (1 + ratio * ratio).squareRoot()
      #expect(largest(renormalized - schedule.stepped(x, at: t, noise: ε)) < 1e-14)
    }
    var sum = 0.0
    var worst = 0.0
    for t in 1...1_000 {
      sum += schedule.β[t]
      let fading = Tensor(-0.5 * sum, scalarType: .double).exp().item
      #expect(fading >= schedule.ᾱ[t].squareRoot())
      worst = max(worst, fading - schedule.ᾱ[t].squareRoot())
      if t == 1_000 { #expect(abs(fading - schedule.ᾱ[t].squareRoot()) < 1e-3) }
    }
    #expect(1.2e-3 < worst && worst < 1.3e-3)
  }
}

private func largest(_ x: Tensor) -> Double { x.abs().max().item }
