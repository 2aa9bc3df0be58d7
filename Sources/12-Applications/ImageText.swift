// § 12.10  Image and text in one space

import CNN
import DataSets
import Foundations
import Messages
import Tensors
import Transformer

/// Vectors divided by their norms, so that dot products are cosines. [… d] → [… d]
public func unitVectors(_ x: Tensor) -> Tensor {
  x / (x.squared().sum(axes: [-1], keepsAxes: true) + 1e-12).squareRoot()
}

/// The symmetric loss of N images and their N texts: ½ (CE over rows + CE over columns), where row m has the
/// similarities of image m with all texts, and the right one is on the diagonal. § 12.10
///
/// Similarities that are all equal give ln N. Radford et al. (2021); Fleuret, *The Little Book of Deep Learning*, § 6.6
///
/// [N×N]
public func imageTextLoss(_ similarities: Tensor) -> Tensor {
  let labels = Array(0..<similarities.shape[0])
  return (similarities.crossEntropy(labels: labels) + similarities.transposed.crossEntropy(labels: labels)) / 2
}

/// The smallest loss that N pairs can have if the similarities are cosines times a scale s:
/// ln(1 + (N−1) e^(−s N/(N−1))). § 12.10
///
/// Images on the corners of a regular simplex, each with its text at the same corner, reach it: all other cosines are
/// −1/(N−1), and their mean cannot be lower. With s = 1 it is close to ln N − 1, so cosines alone train badly; with s =
/// 100 it is 0 for any batch.
public func imageTextFloor(_ N: Int, scale s: Double = 1) -> Double {
  let others = Tensor(-s * Double(N) / Double(N - 1), scalarType: .double).exp() * Double(N - 1)
  return others.log1p().item
}

/// An image encoder f and a text encoder g with outputs of one dimension: the similarity of image m and text n is the
/// cosine of f(iₘ) and g(tₙ) times a learned scale. § 12.10
///
/// The text encoder is a GPT whose state at the end token is projected: the only state that has read the whole text.
/// What follows the end cannot change it. The scale starts at 1/0.07 and cannot exceed 100. Radford et al. (2021)
public struct ImageTextModel: Model {
  /// Convolutions, three of them of stride 2, each with batch normalization and a ReLU.
  public var convolutions: [NormalizedConvolution]
  /// From the means of the last maps to d numbers.
  public var imageProjection: Linear
  /// The language model; its logits are not used.
  public var text: GPT
  /// From the state at the end to d numbers.
  public var textProjection: Linear
  /// The logarithm of the scale; without one, similarities are cosines.
  public var logScale: Tensor?

  /// Encoders for colour images of 32×32 pixels and for texts of V symbols with at most `context` symbols.
  public init(
    symbols V: Int, context: Int = 12, width d: Int = 32, hasScale: Bool = true, random: RandomSource
  ) {
    convolutions = [(3, 16, 2), (16, 32, 2), (32, 64, 2), (64, 64, 1)].map { inputs, outputs, stride in
      NormalizedConvolution(inputs, outputs, kernel: 3, stride: stride, random: random)
    }
    imageProjection = Linear(64, d, random: random)
    text = GPT(symbols: V, context: context, width: 32, heads: 4, blocks: 1, random: random)
    textProjection = Linear(32, d, random: random)
    logScale = hasScale ? Tensor(1 / 0.07).log() : nil
  }

  /// All parts.
  public static var parameters: [PartialKeyPath<ImageTextModel>] {
    [\.convolutions, \.imageProjection, \.text, \.textProjection, \.logScale]
  }

  /// f: unit vectors of images. [N×3×32×32] → [N×d]
  public func embedded(_ images: Tensor) -> Tensor {
    let maps = convolutions.reduce(images) { x, layer in layer(x, then: .relu) }
    return unitVectors(imageProjection(maps.globalAveragePooled2D()))
  }

  /// g: unit vectors of texts, each of which ends with its end token. [N×d]
  public func embedded(_ texts: Tokens) -> Tensor {
    let states = text.states(
      of: (0..<texts.count).map { row in
        Array(texts.numbers[row * texts.time..<(row + 1) * texts.time])
      })  // [N×T×d]
    let ends = texts.lengths.enumerated().map { $0 * texts.time + $1 - 1 }
    return unitVectors(textProjection(states.reshaped([texts.count * texts.time, states.shape[2]]).gathered(ends)))
  }

  /// The scale of the cosines, at most 100.
  public var scale: Tensor {
    logScale.map { minimum(Tensor(100, scalarType: $0.scalarType).log().item, $0).exp() } ?? Tensor(1)
  }

  /// The similarities of all images and all texts. [N×3×32×32], M texts → [N×M]
  public func similarities(_ images: Tensor, _ texts: Tokens) -> Tensor {
    let cosines = matmul(embedded(images), embedded(texts).transposed)
    return logScale == nil ? cosines : cosines * scale
  }

  /// Zero-shot prediction: for every image the description that is most similar. § 12.10 [N×3×32×32] → [N]
  public func nearest(_ images: Tensor, among descriptions: Tokens) -> [Int] {
    similarities(images, descriptions).argmax()
  }
}
