// § 8.6, § 8.7  The networks of a DCGAN

import CNN
import Messages
import Regularization
import Tensors

/// The sizes of the networks of Listing 8.7.
public struct ConvolutionalSizes: Sendable {
  /// The number of latent variables.
  public var latent = 100
  /// The width of the generator and of the discriminator: the number of maps at 14×14 pixels.
  public var generator = 64, discriminator = 64
  /// The channels of an image.
  public var channels = 1

  /// The sizes as printed.
  public init() {}

  /// A quarter of the width: 129,504 and 28,096 parameters.
  public static var quarter: ConvolutionalSizes {
    var sizes = ConvolutionalSizes()
    (sizes.generator, sizes.discriminator) = (16, 16)
    return sizes
  }
}

/// The generator of Listing 8.7: latent → 4F maps of 4×4 → 2F of 7×7 → F of 14×14 → an image of 28×28 with values in
/// [−1, 1]. § 8.6
public struct Generator: Module {
  /// The four transposed convolutions, without biases.
  public var convolutions: [TransposedConvolution]
  /// The normalizations of all layers but the last.
  public var norms: [BatchNormalization]
  /// The activation functions of the four layers.
  public static let activations: [Activation] = [.relu, .relu, .relu, .tanh]

  /// A generator with the weights of `weights_init`.
  public init(_ sizes: ConvolutionalSizes = ConvolutionalSizes(), random: RandomSource) {
    let F = sizes.generator
    convolutions = [
      (sizes.latent, 4 * F, 4, 1, 0), (4 * F, 2 * F, 3, 2, 1), (2 * F, F, 4, 2, 1), (F, sizes.channels, 4, 2, 1),
    ].map {
      TransposedConvolution($0, $1, kernel: $2, stride: $3, padding: $4, hasBias: false, random: random)
    }
    norms = [4 * F, 2 * F, F].map { BatchNormalization(features: $0) }
    for i in convolutions.indices { convolutions[i].weight = drawnWeights(like: convolutions[i].weight, random) }
    for i in norms.indices { norms[i].scale = drawnFactors(like: norms[i].scale, random) }
  }

  /// The convolutions and the normalizations.
  public static var parameters: [PartialKeyPath<Generator>] { [\.convolutions, \.norms] }

  /// The images of latent vectors. [N×latent] or [N×latent×1×1] → [N×C×28×28]
  public func callAsFunction(_ z: Tensor) -> Tensor { maps(z)[3] }

  /// The outputs of the four layers. [N×latent] or [N×latent×1×1] → [N×4F×4×4], …, [N×C×28×28]
  public func maps(_ z: Tensor) -> [Tensor] {
    var h = z.rank == 2 ? z.reshaped(Shape(z.shape.lengths + [1, 1])) : z
    return convolutions.indices.map { i in
      h = i < norms.count ? norms[i](convolutions[i](h), then: Self.activations[i]) : convolutions[i](h).tanh()
      return h
    }
  }
}

/// The discriminator of Listing 8.7 without its sigmoid: an image of 28×28 → F maps of 14×14 → 2F of 7×7 → 4F of 4×4 →
/// a logit. § 8.6
public struct Discriminator: Module {
  /// The four convolutions, without biases.
  public var convolutions: [Convolution]
  /// The normalizations of the second and the third layer; none in a critic.
  public var norms: [BatchNormalization]
  /// The activation functions of the four layers.
  public static let activations: [Activation] =
    [Activation](repeating: .leakyReLU(slope: 0.2), count: 3) + [.identity]

  /// A discriminator with the weights of `weights_init`; or, without normalizations, the critic of Exercise 8.3 with
  /// the convolutions' usual weights.
  ///
  /// Without normalization nothing rescales the critic's maps, and with N(0, 0.02²) its slope would start near 0.
  public init(
    _ sizes: ConvolutionalSizes = ConvolutionalSizes(), isNormalized: Bool = true, random: RandomSource
  ) {
    let F = sizes.discriminator
    convolutions = [(sizes.channels, F, 4, 2, 1), (F, 2 * F, 4, 2, 1), (2 * F, 4 * F, 3, 2, 1), (4 * F, 1, 4, 1, 0)]
      .map { Convolution($0, $1, kernel: $2, stride: $3, padding: $4, hasBias: false, random: random) }
    norms = isNormalized ? [2 * F, 4 * F].map { BatchNormalization(features: $0) } : []
    if !isNormalized { return }
    for i in convolutions.indices { convolutions[i].weight = drawnWeights(like: convolutions[i].weight, random) }
    for i in norms.indices { norms[i].scale = drawnFactors(like: norms[i].scale, random) }
  }

  /// The convolutions and the normalizations.
  public static var parameters: [PartialKeyPath<Discriminator>] { [\.convolutions, \.norms] }

  /// A logit for each image. [N×C×28×28] → [N×1]
  public func callAsFunction(_ x: Tensor) -> Tensor { maps(x)[3].flattened(from: 1) }

  /// The outputs of the four layers. [N×C×28×28] → [N×F×14×14], …, [N×1×1×1]
  public func maps(_ x: Tensor) -> [Tensor] {
    var h = x
    return convolutions.indices.map { i in
      let (z, activation) = (convolutions[i](h), Self.activations[i])
      h = (1...2) ~= i && !norms.isEmpty ? norms[i - 1](z, then: activation) : z.activated(by: activation)
      return h
    }
  }
}

/// Weights from N(0, 0.02²): `weights_init` of Listing 8.7.
private func drawnWeights(like weight: Tensor, _ random: RandomSource) -> Tensor {
  random.normal(weight.shape, standardDeviation: 0.02)
}

/// Factors from N(1, 0.02²): `weights_init` of Listing 8.7.
private func drawnFactors(like scale: Tensor, _ random: RandomSource) -> Tensor {
  1 + random.normal(scale.shape, standardDeviation: 0.02)
}

/// (x − ½)/½: pixels in [0, 1] scaled to [−1, 1], the range of tanh. Listing 8.7
public func signedPixels(_ x: Tensor) -> Tensor { (x - 0.5) / 0.5 }

/// (x + 1)/2: generated images scaled back to [0, 1]. Listing 8.7
public func unsignedPixels(_ x: Tensor) -> Tensor { (x + 1) / 2 }
