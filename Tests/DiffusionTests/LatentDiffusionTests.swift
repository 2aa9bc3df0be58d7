import Checking
import CNN
import DataSets
import Diffusion
import Foundations
import GAN
import Tensors
import Testing
import Training
import VAE
import ch10

@Suite("§ 10.10  Latent diffusion, and what a sample costs")
struct LatentDiffusionTests {
  @Test("§ 10.10: codes have mean 0 and variance 1; decoding them is the autoencoder's reconstruction")
  func codes() throws {
    let x = try LabeledImages.opticalDigits().flattened[0..<300]
    let random = RandomSource(seed: 2)
    let autoencoder = VariationalAutoencoder(inputs: 64, hidden: [32], latent: 4, random: random)
    let latent = LatentDiffusion(of: autoencoder, on: x, hidden: [16], schedule: .linear(), random: random)
    let z = latent.codes(of: x)
    #expect(z.mean(axes: [0]).abs().max().item < 1e-3)
    #expect((z.variance(axes: [0]) - 1).abs().max().item < 1e-3)
    expectClose(latent.images(of: z), autoencoder.reconstructed(x), tolerance: 1e-4, scale: 1)
  }

  @Test(
    "§ 10.10: diffusion of codes finds their distribution: digits from it are nearer to digits than those of N(0, I)")
  func samples() throws {
    let random = RandomSource(seed: 3)
    let x = try LabeledImages.opticalDigits().flattened[0..<1_000]
    var autoencoder = VariationalAutoencoder(inputs: 64, hidden: [64], latent: 6, random: random)
    // With a small weight of the KL the codes are far from N(0, I), as those of latent diffusion are.
    trainByEvidence(
      &autoencoder, on: x, learningRate: 3e-3, plan: TrainingPlan(epochs: 12, batchSize: 50), random: random,
      β: { _ in 0.05 })
    var latent = LatentDiffusion(
      of: autoencoder, on: x, hidden: [64, 64], schedule: .linear(), random: random)
    let (before, z) = (latent.predictor, latent.codes(of: x))
    latent.train(on: x, plan: TrainingPlan(epochs: 40, batchSize: 50), random: random)
    func loss(_ predictor: TimedNetwork) -> Double {
      predictor.simpleLoss(on: z, schedule: latent.schedule, random: RandomSource(seed: 1))
    }
    #expect(loss(latent.predictor) < 0.6 * loss(before))
    let sampler = Sampler.ddim(latent.schedule, steps: 25)
    let samples = latent.sample(300, by: sampler, random: random)
    let plain = autoencoder.decoded(random.normal([300, 6]))
    func distance(_ images: Tensor) -> Double {
      let (a, b) = (images.mean(axes: [0]), x.mean(axes: [0]))
      return (a - b).squared().sum().item
    }
    #expect(distance(samples) < 0.5 * distance(plain), "\(distance(samples)), \(distance(plain))")
    // The codes are correlated, though each has variance 1; N(0, I) is not.
    func correlations(_ z: Tensor) -> Tensor { matmul(z.transposed, z) / Double(z.shape[0]) }
    let codes = sampler.sample(latent.predictor, from: random.normal([1_000, 6]), random: random)
    let (wrong, right) = (correlations(z) - .identity(6), correlations(z) - correlations(codes))
    #expect(right.norm().item < 0.85 * wrong.norm().item, "\(right.norm().item), \(wrong.norm().item)")
    func nearest(_ images: Tensor) -> Double {
      nearestRows(of: images, in: x).distances.reduce(0, +) / Double(images.shape[0])
    }
    #expect(nearest(samples) < 0.9 * nearest(plain), "\(nearest(samples)), \(nearest(plain))")
  }

  @Test("§ 10.10: multiplications are those that a profiler counts: 1,794,048 for a U-Net of width 16 on 8×8 pixels")
  func multiplications() {
    let random = RandomSource(seed: 1)
    #expect(MLP([5, 7, 2], random: random).multiplications == 49)
    #expect(TimedNetwork(3, hidden: [10], time: 4, random: random).multiplications == 100)
    var sizes = UNetSizes()
    (sizes.width, sizes.time) = (16, 64)
    #expect(UNet(sizes, random: random).multiplications(side: 8) == 1_794_048)
    // Those of the time, from 64 numbers to 64 and to the channels of five blocks, do not grow with the image.
    sizes.width = 32
    let (large, time) = (UNet(sizes, random: random), 64 * (64 + 32 + 64 + 128 + 64 + 32))
    #expect(8 * 8 * (large.multiplications(side: 28) - time) == 28 * 28 * (large.multiplications(side: 8) - time))
  }

  @Test("§ 10.10: a sample costs as many calls as the sampler has steps, and the decoder once")
  func cost() {
    let cost = SamplingCost(calls: 50, multiplications: 1_000, others: 300)
    #expect(cost.operationsPerCall == 2_000 && cost.operations == 100_600)
    #expect(costTable([(name: "latent", cost: cost, seconds: 1, training: 2)]).numbers == [[50, 0.002, 0.1006]])
    let random = RandomSource(seed: 4)
    let autoencoder = VariationalAutoencoder(inputs: 64, hidden: [32], latent: 4, random: random)
    let latent = LatentDiffusion(
      of: autoencoder, on: random.uniform([20, 64]), hidden: [16], schedule: .linear(100), random: random)
    let found = latent.cost(steps: 10)
    #expect(found.operations == 20 * ((4 + 32) * 16 + 16 * 4) + 2 * (4 * 32 + 32 * 64))
  }

  @Test("§ 10.6, § 10.9: a clipped x̂₀ keeps images in their range; inside it nothing changes. (10.8)")
  func clipped() {
    let schedule = NoiseSchedule.cosine()
    struct Biased: NoisePredictor {
      let ε: Tensor
      func noise(in x: Tensor, at t: [Int]) -> Tensor { ε }
    }
    let random = RandomSource(seed: 5)
    let (x0, ε) = (
      random.uniform([4, 3], in: -0.9..<0.9, scalarType: .double), random.normal([4, 3], scalarType: .double)
    )
    let x = schedule.noised(x0, at: 700, noise: ε)
    let clean = ClippedPredictor(Biased(ε: ε), schedule: schedule)
    expectClose(clean.noise(in: x, at: [700, 700, 700, 700]), ε, tolerance: 1e-9, scale: 1)
    // An error of 0.01 at t = T is magnified 20,000 times, or cut off.
    let last = schedule.noised(x0, at: 1_000, noise: ε)
    let wrong = Biased(ε: ε + 0.01)
    let steps = [Int](repeating: 1_000, count: 4)
    func data(_ ε: Tensor) -> Tensor { schedule.data(from: last, noise: ε, at: 1_000) }
    #expect(data(wrong.noise(in: last, at: steps)).abs().min().item > 100)
    #expect(
      data(ClippedPredictor(wrong, schedule: schedule).noise(in: last, at: steps)).abs().max().item < 1 + 1e-6)
  }
}
