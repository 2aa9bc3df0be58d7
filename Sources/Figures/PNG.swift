/// The encoder of PNG files (ISO/IEC 15948), by the shortest way: 8 bits per channel, no filter, no compression.
enum PNG {
  /// The bytes of the file.
  static func encoded(_ pixels: Pixels) -> [UInt8] {
    encoded(width: pixels.width, height: pixels.height, channels: pixels.channels, bytes: pixels.values.map(byte))
  }

  /// The file of [height × width × channels] bytes.
  static func encoded(width: Int, height: Int, channels: Int, bytes: [UInt8]) -> [UInt8] {
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    let colorType: UInt8 = channels == 1 ? 0 : 2
    let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, colorType, 0, 0, 0]
    var lines: [UInt8] = []
    lines.reserveCapacity(height * (width * channels + 1))
    for row in 0..<height {
      lines.append(0)
      lines += bytes[row * width * channels..<(row + 1) * width * channels]
    }
    return signature + chunk("IHDR", header) + chunk("IDAT", zlib(lines)) + chunk("IEND", [])
  }

  static func byte(_ value: Double) -> UInt8 { UInt8((max(0, min(1, value.isNaN ? 0 : value)) * 255).rounded()) }

  private static func chunk(_ name: String, _ body: [UInt8]) -> [UInt8] {
    let named = Array(name.utf8) + body
    return bigEndian(UInt32(body.count)) + named + bigEndian(crc32(named))
  }

  private static func bigEndian(_ value: UInt32) -> [UInt8] { [24, 16, 8, 0].map { UInt8(value >> $0 & 255) } }

  /// A zlib stream (RFC 1950) of stored blocks (RFC 1951), each of at most 65,535 bytes.
  private static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var stream: [UInt8] = [0x78, 0x01]
    var start = 0
    repeat {
      let end = min(start + 65_535, bytes.count)
      let length = UInt16(end - start)
      stream.append(end == bytes.count ? 1 : 0)
      for half in [length, ~length] { stream += [UInt8(half & 255), UInt8(half >> 8)] }
      stream += bytes[start..<end]
      start = end
    } while start < bytes.count
    return stream + bigEndian(adler32(bytes))
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

  /// The cyclic redundancy check of PNG, polynomial 0xEDB88320.
  private static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { sum, byte in crcTable[Int((sum ^ UInt32(byte)) & 255)] ^ (sum >> 8) }
  }

  private static let crcTable: [UInt32] = (0..<256).map { index in
    (0..<8).reduce(UInt32(index)) { sum, _ in sum & 1 == 1 ? 0xEDB8_8320 ^ (sum >> 1) : sum >> 1 }
  }
}
