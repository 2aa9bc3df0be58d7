import Figures
import Foundation
import Testing

@Suite("Figures: PNG")
struct FiguresPNGTests {
  @Test("an image embedded in an SVG decodes to its own pixels, grey and in colour", arguments: [1, 3])
  func pixels(channels: Int) throws {
    let bytes = (0..<7 * 5 * channels).map { UInt8(($0 * 37) % 256) }
    let image = Pixels(width: 7, height: 5, channels: channels, values: bytes.map { Double($0) / 255 })
    let drawing = Drawing(ImageGrid("", images: [image]))
    let address = try #require(drawing.all("image").first?.attributes["href"])
    let data = try #require(Data(base64Encoded: String(address.dropFirst("data:image/png;base64,".count))))
    let decoded = try DecodedPNG([UInt8](data))
    #expect(decoded.width == 7 && decoded.height == 5 && decoded.channels == channels)
    #expect(decoded.bytes == bytes)
  }

  @Test("the file of a grid holds every image enlarged, also beyond the 65,535 bytes of one block")
  func file() throws {
    let images = [0.0, 1, 0.2].map { Pixels(width: 8, height: 8, values: Array(repeating: $0, count: 64)) }
    let decoded = try DecodedPNG(try #require(ImageGrid("", images: images, columns: 3).png))
    #expect(decoded.width * decoded.height > 0 && decoded.channels == 1)
    let zoom = (decoded.width - 16) / 24
    for (index, level) in [UInt8(0), 255, 51].enumerated() {
      let left = 4 + index * (8 * zoom + 4)
      for row in [4, 3 + 8 * zoom] {
        #expect(
          decoded.bytes[row * decoded.width + left..<row * decoded.width + left + 8 * zoom].allSatisfy { $0 == level })
      }
    }
    let many = ImageGrid("", images: Array(repeating: images[1], count: 30), columns: 10)
    let large = try DecodedPNG(try #require(many.png))
    #expect(large.bytes.count > 65_535 && large.bytes.filter { $0 == 255 }.count == 30 * (8 * zoom) * (8 * zoom))
    #expect(ImageGrid("", images: [Pixels]()).png == nil && Gallery.lines.png == nil)
  }
}

/// What a PNG file holds, read by the standard and checked on the way.
private struct DecodedPNG {
  struct Broken: Error { let reason: String }

  var (width, height, channels) = (0, 0, 0)
  var bytes: [UInt8] = []

  init(_ file: [UInt8]) throws {
    guard file.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10] else { throw Broken(reason: "signature") }
    var (place, stream, last) = (8, [UInt8](), "")
    while place < file.count {
      let length = Self.number(file[place..<place + 4])
      let name = String(decoding: file[place + 4..<place + 8], as: UTF8.self)
      let body = Array(file[place + 8..<place + 8 + length])
      guard
        Self.number(file[place + 8 + length..<place + 12 + length]) == Self.crc32(file[place + 4..<place + 8 + length])
      else { throw Broken(reason: "checksum of \(name)") }
      if name == "IHDR" {
        (width, height) = (Self.number(body[0..<4]), Self.number(body[4..<8]))
        channels = body[9] == 0 ? 1 : 3
        guard body[8] == 8, body[10...] == [0, 0, 0] else { throw Broken(reason: "header") }
      }
      if name == "IDAT" { stream += body }
      (place, last) = (place + 12 + length, name)
    }
    guard last == "IEND" else { throw Broken(reason: "end") }
    let lines = try Self.inflated(stream)
    let stride = width * channels + 1
    guard lines.count == stride * height else { throw Broken(reason: "size") }
    for row in 0..<height {
      guard lines[row * stride] == 0 else { throw Broken(reason: "filter") }
      bytes += lines[row * stride + 1..<(row + 1) * stride]
    }
  }

  private static func number(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  /// The check by its definition, bit by bit.
  private static func crc32(_ bytes: some Sequence<UInt8>) -> Int {
    var sum: UInt32 = ~0
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return Int(~sum)
  }

  private static func inflated(_ stream: [UInt8]) throws -> [UInt8] {
    guard stream[0] & 15 == 8, (Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0 else {
      throw Broken(reason: "zlib header")
    }
    var (place, result, isLast) = (2, [UInt8](), false)
    while !isLast {
      isLast = stream[place] & 1 == 1
      let (length, check) = (
        number([stream[place + 2], stream[place + 1]]), number([stream[place + 4], stream[place + 3]])
      )
      guard stream[place] >> 1 == 0, length ^ check == 0xFFFF else { throw Broken(reason: "stored block") }
      result += stream[place + 5..<place + 5 + length]
      place += 5 + length
    }
    let low = result.reduce(1) { ($0 + Int($1)) % 65_521 }
    let high = result.reduce((1, 0)) { sums, byte in
      let next = (sums.0 + Int(byte)) % 65_521
      return (next, (sums.1 + next) % 65_521)
    }.1
    guard number(stream[place..<place + 4]) == high << 16 | low else { throw Broken(reason: "Adler-32") }
    return result
  }
}
