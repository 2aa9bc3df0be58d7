// § 4.6  Colour images: their scale, and random changes of them

import DataSets
import Messages
import Regularization
import Tensors

/// Mean and deviation of each colour, by which pixels from 0 to 1 are normalized. Listing 4.6
public struct ColorScale: Sendable {
  /// The mean of red, green and blue.
  public let mean: [Double]
  /// Their standard deviations.
  public let deviation: [Double]

  /// The values of Listing 4.6, over all pixels of the 50,000 training images of CIFAR-10.
  public static let cifar10 = ColorScale(mean: [0.4914, 0.4822, 0.4465], deviation: [0.2470, 0.2435, 0.2616])

  /// The scale of these means and deviations.
  public init(mean: [Double], deviation: [Double]) { (self.mean, self.deviation) = (mean, deviation) }

  /// The scale of all pixels of these images. [N×C×H×W]
  public init(of images: Tensor) {
    mean = images.mean(axes: [0, 2, 3]).scalars
    deviation = images.variance(axes: [0, 2, 3]).squareRoot().scalars
  }

  /// The scale for a data set: that of Listing 4.6 for photographs, its own for drawings.
  public init(for data: ImageClassification) {
    self = data.isReal ? .cifar10 : ColorScale(of: data.train.images)
  }

  /// (x − mean) / deviation, colour by colour. [N×C×H×W]
  public func normalized(_ images: Tensor) -> Tensor {
    Regularization.normalized(images, mean: mean, deviation: deviation)
  }
}

/// The random changes of Listing 4.6: a crop, a mirror image, a change of brightness, a change of contrast.
///
/// Brightness and contrast commute, apart from the clipping at 0 and 1, so their order, which PyTorch draws, is fixed
/// here.
public struct ColorAugmentation: Sendable {
  /// How many zeros are added on every side before a window of the old size is cropped.
  public var padding = 4
  /// The probability of the mirror image.
  public var flip = 0.5
  /// The largest distance of the factors of brightness and contrast from 1.
  public var brightness = 0.2, contrast = 0.2

  /// The changes of Listing 4.6.
  public init() {}

  /// The changed images, pixels from 0 to 1 as before. [N×3×H×W]
  public func callAsFunction(_ images: Tensor, using random: RandomSource) -> Tensor {
    let parts = [Augmentation.crop(padding: padding), .horizontalFlip(probability: flip), .brightness(brightness)]
    let changed = Augmentation.sequence(parts)(images, using: random)
    let factors = (0..<images.shape[0]).map { _ in 1 + contrast * (2 * random.uniform() - 1) }
    return contrasted(changed, by: factors)
  }
}

/// Images with changed contrast: f x + (1 − f) m, clipped at 0 and 1, where m is the mean grey of the image. § 4.6
///
/// Grey is 0.2989 red + 0.587 green + 0.114 blue, as in PyTorch's `ColorJitter`; a factor f for each image. [N×3×H×W]
public func contrasted(_ images: Tensor, by factors: [Double]) -> Tensor {
  require(
    images.rank == 4 && images.shape[1] == 3 && images.shape[0] == factors.count,
    "cannot change the contrast of \(images.shape) by \(factors.count) factors: [N×3×H×W] and one for each are needed")
  let type = images.scalarType
  let f = Tensor(factors, shape: [factors.count, 1, 1, 1], scalarType: type)
  let grey = Tensor([0.2989, 0.587, 0.114], shape: [3, 1, 1], scalarType: type)
  let m = (images.mean(axes: [2, 3], keepsAxes: true) * grey).sum(axes: [1], keepsAxes: true)  // [N×1×1×1]
  return (f * images + (1 - f) * m).clamped(to: 0...1)
}
