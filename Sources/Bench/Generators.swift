import CNN
import Foundation
import Foundations
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
      var (model, optimizer) = (UNet(random: random), Adam(learningRate: 2e-4))
      var ᾱ = [1.0]
      for step in 0..<1000 { ᾱ.append(ᾱ[step] * (1 - (1e-4 + (0.02 - 1e-4) * Double(step) / 999))) }
      let x0 = random.normal([32 * scale, 1, 28, 28])
      return Workload(parameters: model.parameterCount) { [ᾱ] in
        let t = (0..<32 * scale).map { _ in random.integer(below: 1000) }
        let noise = random.normal(x0.shape)
        let a = Tensor(t.map { ᾱ[$0 + 1] }, shape: [32 * scale, 1, 1, 1])
        let x = a.squareRoot() * x0 + (1 - a).squareRoot() * noise
        descend(&model, &optimizer) { ($0(NoisyImages(images: x, times: t)) - noise).squared().mean() }
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

/// A scale and a shift for every channel after normalization.
struct ChannelAffine: Model {
  var scale, shift: Tensor

  init(_ channels: Int) { (scale, shift) = (.ones([channels]), .zeros([channels])) }

  static var parameters: [PartialKeyPath<ChannelAffine>] { [\.scale, \.shift] }

  func group(_ x: Tensor, groups: Int, then activation: Activation = .identity) -> Tensor {
    groupNormalized(x, groups: groups, scale: scale, shift: shift, then: activation)
  }
}

/// Noisy images and the times of their noise.
struct NoisyImages: Sendable {
  let images: Tensor
  let times: [Int]
}

/// Two convolutions with a time embedding, and a shortcut.
struct TimeBlock: Model {
  var norm1, norm2: ChannelAffine
  var convolution1, convolution2: Convolution
  var time: Linear
  var projection: Convolution?

  init(_ inputs: Int, _ outputs: Int, random: RandomSource) {
    (norm1, norm2) = (ChannelAffine(inputs), ChannelAffine(outputs))
    convolution1 = Convolution(inputs, outputs, kernel: 3, padding: 1, random: random)
    convolution2 = Convolution(outputs, outputs, kernel: 3, padding: 1, random: random)
    time = Linear(128, outputs, random: random)
    projection = inputs == outputs ? nil : Convolution(inputs, outputs, kernel: 1, random: random)
  }

  static var parameters: [PartialKeyPath<TimeBlock>] {
    [\.norm1, \.norm2, \.convolution1, \.convolution2, \.time, \.projection]
  }

  func callAsFunction(_ x: Tensor, _ t: Tensor) -> Tensor {
    let groups = x.shape[1].isMultiple(of: 8) ? 8 : 1
    let shift = time(t.activated(by: .silu))
    let h =
      convolution1(norm1.group(x, groups: groups, then: .silu)) + shift.reshaped(Shape(shift.shape.lengths + [1, 1]))
    return convolution2(norm2.group(h, groups: 8, then: .silu)) + (projection?(x) ?? x)
  }
}

/// The U-Net of listing 10.8.
struct UNet: Module {
  var time: Linear
  var down1, down2, bottom, up2, up1: TimeBlock
  var widen2, widen1: TransposedConvolution
  var output: Convolution

  init(random: RandomSource) {
    time = Linear(128, 128, random: random)
    (down1, down2, bottom) = (
      TimeBlock(1, 32, random: random), TimeBlock(32, 64, random: random), TimeBlock(64, 128, random: random)
    )
    (up2, up1) = (TimeBlock(128, 64, random: random), TimeBlock(64, 32, random: random))
    widen2 = TransposedConvolution(128, 64, kernel: 2, stride: 2, random: random)
    widen1 = TransposedConvolution(64, 32, kernel: 2, stride: 2, random: random)
    output = Convolution(32, 1, kernel: 1, random: random)
  }

  static var parameters: [PartialKeyPath<UNet>] {
    [\.time, \.down1, \.down2, \.bottom, \.widen2, \.up2, \.widen1, \.up1, \.output]
  }

  func callAsFunction(_ x: NoisyImages) -> Tensor {
    let t = time(sinusoids(x.times)).activated(by: .silu)
    let a = down1(x.images, t)
    let b = down2(a.maxPooled2D(window: 2), t)
    let c = bottom(b.maxPooled2D(window: 2), t)
    let d = up2(Tensor.concatenated([widen2(c), b], axis: 1), t)
    return output(up1(Tensor.concatenated([widen1(d), a], axis: 1), t))
  }

  /// The sines and cosines of the times, at 64 frequencies.
  private func sinusoids(_ times: [Int]) -> Tensor {
    let frequencies = (-(log(10_000.0) / 63) * Tensor((0..<64).map(Double.init))).exp()
    let angles = Tensor(times.map(Double.init), shape: [times.count, 1]) * frequencies
    return Tensor.concatenated([angles.sin(), angles.cos()], axis: 1)
  }
}
