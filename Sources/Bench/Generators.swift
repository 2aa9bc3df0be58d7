import Diffusion
import GAN
import Tensors
import Training
import VAE

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
        let lossD = descend(&D, &optimizerD) { D in (-D(real)).softplus().mean() + D(fake).softplus().mean() }
        let z = random.normal([64 * scale, 100])
        return lossD + descend(&G, &optimizerG) { [D] G in (-D(G(z))).softplus().mean() }
      }
    },
    Step("vq_vae", "Exercise 9.5 at full size: 512 codes on 7×7 places, width 64, Adam, batch 64", quantized) { scale in
      let random = RandomSource(seed: 1)
      let codebook = VectorQuantizer(codes: 512, width: 64, random: random)
      var model = VectorQuantizedAutoencoder(width: 64, codebook: codebook, random: random)
      var optimizer = Adam()
      let x = random.uniform([64 * scale, 1, 28, 28])
      model.codebook.restart(CodeUsage(codes: 512), at: model.rows(model.encoded(x)), using: random)
      return Workload(parameters: model.parameterCount) { descend(&model, &optimizer) { $0.terms(of: x).loss() } }
    },
    Step("ddpm", "§ 10.8 U-Net, Adam, batch 32", uNet(32)) { scale in
      let random = RandomSource(seed: 1)
      var (model, optimizer) = (Sampling.model(), Adam(learningRate: 2e-4))
      let schedule = NoiseSchedule.linear()
      let x0 = random.normal([32 * scale, 1, 28, 28])
      return Workload(parameters: model.parameterCount) {
        let t = (0..<32 * scale).map { _ in 1 + random.integer(below: schedule.steps) }
        let noise = random.normal(x0.shape)
        let x = schedule.noised(x0, at: t, noise: noise)
        return descend(&model, &optimizer) { ($0.noise(in: x, at: t) - noise).squared().mean() }
      }
    },
    Step("denoise", "§ 10.6, one call of the same U-Net on 64 images", uNet(64).map { $0.passes(1) }) { scale in
      let model = Sampling.model()
      let x = RandomSource(seed: 1).normal([64 * scale, 1, 28, 28])
      let t = (0..<64 * scale).map { 1 + $0 % 1000 }
      return Workload(parameters: model.parameterCount) { called { model.noise(in: x, at: t) } }
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

  private static let quantized: [Layer] = [
    .convolution(64, 1, 64, kernel: 4, side: 14).passes(2), .convolution(64, 64, 128, kernel: 4, side: 7),
    .convolution(64, 128, 64, kernel: 1, side: 7), .dense(64 * 49, 64, 512).passes(1),
    .convolution(64, 64, 128, kernel: 3, side: 7), .convolution(64, 128, 64, kernel: 4, side: 7),
    .convolution(64, 64, 1, kernel: 4, side: 14),
  ]

  private static func uNet(_ images: Int) -> [Layer] {
    [(1, 32, 28), (32, 64, 14), (64, 128, 7), (128, 64, 14), (64, 32, 28)].flatMap { inputs, outputs, side in
      [
        .convolution(images, inputs, outputs, kernel: 3, side: side),
        .convolution(images, outputs, outputs, kernel: 3, side: side),
        .convolution(images, inputs, outputs, kernel: 1, side: side),
      ]
    } + [.convolution(images, 128, 64, kernel: 2, side: 7), .convolution(images, 64, 32, kernel: 2, side: 14)]
  }
}
