// § 3.7.1  Classical transformations: rotations, flips, crops, brightness, noise

import Messages
import Tensors

/// A random change of images that keeps their class. § 3.7.1
///
/// An augmentation is a value, and several can be put in sequence. Pixels are from 0 to 1 until `normalization`, which
/// comes last.
public enum Augmentation: Sendable {
  /// A rotation by up to ± some degrees, a shift by whole pixels up to ± a share of height and width, and a scaling by
  /// a factor from a range. Each is drawn once per image; one interpolation does all three.
  case affine(degrees: Double, translation: Double, scale: ClosedRange<Double>)
  /// A horizontal flip, with a probability.
  case horizontalFlip(probability: Double)
  /// A random window of the old size from the image with a border of zeros; the border is given in pixels.
  case crop(padding: Int)
  /// Every image times its own factor from 1 − s to 1 + s, clipped to 0…1.
  case brightness(Double)
  /// A number from N(0, s²) added to every pixel.
  case noise(standardDeviation: Double)
  /// (x − mean) / deviation, with one number for all channels or one for each; nothing random.
  case normalization(mean: [Double], deviation: [Double])
  /// One after the other.
  case sequence([Augmentation])

  /// Rotations by up to ± `degrees`.
  public static func rotation(degrees: Double) -> Augmentation {
    .affine(degrees: degrees, translation: 0, scale: 1...1)
  }

  /// Shifts by whole pixels, up to ± a share of height and width.
  public static func translation(share: Double) -> Augmentation {
    .affine(degrees: 0, translation: share, scale: 1...1)
  }

  /// The changed images; the same state of `random` gives the same images. [N×C×H×W]
  public func callAsFunction(_ images: Tensor, using random: RandomSource) -> Tensor {
    require(images.rank == 4, "cannot augment a tensor of shape \(images.shape): images [N×C×H×W] are needed")
    let N = images.shape[0]
    switch self {
    case .affine(let degrees, let share, let scale):
      let maps = (0..<N).map { _ in
        AffineMap.random(
          degrees: degrees, shift: (share * Double(images.shape[3]), share * Double(images.shape[2])), scale: scale,
          using: random)
      }
      return transformed(images, by: maps)
    case .horizontalFlip(let p):
      return select(random.bernoulli([N, 1, 1, 1], probability: p), flipped(images), images)
    case .crop(let padding):
      let corners = (0..<N).map { _ in
        (top: random.integer(below: 2 * padding + 1), left: random.integer(below: 2 * padding + 1))
      }
      let size = (height: images.shape[2], width: images.shape[3])
      return cropped(framed(images, by: padding), size: size, corners: corners)
    case .brightness(let s):
      require(s >= 0, "cannot vary the brightness by \(s): the share must not be negative")
      let factors = (0..<N).map { _ in 1 + s * (2 * random.uniform() - 1) }
      return (images * Tensor(factors, shape: [N, 1, 1, 1], scalarType: images.scalarType)).clamped(to: 0...1)
    case .noise(let s):
      return images + random.normal(images.shape, standardDeviation: s, scalarType: images.scalarType)
    case .normalization(let mean, let deviation):
      return normalized(images, mean: mean, deviation: deviation)
    case .sequence(let parts):
      return parts.reduce(images) { $1($0, using: random) }
    }
  }
}

extension AffineMap {
  /// A scaling, then a rotation, then a shift by whole pixels, each drawn uniformly from its range.
  fileprivate static func random(
    degrees: Double, shift: (x: Double, y: Double), scale: ClosedRange<Double>, using random: RandomSource
  ) -> AffineMap {
    func draw(_ limit: Double) -> Double { (2 * random.uniform() - 1) * limit }
    let turn = AffineMap.rotation(degrees: draw(degrees))
    let move = AffineMap.translation(x: draw(shift.x).rounded(), y: draw(shift.y).rounded())
    let factor = scale.lowerBound + random.uniform() * (scale.upperBound - scale.lowerBound)
    return move.after(turn.after(.scaling(factor)))
  }
}

/// The images flipped horizontally; two flips are the identity. § 3.7.1 [N×C×H×W]
public func flipped(_ images: Tensor) -> Tensor { images.flipped(axis: 3) }

/// The images with a border of zeros. [N×C×H×W] → [N×C×H+2m×W+2m]
public func framed(_ images: Tensor, by m: Int) -> Tensor {
  images.padded(axis: 2, before: m, after: m).padded(axis: 3, before: m, after: m)
}

/// From every image a window of the given size, with its upper left pixel at the image's corner. § 3.7.1
///
/// [N×C×H×W] → [N×C×height×width]. Each image needs a corner, and the windows must be inside the images.
public func cropped(_ images: Tensor, size: (height: Int, width: Int), corners: [(top: Int, left: Int)]) -> Tensor {
  require(
    images.rank == 4 && images.shape[0] == corners.count,
    "cannot crop images \(images.shape) at \(corners.count) corners: one for each image is needed")
  return Tensor.stacked(
    corners.enumerated().map { n, corner in
      images[n].sliced(corner.top..<corner.top + size.height, axis: 1)
        .sliced(corner.left..<corner.left + size.width, axis: 2)
    }, axis: 0)
}

/// (x − mean) / deviation for every pixel, channel by channel; MNIST has mean 0.1307 and deviation 0.3081. § 3.7.1
/// [N×C×H×W]
public func normalized(_ images: Tensor, mean: [Double], deviation: [Double]) -> Tensor {
  let C = images.shape[1]
  require(
    [1, C].contains(mean.count) && mean.count == deviation.count && deviation.allSatisfy { $0 > 0 },
    "cannot normalize \(C) channels by means \(mean) and deviations \(deviation): "
      + "one mean and one positive deviation for each channel, or one for all, are needed"
  )
  func planes(_ numbers: [Double]) -> Tensor {
    Tensor(numbers, shape: [numbers.count, 1, 1], scalarType: images.scalarType)
  }
  return (images - planes(mean)) / planes(deviation)
}
