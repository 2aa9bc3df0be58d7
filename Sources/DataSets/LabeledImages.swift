// Images with their classes, and a data set made of two such parts.

import Messages
import Tensors

/// Images of one size, each with the number of its class.
public struct LabeledImages: Sendable {
  /// All images, their pixels from 0 to 1 unless they were standardized. [N×C×H×W]
  public let images: Tensor
  /// The class of every image, counted from 0.
  public let labels: [Int]

  /// The images with these labels; stops unless `images` is [N×C×H×W] with a label for each of the N.
  public init(images: Tensor, labels: [Int]) {
    require(
      images.rank == 4 && images.shape[0] == labels.count,
      "cannot label images of shape \(images.shape) with \(labels.count) classes: [\(labels.count)×C×H×W] needed")
    (self.images, self.labels) = (images, labels)
  }

  /// The images whose pixels are these bytes, scaled from 0…255 to 0…1.
  init(channels: Int, height: Int, width: Int, bytes: ArraySlice<UInt8>, labels: [Int]) {
    let pixels = bytes.map { Float($0) / 255 }
    self.init(images: Tensor(floats: pixels, shape: [labels.count, channels, height, width]), labels: labels)
  }

  /// The number of images.
  public var count: Int { labels.count }
  /// The number of colour planes: 1 for grey, 3 for red, green and blue.
  public var channels: Int { images.shape[1] }
  /// The number of rows of an image.
  public var height: Int { images.shape[2] }
  /// The number of columns of an image.
  public var width: Int { images.shape[3] }

  /// Every image as one row, plane after plane: the input of a multilayer perceptron. [N×CHW]
  public var flattened: Tensor { images.flattened(from: 1) }

  /// The images at these places, in this order: a batch.
  public func subset(_ indices: [Int]) -> LabeledImages {
    LabeledImages(images: images.gathered(indices), labels: indices.map { labels[$0] })
  }

  /// The first `length` images, or all if there are fewer; nothing is copied.
  public func prefix(_ length: Int) -> LabeledImages {
    LabeledImages(images: images[0..<min(length, count)], labels: Array(labels.prefix(length)))
  }

  /// Two parts that share the classes alike: `first` images drawn at random, and all others, both in their old order.
  ///
  /// Every class gives `first`/`count` of its images to the first part, rounded up or down.
  public func stratifiedSplit(first: Int, from source: RandomSource) -> (first: LabeledImages, rest: LabeledImages) {
    require((0...count).contains(first), "cannot split \(first) images off \(count): 0 to \(count) are possible")
    let shuffled = source.permutation(count).enumerated()
      .sorted { (labels[$0.element], $0.offset) < (labels[$1.element], $1.offset) }
      .map(\.element)  // class after class, at random within a class
    let isChosen = (0..<count).map { ($0 + 1) * first / count > $0 * first / count }  // `first` of them, evenly spaced
    let chosen = zip(shuffled, isChosen).filter(\.1).map(\.0).sorted()
    let others = zip(shuffled, isChosen).filter { !$0.1 }.map(\.0).sorted()
    return (subset(chosen), subset(others))
  }
}

/// A data set for image classification: what to train on, what to test on, and where it comes from.
public struct ImageClassification: Sendable {
  /// What the set is called.
  public let name: String
  /// What the classes are called, in the order of their numbers.
  public let classNames: [String]
  /// The images to learn from.
  public let train: LabeledImages
  /// The images to be judged by.
  public let test: LabeledImages
  /// Which data this is, and where it came from.
  public let origin: String
  /// Whether these are pictures of real things; false for generated stand-ins.
  public let isReal: Bool

  /// The data set made of these parts.
  public init(
    name: String, classNames: [String], train: LabeledImages, test: LabeledImages, origin: String, isReal: Bool
  ) {
    (self.name, self.classNames, self.train, self.test) = (name, classNames, train, test)
    (self.origin, self.isReal) = (origin, isReal)
  }

  /// One line for the card of a run: the origin of the data, and how much of it there is.
  public var provenance: String { "\(origin), \(grouped(train.count)) + \(grouped(test.count))" }

  /// The set with other images in the place of its own.
  public func with(train: LabeledImages, test: LabeledImages) -> ImageClassification {
    ImageClassification(
      name: name, classNames: classNames, train: train, test: test, origin: origin, isReal: isReal)
  }

  /// The set with at most so many images to learn from and to be judged by, the first of either.
  public func limited(to count: Int, _ testCount: Int = .max) -> ImageClassification {
    with(train: train.prefix(count), test: test.prefix(testCount))
  }
}
