import Checking
import DataSets
import GAN
import Tensors
import Testing
import Training
import VAE
import ch09

@Suite("Exercise 9.6  A VAE and a DCGAN of the same size")
struct Exercise9_6Tests {
  private let random = RandomSource(seed: 6)

  @Test("Exercise 9.6.1: 835,384 and 837,504 parameters, 1,269,376 with the discriminator; quarters within 2 % too")
  func sizes() {
    let (printed, quarter) = (EqualSizes.printed.parameters, EqualSizes.quarter.parameters)
    #expect(printed == (835_384, 837_504, 431_872))
    #expect(printed.generator + printed.discriminator == 1_269_376)
    #expect(abs(Double(printed.generator) / Double(printed.vae) - 1.0025) < 1e-4)
    #expect((quarter.vae, quarter.generator) == (131_224, 129_504))
  }

  @Test("Exercise 9.6.2: the gradient energy is 2 for a chessboard, 0 for a plain image, and falls by blur")
  func energy() {
    let board = Tensor((0..<36).map { Double(($0 / 6 + $0 % 6) % 2) }, shape: [1, 1, 6, 6])
    #expect(abs(gradientEnergy(of: board) - 2) < 1e-6)
    #expect(gradientEnergy(of: Tensor.ones([2, 1, 5, 4])) == 0)
    // A slope of 0.1 a column.
    let ramp = Tensor((0..<20).map { 0.1 * Double($0 % 5) }, shape: [1, 1, 4, 5])
    #expect(abs(gradientEnergy(of: ramp) - 0.01) < 1e-7)
    let x = LabeledImages.drawnClothes(count: 20, from: random).images
    #expect(gradientEnergy(of: x.averagePooled2D(window: 3, stride: 1)) < 0.7 * gradientEnergy(of: x))
  }

  @Test("Exercise 9.6.3: a linear path is straight and even, a spherical one keeps the norm and has the length π/2")
  func paths() {
    let (a, b) = (Tensor([3, 0, 0], scalarType: .double), Tensor([0, 0, 3], scalarType: .double))
    let (line, arc) = (
      LatentPath.linear.points(from: a, to: b, steps: 1_000), LatentPath.spherical.points(from: a, to: b, steps: 1_000)
    )
    for path in [line, arc] {
      expectClose(path[0], a, tolerance: 1e-12, scale: 1)
      expectClose(path[1_000], b, tolerance: 1e-12, scale: 1)
    }
    expectClose(line[250], Tensor([2.25, 0, 0.75], scalarType: .double), tolerance: 1e-12, scale: 1)
    #expect(abs(line[500].norm().item - 3 / 2.0.squareRoot()) < 1e-12)
    expectClose(arc.norm(axes: [1]), Tensor(repeating: 3, [1_001], scalarType: .double), tolerance: 1e-12)
    let (straight, curved) = (PathMeasure(of: line), PathMeasure(of: arc))
    #expect(abs(straight.detour - 1) < 1e-12 && abs(straight.largestJump - 1) < 1e-9)
    #expect(abs(straight.length - 18.0.squareRoot()) < 1e-12)
    #expect(abs(curved.length - 1.5 * .pi) < 1e-5 && abs(curved.largestJump - 1) < 1e-9)
    #expect(abs(curved.detour - .pi / (2 * 2.0.squareRoot())) < 1e-6)
    // Between vectors at 60° the middle is at 30°.
    let (h, half) = (0.75.squareRoot(), 0.5)
    let third = LatentPath.spherical.points(from: a, to: Tensor([3 * half, 3 * h, 0], scalarType: .double), steps: 2)
    expectClose(third[1], Tensor([3 * h, 3 * half, 0], scalarType: .double), tolerance: 1e-12, scale: 1)
    // Parallel vectors have no angle between them.
    expectClose(LatentPath.spherical.points(from: a, to: 2 * a, steps: 2)[1], 1.5 * a, tolerance: 1e-12)
  }

