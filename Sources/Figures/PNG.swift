/// The encoder of PNG files (ISO/IEC 15948) with 8 bits per channel, also of animated ones, where every frame after the
/// first has its own chunks.
enum PNG {
  /// The bytes of the file.
  static func encoded(_ pixels: Pixels) -> [UInt8] {
    signature + header(pixels) + chunk("IDAT", Deflate.zlib(lines(pixels))) + chunk("IEND", [])
  }

  /// The bytes of an animation that repeats forever, with each frame shown for this many milliseconds. Readers without
  /// support for animations show the first frame.
  static func animated(_ frames: [Pixels], milliseconds: Int) -> [UInt8] {
    guard let first = frames.first else { return [] }
    var file = signature + header(first) + chunk("acTL", bigEndian(UInt32(frames.count)) + bigEndian(0))
    var number: UInt32 = 0
    for (place, frame) in frames.enumerated() {
      let extent = bigEndian(UInt32(frame.width)) + bigEndian(UInt32(frame.height))
      let delay = [milliseconds, 1000].flatMap { [UInt8($0 >> 8 & 255), UInt8($0 & 255)] }
      // The offset is 0, and each frame replaces the previous one: no disposal, no blending.
      file += chunk("fcTL", bigEndian(number) + extent + bigEndian(0) + bigEndian(0) + delay + [0, 0])
      number += 1
      let body = Deflate.zlib(lines(frame))
      file += place == 0 ? chunk("IDAT", body) : chunk("fdAT", bigEndian(number) + body)
      number += place == 0 ? 0 : 1
    }
    return file + chunk("IEND", [])
  }

  private static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  private static func header(_ pixels: Pixels) -> [UInt8] {
    let colorType: UInt8 = pixels.channels == 1 ? 0 : 2
    return chunk("IHDR", bigEndian(UInt32(pixels.width)) + bigEndian(UInt32(pixels.height)) + [8, colorType, 0, 0, 0])
  }

  static func byte(_ value: Double) -> UInt8 { UInt8((max(0, min(1, value.isNaN ? 0 : value)) * 255).rounded()) }

  /// The rows of pixels, each after the number of its filter: the one with the smallest sum of absolute bytes, as
  /// signed numbers.
  private static func lines(_ pixels: Pixels) -> [UInt8] {
    let stride = pixels.width * pixels.channels
    let bytes = pixels.values.map(byte)
    var above = [UInt8](repeating: 0, count: stride)
    var result: [UInt8] = []
    result.reserveCapacity(pixels.height * (stride + 1))
    for start in Swift.stride(from: 0, to: bytes.count, by: stride) {
      let line = Array(bytes[start..<start + stride])
      let left = [UInt8](repeating: 0, count: pixels.channels) + line.dropLast(pixels.channels)
      let filtered = [line, zip(line, left).map { $0 &- $1 }, zip(line, above).map { $0 &- $1 }]
      let sizes = filtered.map { $0.reduce(0) { $0 + Int(min($1, 0 &- $1)) } }
      let best = sizes.indices.min { sizes[$0] < sizes[$1] } ?? 0
      result.append(UInt8(best))
      result += filtered[best]
      above = line
    }
    return result
  }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + body
    return bigEndian(UInt32(body.count)) + named + bigEndian(crc32(named))
  }

  static func bigEndian(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

  /// The cyclic redundancy check of PNG, polynomial 0xEDB88320.
  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in crcTable[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
  }

  private static let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
  }
}
