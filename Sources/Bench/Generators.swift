import Diffusion
import GAN
import Tensors
import Training

// Steps of networks that make images.

extension Step {
  static let generators = [
    Step(
      "dcgan", "§ 8.7, one step of each network, Adam, batch 64",
      generator.map { $0.passes(4) } + discriminator.map { $0.passes(8) }
    ) { scale in
      let random = RandomSource(seed: 1)
      var (G, D) = (Generator(random: random), Discriminator(random: random))
      var (optimizerG, optimizerD) = (Adam(learningRate: 2e-4, beta1: 0.5), Adam(learningRate: 2e-4, beta1: 0.5))
      let real = random.uniform([64 * scale, 1, 28, 28], in: -1..<1)
      return Workload(parameters: G.parameterCount + D.parameterCount) {
        let noise = random.normal([64 * scale, 100])
        let fake = G.observing { $0(noise) }
        descend(&D, &optimizerD) { D in (-D(real)).softplus().mean() + D(fake).softplus().mean() }
        let z = random.normal([64 * scale, 100])
        descend(&G, &optimizerG) { [D] G in (-D(G(z))).softplus().mean() }
      }
    },
    Step("ddpm", "§ 10.8 U-Net, Adam, batch 32", uNet) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (Sampling.model(), Adam(learningRate: 2e-4))
      let schedule = NoiseSchedule.linear()
      let x0 = random.normal([32 * scale, 1, 28, 28])
      return Workload(parameters: model.parameterCount) {
        let t = (0..<32 * scale).map { _ in 1 + random.integer(below: schedule.steps) }
        let noise = random.normal(x0.shape)
        let x = schedule.noised(x0, at: t, noise: noise)
        descend(&model, &optimizer) { ($0.noise(in: x, at: t) - noise).squared().mean() }
      }
    },
  ]

  private static let generator: [Layer] = [
    .dense(64, 100, 256 * 16), .convolution(64, 256, 128, kernel: 3, side: 4),
    .convolution(64, 128, 64, kernel: 4, side: 7), .convolution(64, 64, 1, kernel: 4, side: 14),
  ]

  private static let discriminator: [Layer] = [
    .convolution(64, 1, 64, kernel: 4, side: 14), .convolution(64, 64, 128, kernel: 4, side: 7),
    .convolution(64, 128, 256, kernel: 3, side: 4), .dense(64, 256 * 16, 1),
  ]

  private static let uNet: [Layer] =
    [(1, 32, 28), (32, 64, 14), (64, 128, 7), (128, 64, 14), (64, 32, 28)].flatMap { inputs, outputs, side in
      [
        .convolution(32, inputs, outputs, kernel: 3, side: side),
        .convolution(32, outputs, outputs, kernel: 3, side: side),
        .convolution(32, inputs, outputs, kernel: 1, side: side),
      ]
    } + [.convolution(32, 128, 64, kernel: 2, side: 7), .convolution(32, 64, 32, kernel: 2, side: 14)]
}
