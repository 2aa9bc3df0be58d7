// § 4.11  Exercise 4.3: networks with visible layers

import Messages
import Regularization
import Tensors

/// A network of convolutions that gives access to its maps, and to the function from the maps of any layer to the
/// scores.
public protocol LayeredNetwork: Module<Tensor, Tensor> {
  /// The kernels of the convolutions, from the first to the last.
  var kernels: [Int] { get }
  /// Whether a 2×2 pooling follows this convolution; not used for the last.
  func isPooled(after layer: Int) -> Bool
  /// The maps of every convolution after normalization and ReLU, before any pooling. [N×C×H×W] for each
  func maps(_ x: Tensor) -> [Tensor]
  /// The scores for the maps of a layer: the rest of the network. [N×C×H×W] → [N×K]
  func scores(_ maps: Tensor, after layer: Int) -> Tensor
}

extension LayeredNetwork {
  /// The pixels that a place of a layer's maps sees, along one axis.
  public func field(ofLayer layer: Int) -> ReceptiveField {
    receptiveField(
      of: kernels[...layer].enumerated().flatMap { l, k in
        [Window(k, padding: k / 2)] + (l < layer && isPooled(after: l) ? [Window(2, stride: 2)] : [])
      })
  }
}

extension ParametricNetwork: LayeredNetwork {
  /// The kernel of every block.
  public var kernels: [Int] { convolutions.map { $0.weight.shape[2] } }

  /// Always true.
  public func isPooled(after layer: Int) -> Bool { true }

  /// The maps of every block before its pooling.
  public func maps(_ x: Tensor) -> [Tensor] {
    convolutions.indices.reduce(into: [Tensor]()) { maps, i in
      maps.append(block(i, maps.last?.maxPooled2D(window: 2) ?? x))
    }
  }

  /// Pooling, the blocks that follow, and the head.
  public func scores(_ maps: Tensor, after layer: Int) -> Tensor {
    head(
      convolutions.indices.dropFirst(layer + 1).reduce(maps.maxPooled2D(window: 2)) { h, i in
        block(i, h).maxPooled2D(window: 2)
      })
  }
}

extension ColorImageNetwork: LayeredNetwork where Filter == Convolution {
  /// The kernels of the six convolutions.
  public var kernels: [Int] { blocks.flatMap(\.convolutions).map { $0.weight.shape[2] } }

  /// True after every second convolution.
  public func isPooled(after layer: Int) -> Bool { !layer.isMultiple(of: 2) }

  /// The maps of the six convolutions.
  public func maps(_ x: Tensor) -> [Tensor] {
    blocks.reduce(into: [Tensor]()) { maps, block in maps += block.maps(maps.last?.maxPooled2D(window: 2) ?? x) }
  }

  /// The rest of the block, the blocks that follow, and the head.
  public func scores(_ maps: Tensor, after layer: Int) -> Tensor {
    let block = blocks[layer / 2]
    let last = isPooled(after: layer) ? maps : block.normalizations[1](block.convolutions[1](maps), then: .relu)
    let h = block.dropout(last.maxPooled2D(window: 2))
    return head(blocks.dropFirst(layer / 2 + 1)(h))
  }
}

/// The correlation of the numbers of filters with their neighbours, one row below or one column to the right.
///
/// 0 on average for noise, close to 1 for filters that change little from pixel to pixel. [C_out × C_in × k × k]
public func neighbourCorrelation(_ filters: Tensor) -> Double {
  let k = filters.shape[3]
  require(filters.rank == 4 && k >= 2, "cannot compare neighbours in filters \(filters.shape): k ≥ 2 is needed")
  let products = [2, 3].map { axis in
    (filters.sliced(0..<k - 1, axis: axis) * filters.sliced(1..<k, axis: axis)).mean().item
  }
  return (products[0] + products[1]) / 2 / filters.squared().mean().item
}

/// The share of a feature's variance that is between the classes: η² = Σ_c n_c (μ_c − μ)² / Σ_i (x_i − μ)².
///
/// 0 if its mean is the same in all classes, 1 if it is constant in each; NaN for a constant feature. Pearson's
/// correlation ratio. [N×C] → [C]
public func classInformation(_ features: Tensor, labels: [Int]) -> Tensor {
  require(
    features.rank == 2 && features.shape[0] == labels.count && !labels.isEmpty,
    "cannot compare features \(features.shape) with \(labels.count) labels: one row for each is needed")
  let members = Tensor.oneHot(labels, classes: (labels.max() ?? 0) + 1, scalarType: features.scalarType)  // [N×K]
  let counts = members.sum(axes: [0]).expanded(axis: 1)  // [K×1]
  let centred = features - features.mean(axes: [0], keepsAxes: true)
  let sums = matmul(members.transposed, centred)  // [K×C]
  return (sums.squared() / maximum(1, counts)).sum(axes: [0]) / centred.squared().sum(axes: [0])
}

/// A place in a set of images that activates a channel.
public struct Excitation: Sendable {
  /// The image, and row and column of the place in the layer's map.
  public let image, row, column: Int
  /// The value of the map there.
  public let value: Double
}

/// The places that activate a channel most, one in each image, the strongest first. [N×H×W]
public func strongestPlaces(_ maps: Tensor, count: Int) -> [Excitation] {
  require(maps.rank == 3, "cannot look for places in maps \(maps.shape): [N×H×W] are needed")
  let (values, width) = (maps.flattened(from: 1), maps.shape[2])
  let (peaks, places) = (values.max(axes: [1]).scalars, values.argmax())
  return peaks.indices.sorted { (-peaks[$0], $0) < (-peaks[$1], $1) }.prefix(count).map {
    Excitation(image: $0, row: places[$0] / width, column: places[$0] % width, value: peaks[$0])
  }
}

/// The part of an image that a place of a layer's maps sees; pixels outside the image have the value `outside`.
/// [C×H×W] → [C×r×r]
public func patch(
  of image: Tensor, at place: Excitation, field: ReceptiveField, outside: Double = 0.5
) -> Tensor {
  let margin = field.size
  let framed = image.padded(axis: 1, before: margin, after: margin, with: outside)
    .padded(axis: 2, before: margin, after: margin, with: outside)
  let top = margin + field.pixels(unit: place.row).lowerBound
  let left = margin + field.pixels(unit: place.column).lowerBound
  return framed.sliced(top..<top + margin, axis: 1).sliced(left..<left + margin, axis: 2)
}
