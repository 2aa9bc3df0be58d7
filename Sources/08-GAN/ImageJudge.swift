// § 8.8  The network that judges images

import CNN
import DataSets
import Foundations
import Messages
import Tensors
import Training

/// A small classifier of images whose features and probabilities judge generated images, in place of an Inception
/// network. § 8.8, Exercise 8.6
///
/// Two convolutions of 3×3 with 16 and 32 filters, each with ReLU and max pooling of 2×2, a layer of 64 features, and
/// one logit for each class.
public struct ImageJudge: Module {
  /// The two convolutions.
  public var convolutions: [Convolution]
  /// The layer of the features.
  public var hidden: Linear
  /// The layer of the logits.
  public var head: Linear

  /// An untrained judge for images of `channels` × side × side.
  public init(channels: Int = 1, side: Int, classes: Int, random: RandomSource) {
    require(
      side >= 4 && classes >= 2,
      "cannot judge images of \(side)×\(side) in \(classes) classes: 4 pixels and 2 classes are needed")
    convolutions = [(channels, 16), (16, 32)].map { Convolution($0, $1, kernel: 3, padding: 1, random: random) }
    hidden = Linear(32 * (side / 4) * (side / 4), 64, random: random)
    head = Linear(64, classes, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<ImageJudge>] { [\.convolutions, \.hidden, \.head] }

  /// The 64 features of each image, before their ReLU. images: [N×C×H×W] in [0, 1] → [N×64]
  public func features(_ images: Tensor) -> Tensor {
    let maps = convolutions.reduce(images) { h, layer in layer(h).activated(by: .relu).maxPooled2D(window: 2) }
    return hidden(maps.flattened(from: 1))
  }

  /// The logits. [N×C×H×W] → [N×K]
  public func callAsFunction(_ images: Tensor) -> Tensor { logits(of: features(images)) }

  /// The logits of features. [N×64] → [N×K]
  func logits(of features: Tensor) -> Tensor { head(features.activated(by: .relu)) }
}

/// A judge's features and probabilities of images: all that the measures of § 8.8 need.
public struct JudgedImages: Sendable {
  /// The features, in `Double`. [N×64]
  public let features: Tensor
  /// p(y | x) for each image, in `Double`. [N×K]
  public let probabilities: Tensor

  /// The number of images.
  public var count: Int { features.shape[0] }
  /// The likeliest class of each image.
  public var classes: [Int] { probabilities.argmax() }
  /// The mean and the covariance of the features. (8.19)
  public var statistics: FeatureStatistics { FeatureStatistics(of: features) }
}

extension ImageJudge {
  /// Judges images with values in [0, 1], in evaluation mode and a few hundred at a time. [N×C×H×W]
  ///
  /// Stops the program if a value is NaN or outside [0, 1]: images of a tanh generator are (x + 1)/2 of its outputs.
  public func judged(_ images: Tensor) -> JudgedImages {
    let (low, high) = (images.min().item, images.max().item)
    require(
      low >= -1e-3 && high <= 1 + 1e-3,
      "cannot judge images with values from \(low) to \(high): values from 0 to 1 are needed; scale the outputs "
        + "x of a generator that ends with tanh to (x + 1)/2")
    return Mode.evaluation {
      let features = inBatches(images.stopGradient.converted(to: hidden.weight.scalarType)) { self.features($0) }
      let logits = logits(of: features).converted(to: .double)
      return JudgedImages(features: features.converted(to: .double), probabilities: logits.softmax(axis: 1))
    }
  }

  /// The share of images whose likeliest class is right.
  public func accuracy(on set: LabeledImages) -> Double {
    Double(zip(judged(set.images).classes, set.labels).count { $0 == $1 }) / Double(set.count)
  }
}
