/// The compression of PNG files (RFC 1950 and 1951): one block with the fixed codes, in which a repeated sequence is
/// replaced by its length and distance.
enum Deflate {
  /// The compressed stream with its header and its checksum.
  static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var stream = BitStream(bytes: [0x78, 0x01])
    stream.append(1, count: 1)  // the last block
    stream.append(1, count: 2)  // the fixed codes
    var (place, seen) = (0, Matches(bytes))
    while place < bytes.count {
      let match = seen.match(at: place)
      if let match {
        stream.append(length: match.length)
        stream.append(distance: match.distance)
      } else {
        stream.append(symbol: Int(bytes[place]))
      }
      for _ in 0..<(match?.length ?? 1) {
        seen.insert(place)
        place += 1
      }
    }
    stream.append(symbol: 256)
    return stream.padded + PNG.bigEndian(adler32(bytes))
  }

  /// The checksum of RFC 1950.
  private static func adler32(_ bytes: [UInt8]) -> UInt32 {
    var (low, high): (UInt32, UInt32) = (1, 0)
    for byte in bytes {
      low = (low + UInt32(byte)) % 65_521
      high = (high + low) % 65_521
    }
    return high << 16 | low
  }
}

/// The earlier positions of the same three bytes.
private struct Matches {
  private let bytes: [UInt8]
  private var last = [Int](repeating: -1, count: 1 << 15)
  private var before: [Int]

  init(_ bytes: [UInt8]) { (self.bytes, before) = (bytes, Array(repeating: -1, count: bytes.count)) }

  private func hash(_ place: Int) -> Int {
    (Int(bytes[place]) << 10 ^ Int(bytes[place + 1]) << 5 ^ Int(bytes[place + 2])) & 0x7FFF
  }

  mutating func insert(_ place: Int) {
    guard place + 2 < bytes.count else { return }
    let hash = hash(place)
    (before[place], last[hash]) = (last[hash], place)
  }

  /// The longest match among the sixteen nearest positions with the same three bytes: 3 to 258 bytes long and at most
  /// 32,768 bytes back.
  func match(at place: Int) -> (length: Int, distance: Int)? {
    guard place + 2 < bytes.count else { return nil }
    let limit = min(258, bytes.count - place)
    var (candidate, best) = (last[hash(place)], (length: 2, distance: 0))
    for _ in 0..<16 where candidate >= 0 && place - candidate <= 32_768 {
      var length = 0
      while length < limit && bytes[candidate + length] == bytes[place + length] { length += 1 }
      if length > best.length { best = (length, place - candidate) }
      candidate = before[candidate]
    }
    return best.distance > 0 ? best : nil
  }
}

/// Bits in the order of RFC 1951: numbers from the lowest bit, codes from the highest.
private struct BitStream {
  private var bytes: [UInt8]
  private var bits: UInt32 = 0
  private var count = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  /// All bytes, the last one padded with zeros.
  var padded: [UInt8] { count > 0 ? bytes + [UInt8(bits & 255)] : bytes }

  mutating func append(_ number: Int, count added: Int) {
    bits |= UInt32(number) << UInt32(count)
    count += added
    while count >= 8 {
      bytes.append(UInt8(bits & 255))
      (bits, count) = (bits >> 8, count - 8)
    }
  }

  private mutating func append(code: Int, count: Int) {
    for bit in (0..<count).reversed() { append(code >> bit & 1, count: 1) }
  }

  /// Appends a byte, the end of the block (256) or the class of a length, in the fixed code of RFC 1951, 3.2.6.
  mutating func append(symbol: Int) {
    switch symbol {
    case 0...143: append(code: 0x30 + symbol, count: 8)
    case 144...255: append(code: 0x190 + symbol - 144, count: 9)
    case 256...279: append(code: symbol - 256, count: 7)
    default: append(code: 0xC0 + symbol - 280, count: 8)
    }
  }

  /// Lengths 3 to 10 have one class each. Above that, there are four classes for every number of extra bits; 258 has
  /// its own.
  mutating func append(length: Int) {
    if length == 258 { return append(symbol: 285) }
    let (index, rest, extra) = Self.place(length - 3, perOctave: 4)
    append(symbol: 257 + index)
    append(rest, count: extra)
  }

  /// Distances 1 to 4 have one class each. Above that, there are two classes for every number of extra bits.
  mutating func append(distance: Int) {
    let (index, rest, extra) = Self.place(distance - 1, perOctave: 2)
    append(code: index, count: 5)
    append(rest, count: extra)
  }

  /// The class of a number, its offset from the first number of the class, and the number of bits of the offset.
  private static func place(_ number: Int, perOctave: Int) -> (index: Int, rest: Int, extra: Int) {
    if number < 2 * perOctave { return (number, 0, 0) }
    let extra = number.bitWidth - number.leadingZeroBitCount - perOctave.trailingZeroBitCount - 1
    return (number >> extra + extra * perOctave, number & (1 << extra - 1), extra)
  }
}
