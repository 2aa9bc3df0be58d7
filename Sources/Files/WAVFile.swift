// WAV, the usual format of uncompressed sound.
//
// RIFF, the size of what follows, WAVE; then chunks: a name of four letters, a size, and contents padded to an even
// number of bytes. The chunk "fmt " says how samples are written, and "data" has them, channel by channel for each
// moment. Numbers have their least significant byte first. Microsoft and IBM (1991)

import Messages
import Tensors

/// The reader and the writer of WAV files.
public enum WAVFile {
  /// How a sample is written.
  public enum Encoding: Sendable, Equatable, CaseIterable {
    case integer8, integer16, integer24, integer32, float32, float64

    /// The bytes of a sample.
    public var size: Int {
      switch self {
      case .integer8: 1
      case .integer16: 2
      case .integer24: 3
      case .integer32, .float32: 4
      case .float64: 8
      }
    }

    /// Whether samples are floating-point numbers.
    public var isFloat: Bool { self == .float32 || self == .float64 }

    /// The scalar type that holds every sample exactly.
    public var scalarType: ScalarType { self == .integer32 || self == .float64 ? .double : .float }

    init?(tag: Int, bits: Int) {
      guard let found = Self.allCases.first(where: { $0.size * 8 == bits && $0.tag == tag }) else { return nil }
      self = found
    }

    var tag: Int { isFloat ? 3 : 1 }
  }

  /// Reads a sound. Throws a `DataError` if the file is damaged, compressed, or not a WAV file.
  public static func sound(path: String) throws -> Sound { try contents(DataFile(path: path)).sound }

  /// The sound of a file with these bytes; `name` is used in messages.
  public static func sound(bytes: [UInt8], name: String = "the sound") throws -> Sound {
    try contents(DataFile(path: name, bytes: bytes)).sound
  }

  /// The sound of a file that has already been read, and how its samples are written.
  package static func contents(_ file: DataFile) throws -> (sound: Sound, encoding: Encoding) {
    let layout = try Layout(file)
    let (count, channels, size) = (layout.count, layout.channels, layout.encoding.size)
    let shape: Shape = [channels, count]
    func place(_ place: Int) -> Int { layout.data.lowerBound + (place % count * channels + place / count) * size }
    let samples: Tensor
    if layout.encoding.scalarType == .float {
      let numbers = (0..<channels * count).map { Float(sample(file.bytes, place($0), layout.encoding)) }
      samples = Tensor(floats: numbers, shape: shape)
    } else {
      let numbers = (0..<channels * count).map { sample(file.bytes, place($0), layout.encoding) }
      samples = Tensor(numbers, shape: shape, scalarType: .double)
    }
    guard !layout.encoding.isFloat || samples.isFinite else {
      throw file.error("it has samples that are infinite or NaN", "It is damaged: export the sound again")
    }
    return (Sound(samples, rate: layout.rate), layout.encoding)
  }

  /// The sample at a byte, from −1 to 1.
  private static func sample(_ bytes: [UInt8], _ place: Int, _ encoding: Encoding) -> Double {
    let word = littleEndian(bytes, place, encoding.size)
    return switch encoding {
    case .integer8: Double(Int(word) - 128) / 0x1p7
    case .integer16: Double(Int16(truncatingIfNeeded: word)) / 0x1p15
    case .integer24: Double(Int32(truncatingIfNeeded: word << 8) >> 8) / 0x1p23
    case .integer32: Double(Int32(truncatingIfNeeded: word)) / 0x1p31
    case .float32: Double(Float(bitPattern: UInt32(truncatingIfNeeded: word)))
    case .float64: Double(bitPattern: word)
    }
  }

  fileprivate static func littleEndian(_ bytes: [UInt8], _ place: Int, _ size: Int) -> UInt64 {
    (0..<size).reduce(0) { $0 | UInt64(bytes[place + $1]) << UInt64(8 * $1) }
  }

  // MARK: - Writing

  /// Writes a sound, by default with 16 bits for each sample. The file is replaced as a whole.
  public static func write(_ sound: Sound, as encoding: Encoding = .integer16, to path: String) throws {
    try AtomicFile.write([bytes(of: sound, as: encoding)], to: path)
  }

  /// The bytes of a file with this sound. Integers are rounded, and clipped to the range of the encoding.
  public static func bytes(of sound: Sound, as encoding: Encoding = .integer16) -> [UInt8] {
    let frame = sound.channels * encoding.size
    let length = sound.count * frame
    require(
      length + 44 <= Int(UInt32.max) && frame <= Int(UInt16.max),
      "cannot write \(grouped(sound.count)) samples of \(sound.channels) channels as a WAV file: it would have more "
        + "than 4 GiB, or too many channels")
    func number(_ value: Int, _ size: Int) -> [UInt8] { littleEndian(UInt64(value), size) }
    var bytes = Array("RIFF".utf8) + number(36 + length + length % 2, 4) + Array("WAVEfmt ".utf8) + number(16, 4)
    bytes += number(encoding.tag, 2) + number(sound.channels, 2) + number(sound.rate, 4)
    bytes += number(min(sound.rate * frame, Int(UInt32.max)), 4) + number(frame, 2) + number(8 * encoding.size, 2)
    bytes += Array("data".utf8) + number(length, 4)
    bytes.reserveCapacity(bytes.count + length + 1)
    let samples = sound.samples.scalars
    for moment in 0..<sound.count {
      for channel in 0..<sound.channels {
        bytes += littleEndian(word(samples[channel * sound.count + moment], encoding), encoding.size)
      }
    }
    return length % 2 == 0 ? bytes : bytes + [0]
  }

