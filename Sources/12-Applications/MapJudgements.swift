// Exercise 12.3  Do the maps show what the network looks at?

import CNN
import DataSets
import Foundations
import Messages
import Tensors

/// How well Grad-CAM finds the four classes of mosaics, each in its quarter. Exercise 12.3
public struct QuarterSearch: Sendable {
  /// The share of maps with their largest value in the quarter of their class; 1/4 by chance.
  public let peaks: Double
  /// The share of a map that is in the quarter of its class, on average.
  public let share: Double

  /// The search in these mosaics, for all four classes of each.
  public init(_ cam: GradCAM, in mosaics: [Mosaic], normalized: (Tensor) -> Tensor) {
    let foci = mosaics.flatMap { mosaic -> [(quarter: Int, focus: Focus)] in
      let A = cam.maps(normalized(mosaic.image.expanded(axis: 0)))
      let maps = cam.map(of: A.repeated(4, axis: 0), classes: mosaic.classes)
      return (0..<4).map { ($0, Focus(of: maps[$0])) }
    }
    let count = Double(foci.count)
    peaks = Double(foci.count { $0.focus.peak == $0.quarter }) / count
    share = foci.reduce(0) { $0 + $1.focus.shares[$1.quarter] } / count
  }
}

/// How fast the probability of a class falls when pixels are removed in the order of a map. Exercise 12.3
///
/// A removed pixel gets the mean colour of all images. If the map shows what matters, the probability falls faster than
/// for pixels in random order. Petsiuk, Das and Saenko (2018)
public struct DeletionCurve: Sendable {
  /// The shares of removed pixels: 0, 1/steps, …, 1.
  public let removed: [Double]
  /// The mean probability of the class after each.
  public let probabilities: [Double]

  /// The curve of images with their classes, removing pixels with the largest values of their maps first. x: normalized
  /// images [N×C×H×W], in which the mean colour is 0; maps: [N×H×W]
  public init(
    of scores: (Tensor) -> Tensor, at x: Tensor, classes: [Int], maps: Tensor, steps: Int = 16
  ) {
    require(
      maps.shape == [x.shape[0], x.shape[2], x.shape[3]],
      "cannot remove pixels of images \(x.shape) by maps \(maps.shape): one value for each pixel is needed")
    let (N, pixels) = (x.shape[0], x.shape[2] * x.shape[3])
    let order = maps.flattened(from: 1).argsort(isDescending: true)  // pixel numbers, image after image
    var rank = [Double](repeating: 0, count: N * pixels)
    for image in 0..<N {
      for place in 0..<pixels { rank[image * pixels + order[image * pixels + place]] = Double(place) }
    }
    let ranks = Tensor(rank, shape: [N, 1, x.shape[2], x.shape[3]], scalarType: x.scalarType)
    removed = (0...steps).map { Double($0) / Double(steps) }
    probabilities = removed.map { share in
      let kept = ranks .>= (share * Double(pixels)).rounded()
      return inBatches(x * kept, of: 100) { scores($0).softmax() }.picked(classes).mean().item
    }
  }

  /// The area under the curve, by the trapezoid rule: small if the first pixels matter.
  public var area: Double {
    zip(probabilities, probabilities.dropFirst()).reduce(0) { $0 + ($1.0 + $1.1) / 2 }
      / Double(probabilities.count - 1)
  }
}

/// The correlation of maps of the same images, over all pixels and images. Exercise 12.3
///
/// Maps that hardly change when the network's weights are replaced by random ones do not explain the network. Adebayo
/// and others (2018)
public func mapCorrelation(_ a: Tensor, _ b: Tensor) -> Double {
  let (x, y) = (a.flattened - a.mean().item, b.flattened - b.mean().item)
  let scale = (x.squared().sum().item * y.squared().sum().item).squareRoot()
  return scale > 0 ? (x * y).sum().item / scale : 0
}
