// § 4.11  Exercise 4.3: Grad-CAM

import DataSets
import Messages
import Tensors

/// Exercise 4.3.3: Grad-CAM, where a network sees a class: ReLU(Σ_k α_k A_k), α_k = 1/(HW) Σ_ij ∂y_c/∂A_k[i, j], for
/// the maps A of a layer.
///
/// Selvaraju and others (2017). The rest of the network is differentiated as a function of the maps: there is no hook,
/// and nothing can be overwritten. `classes` has one class for each image. In evaluation images are independent, so the
/// gradient of the sum of all scores contains the gradient of each. [N×3×H×W] → [N×h×w]
public func gradCAM<N: LayeredNetwork>(_ network: N, at x: Tensor, classes: [Int], layer: Int) -> Tensor {
  let A = network.maps(x)[layer]
  let slopes = gradient(at: A) { network.scores($0, after: layer).picked(classes).sum() }
  let α = slopes.mean(axes: [2, 3], keepsAxes: true)  // [N×C×1×1]
  return maximum(0, (α * A).sum(axes: [1]))
}

/// CAM, where a network sees a class by the weights of its last layer: Σ_k w_ck A_k for the maps A of the last block.
/// Exercise 4.3.3
///
/// Zhou and others (2016), for networks that end in GAP and one linear layer. There α_k = w_ck / HW, so Grad-CAM is
/// ReLU(CAM) / HW: max pooling in between changes nothing, because it passes each derivative to one place. [N×3×H×W] →
/// [N×h×w]
public func classActivationMaps(_ network: ParametricNetwork, at x: Tensor, classes: [Int]) -> Tensor {
  let A = network.maps(x)[network.convolutions.count - 1]
  let w = network.output.weight.gathered(classes)  // [N×C]
  return (w.reshaped([w.shape[0], w.shape[1], 1, 1]) * A).sum(axes: [1])
}

/// Maps interpolated bilinearly to the size of their images. [N×h×w] → [N×H×W]
public func enlarged(_ maps: Tensor, height: Int, width: Int) -> Tensor {
  let images = LabeledImages(images: maps.expanded(axis: 1), labels: [Int](repeating: 0, count: maps.shape[0]))
  return images.enlarged(height: height, width: width).images.squeezed(axis: 1)
}

/// Four images as the quarters of a larger one, so that the place of each class is known. § 4.11, Exercise 4.3.3
///
/// A network that ends in GAP takes images of any size. Arias-Duart and others (2022) evaluate maps in this way.
public struct Mosaic: Sendable {
  /// The four images: upper left, upper right, lower left, lower right, each of a different class.
  public let tiles: [Tensor]
  /// Their classes.
  public let classes: [Int]

  /// A mosaic of four images [C×H×W] of one size.
  public init(tiles: [Tensor], classes: [Int]) {
    require(
      tiles.count == 4 && Set(classes).count == 4 && classes.count == 4 && Set(tiles.map(\.shape)).count == 1,
      "cannot make a mosaic of \(tiles.count) images of classes \(classes): "
        + "four of one size and four classes are needed"
    )
    (self.tiles, self.classes) = (tiles, classes)
  }

  /// A mosaic of images that are drawn from a set until there are four of different classes.
  public init(from set: LabeledImages, random: RandomSource) {
    require(Set(set.labels).count >= 4, "cannot make a mosaic of \(Set(set.labels).count) classes: four are needed")
    var chosen: [Int] = []
    while chosen.count < 4 {
      let next = random.integer(below: set.count)
      if !chosen.contains(where: { set.labels[$0] == set.labels[next] }) { chosen.append(next) }
    }
    self.init(tiles: chosen.map { set.images[$0] }, classes: chosen.map { set.labels[$0] })
  }

  /// The larger image. [C×2H×2W]
  public var image: Tensor {
    let rows = [0, 2].map { Tensor.concatenated([tiles[$0], tiles[$0 + 1]], axis: 2) }
    return Tensor.concatenated(rows, axis: 1)
  }
}

/// How a map divides among the quarters of its image.
public struct Focus: Sendable {
  /// The quarter with the largest value of the map, 0 to 3; nil for a map of zeros.
  public let peak: Int?
  /// Each quarter's share of the sum of the map.
  public let shares: [Double]

  /// The focus of a map without negative numbers. [h×w], both even
  public init(of map: Tensor) {
    let (h, w) = (map.shape[0], map.shape[1])
    require(
      map.rank == 2 && h.isMultiple(of: 2) && w.isMultiple(of: 2),
      "cannot divide a map \(map.shape) into quarters: two even lengths are needed")
    let quarters = [0, h / 2].flatMap { top in
      [0, w / 2].map { left in map.sliced(top..<top + h / 2, axis: 0).sliced(left..<left + w / 2, axis: 1) }
    }
    let (total, top) = (map.sum().item, map.max().item)
    shares = quarters.map { total > 0 ? $0.sum().item / total : 0 }
    peak = top > 0 ? quarters.firstIndex { $0.max().item == top } : nil
  }
}
