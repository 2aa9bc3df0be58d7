// Damaged files of saved models.

import Foundation
import Tensors

/// The outcomes of reading damaged copies of a file.
public struct DamagedFiles {
  /// How many copies were read without an error.
  public var accepted = 0
  /// The messages of those that were refused.
  public var refused: [String] = []

  /// Damages `count` copies of a safetensors file, one place or two of each, mostly in its header: a byte or a number
  /// is another, bytes are missing or twice there. `read` gets the path of a copy; any error that it throws refuses it.
  ///
  /// A reader that stops the program ends the test. Throws if a copy cannot be written.
  public init(of bytes: [UInt8], count: Int, random: RandomSource, read: (_ path: String) throws -> Void) throws {
    try TemporaryFolder.temporary { folder in
      for number in 0..<count {
        let url = URL(filePath: folder.path).appending(path: "\(number).safetensors")
        try Data(Self.damaged(bytes, random)).write(to: url)
        do {
          try read(url.path)
          accepted += 1
        } catch { refused.append("\(error)") }
      }
    }
  }

  private static func damaged(_ bytes: [UInt8], _ random: RandomSource) -> [UInt8] {
    let length = bytes[..<4].enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
    var (header, data) = (Array(bytes[8..<8 + length]), Array(bytes[(8 + length)...]))
    for _ in 0..<1 + random.integer(below: 2) {
      if random.bernoulli(0.8) { damage(&header, random) } else { damage(&data, random) }
    }
    // A header that got longer is as long as it says, so that most damage is found by what the header means.
    return (0..<8).map { UInt8(truncatingIfNeeded: header.count >> (8 * $0)) } + header + data
  }

  private static func damage(_ bytes: inout [UInt8], _ random: RandomSource) {
    let place = random.integer(below: bytes.count)
    let digits = bytes.indices.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[$0]) }
    switch random.integer(below: 5) {
    case 0: bytes[place] ^= 1 << UInt8(random.integer(below: 8))
    case 1: bytes[place] = UInt8(random.integer(below: 256))
    case 2: bytes.removeSubrange(place..<min(bytes.count, place + 1 + random.integer(below: 20)))
    case 3: bytes.insert(contentsOf: bytes[place..<min(bytes.count, place + 4)], at: place)
    default:
      guard let digit = digits.isEmpty ? nil : digits[random.integer(below: digits.count)] else { return }
      bytes.replaceSubrange(digit...digit, with: ["0", "9", "-1", "99999999", ""][random.integer(below: 5)].utf8)
    }
  }
}
