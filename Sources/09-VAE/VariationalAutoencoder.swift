// § 9.8  Listing 9.8: the network

import Distributions
import Foundations
import Messages
import Tensors

/// The variational autoencoder of Listing 9.8: 784–512–(20, 20)–512–784 with ReLU. 835,384 parameters.
///
/// The encoder has two heads, for μ and for log σ², so that σ = exp(½ log σ²) is positive for any output. (9.26)
public struct VariationalAutoencoder: LatentVariableModel {
  /// The layers between the images and the last hidden layer of the encoder.
  public var encoder: [Linear]
  /// The layers of μ and of log σ².
  public var mean, logVariance: Linear
  /// The layers between z and the logits.
  public var decoder: [Linear]

  /// A network for examples of `inputs` numbers, with these hidden layers in the encoder and, in reverse, in the
  /// decoder.
  public init(inputs: Int = 784, hidden: [Int] = [512], latent d: Int = 20, random: RandomSource) {
    require(
      inputs >= 1 && d >= 1 && !hidden.isEmpty,
      "cannot encode \(inputs) numbers by hidden layers \(hidden) in \(d) latent variables: at least one of each is "
        + "needed"
    )
    let widths = [inputs] + hidden
    func chain(_ widths: [Int]) -> [Linear] {
      zip(widths, widths.dropFirst()).map { Linear($0, $1, random: random) }
    }
    encoder = chain(widths)
    (mean, logVariance) = (Linear(hidden.last ?? 1, d, random: random), Linear(hidden.last ?? 1, d, random: random))
    decoder = chain([d] + widths.reversed())
  }

  /// All layers, in the order of Listing 9.8.
  public static var parameters: [PartialKeyPath<VariationalAutoencoder>] {
    [\.encoder, \.mean, \.logVariance, \.decoder]
  }

  /// The number of latent variables.
  public var latentCount: Int { mean.weight.shape[0] }

  /// q(z | x). The images may have any shape with as many numbers as the network reads. [N×…] → [N×d]
  public func encoded(_ x: Tensor) -> Normal {
    let h = encoder.reduce(x.flattened(from: 1)) { h, layer in layer(h).activated(by: .relu) }
    return Normal(mean: mean(h), logVariance: logVariance(h))
  }

  /// The logits of the pixels. [N×d] → [N×inputs]
  public func decodedLogits(_ z: Tensor) -> Tensor {
    let h = decoder.dropLast().reduce(z) { h, layer in layer(h).activated(by: .relu) }
    return decoder[decoder.count - 1](h)
  }
}
