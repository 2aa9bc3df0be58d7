// Exercise 9.3  A variational autoencoder with convolutions, as in § 4.2.2

import CNN
import Distributions
import Foundations
import Messages
import Regularization
import Tensors

/// A convolutional variational autoencoder for images of 28×28: 28 → 14 → 7 → 4 in the encoder, and back in the
/// decoder. Exercise 9.3
///
/// Three convolutions of 3×3 with stride 2 and padding 1, each with batch normalization and ReLU, then the two heads.
/// In the decoder a layer from z to maps of 4×4, then three transposed convolutions. Without output padding these would
/// give 7, 13 and 25 pixels: a stride of 2 loses whether a size was odd or even, and the output padding 0, 1, 1
/// restores it.
public struct ConvolutionalVAE: LatentVariableModel {
  /// The convolutions of the encoder, without biases, because a normalization follows.
  public var convolutions: [Convolution]
  /// The normalizations after them.
  public var encoderNorms: [BatchNormalization]
  /// The layers of μ and of log σ².
  public var mean, logVariance: Linear
  /// The layer from z to the maps of 4×4.
  public var start: Linear
  /// The normalizations before each transposed convolution.
  public var decoderNorms: [BatchNormalization]
  /// The transposed convolutions; only the last one has biases.
  public var expansions: [TransposedConvolution]

  /// A network with these numbers of maps of 14×14, 7×7 and 4×4.
  public init(channels: Int = 1, maps: [Int] = [32, 64, 128], latent d: Int = 20, random: RandomSource) {
    require(
      channels >= 1 && maps.count == 3 && maps.allSatisfy { $0 >= 1 } && d >= 1,
      "cannot encode images of \(channels) channels by maps \(maps) in \(d) latent variables: three numbers of maps "
        + "and at least one of each are needed")
    let widths = [channels] + maps
    convolutions = (0..<3).map {
      Convolution(widths[$0], widths[$0 + 1], kernel: 3, stride: 2, padding: 1, hasBias: false, random: random)
    }
    encoderNorms = maps.map { BatchNormalization(features: $0) }
    mean = Linear(16 * maps[2], d, random: random)
    logVariance = Linear(16 * maps[2], d, random: random)
    start = Linear(d, 16 * maps[2], hasBias: false, random: random)
    decoderNorms = maps.reversed().map { BatchNormalization(features: $0) }
    expansions = (0..<3).map { place in
      TransposedConvolution(
        widths[3 - place], widths[2 - place], kernel: 3, stride: 2, padding: 1, outputPadding: place == 0 ? 0 : 1,
        hasBias: place == 2, random: random)
    }
  }

  /// All layers, from the images to the logits.
  public static var parameters: [PartialKeyPath<ConvolutionalVAE>] {
    [\.convolutions, \.encoderNorms, \.mean, \.logVariance, \.start, \.decoderNorms, \.expansions]
  }

  /// The number of latent variables.
  public var latentCount: Int { mean.weight.shape[0] }

  /// q(z | x). [N×C×28×28] → [N×d]
  public func encoded(_ x: Tensor) -> Normal {
    let h = zip(convolutions, encoderNorms).reduce(x) { h, layer in layer.1(layer.0(h), then: .relu) }  // [N×F×4×4]
    let features = h.flattened(from: 1)
    return Normal(mean: mean(features), logVariance: logVariance(features))
  }

  /// The logits of the pixels. [N×d] → [N×C×28×28]
  public func decodedLogits(_ z: Tensor) -> Tensor {
    let h = start(z).reshaped([z.shape[0], expansions[0].weight.shape[0], 4, 4])
    return zip(decoderNorms, expansions).reduce(h) { h, layer in layer.1(layer.0(h, then: .relu)) }
  }
}
