import Checking
import DataSets
import Tensors
import Testing
import VAE

@Suite("§ 9.10 A mixture of Gaussians by expectation maximization")
struct MixtureFittingTests {
  @Test("§ 9.10: the log-likelihood never falls, and ends within 0.02 nats of the true law on 20,000 points")
  func likelihood() throws {
    let (truth, random) = (GaussianMixture.ring(), RandomSource(seed: 3))
    let points = truth.sample(count: 20_000, from: random).points(.double)
    let held = truth.sample(count: 20_000, from: random).points(.double)
    let (mixture, course) = try GaussianMixture.fitted(to: points, components: 8, random: random)
    #expect(zip(course, course.dropFirst()).allSatisfy { $1 >= $0 - 1e-12 } && course.count > 2)
    let gap = truth.logDensity(of: held).mean().item - mixture.logDensity(of: held).mean().item
    #expect(abs(gap) < 0.02, "\(gap)")
    // −E log p is the entropy ln 8 + 1 + ln 2π + 2 ln 0.1 of eight Gaussians that hardly overlap.
    let entropy = 2.0794415 + 1 + 1.8378771 - 2 * 2.3025851
    #expect(abs(mixture.logDensity(of: held).mean().item + entropy) < 0.02)
  }

  @Test("(9.8): a step begins where the bound is log p: with q(k) = p(k | x) both are equal, and any other q is below")
  func bound() throws {
    let random = RandomSource(seed: 4)
    let mixture = GaussianMixture.ring(of: 3, radius: 1, deviation: 0.8)
    let x = random.normal([50, 2], scalarType: .double)
    /// Σ_k q(k) (log p(x, k) − log q(k)).
    func bound(_ q: Tensor) -> Tensor {
      let joint = mixture.posterior(of: x).log() + mixture.logDensity(of: x).expanded(axis: 1)
      return (q * (joint - q.log())).sum(axes: [1])
    }
    let logP = mixture.logDensity(of: x)
    #expect((bound(mixture.posterior(of: x)) - logP).abs().max().item < 1e-12)
    let other = random.normal([50, 3], scalarType: .double).softmax(axis: 1)
    #expect((bound(other) - logP).max().item < 0)
  }

  @Test("§ 9.10: one Gaussian has the mean and covariance of its points after one step")
  func one() throws {
    let x = RandomSource(seed: 5).normal([200, 2], scalarType: .double) + Tensor([1, -2], scalarType: .double)
    let (mixture, course) = try GaussianMixture.fitted(to: x, components: 1, random: RandomSource(seed: 6))
    let μ = x.mean(axes: [0])
    #expect((Tensor(mixture.components[0].mean, scalarType: .double) - μ).abs().max().item < 1e-12)
    let L = Tensor(mixture.components[0].factor, scalarType: .double)
    let Σ = matmul((x - μ).transposed, x - μ) / 200
    #expect((matmul(L, L.transposed) - Σ).abs().max().item < 1e-12 && course.count == 3)
  }

  @Test("§ 9.10: the start has the deviation of the points from the nearest mean; 0 steps return it")
  func start() throws {
    let x = Tensor([[0, 0], [6, 8], [0, 0]], scalarType: .double)
    let (mixture, course) = try GaussianMixture.fitted(
      to: x, components: 1, steps: 0, random: RandomSource(seed: 1))
    let first = mixture.components[0]
    #expect(course.count == 1 && (first.mean == [0, 0] || first.mean == [6, 8]))
    // The squared distances are 100 from one of the three points or from two, over 3 points and 2 coordinates.
    let expected = (first.mean == [0, 0] ? 100.0 : 200) / 6
    let L = Tensor(first.factor, scalarType: .double)
    let Σ = matmul(L, L.transposed)
    #expect((Σ / expected - .identity(2, scalarType: .double)).abs().max().item < 1e-5, "\(Σ)")
  }

  @Test("fewer different points than Gaussians stop with a message")
  func repeated() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let x = Tensor([[1, 2], [1, 2], [3, 4], [3, 4]], scalarType: .double)
        _ = try GaussianMixture.fitted(to: x, components: 3, random: RandomSource(seed: 1))
      }, "cannot start 3 Gaussians: the 4 points have only 2 different values")
  }
}
