import Checking
import DataSets
import Diffusion
import GAN
import Tensors
import Testing
import Training

@Suite("§ 10.2.2  The least loss")
struct LeastLossTests {
  private let schedule = NoiseSchedule.linear()

  @Test("(10.16): for one Gaussian the quadrature of a mixture is ᾱs²/(ᾱs² + 1 − ᾱ), in one and two dimensions")
  func gaussian() {
    for t in [1, 10, 200, 600, 1_000] {
      let share = schedule.ᾱ[t]
      let one = GaussianMixture([.init(weight: 1, mean: [0.7], deviation: 0.5)])
      let two = GaussianMixture([.init(weight: 1, mean: [0.7, -1], factor: [[0.5, 0], [0.6, 0.8]])])
      let all = schedule.leastNoiseErrors(spectrum: Tensor([0.25], scalarType: .double))
      #expect(abs(one.leastNoiseError(signalShare: share) - all[t - 1].item) < 1e-10)
      // The covariance [[0.25, 0.3], [0.3, 1]]: its eigenvalues have the sum 1.25 and the product 0.16.
      let root = (1.25 * 1.25 / 4 - 0.16).squareRoot()
      let λ = Tensor([0.625 - root, 0.625 + root], scalarType: .double)
      let exact = schedule.leastNoiseErrors(spectrum: λ)[t - 1].item
      #expect(abs(two.leastNoiseError(signalShare: share) - exact) < 1e-8)
    }
  }

  @Test("(10.16): a mixture's least loss is below the linear predictor's and above 0; at the ends they agree")
  func mixture() {
    let data = GaussianMixture([
      .init(weight: 1, mean: [-1], deviation: 0.2), .init(weight: 1, mean: [1], deviation: 0.2),
    ])
    let linear = schedule.leastNoiseErrors(spectrum: Tensor([1.04], scalarType: .double)).scalars
    let least = schedule.leastNoiseErrors(of: data).scalars
    #expect(least.count == 1_000 && zip(least, linear).allSatisfy { 0 < $0 && $0 < $1 + 1e-12 })
    #expect(linear[999] - least[999] < 1e-8 && linear[200] - least[200] > 0.15 && linear[0] - least[0] < 0.003)
  }

  @Test("§ 10.2.2: the best linear predictor of 8×8 digits has the loss of their spectrum, and finds it on them")
  func linear() throws {
    let x0 = try trainingDigits()
    let predictor = LinearPredictor(fittedTo: x0, schedule: schedule)
    let least = schedule.leastNoiseErrors(spectrum: predictor.spectrum)
    #expect(abs(least.mean().item - 0.1186) < 0.0005)
    for t in [20, 300, 800] {
      let found = predictor.noiseError(
        on: x0, at: [Int](repeating: t, count: 1_437),
        noise: RandomSource(seed: 3).normal(x0.shape, scalarType: .double), schedule)
      #expect(abs(found / least[t - 1].item - 1) < 0.02, "\(t)")
    }
    // For Gaussian data of this mean and covariance it is the exact prediction.
    let few = x0.flattened(from: 1).sliced(20..<24, axis: 1)
    let small = LinearPredictor(fittedTo: few, schedule: schedule)
    let Σ = matmul(small.axes.transposed * small.spectrum, small.axes)
    let L = try LinearAlgebra.cholesky(Σ)
    let exact = ExactPredictor(
      data: GaussianMixture([
        .init(weight: 1, mean: small.mean.scalars, factor: (0..<4).map { L[$0].scalars })
      ]), schedule: schedule)
    let x = RandomSource(seed: 4).normal([3, 4], scalarType: .double)
    let t = [1, 400, 1_000]
    #expect((small.noise(in: x, at: t) - exact.noise(in: x, at: t)).abs().max().item < 1e-9)
  }

  @Test("§ 10.2.2: the memorizer is the exact predictor of its examples as points")
  func points() {
    let examples = RandomSource(seed: 5).normal([6, 2], scalarType: .double)
    let memorizer = MemorizingPredictor(examples, schedule: schedule)
    let narrow = GaussianMixture((0..<6).map { .init(weight: 1, mean: examples[$0].scalars, deviation: 1e-7) })
    let exact = ExactPredictor(data: narrow, schedule: schedule)
    let x = RandomSource(seed: 6).normal([5, 2], scalarType: .double)
    let t = [1, 30, 200, 600, 1_000]
    #expect((memorizer.noise(in: x, at: t) - exact.noise(in: x, at: t)).abs().max().item < 1e-8)
    #expect((memorizer.probabilities(of: x, at: t).sum(axes: [1]) - 1).abs().max().item < 1e-12)
  }

