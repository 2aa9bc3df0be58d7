// § 12.1.1  Networks that detect

import CNN
import Foundations
import Messages
import Tensors

/// Maps of an image at 1, ½, ¼ and ⅛ of its side: a 3×3 convolution with batch normalization and ReLU at each level,
/// and maximum pooling between them.
public struct SceneFeatures: Module {
  /// The convolutions of the four levels.
  public var levels: [NormalizedConvolution]

  /// Levels of w, 2w, 4w and 4w channels.
  public init(width w: Int = 16, random: RandomSource) {
    levels = zip([3, w, 2 * w, 4 * w], [w, 2 * w, 4 * w, 4 * w]).map {
      NormalizedConvolution($0, $1, kernel: 3, random: random)
    }
  }

  /// The convolutions.
  public static var parameters: [PartialKeyPath<SceneFeatures>] { [\.levels] }

  /// The maps of all levels, the largest first.
  public func maps(_ x: Tensor) -> [Tensor] {
    levels.indices.reduce(into: []) { maps, level in
      maps.append(levels[level](maps.last?.maxPooled2D(window: 2) ?? x, then: .relu))
    }
  }

  /// The smallest maps. [N×3×H×W] → [N×4w×H/8×W/8]
  public func callAsFunction(_ x: Tensor) -> Tensor { maps(x)[3] }
}

/// A classifier of images with one object, whose features a detector can start from.
public struct SceneClassifier: Module {
  /// The features.
  public var features: SceneFeatures
  /// The layer from the means of the smallest maps to the classes.
  public var head: Linear

  /// A new classifier.
  public init(width: Int = 16, classes: Int, random: RandomSource) {
    features = SceneFeatures(width: width, random: random)
    head = Linear(4 * width, classes, random: random)
  }

  /// Features and layer.
  public static var parameters: [PartialKeyPath<SceneClassifier>] { [\.features, \.head] }

  /// The logits. [N×3×H×W] → [N×K]
  public func callAsFunction(_ x: Tensor) -> Tensor { head(features(x).globalAveragePooled2D()) }
}

/// A network that predicts boxes at the places of a layout.
public protocol Detector: Module<Tensor, Tensor> {
  /// The places.
  var layout: BoxLayout { get }
  /// The features that it starts from.
  var features: SceneFeatures { get set }
  /// The loss of its outputs, [N·places × …], per image.
  func loss(_ y: Tensor, _ targets: CellTargets) -> Tensor
  /// The coordinates in code and the probabilities of the classes at every place, from the outputs.
  /// → [N·places × 4], [N·places × K]
  func predictions(_ y: Tensor) -> (boxes: Tensor, probabilities: Tensor)
}

extension Detector {
  /// The detections with a score of at least `least` in each image, after suppression. [N×3×H×W]
  ///
  /// Every place offers its box once, with its likeliest class.
  public func detections(in images: Tensor, least: Double = 0.05, suppressingAbove limit: Double = 0.5) -> [[Detection]]
  {
    let side = layout.grids[0].side
    require(
      images.rank == 4 && images.shape[2] == side && images.shape[3] == side,
      "cannot detect in images \(images.shape): [N×3×\(side)×\(side)] is needed")
    let outputs = inBatches(images, of: 200) { x in
      let (boxes, p) = predictions(self(x))
      return Tensor.concatenated([boxes, p], axis: 1)
    }.scalars
    let places = layout.places
    let columns = outputs.count / (images.shape[0] * places.count)
    return (0..<images.shape[0]).map { image in
      let found = places.enumerated().compactMap { number, place -> Detection? in
        let start = (image * places.count + number) * columns
        let b = Array(outputs[start..<start + 4])
        let scores = outputs[start + 4..<start + columns]
        guard let best = scores.indices.max(by: { scores[$0] < scores[$1] }), scores[best] >= least else { return nil }
        return Detection(layout.decoded(b, at: place), label: best - start - 4, score: scores[best])
      }
      return suppressed(found, above: limit)
    }
  }
}

/// Maps with V numbers for each anchor as rows: grid cells in reading order, anchor by anchor.
/// [N×AV×G×G] → [N × A·G·G × V]
private func cellRows(_ maps: Tensor, anchors A: Int) -> Tensor {
  let (N, G) = (maps.shape[0], maps.shape[2])
  let V = maps.shape[1] / A
  return maps.reshaped([N, A, V, G, G]).permuted([0, 1, 3, 4, 2]).reshaped([N, A * G * G, V])
}

