// IDX and CIFAR-10: images as bytes. Accepted input, when written again, must be the same file.

import DataSets
import Files
import Tensors

extension Subject {
  /// A file of images and a file of labels.
  static let idx = Subject(name: "idx") { random in
    let side = random.bernoulli(0.02) ? 60 : 6
    let (count, height) = (1 + random.integer(below: 5), 1 + random.integer(below: side))
    let width = 1 + random.integer(below: side)
    let pixels = (0..<count * height * width).map { _ in UInt8(random.integer(below: 256)) }
    var files = [
      idxFile(0x803, [count, height, width], pixels),
      idxFile(0x801, [count], (0..<count).map { _ in UInt8(random.integer(below: 10)) }),
    ]
    Damage(random: random, words: ["\u{0}\u{0}\u{8}\u{1}", "\u{0}\u{0}\u{8}\u{3}"])(&files[random.integer(below: 2)])
    if random.bernoulli(0.01) { files.swapAt(0, 1) }
    return files
  } read: { files in
    let set = try IDXFile.labeledImages(
      images: DataFile(path: "images", bytes: files[0]), labels: DataFile(path: "labels", bytes: files[1]), classes: 10)
    return Reading(bytes: set.bytes) {
      let pixels = try pixelBytes(set.images)
      try Nonsense.unless(
        idxFile(0x803, [set.count, set.height, set.width], pixels) == files[0]
          && idxFile(0x801, [set.count], try labelBytes(set.labels)) == files[1],
        "\(set.images.shape) images, written again, are a different file")
    }
  }

  /// One to three batches of records.
  static let cifar = Subject(name: "cifar") { random in
    var files = (0...random.integer(below: 2)).map { _ in
      (0...random.integer(below: 2)).flatMap { _ in
        let color = UInt8(random.integer(below: 256))
        return [UInt8(random.integer(below: random.bernoulli(0.05) ? 256 : 10))]
          + (0..<3072).map { color &+ UInt8(truncatingIfNeeded: $0) }
      }
    }
    Damage(random: random, words: ["\u{0}", "\u{9}", "\u{A}"])(&files[random.integer(below: files.count)])
    return files
  } read: { files in
    let set = try CIFARFile.labeledImages(files: files.map { try DataFile(path: "batch", bytes: $0) })
    return Reading(bytes: set.bytes) {
      let (pixels, labels) = (try pixelBytes(set.images), try labelBytes(set.labels))
      let records = labels.indices.flatMap { [labels[$0]] + pixels[$0 * 3072..<($0 + 1) * 3072] }
      try Nonsense.unless(
        set.images.shape == [labels.count, 3, 32, 32] && records == files.flatMap { $0 },
        "\(set.images.shape) images, written again, are a different file")
    }
  }
}

extension LabeledImages {
  /// The bytes of pixels and labels.
  fileprivate var bytes: Int { images.count * images.scalarType.size + labels.count * 8 }
}

/// An IDX file: its magic number, the lengths of its axes, its bytes.
private func idxFile(_ magic: Int, _ lengths: [Int], _ bytes: [UInt8]) -> [UInt8] {
  ([magic] + lengths).flatMap { number in [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) } } + bytes
}

private func pixelBytes(_ images: Tensor) throws -> [UInt8] {
  try images.scalars.map { pixel in
    try Nonsense.unless((0...1).contains(pixel), "a pixel is \(pixel)")
    return UInt8((pixel * 255).rounded())
  }
}

private func labelBytes(_ labels: [Int]) throws -> [UInt8] {
  try labels.map { label in
    try Nonsense.unless((0..<10).contains(label), "a label is \(label)")
    return UInt8(label)
  }
}
