// Images with their classes, and a data set made of two such parts.

import Tensors

/// Images of one size, each with the number of its class.
public struct LabeledImages: Sendable {
  /// The number of colour planes: 1 for grey, 3 for red, green and blue.
  public let channels: Int
  /// The number of rows of an image.
  public let height: Int
  /// The number of columns of an image.
  public let width: Int
  /// All pixels from 0 to 1: image after image, in it plane after plane, in it row after row (N×C×H×W).
  public let pixels: [Float]
  /// The class of every image, counted from 0.
  public let labels: [Int]

  /// The images with these pixels and labels; stops unless there are as many pixels as the sizes say.
  public init(channels: Int, height: Int, width: Int, pixels: [Float], labels: [Int]) {
    let expected = labels.count * channels * height * width
    require(
      pixels.count == expected,
      "cannot make \(labels.count) images of \(channels)×\(height)×\(width) of \(pixels.count) pixels: \(expected) needed"
    )
    (self.channels, self.height, self.width) = (channels, height, width)
    (self.pixels, self.labels) = (pixels, labels)
  }

  /// The images whose pixels are these bytes, scaled from 0…255 to 0…1.
  init(channels: Int, height: Int, width: Int, bytes: ArraySlice<UInt8>, labels: [Int]) {
    let pixels = bytes.map { Float($0) / 255 }
    self.init(channels: channels, height: height, width: width, pixels: pixels, labels: labels)
  }

  /// The number of images.
  public var count: Int { labels.count }

  /// The number of pixels in one image, all planes together.
  public var pixelsPerImage: Int { channels * height * width }

  /// The pixels of one image, plane after plane.
  public func image(_ index: Int) -> ArraySlice<Float> {
    pixels[index * pixelsPerImage..<(index + 1) * pixelsPerImage]
  }

  /// The images at these places, in this order.
  public func subset(_ indices: some Collection<Int>) -> LabeledImages {
    var chosen: [Float] = []
    chosen.reserveCapacity(indices.count * pixelsPerImage)
    for index in indices { chosen += image(index) }
    return LabeledImages(
      channels: channels, height: height, width: width, pixels: chosen, labels: indices.map { labels[$0] })
  }

  /// The first `length` images, or all if there are fewer.
  public func prefix(_ length: Int) -> LabeledImages { subset(0..<min(length, count)) }

  /// Two parts that share the classes alike: `first` images drawn at random, and all others, both in their old order.
  ///
  /// Every class gives `first`/`count` of its images to the first part, rounded up or down.
  public func stratifiedSplit(first: Int, from source: RandomSource) -> (first: LabeledImages, rest: LabeledImages) {
    require((0...count).contains(first), "cannot split off \(first) of \(count) images")
    let shuffled = source.permutation(of: count).enumerated()
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
  /// One line for the card of a run: which data this is, where it came from, how much of it there is.
  public let provenance: String
  /// Whether these are pictures of real things; false for generated stand-ins.
  public let isReal: Bool

  /// The data set made of these parts; `origin` is completed by the two sizes.
  public init(
    name: String, classNames: [String], train: LabeledImages, test: LabeledImages, origin: String, isReal: Bool
  ) {
    (self.name, self.classNames, self.train, self.test, self.isReal) = (name, classNames, train, test, isReal)
    provenance = "\(origin), \(grouped(train.count)) + \(grouped(test.count))"
  }
}

/// A whole number with a comma between groups of three digits.
private func grouped(_ number: Int) -> String {
  let digits = Array(String(number))
  return digits.indices.reduce(into: "") { text, place in
    if place > 0, (digits.count - place).isMultiple(of: 3) { text.append(",") }
    text.append(digits[place])
  }
}
