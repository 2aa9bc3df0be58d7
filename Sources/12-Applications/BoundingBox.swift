// § 12.1.1  Boxes, and how far two of them agree

import DataSets

/// A box in an image, in pixels: b_x and b_y are its centre, b_w and b_h its sides. § 12.1.1
public struct BoundingBox: Sendable, Equatable {
  /// The column and the row of the centre; pixel 0 reaches from 0 to 1.
  public var x, y: Double
  /// The sides.
  public var width, height: Double

  /// The box with this centre and these sides.
  public init(x: Double, y: Double, width: Double, height: Double) {
    (self.x, self.y, self.width, self.height) = (x, y, width, height)
  }

  /// The box between two columns and two rows.
  public init(left: Double, top: Double, right: Double, bottom: Double) {
    self.init(x: (left + right) / 2, y: (top + bottom) / 2, width: right - left, height: bottom - top)
  }

  /// The left edge.
  public var left: Double { x - width / 2 }
  /// The right edge.
  public var right: Double { x + width / 2 }
  /// The upper edge.
  public var top: Double { y - height / 2 }
  /// The lower edge.
  public var bottom: Double { y + height / 2 }
  /// The area, 0 if a side is not positive.
  public var area: Double { max(width, 0) * max(height, 0) }

  /// The area of the intersection with another box.
  public func overlap(with other: BoundingBox) -> Double {
    max(min(right, other.right) - max(left, other.left), 0) * max(min(bottom, other.bottom) - max(top, other.top), 0)
  }

  /// The intersection over the union: |A ∩ B| / |A ∪ B|, 1 for equal boxes, 0 for disjoint ones and for boxes without
  /// area. § 12.1.1
  public func intersectionOverUnion(with other: BoundingBox) -> Double {
    let common = overlap(with: other)
    let union = area + other.area - common
    return union > 0 ? common / union : 0
  }
}

/// A box and the class of what is in it: the truth of a scene.
public struct LabeledBox: Sendable, Equatable {
  /// The box.
  public let box: BoundingBox
  /// The class, counted from 0.
  public let label: Int

  /// A box with this class.
  public init(_ box: BoundingBox, label: Int) { (self.box, self.label) = (box, label) }

  /// The box of a drawn object; its class is its form.
  public init(_ object: DrawnObject) {
    self.init(
      BoundingBox(
        left: Double(object.left), top: Double(object.top), right: Double(object.right), bottom: Double(object.bottom)),
      label: object.form)
  }
}

extension DrawnScenes {
  /// The boxes and the classes of all scenes.
  public var truths: [[LabeledBox]] { objects.map { $0.map(LabeledBox.init) } }
}

/// A box that a detector found, with its class and how sure the detector is.
public struct Detection: Sendable, Equatable {
  /// The box.
  public let box: BoundingBox
  /// The class, counted from 0.
  public let label: Int
  /// The score, from 0 to 1.
  public let score: Double

  /// A detection with this score.
  public init(_ box: BoundingBox, label: Int, score: Double) {
    (self.box, self.label, self.score) = (box, label, score)
  }
}

/// Non-maximum suppression: the detections that overlap no better one of their class by more than a limit, best first.
/// § 12.1.1
///
/// Several cells may find the same object. The best detection stays, and all of its class whose intersection over union
/// with it exceeds the limit go; then the best of the rest stays, and so on.
public func suppressed(_ detections: [Detection], above limit: Double = 0.5) -> [Detection] {
  var kept: [Detection] = []
  for next in detections.enumerated().sorted(by: { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) })
    .map(\.element)
  where !kept.contains(where: { $0.label == next.label && $0.box.intersectionOverUnion(with: next.box) > limit }) {
    kept.append(next)
  }
  return kept
}