  @Test("§ 10.2.2: on 1,437 digits the memorizer's loss is 0.0207, on other digits 2.2: far below and far above 0.119")
  func memorizer() throws {
    let digits = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
    let memorizer = MemorizingPredictor(2 * digits.first.images - 1, schedule: schedule)
    let test = 2 * digits.rest.images - 1
    let seen = memorizer.simpleLoss(
      on: 2 * digits.first.images - 1, schedule: schedule, times: 5, random: RandomSource(seed: 7))
    let unseen = memorizer.simpleLoss(on: test, schedule: schedule, times: 10, random: RandomSource(seed: 7))
    #expect(abs(seen - 0.0207) < 0.0005 && abs(unseen - 2.2) < 0.1, "\(seen), \(unseen)")
  }

  @Test("§ 10.2.2: a sampler with the ideal denoiser of 1,437 digits returns training images, to the digit")
  func copies() throws {
    let x0 = try trainingDigits()
    let memorizer = MemorizingPredictor(x0, schedule: schedule)
    for sampler in [Sampler.ddim(schedule, steps: 50), .ddpm(.rescaledLinear(100))] {
      let model = MemorizingPredictor(x0, schedule: sampler.schedule)
      let samples = sampler.sample(
        model, from: RandomSource(seed: 9).normal([20, 64], scalarType: .double), random: RandomSource(seed: 10))
      let nearest = nearestDistances(of: samples, in: memorizer.examples)
      #expect((nearest.max() ?? 1) < 1e-6)
    }
  }

  @Test("(10.16): quadrature in three dimensions is refused with a sentence")
  func refusal() async {
    expectMessage(
      await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        _ = GaussianMixture([.init(weight: 1, mean: [0, 0, 0], deviation: 1)]).entropy()
      }, "cannot integrate over 3 dimensions: quadrature is for one or two dimensions")
  }

  private func trainingDigits() throws -> Tensor {
    let digits = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
    return (2 * digits.first.images - 1).flattened(from: 1).converted(to: .double)
  }

  private func nearestDistances(of x: Tensor, in y: Tensor) -> [Double] {
    (0..<x.shape[0]).map { (y - x[$0]).squared().sum(axes: [1]).squareRoot().min().item }
  }
}

@Suite("§ 10.2.2  A trained network and the ideal denoiser")
struct TrainedLossTests {
  @Test(
    "(10.16): a trained network's loss lies between the memorizer's and the linear predictor's, and its samples are new"
  )
  func between() throws {
    let digits = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
    let (train, test) = (2 * digits.first.images - 1, 2 * digits.rest.images - 1)
    let schedule = NoiseSchedule.linear()
    var sizes = UNetSizes()
    (sizes.width, sizes.time) = (8, 32)
    var training = DenoiserTraining(UNet(sizes, random: RandomSource(seed: 1)), averaging: 0.99, learningRate: 4e-3)
    training.train(
      on: train, schedule: schedule, plan: TrainingPlan(epochs: 20, batchSize: 64), random: RandomSource(seed: 2))
    let network = training.average.model
    func loss<P: NoisePredictor>(_ model: P, _ x0: Tensor) -> Double {
      model.simpleLoss(on: x0, schedule: schedule, times: 2, random: RandomSource(seed: 3))
    }
    let memorizer = MemorizingPredictor(train, schedule: schedule)
    let linear = LinearPredictor(fittedTo: train, schedule: schedule)
    let losses = [loss(memorizer, train), loss(network, test), loss(linear, test), loss(memorizer, test)]
    #expect(losses == losses.sorted() && losses[3] > 1, "\(losses)")

    let noise = RandomSource(seed: 4).normal([40, 1, 8, 8])
    func distances<P: NoisePredictor>(_ model: P) -> [Double] {
      let samples = Sampler.ddim(schedule, steps: 25).sample(model, from: noise, random: RandomSource(seed: 5))
      return nearestRows(of: samples.flattened(from: 1), in: train.flattened(from: 1)).distances.sorted()
    }
    let seen = nearestRows(of: test.flattened(from: 1), in: train.flattened(from: 1)).distances.sorted()
    let (copies, new) = (distances(memorizer), distances(network))
    #expect(copies[39] < 1e-3 && new[0] > 0.5 && seen[0] > 0.5, "\(copies[39]), \(new[0]), \(seen[0])")
  }
}
