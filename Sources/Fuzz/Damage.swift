// The kinds of damage that bytes can suffer between writing and reading.

import Tensors

/// Damage to bytes: accidents of files, and some malicious changes.
struct Damage {
  let random: RandomSource
  /// Signs, words and numbers that mean something to the reader.
  let words: [String]
  /// The separators between the parts of a text.
  private static let signs = Set(Array(",:;{}[]\"\n= ".utf8))
  /// The maximum length of an input in bytes.
  static let longest = 48 << 10

  /// Damages bytes zero to eight times, usually once or twice.
  func callAsFunction(_ bytes: inout [UInt8]) {
    for _ in 0..<one(of: [0, 1, 1, 1, 1, 2, 2, 3, 5, 8]) { once(&bytes) }
    if bytes.count > Self.longest { bytes.removeLast(bytes.count - Self.longest) }
  }

  /// A random one of the given choices.
  func one<Element>(of choices: [Element]) -> Element { choices[random.integer(below: choices.count)] }

  private func once(_ bytes: inout [UInt8]) {
    let place = random.integer(below: bytes.count + 1)
    let part = place..<min(bytes.count, place + one(of: [1, 2, 4, 8, 50, 1000]))
    switch random.integer(below: 14) {
    case 0, 1: if place < bytes.count { bytes[place] ^= 1 << UInt8(random.integer(below: 8)) }
    case 2: if place < bytes.count { bytes[place] = UInt8(random.integer(below: 256)) }
    case 3: bytes.insert(contentsOf: (0..<one(of: [1, 2, 4, 8])).map { _ in anyByte() }, at: place)
    case 4: bytes.removeSubrange(part)
    case 5: bytes.removeLast(bytes.count - place)
    case 6: bytes.insert(contentsOf: Array(repeating: bytes[part], count: one(of: [1, 1, 2, 30])).joined(), at: place)
    case 7: swap(&bytes)
    case 8, 9: writeExtreme(&bytes)
    case 10: replaceNumber(&bytes, from: place)
    case 11: rearrange(&bytes)
    case 12: bytes.insert(contentsOf: one(of: words).utf8, at: place)
    default: bytes.insert(contentsOf: run(), at: place)
    }
  }

  private func anyByte() -> UInt8 { UInt8(random.integer(below: 256)) }

  /// A repeated sign or word: up to 300 bytes, and in one of 20 cases up to the maximum length of an input.
  private func run() -> [UInt8] {
    let word = random.bernoulli(0.5) ? Array(one(of: words).utf8) : [anyByte()]
    if word.isEmpty { return [] }
    let length = random.integer(below: random.bernoulli(0.05) ? Self.longest : 300)
    return (0..<length).map { word[$0 % word.count] }
  }

  /// Swaps two parts of the same length.
  private func swap(_ bytes: inout [UInt8]) {
    let length = one(of: [1, 2, 4, 8, 16])
    guard bytes.count >= 2 * length else { return }
    let first = random.integer(below: bytes.count - 2 * length + 1)
    let second = first + length + random.integer(below: bytes.count - first - 2 * length + 1)
    for offset in 0..<length { bytes.swapAt(first + offset, second + offset) }
  }

  // MARK: - Numbers

  /// Writes an extreme number of a type over one, two, four or eight bytes, in half of the cases where headers are.
  private func writeExtreme(_ bytes: inout [UInt8]) {
    let size = one(of: [1, 2, 4, 8])
    guard bytes.count >= size else { return }
    let room = bytes.count - size + 1
    let place = random.integer(below: random.bernoulli(0.5) ? min(room, 24) : room)
    let number = Self.edges[random.integer(below: Self.edges.count)]
    let isBigEndian = random.bernoulli(0.5)
    for byte in 0..<size {
      let shift = UInt64(8 * (isBigEndian ? size - 1 - byte : byte))
      bytes[place + byte] = UInt8(truncatingIfNeeded: number >> shift)
    }
  }

  private static let edges: [UInt64] = [
    0, 1, 2, 0x7F, 0x80, 0xFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0x1_0000_0000, 1 << 62, 1 << 63 - 1,
    1 << 63, .max,
  ]

  /// Replaces the next decimal number by another.
  private func replaceNumber(_ bytes: inout [UInt8], from place: Int) {
    guard let start = bytes[place...].firstIndex(where: Self.isDigit) else { return }
    let end = bytes[start...].firstIndex { !Self.isDigit($0) } ?? bytes.count
    bytes.replaceSubrange(start..<end, with: one(of: Self.numbers).utf8)
  }

  private static func isDigit(_ byte: UInt8) -> Bool { UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte }

  /// Numbers as text, including some that are hard to parse.
  static let numbers = [
    "0", "1", "2", "3", "8", "-1", "-0", "00", "1.5", "1e400", "1e-400", "0x10", "2147483647", "2147483648",
    "4294967295", "4294967296",
    "9223372036854775807", "9223372036854775808", "18446744073709551615", "18446744073709551616",
    "-9223372036854775809", "nan", "inf", "",
    String(repeating: "9", count: 400),
  ]

  // MARK: - The parts of a text

  /// Removes, duplicates, repeats or moves the part between two separators.
  private func rearrange(_ bytes: inout [UInt8]) {
    let marks = bytes.indices.filter { Self.signs.contains(bytes[$0]) }
    guard marks.count > 2 else { return }
    let first = random.integer(below: marks.count - 1)
    let last = min(marks.count - 1, first + 1 + random.integer(below: one(of: [1, 3, 12])))
    let part = Array(bytes[marks[first]..<marks[last]])
    switch random.integer(below: 4) {
    case 0: bytes.removeSubrange(marks[first]..<marks[last])
    case 1: bytes.insert(contentsOf: part, at: marks[last])
    case 2: bytes.insert(contentsOf: Array(repeating: part, count: one(of: [2, 20, 300])).joined(), at: marks[last])
    default: bytes.insert(contentsOf: part, at: one(of: marks))
    }
  }
}
