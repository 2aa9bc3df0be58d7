// The requirements of a chapter's item on its data, and their check.

import Files
import Messages
import Tensors

/// The minimum that a run needs of a data set. It is checked once, before any training.
public struct DataNeeds: Sendable, Equatable, CustomStringConvertible {
  /// The minimum numbers of training and of test images.
  public var train, test: Int
  /// The minimum number of classes among the training images.
  public var classes: Int
  /// The minimum number of classes among the test images, or among the first `amongFirst` of them if the run uses no
  /// more.
  public var testClasses, amongFirst: Int
  /// What is counted: images, or something else, without pixels.
  public var kind = Kind.images
  /// The required height and width of the images.
  public var size: Size

  /// A requirement on height and width.
  public enum Size: Sendable, Equatable {
    /// Exactly this many pixels in both directions.
    case exactly(Int)
    /// At least this many pixels in both directions.
    case atLeast(Int)
  }

  /// The needs with these numbers of images, classes and pixels.
  public init(
    train: Int = 2, test: Int = 1, classes: Int = 2, testClasses: Int = 1, amongFirst: Int = .max,
    size: Size = .atLeast(1)
  ) {
    (self.train, self.test, self.classes, self.size) = (train, test, classes, size)
    (self.testClasses, self.amongFirst) = (testClasses, amongFirst)
  }

  /// The needs in words: "at least 200 training and 1 test images, 2 classes, images of 28×28 pixels".
  public var description: String {
    if kind != .images { return textDescription }
    var parts = ["at least \(grouped(train)) training and \(grouped(test)) test images"]
    parts.append("\(classes) classes")
    if testClasses > 1 { parts.append("\(testClasses) of them among the test images") }
    switch size {
    case .exactly(let pixels): parts.append("images of \(pixels)×\(pixels) pixels")
    case .atLeast(let pixels): if pixels > 1 { parts.append("images of at least \(pixels)×\(pixels) pixels") }
    }
    return parts.joined(separator: ", ")
  }

  /// Throws a `DataError` that says what `item` needs and what was found, if the data do not meet the needs.
  public func check(_ data: ImageClassification, for item: String) throws {
    guard let lack = lack(of: data) else { return }
    throw DataError(
      attempted: "run \(item) on \(data.provenance)", found: "it needs \(lack)",
      advice: "Name a folder with other data with --data, or leave --data out")
  }

  /// The first unmet need, with what was found; nil if all are met.
  private func lack(of data: ImageClassification) -> String? {
    if data.train.count < train {
      return "at least \(grouped(train)) training images, but there are \(data.train.count)"
    }
    if data.test.count < test { return "at least \(grouped(test)) test images, but there are \(data.test.count)" }
    return lackOfPixels(data.train) ?? lackOfClasses(classes, "training", data.train.labels)
      ?? lackOfClasses(
        testClasses, amongFirst < data.test.count ? "first \(grouped(amongFirst)) test" : "test",
        Array(data.test.labels.prefix(amongFirst)))
  }

  private func lackOfPixels(_ images: LabeledImages) -> String? {
    let found = "images have \(images.height)×\(images.width)"
    switch size {
    case .exactly(let pixels):
      if (images.height, images.width) != (pixels, pixels) { return "\(pixels)×\(pixels) pixels, but \(found)" }
    case .atLeast(let pixels):
      if min(images.height, images.width) < pixels { return "at least \(pixels)×\(pixels) pixels, but \(found)" }
    }
    let spread = images.images.max(axes: [0, 2, 3]) - images.images.min(axes: [0, 2, 3])
    return spread.min().item > 0 ? nil : "training images with different pixel values, but all pixels are equal"
  }

  private func lackOfClasses(_ needed: Int, _ part: String, _ labels: [Int]) -> String? {
    let found = Set(labels).count
    if found >= needed { return nil }
    return "\(needed) classes among the \(part) images, but \(found == 1 ? "there is 1" : "there are \(found)")"
  }
}
