import Checking
import DataSets
import Diffusion
import Tensors
import Testing
import VAE
import ch10

@Suite("Exercise 10.6  DDPM and DDIM")
struct Exercise10_6Tests {
  private let schedule = NoiseSchedule.linear()
  private let data = GaussianMixture([
    .init(weight: 1, mean: [-1, 0, 0, 1], deviation: 0.3), .init(weight: 1, mean: [1, 0, 0, -1], deviation: 0.3),
  ])

  @Test(
    "Exercise 10.6.2, Remark 10.7: the cost is proportional to S: S calls of the network; DDPM has T",
    arguments: [10, 50, 100, 1_000])
  func calls(S: Int) {
    let counter = CountingPredictor()
    _ = Sampler.ddim(schedule, steps: S).sample(
      counter, from: Tensor.zeros([1, 4], scalarType: .double), random: RandomSource(seed: 1))
    #expect(counter.times.count == S)
    if S == 1_000 {
      let counter = CountingPredictor()
      _ = Sampler.ddpm(schedule).sample(
        counter, from: Tensor.zeros([1, 4], scalarType: .double), random: RandomSource(seed: 1))
      #expect(counter.times.count == 1_000)
    }
  }

  @Test("Exercise 10.6.1: more steps of DDIM bring a Gaussian's deviation nearer to ½: 0.370, 0.471, 0.485, 0.4985")
  func quality() {
    let predictor = ExactPredictor(
      data: GaussianMixture([.init(weight: 1, mean: [0], deviation: 0.5)]), schedule: schedule)
    let one = Tensor([[1]], scalarType: .double)
    for (S, deviation) in zip([10, 50, 100, 1_000], [0.3700, 0.4714, 0.4854, 0.4985]) {
      // The sampler is linear: the end of x_T = 1 is the deviation.
      let end = Sampler.ddim(schedule, steps: S).sample(predictor, from: one, random: RandomSource(seed: 1)).item
      #expect(abs(end - deviation) < 5e-5)
    }
  }

  @Test("Exercise 10.6.3: DDIM's images change smoothly along a path of noises, those with fresh noise do not")
  func paths() {
    let wide = GaussianMixture(data.components.map { .init(weight: 1, mean: $0.mean, deviation: 0.7) })
    let predictor = Square(inner: ExactPredictor(data: wide, schedule: schedule))
    let found = NoisePaths(predictor, schedule: schedule, side: 2, steps: 20, pairs: 6, random: RandomSource(seed: 3))
    let rows = found.rows
    let told = "\(rows.map { ($0.name, $0.largestJump, $0.meanStep) })"
    // The mean step of 16 is 1/16 = 0.0625 of a straight path; the images of other noise are as far apart as the ends.
    #expect(rows[0].largestJump < 3 && rows[0].meanStep < 0.2 && rows[2].meanStep > 0.5, "\(told)")
    #expect(rows[3].meanStep < 0.35, "\(told)")
    #expect(rows[1].middleNorm < 0.85 * rows[0].middleNorm, "\(told)")
  }

  @Test("Exercise 10.6.3: the middle of a line between two noises is shorter by √2, that of an arc is not")
  func norms() {
    let random = RandomSource(seed: 4)
    func mean(_ path: LatentPath) -> Double {
      let norms = (0..<100).map { _ in
        path.points(from: random.normal([784]), to: random.normal([784]), steps: 2)[1].norm().item / 28
      }
      return norms.reduce(0, +) / 100
    }
    #expect(abs(mean(.linear) - 0.5.squareRoot()) < 0.01 && abs(mean(.spherical) - 1) < 0.01)
  }
}

/// A predictor of rows of four numbers for images of 2×2 pixels.
private struct Square: NoisePredictor {
  let inner: ExactPredictor
  func noise(in x: Tensor, at t: [Int]) -> Tensor {
    inner.noise(in: x.converted(to: .double).flattened(from: 1), at: t).converted(to: .float).reshaped(x.shape)
  }
}
