import Foundation

/// The contents of a PNG file, read by the standard and checked. This reader is independent of the writer.
struct DecodedPNG {
  struct Broken: Error { let reason: String }

  private(set) var (width, height, channels) = (0, 0, 0)
  /// The pictures; a file without animation has one.
  private(set) var frames: [[UInt8]] = []
  private(set) var chunks: [String] = []
  /// The frame count that an animation declares, and its repetitions.
  private(set) var (announced, repetitions) = (0, -1)
  /// The numerator and denominator of each frame's seconds.
  private(set) var delays: [[Int]] = []
  /// The numbers of the animation's chunks.
  private(set) var numbers: [Int] = []

  var bytes: [UInt8] { frames.first ?? [] }

  init(href: String?) throws {
    let prefix = "data:image/png;base64,"
    guard let href, href.hasPrefix(prefix), let data = Data(base64Encoded: String(href.dropFirst(prefix.count))) else {
      throw Broken(reason: "address")
    }
    try self.init([UInt8](data))
  }

  init(_ file: [UInt8]) throws {
    guard file.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10] else { throw Broken(reason: "signature") }
    var place = 8
    while place < file.count {
      let length = Self.number(file[place..<place + 4])
      let name = String(decoding: file[place + 4..<place + 8], as: UTF8.self)
      let body = Array(file[place + 8..<place + 8 + length])
      let check = Self.number(file[place + 8 + length..<place + 12 + length])
      guard check == Self.crc32(file[place + 4..<place + 8 + length]) else {
        throw Broken(reason: "checksum of \(name)")
      }
      try read(name, body)
      chunks.append(name)
      place += 12 + length
    }
    guard chunks.last == "IEND", announced == 0 || frames.count == announced else { throw Broken(reason: "end") }
  }

  private mutating func read(_ name: String, _ body: [UInt8]) throws {
    switch name {
    case "IHDR":
      (width, height) = (Self.number(body[0..<4]), Self.number(body[4..<8]))
      channels = body[9] == 0 ? 1 : 3
      guard body[8] == 8, body[10...] == [0, 0, 0] else { throw Broken(reason: "header") }
    case "acTL": (announced, repetitions) = (Self.number(body[0..<4]), Self.number(body[4..<8]))
    case "fcTL":
      numbers.append(Self.number(body[0..<4]))
      let numbers = [4, 8, 12, 16].map { Self.number(body[$0..<$0 + 4]) }
      guard numbers == [width, height, 0, 0], body[24...] == [0, 0] else { throw Broken(reason: "frame") }
      delays.append([20, 22].map { Self.number(body[$0..<$0 + 2]) })
    case "IDAT": frames.append(try picture(body))
    case "fdAT":
      numbers.append(Self.number(body[0..<4]))
      frames.append(try picture(Array(body[4...])))
    default: break
    }
  }

  /// The rows without their filters: none, the pixel at the left, the pixel above.
  private func picture(_ stream: [UInt8]) throws -> [UInt8] {
    let lines = try Inflated(stream).bytes
    let stride = width * channels
    guard lines.count == (stride + 1) * height else { throw Broken(reason: "size") }
    var bytes: [UInt8] = []
    for row in 0..<height {
      let line = lines[row * (stride + 1)..<(row + 1) * (stride + 1)]
      for (column, byte) in line.dropFirst().enumerated() {
        let left = column < channels ? 0 : bytes[bytes.count - channels]
        let above = row == 0 ? 0 : bytes[bytes.count - stride]
        guard let filter = line.first, filter < 3 else { throw Broken(reason: "filter") }
        bytes.append(byte &+ [0, left, above][Int(filter)])
      }
    }
    return bytes
  }

  static func number(_ bytes: some Sequence<UInt8>) -> Int { bytes.reduce(0) { $0 << 8 | Int($1) } }

  /// The check by its definition, bit by bit.
  private static func crc32(_ bytes: some Sequence<UInt8>) -> Int {
    var sum: UInt32 = ~0
    for byte in bytes {
      sum ^= UInt32(byte)
      for _ in 0..<8 { sum = sum & 1 == 1 ? sum >> 1 ^ 0xEDB8_8320 : sum >> 1 }
    }
    return Int(~sum)
  }
}

/// The bytes of a zlib stream of blocks with the fixed codes, by the tables of RFC 1951.
private struct Inflated {
  private(set) var bytes: [UInt8] = []
  private let stream: [UInt8]
  private var place = 16

  private static let lengths =
    [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131, 163, 195, 227, 258]
  private static let distances =
    [1, 2, 3, 4, 5, 7, 9, 13, 17, 25, 33, 49, 65, 97, 129, 193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145]
    + [8193, 12_289, 16_385, 24_577]

  init(_ stream: [UInt8]) throws {
    self.stream = stream
    guard stream[0] & 15 == 8, (Int(stream[0]) << 8 | Int(stream[1])) % 31 == 0 else {
      throw DecodedPNG.Broken(reason: "zlib header")
    }
    var isLast = false
    while !isLast {
      isLast = try bits(1) == 1
      guard try bits(2) == 1 else { throw DecodedPNG.Broken(reason: "kind of block") }
      try block()
    }
    let sums = bytes.reduce((1, 0)) { sums, byte in
      let low = (sums.0 + Int(byte)) % 65_521
      return (low, (sums.1 + low) % 65_521)
    }
    let rest = stream[((place + 7) / 8)...]
    guard rest.count == 4, DecodedPNG.number(rest) == sums.1 << 16 | sums.0 else {
      throw DecodedPNG.Broken(reason: "Adler-32")
    }
  }

  private mutating func bits(_ count: Int) throws -> Int {
    var result = 0
    for bit in 0..<count {
      guard place / 8 < stream.count else { throw DecodedPNG.Broken(reason: "end of the stream") }
      result |= Int(stream[place / 8] >> UInt8(place % 8) & 1) << bit
      place += 1
    }
    return result
  }

  /// A symbol of the fixed code: 7 bits up to 0010111, 8 bits up to 10111111 and for 11000000 to 11000111, else 9.
  private mutating func symbol() throws -> Int {
    var code = 0
    for _ in 0..<7 { code = code << 1 | (try bits(1)) }
    if code <= 0b001_0111 { return 256 + code }
    code = code << 1 | (try bits(1))
    if code <= 0b1011_1111 { return code - 0b0011_0000 }
    if code <= 0b1100_0111 { return 280 + code - 0b1100_0000 }
    return 144 + (code << 1 | (try bits(1))) - 0b1_1001_0000
  }

  private mutating func block() throws {
    while true {
      let symbol = try symbol()
      if symbol == 256 { return }
      if symbol < 256 {
        bytes.append(UInt8(symbol))
        continue
      }
      let class1 = symbol - 257
      let length = Self.lengths[class1] + (try bits(class1 < 8 || class1 == 28 ? 0 : class1 / 4 - 1))
      var class2 = 0
      for _ in 0..<5 { class2 = class2 << 1 | (try bits(1)) }
      let distance = Self.distances[class2] + (try bits(class2 < 4 ? 0 : class2 / 2 - 1))
      guard distance <= bytes.count else { throw DecodedPNG.Broken(reason: "distance") }
      for _ in 0..<length { bytes.append(bytes[bytes.count - distance]) }
    }
  }
}