/// The detector of § 12.1.1: each of 4×4 cells predicts (p_obj, b_x, b_y, b_w, b_h, c₁, …, c_K). § 12.1.1
///
/// The outputs hold logits in place of p_obj and of the classes. The classes are probabilities *given* that there is an
/// object, so the score of a class is p_obj c_k. After Redmon et al. (2016)
public struct GridDetector: Detector {
  /// The features.
  public var features: SceneFeatures
  /// The 1×1 convolution to the vectors.
  public var head: Convolution
  /// One grid, with cells of 8 pixels.
  public let layout = BoxLayout.oneScale

  /// A new detector of K classes, with new features or with these.
  public init(width: Int = 16, classes K: Int, features: SceneFeatures? = nil, random: RandomSource) {
    self.features = features ?? SceneFeatures(width: width, random: random)
    head = Convolution(4 * width, 5 + K, kernel: 1, random: random)
  }

  /// Features and convolution.
  public static var parameters: [PartialKeyPath<GridDetector>] { [\.features, \.head] }

  /// The vectors of all cells. [N×3×32×32] → [N·16 × 5 + K]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let rows = cellRows(head(features(x)), anchors: 1)
    return rows.reshaped([rows.shape[0] * rows.shape[1], rows.shape[2]])
  }

  /// That of the cell vectors.
  public func loss(_ y: Tensor, _ targets: CellTargets) -> Tensor { cellVectorLoss(y, targets) }

  /// The boxes, and p_obj c_k.
  public func predictions(_ y: Tensor) -> (boxes: Tensor, probabilities: Tensor) {
    (
      y.sliced(1..<5, axis: 1),
      y.sliced(0..<1, axis: 1).sigmoid() * y.sliced(5..<y.shape[1], axis: 1).softmax(axis: 1)
    )
  }
}

/// A single-shot detector: small boxes are predicted from maps of 8×8, large ones from maps of 4×4, each place with
/// four coordinates and C + 1 logits. Liu et al. (2016); Fleuret, *The Little Book of Deep Learning* (2023), 6.3
public struct SingleShotDetector: Detector {
  /// The features.
  public var features: SceneFeatures
  /// The 3×3 convolution from the maps of each scale.
  public var heads: [Convolution]
  /// The places.
  public let layout: BoxLayout

  /// A new detector of C classes at two scales, with new features or with these.
  public init(
    width: Int = 16, classes C: Int, layout: BoxLayout = .twoScales, features: SceneFeatures? = nil,
    random: RandomSource
  ) {
    require(
      layout.grids.map(\.cells) == [8, 4],
      "cannot detect on grids of \(layout.grids.map(\.cells)) cells: the features have maps of 8×8 and 4×4")
    self.features = features ?? SceneFeatures(width: width, random: random)
    self.layout = layout
    heads = layout.grids.map {
      Convolution(4 * width, $0.anchors.count * (4 + C + 1), kernel: 3, padding: 1, random: random)
    }
  }

  /// Features and convolutions.
  public static var parameters: [PartialKeyPath<SingleShotDetector>] { [\.features, \.heads] }

  /// The outputs of all places, the finer scale first. [N×3×32×32] → [N·places × 4 + C + 1]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let maps = features.maps(x)
    let rows = Tensor.concatenated(
      layout.grids.indices.map { cellRows(heads[$0](maps[2 + $0]), anchors: layout.grids[$0].anchors.count) }, axis: 1)
    return rows.reshaped([rows.shape[0] * rows.shape[1], rows.shape[2]])
  }

  /// That of the single-shot detector.
  public func loss(_ y: Tensor, _ targets: CellTargets) -> Tensor { singleShotLoss(y, targets) }

  /// The boxes, and the probabilities of the classes without that of "no object".
  public func predictions(_ y: Tensor) -> (boxes: Tensor, probabilities: Tensor) {
    let p = y.sliced(4..<y.shape[1], axis: 1).softmax(axis: 1)
    return (y.sliced(0..<4, axis: 1), p.sliced(0..<p.shape[1] - 1, axis: 1))
  }
}