  private static func littleEndian(_ word: UInt64, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: word >> UInt64(8 * $0)) }
  }

  /// The bits of a sample.
  private static func word(_ x: Double, _ encoding: Encoding) -> UInt64 {
    func integer(_ scale: Double) -> UInt64 {
      UInt64(bitPattern: Int64(x.isNaN ? 0 : min(max((x * scale).rounded(), -scale), scale - 1)))
    }
    return switch encoding {
    case .integer8: integer(0x1p7) &+ 128
    case .integer16: integer(0x1p15)
    case .integer24: integer(0x1p23)
    case .integer32: integer(0x1p31)
    case .float32: UInt64(Float(x).bitPattern)
    case .float64: x.bitPattern
    }
  }
}

/// Where the samples of a file are, and how they are written.
private struct Layout {
  var encoding = WAVFile.Encoding.integer16
  var channels = 0, rate = 0, count = 0
  var data = 0..<0

  init(_ file: DataFile) throws {
    try Self.checkBeginning(file)
    var place = 12
    var hasFormat = false
    while place + 8 <= file.bytes.count {
      let name = String(decoding: file.bytes[place..<place + 4], as: UTF8.self)
      let size = Int(WAVFile.littleEndian(file.bytes, place + 4, 4))
      let start = place + 8
      if name == "fmt " {
        try readFormat(file, start, size)
        hasFormat = true
      } else if name == "data" {
        guard hasFormat else {
          throw file.error("the samples come before the chunk \"fmt \", which describes them", Self.again)
        }
        try readData(file, start, size)
        return
      }
      place = start + size + size % 2
    }
    throw file.error(
      "it has no chunk \(hasFormat ? "\"data\" with samples" : "\"fmt \" that describes its samples")",
      "It is damaged or cut short: export the sound again")
  }

  private static let again = "Export the sound again as a WAV file, such as with ffmpeg -i FILE sound.wav"

  private static func checkBeginning(_ file: DataFile) throws {
    let bytes = file.bytes
    let kinds: [(String, [UInt8])] = [
      ("an MP3 file", Array("ID3".utf8)), ("an MP3 file", [0xFF, 0xFB]), ("an Ogg file", Array("OggS".utf8)),
      ("a FLAC file", Array("fLaC".utf8)), ("a WAV file with the most significant byte first", Array("RIFX".utf8)),
      ("a WAV file with sizes of 64 bits", Array("RF64".utf8)), ("an AIFF file", Array("FORM".utf8)),
    ]
    if let kind = kinds.first(where: { bytes.starts(with: $0.1) }) { throw file.error("it is \(kind.0)", again) }
    guard bytes.count >= 12, bytes.starts(with: Array("RIFF".utf8)), bytes[8..<12].elementsEqual("WAVE".utf8) else {
      throw file.error("a WAV file begins with RIFF, four bytes and WAVE, but this one does not", again)
    }
  }

  private mutating func readFormat(_ file: DataFile, _ start: Int, _ size: Int) throws {
    guard size >= 16, start + size <= file.bytes.count else {
      throw file.error(
        "its chunk \"fmt \" declares \(size) bytes, but there should be at least 16, and the file has "
          + "\(file.bytes.count - start) more", "It is damaged or cut short: export the sound again")
    }
    func number(_ offset: Int, _ size: Int) -> Int { Int(WAVFile.littleEndian(file.bytes, start + offset, size)) }
    let written = number(0, 2)
    let tag = written == 0xFFFE && size >= 26 ? number(24, 2) : written  // an extensible format has its tag later
    let bits = number(14, 2)
    (channels, rate) = (number(2, 2), number(4, 4))
    guard let encoding = WAVFile.Encoding(tag: tag, bits: bits) else {
      let names = [2: "ADPCM", 6: "A-law", 7: "µ-law", 17: "IMA ADPCM", 80: "MPEG", 85: "MP3"]
      let name = tag == 1 ? "integers" : tag == 3 ? "floating-point numbers" : names[tag] ?? "format number \(tag)"
      throw file.error(
        "its samples are \(name) of \(bits) bits, but integers of 8, 16, 24 or 32 bits and floating-point numbers of "
          + "32 or 64 bits can be read", Self.again)
    }
    self.encoding = encoding
    guard channels > 0, rate > 0, number(12, 2) == channels * encoding.size else {
      throw file.error(
        "its chunk \"fmt \" declares \(channels) channels at \(rate) samples per second and \(number(12, 2)) bytes for "
          + "each moment, where \(channels * encoding.size) are needed", "It is damaged: export the sound again")
    }
  }

  private mutating func readData(_ file: DataFile, _ start: Int, _ size: Int) throws {
    let found = file.bytes.count - start
    // A program that writes to a pipe does not know the size, and declares the largest.
    let length = size == Int(UInt32.max) ? found : size
    guard length > 0, length <= found else {
      throw file.error(
        "its chunk \"data\" declares \(length) bytes of samples, but \(found) follow",
        length == 0 ? "It has no samples: record again" : "It is cut short: copy or export it again")
    }
    let frame = channels * encoding.size
    guard length % frame == 0 else {
      throw file.error(
        "its \(length) bytes of samples are not a multiple of \(frame), the bytes for each moment",
        "It is damaged or cut short: export the sound again")
    }
    (data, count) = (start..<start + length, length / frame)
  }
}
