// § 12.1.2  The class of every pixel: loss and measures

import Messages
import Tensors

/// The mean cross-entropy of the pixels' classes. § 12.1.2
///
/// The sum over all pixels is this mean times their number. Pixels of the class `ignored` count in neither. Logits:
/// [N×K×H×W]; N·H·W classes, image after image and row after row. Fleuret, *The Little Book of Deep Learning* (2023),
/// 6.4
public func pixelCrossEntropy(_ logits: Tensor, classes: [Int], ignoring ignored: Int? = nil) -> Tensor {
  let rows = pixelRows(logits, classes)
  return rows.crossEntropy(labels: classes, where: ignored.map { ignored in classes.map { $0 != ignored } })
}

/// The logits of every pixel as a row. [N×K×H×W] → [N·H·W × K]
private func pixelRows(_ logits: Tensor, _ classes: [Int]) -> Tensor {
  require(
    logits.rank == 4 && logits.count / logits.shape[1] == classes.count,
    "cannot compare logits \(logits.shape) with \(classes.count) pixels: [N×K×H×W] and N·H·W classes are needed")
  return logits.permuted([0, 2, 3, 1]).reshaped([classes.count, logits.shape[1]])
}

/// How well the classes of pixels are predicted. § 12.1.2
public struct PixelQuality: Sendable {
  /// How many pixels of each true class (row) were taken for each class (column). [K×K]
  public let confusion: [[Int]]
  /// The number of edge pixels, which have a pixel of another class above, below, left or right of them, and of those
  /// with the right class.
  public let edges: (all: Int, right: Int)

  /// The quality of predictions. N·side·side classes each, image after image and row after row
  public init(_ predicted: [Int], truth: [Int], classes K: Int, side: Int) {
    require(
      predicted.count == truth.count && truth.count.isMultiple(of: side * side),
      "cannot compare \(predicted.count) pixels with \(truth.count) in images of \(side)×\(side)")
    var (confusion, all, right) = ([[Int]](repeating: [Int](repeating: 0, count: K), count: K), 0, 0)
    for (place, (p, t)) in zip(predicted, truth).enumerated() {
      confusion[t][p] += 1
      let (row, column) = (place / side % side, place % side)
      let isEdge =
        (row > 0 && truth[place - side] != t) || (row < side - 1 && truth[place + side] != t)
        || (column > 0 && truth[place - 1] != t) || (column < side - 1 && truth[place + 1] != t)
      if isEdge {
        all += 1
        right += p == t ? 1 : 0
      }
    }
    (self.confusion, edges) = (confusion, (all, right))
  }

  /// The intersection over the union of each class: the pixels that have it in both, divided by those that have it in
  /// either; NaN if none has.
  public var intersectionsOverUnions: [Double] {
    confusion.indices.map { k in
      let both = confusion[k][k]
      let either = confusion[k].reduce(0, +) + confusion.reduce(0) { $0 + $1[k] } - both
      return Double(both) / Double(either)
    }
  }

  /// The mean of the classes' intersections over unions, without classes that do not occur.
  public var meanIntersectionOverUnion: Double {
    let values = intersectionsOverUnions.filter { !$0.isNaN }
    return values.reduce(0, +) / Double(values.count)
  }

  /// The share of pixels with the right class.
  public var accuracy: Double {
    let right = confusion.indices.reduce(0) { $0 + confusion[$1][$1] }
    return Double(right) / Double(confusion.joined().reduce(0, +))
  }

  /// The share of edge pixels with the right class.
  public var edgeAccuracy: Double { Double(edges.right) / Double(edges.all) }
}

/// The likeliest class of every pixel. [N×K×H×W] → [N·H·W]
public func pixelClasses(_ logits: Tensor) -> [Int] { logits.argmax(axis: 1) }
