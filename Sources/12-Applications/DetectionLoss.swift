// § 12.1.1  The loss of detectors

import Messages
import Tensors

/// What the places of a detector should say about a batch of images. § 12.1.1
public struct CellTargets: Sendable {
  /// The numbers of the images and of the places of each.
  public let images, places: Int
  /// The rows of the matched places among the images · places outputs, with the boxes in code and the classes.
  public let rows: [Int], boxes: [[Double]], classes: [Int]
  /// The objects that are left out because another one has their place.
  public let lost: Int

  /// The targets of images with these objects.
  public init(_ truths: [[LabeledBox]], on layout: BoxLayout) {
    var (rows, boxes, classes, taken, lost) = ([Int](), [[Double]](), [Int](), Set<Int>(), 0)
    for (image, objects) in truths.enumerated() {
      for object in objects {
        let place = layout.place(of: object.box)
        let row = image * layout.count + layout.index(of: place)
        guard taken.insert(row).inserted else {
          lost += 1
          continue
        }
        rows.append(row)
        boxes.append(layout.encoded(object.box, at: place))
        classes.append(object.label)
      }
    }
    (images, places) = (truths.count, layout.count)
    (self.rows, self.boxes, self.classes, self.lost) = (rows, boxes, classes, lost)
  }

  /// The class of every place, `none` where no object is. [images · places]
  func labels(none: Int) -> [Int] {
    var labels = [Int](repeating: none, count: images * places)
    for (row, k) in zip(rows, classes) { labels[row] = k }
    return labels
  }

  /// The squared error of the matched boxes in code, summed and divided by the number of images.
  func boxError(_ boxes: Tensor) -> Tensor {
    if rows.isEmpty { return 0 * boxes.sum() }
    return (boxes.gathered(rows) - Tensor(self.boxes, scalarType: boxes.scalarType)).squared().sum() / Double(images)
  }

  func check(_ y: Tensor, _ columns: Int) {
    require(
      y.rank == 2 && y.shape[0] == images * places && y.shape[1] >= columns,
      "cannot compare outputs \(y.shape) with \(images) images of \(places) places: a row for each place and at least "
        + "\(columns) columns are needed")
  }
}

/// The loss of the cell vectors (p_obj, b_x, b_y, b_w, b_h, c₁, …, c_K), per image. § 12.1.1
///
/// It is the binary cross-entropy of p_obj over all cells, and in the cells that hold the centre of an object also λ
/// times the squared error of the box and the cross-entropy of the classes. No other cell's box gets a gradient. p_obj
/// and the classes are given by logits. Rows: [N·places × 5 + K]. After Redmon et al. (2016)
public func cellVectorLoss(_ y: Tensor, _ targets: CellTargets, boxWeight λ: Double = 5) -> Tensor {
  targets.check(y, 6)
  let N = Double(targets.images)
  let isObject = Tensor(targets.labels(none: -1).map { $0 < 0 ? 0 : 1 }, scalarType: y.scalarType)
  let existence = y.sliced(0..<1, axis: 1).squeezed(axis: 1).binaryCrossEntropy(targets: isObject, isSummed: true) / N
  if targets.rows.isEmpty { return existence }
  let logits = y.sliced(5..<y.shape[1], axis: 1).gathered(targets.rows)
  let classes = logits.crossEntropy(labels: targets.classes) * (Double(targets.rows.count) / N)
  return existence + λ * targets.boxError(y.sliced(1..<5, axis: 1)) + classes
}

/// The loss of a single-shot detector with four coordinates and C + 1 logits at each place, per image; the last logit
/// is that of "no object".
///
/// It is the cross-entropy over all places and, at the places of objects only, λ times the squared error of the box.
/// Rows: [N·places × 4 + C + 1]. Liu et al. (2016); Fleuret, *The Little Book of Deep Learning* (2023), 6.3
public func singleShotLoss(_ y: Tensor, _ targets: CellTargets, boxWeight λ: Double = 5) -> Tensor {
  targets.check(y, 6)
  let C = y.shape[1] - 5
  let classes = y.sliced(4..<y.shape[1], axis: 1).crossEntropy(labels: targets.labels(none: C)) * Double(targets.places)
  return classes + λ * targets.boxError(y.sliced(0..<4, axis: 1))
}