  @Test("Exercise 9.6.3: an image that changes all at once has the largest jump n; one that goes and returns, a detour")
  func jumps() {
    let n = 8
    let switched = Tensor((0...n).map { $0 < 5 ? 0 : 1 }, shape: [n + 1, 1, 1, 1])
    let jump = PathMeasure(of: switched)
    #expect(jump.largestJump == Double(n) && jump.detour == 1)
    let back = PathMeasure(of: Tensor([0, 1, 2, 1], shape: [4, 1]))
    #expect(back.detour == 3 && back.largestJump == 1)
    #expect(PathMeasure(of: Tensor([0, 1, 0], shape: [3, 1])).detour == .infinity)
    #expect(PathMeasure(of: Tensor([1, 1, 1], shape: [3, 1])).detour == 1)
  }

  @Test("Exercise 9.6.3: in the middle of a line ‖z‖ is √(d/2) on average, on a sphere √d")
  func middles() {
    let d = 100
    func mean(_ path: LatentPath) -> Double {
      let norms = (0..<200).map { _ in
        path.points(from: random.normal([d]), to: random.normal([d]), steps: 2)[1].norm().item
      }
      return norms.reduce(0, +) / 200 / Double(d).squareRoot()
    }
    #expect(abs(mean(.linear) - 0.5.squareRoot()) < 0.02)
    #expect(abs(mean(.spherical) - 1) < 0.02)
  }

  @Test("Exercise 9.6.2, Exercise 9.6.4: both models learn clothes, and the VAE's loss tells that it learns")
  func trainings() {
    let data = ImageClassification(
      name: "drawn clothes", classNames: (0..<10).map(String.init),
      train: .drawnClothes(count: 320, from: RandomSource(seed: 1)),
      test: .drawnClothes(count: 100, from: RandomSource(seed: 2)), origin: "drawn clothes", isReal: false)
    let measure = QualityMeasure(for: data, count: 100, steps: 40)
    let vae = trainedVAE(
      .quarter, on: data.train.flattened, measure, looks: 3, epochs: 4, random: RandomSource(seed: 3))
    #expect(vae.distances.count == 3 && vae.distances[2] < vae.distances[0])
    let losses = vae.history.losses
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 }, "\(losses)")
    let gan = trainedDCGAN(.quarter, on: data.train.images[0..<64], measure, looks: 2, random: RandomSource(seed: 3))
    #expect(gan.distances.count == 2 && gan.latent == 100)
    let z = random.normal([3, 100])
    #expect(
      (gan.images(z) - Tensor.concatenated([gan.images(z[0..<1]), gan.images(z[1..<3])], axis: 0)).abs().max().item
        < 1e-5)
    let summary = pathSummary(vae, .linear, pairs: 2, measure, random: random)
    #expect(summary.detour >= 1 && summary.largestJump >= 1 && abs(summary.middleNorm - 0.7) < 0.05)
    // A linear decoder keeps lines: both means over the pairs are 1.
    let linear = ImageMaker(name: "linear", latent: 784, history: History()) {
      (0.5 + 0.01 * $0).reshaped([$0.shape[0], 1, 28, 28])
    }
    let straight = pathSummary(linear, .linear, pairs: 2, measure, random: random)
    #expect(abs(straight.detour - 1) < 1e-3 && abs(straight.largestJump - 1) < 0.02, "\(straight)")
    #expect(largestFactor([4, 2, 3, 1, 2]) == 2 && largestFactor([3, 2]) == 1)
  }

  @Test("Exercise 9.6.3: more pairs than samples stop with a message")
  func pairs() async {
    await expectMessage(
      #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
        let images = LabeledImages.drawnClothes(count: 20, from: RandomSource(seed: 1))
        let data = ImageClassification(
          name: "drawn clothes", classNames: (0..<10).map(String.init), train: images, test: images,
          origin: "drawn clothes", isReal: false)
        let maker = ImageMaker(name: "none", latent: 1, history: History()) { $0 }
        _ = pathSummary(
          maker, .linear, pairs: 501, QualityMeasure(for: data, count: 10, steps: 1), random: RandomSource(seed: 2))
      }, "cannot measure the paths between 501 pairs of samples: the number must be from 1 to 500")
  }
}
