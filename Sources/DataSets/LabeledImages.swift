// Images with their classes, and data sets with a training and a test part.

import Messages
import Tensors

/// Images of one size, each with the number of its class.
public struct LabeledImages: Sendable {
  /// All images, with pixels from 0 to 1 unless standardized. [N×C×H×W]
  public let images: Tensor
  /// The class of every image, counted from 0.
  public let labels: [Int]

  /// The images with these labels. Stops the program unless `images` is [N×C×H×W] with N labels.
  public init(images: Tensor, labels: [Int]) {
    require(
      images.rank == 4 && images.shape[0] == labels.count,
      "cannot label images of shape \(images.shape) with \(labels.count) classes: [\(labels.count)×C×H×W] is needed")
    (self.images, self.labels) = (images, labels)
  }

  /// The images with these bytes as pixels, scaled from 0…255 to 0…1.
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

  /// Every image as a row, plane after plane: the input of a multilayer perceptron. [N×CHW]
  public var flattened: Tensor { images.flattened(from: 1) }

  /// The images with these indices, in this order: a batch.
  public func subset(_ indices: [Int]) -> LabeledImages {
    LabeledImages(images: images.gathered(indices), labels: indices.map { labels[$0] })
  }

  /// The first `length` images, or all if there are fewer. Nothing is copied.
  public func prefix(_ length: Int) -> LabeledImages {
    LabeledImages(images: images[0..<min(length, count)], labels: Array(labels.prefix(length)))
  }

  /// Two parts with the same proportion of classes: `first` images drawn at random, and all others, both in the
  /// original order.
  ///
  /// The first part gets the share `first`/`count` of the images of every class, rounded up or down.
  public func stratifiedSplit(first: Int, from source: RandomSource) -> (first: LabeledImages, rest: LabeledImages) {
    require((0...count).contains(first), "cannot split \(first) images off \(count): use a number from 0 to \(count)")
    let parts = stratifiedParts(of: labels, first: first, from: source)
    return (subset(parts.first), subset(parts.rest))
  }
}

/// The places of two parts of the examples with these labels, as `stratifiedSplit` describes them.
func stratifiedParts(of labels: [Int], first: Int, from source: RandomSource) -> (first: [Int], rest: [Int]) {
  let count = labels.count
  let shuffled = source.permutation(count).enumerated()
    .sorted { (labels[$0.element], $0.offset) < (labels[$1.element], $1.offset) }
    .map(\.element)  // class after class, in random order within a class
  let isChosen = (0..<count).map { ($0 + 1) * first / count > $0 * first / count }  // `first` of them, evenly spaced
  let chosen = zip(shuffled, isChosen).filter(\.1).map(\.0).sorted()
  let others = zip(shuffled, isChosen).filter { !$0.1 }.map(\.0).sorted()
  return (chosen, others)
}

/// A data set for image classification: training images, test images, and their origin.
public struct ImageClassification: Sendable {
  /// The name of the set.
  public let name: String
  /// The names of the classes, in the order of their numbers.
  public let classNames: [String]
  /// The training images.
  public let train: LabeledImages
  /// The test images.
  public let test: LabeledImages
  /// A description of the data and their origin.
  public let origin: String
  /// Whether these are images of real things; false for generated stand-ins.
  public let isReal: Bool

  /// The data set made of these parts.
  public init(
    name: String, classNames: [String], train: LabeledImages, test: LabeledImages, origin: String, isReal: Bool
  ) {
    (self.name, self.classNames, self.train, self.test) = (name, classNames, train, test)
    (self.origin, self.isReal) = (origin, isReal)
  }

  /// One line for the card of a run: the origin and the size of the data.
  public var provenance: String { "\(origin), \(grouped(train.count)) + \(grouped(test.count))" }

  /// The same set with other images.
  public func with(train: LabeledImages, test: LabeledImages) -> ImageClassification {
    ImageClassification(
      name: name, classNames: classNames, train: train, test: test, origin: origin, isReal: isReal)
  }

  /// The set with at most this many training and test images, the first ones of both parts.
  public func limited(to count: Int, _ testCount: Int = .max) -> ImageClassification {
    with(train: train.prefix(count), test: test.prefix(testCount))
  }
}
