// What an item of a chapter needs of its data, and whether it has it.

import Files
import Messages
import Tensors

/// The least that a run needs of a data set, checked once, before anything is trained.
public struct DataNeeds: Sendable, Equatable, CustomStringConvertible {
  /// The fewest images to train on, and to test on.
  public var train, test: Int
  /// The fewest classes that must be among the training images.
  public var classes: Int
  /// The fewest classes that must be among the test images, or among the first so many of them where no more are looked at.
  public var testClasses, amongFirst: Int
  /// The height and the width that images must have: all of one size, or at least so many pixels.
  public var size: Size

  /// What heights and widths will do.
  public enum Size: Sendable, Equatable {
    /// Exactly so many pixels each way.
    case exactly(Int)
    /// At least so many pixels each way.
    case atLeast(Int)
  }

  /// Needs of so many images, classes and pixels.
  public init(
    train: Int = 2, test: Int = 1, classes: Int = 2, testClasses: Int = 1, amongFirst: Int = .max,
    size: Size = .atLeast(1)
  ) {
    (self.train, self.test, self.classes, self.size) = (train, test, classes, size)
    (self.testClasses, self.amongFirst) = (testClasses, amongFirst)
  }

  /// The needs in words: "at least 200 training and 1 test images, 2 classes, 28×28 pixels".
  public var description: String {
    var parts = ["at least \(grouped(train)) training and \(grouped(test)) test images"]
    parts.append("\(classes) classes")
    if testClasses > 1 { parts.append("\(testClasses) of them among the test images") }
    switch size {
    case .exactly(let pixels): parts.append("images of \(pixels)×\(pixels) pixels")
    case .atLeast(let pixels): if pixels > 1 { parts.append("images of at least \(pixels)×\(pixels) pixels") }
    }
    return parts.joined(separator: ", ")
  }

  /// Throws a `DataError` that says what `item` needs and what is found, unless the data have it.
  public func check(_ data: ImageClassification, for item: String) throws {
    guard let lack = lack(of: data) else { return }
    throw DataError(
      attempted: "run \(item) on \(data.provenance)", found: "it needs \(lack)",
      advice: "Name a folder with other data by --data, or leave --data out")
  }

  /// What is needed and what is found of the first thing that is missing; nil if nothing is.
  private func lack(of data: ImageClassification) -> String? {
    if data.train.count < train {
      return "at least \(grouped(train)) training images, and there are \(data.train.count)"
    }
    if data.test.count < test { return "at least \(grouped(test)) test images, and there are \(data.test.count)" }
    return lackOfPixels(data.train) ?? lackOfClasses(classes, "training", data.train.labels)
      ?? lackOfClasses(
        testClasses, amongFirst < data.test.count ? "first \(grouped(amongFirst)) test" : "test",
        Array(data.test.labels.prefix(amongFirst)))
  }

  private func lackOfPixels(_ images: LabeledImages) -> String? {
    let found = "images have \(images.height)×\(images.width)"
    switch size {
    case .exactly(let pixels):
      if (images.height, images.width) != (pixels, pixels) { return "\(pixels)×\(pixels) pixels, and \(found)" }
    case .atLeast(let pixels):
      if min(images.height, images.width) < pixels { return "at least \(pixels)×\(pixels) pixels, and \(found)" }
    }
    let spread = images.images.max(axes: [0, 2, 3]) - images.images.min(axes: [0, 2, 3])
    return spread.min().item > 0 ? nil : "training images whose pixels differ, and these are all of one value"
  }

  private func lackOfClasses(_ needed: Int, _ part: String, _ labels: [Int]) -> String? {
    let found = Set(labels).count
    if found >= needed { return nil }
    return "\(needed) classes among the \(part) images, and \(found == 1 ? "1 is" : "\(found) are") found"
  }
}
