// Standardized pixels, and examples as inputs of networks.

import Messages
import Tensors

/// The means and standard deviations that standardize images, either one of each for all planes or one for every plane.
public struct PixelScale: Sendable {
  /// The means and the standard deviations. [1] or [C]
  public let mean, deviation: [Double]

  /// The scale with these means and deviations. MNIST has 0.1307 and 0.3081.
  public init(mean: [Double], deviation: [Double]) { (self.mean, self.deviation) = (mean, deviation) }

  /// The scale that gives the pixels of these images mean 0 and variance 1, over all planes or for each plane.
  public init(of images: LabeledImages, byPlane: Bool = false) {
    let x = images.images
    (mean, deviation) =
      byPlane
      ? (x.mean(axes: [0, 2, 3]).scalars, x.variance(axes: [0, 2, 3]).squareRoot().scalars)
      : ([x.mean().item], [x.variance().squareRoot().item])
  }

  /// (x − mean) / deviation for every pixel x. [N×C×H×W]
  public func standardized(_ images: Tensor) -> Tensor {
    let channels = images.shape[1]
    require(
      [1, channels].contains(mean.count) && [1, channels].contains(deviation.count),
      "cannot standardize \(channels) planes with \(mean.count) means and \(deviation.count) deviations: "
        + "use one of each for all planes or one for every plane")
    func planes(_ numbers: [Double]) -> Tensor {
      Tensor(numbers, shape: [numbers.count, 1, 1], scalarType: images.scalarType)
    }
    return (images - planes(mean)) / planes(deviation)
  }
}

extension LabeledImages {
  /// The images with standardized pixels.
  public func standardized(by scale: PixelScale) -> LabeledImages {
    LabeledImages(images: scale.standardized(images), labels: labels)
  }

  /// The images with pixels standardized by the mean and the variance of `other`, usually the training images.
  public func standardized(like other: LabeledImages, byPlane: Bool = false) -> LabeledImages {
    standardized(by: PixelScale(of: other, byPlane: byPlane))
  }

  /// The images with (x − mean) / deviation for every pixel x.
  public func standardized(mean: [Double], deviation: [Double]) -> LabeledImages {
    standardized(by: PixelScale(mean: mean, deviation: deviation))
  }
}

extension ImageClassification {
  /// The data with both parts standardized by the training images.
  public func standardized(byPlane: Bool = false) -> ImageClassification {
    let scale = PixelScale(of: train, byPlane: byPlane)
    return with(train: train.standardized(by: scale), test: test.standardized(by: scale))
  }
}

// MARK: - Examples

/// Inputs, each with the number of its class, on which a classifier is trained or tested.
public struct Examples: Sendable {
  /// The inputs. [N×…]
  public let inputs: Tensor
  /// The class of every input, counted from 0.
  public let labels: [Int]

  /// The number of examples.
  public var count: Int { labels.count }

  /// Inputs with their labels. Stops the program unless there is one label for each.
  public init(_ inputs: Tensor, labels: [Int]) {
    require(
      inputs.shape.lengths.first == labels.count,
      "cannot label inputs \(inputs.shape) with \(labels.count) classes: one for each is needed")
    (self.inputs, self.labels) = (inputs, labels)
  }
}

extension LabeledImages {
  /// The images with their labels, for networks that take images. [N×C×H×W]
  public var examples: Examples { Examples(images, labels: labels) }
  /// Every image as a row, for networks that take vectors. [N×CHW]
  public var rows: Examples { Examples(flattened, labels: labels) }
}
