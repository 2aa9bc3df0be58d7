// § 12.1.1  How good detections are

import Messages

/// Precision and recall of one class as ever more detections count, best first. § 12.1.1
///
/// A detection is right if it overlaps a box of its class in its image that no better detection has taken, by at least
/// the wanted intersection over union. Of several such boxes it takes the one that it overlaps most. A second detection
/// of the same object is wrong.
public struct PrecisionCurve: Sendable {
  /// The scores of the detections, falling, and whether each is right.
  public let scores: [Double], isRight: [Bool]
  /// The number of true boxes.
  public let truthCount: Int

  /// The curve of one class over all images. Images: [N] lists each
  public init(of detections: [[Detection]], truths: [[LabeledBox]], label: Int, overlap: Double = 0.5) {
    require(
      detections.count == truths.count,
      "cannot compare detections in \(detections.count) images with the truth of \(truths.count)")
    let found = detections.enumerated().flatMap { image, list in
      list.filter { $0.label == label }.map { (image: image, detection: $0) }
    }
    let ranked = found.enumerated()
      .sorted { ($1.element.detection.score, $0.offset) < ($0.element.detection.score, $1.offset) }.map(\.element)
    var open = truths.map { $0.filter { $0.label == label }.map(\.box) }
    truthCount = open.reduce(0) { $0 + $1.count }
    scores = ranked.map(\.detection.score)
    isRight = ranked.map { image, detection in
      let overlaps = open[image].map { $0.intersectionOverUnion(with: detection.box) }
      guard let best = overlaps.indices.max(by: { overlaps[$0] < overlaps[$1] }), overlaps[best] >= overlap else {
        return false
      }
      open[image].remove(at: best)
      return true
    }
  }

  /// The share of right ones among the first 1, 2, … detections.
  public var precisions: [Double] { rights.enumerated().map { Double($1) / Double($0 + 1) } }
  /// The share of true boxes among the first 1, 2, … detections.
  public var recalls: [Double] { rights.map { Double($0) / Double(truthCount) } }

  private var rights: [Int] {
    var count = 0
    return isRight.map { right in
      count += right ? 1 : 0
      return count
    }
  }

  /// The average precision: the area under the curve, Σᵢ (rᵢ − rᵢ₋₁) max_{j ≥ i} pⱼ, in which the precision of a recall
  /// is the best that this or a larger recall allows. NaN if there is no true box.
  public var averagePrecision: Double {
    guard truthCount > 0 else { return .nan }
    var (best, sum) = (0.0, 0.0)
    for (precision, right) in zip(precisions, isRight).reversed() {
      best = max(best, precision)
      if right { sum += best }
    }
    return sum / Double(truthCount)
  }
}

/// The mean over the classes of their average precisions, mAP; classes without a true box do not count. NaN if no
/// class has one. § 12.1.1
public func meanAveragePrecision(
  of detections: [[Detection]], truths: [[LabeledBox]], classes: Int, overlap: Double = 0.5
) -> Double {
  let values = (0..<classes).map {
    PrecisionCurve(of: detections, truths: truths, label: $0, overlap: overlap).averagePrecision
  }.filter { !$0.isNaN }
  return values.reduce(0, +) / Double(values.count)
}
