import Checking
import Files
import Foundation
import Tensors
import Testing

/// A valid file with 16 bits for each sample, as a starting point for damage.
private func small() -> [UInt8] {
  WAVFile.bytes(of: Sound(Tensor([[0, 0.5, -0.5, 1], [1, -1, 0.25, 0]]), rate: 8_000))
}

private func refusal(_ bytes: [UInt8]) -> String { dataError { try WAVFile.sound(bytes: bytes, name: "sound.wav") } }

@Suite("Files: sounds in WAV files")
struct WAVFileTests {
  @Test("a file has the bytes that the format asks for")
  func layout() {
    let bytes = WAVFile.bytes(of: Sound(Tensor([0, -1, 0.5]), rate: 11_025))
    let file: [UInt8] = Array("RIFF".utf8) + [42, 0, 0, 0]
    let format: [UInt8] =
      Array("WAVEfmt ".utf8) + [16, 0, 0, 0, 1, 0, 1, 0, 0x11, 0x2B, 0, 0, 0x22, 0x56, 0, 0, 2, 0, 16, 0]
    let data: [UInt8] = Array("data".utf8) + [6, 0, 0, 0, 0, 0, 0, 0x80, 0, 0x40]
    #expect(bytes == file + format + data)
    let odd = WAVFile.bytes(of: Sound(Tensor([0, -1, 1]), rate: 1), as: .integer8)
    #expect(odd.suffix(4) == [128, 0, 255, 0] && odd[4] == 40)
  }

  @Test(
    "every encoding is read as it was written: floating-point numbers exactly, integers to half a step",
    arguments: WAVFile.Encoding.allCases)
  func roundTrip(encoding: WAVFile.Encoding) throws {
    let type = encoding.scalarType
    let x = RandomSource(seed: 3).uniform([3, 41], in: -1..<1, scalarType: type)
    let sound = try WAVFile.sound(bytes: WAVFile.bytes(of: Sound(x, rate: 44_100), as: encoding))
    #expect(sound.rate == 44_100 && sound.channels == 3 && sound.count == 41 && sound.samples.scalarType == type)
    let step = encoding.isFloat ? 0 : 1 / Tensor(2, scalarType: .double).power(Double(8 * encoding.size - 1)).item
    let gap = (sound.samples - x).abs().max().item
    #expect(gap <= 0.5 * step * (1 + 1e-6) && (encoding.isFloat || gap > 0.4 * step))
    // What was read is written and read again without any change.
    let again = try WAVFile.sound(bytes: WAVFile.bytes(of: sound, as: encoding))
    #expect(again.samples == sound.samples)
  }

  @Test("samples beyond the range are clipped, and the mean of the channels is the mono sound")
  func clipped() throws {
    let sound = try WAVFile.sound(bytes: WAVFile.bytes(of: Sound(Tensor([[3, -3], [0, 0]]), rate: 100)))
    #expect(sound.samples.scalars == [32_767.0 / 32_768, -1, 0, 0] && sound.seconds == 0.02)
    #expect(sound.mono.scalars == [32_767.0 / 65_536, -0.5])
  }

  @Test("a file on disk is read; other chunks, an extensible format and a size that was not known are accepted")
  func variants() throws {
    let plain = try WAVFile.sound(bytes: small())
    var other = small()
    other.insert(contentsOf: Array("LIST\u{3}\u{0}\u{0}\u{0}abc\u{0}".utf8), at: 12)
    #expect(try WAVFile.sound(bytes: other).samples == plain.samples)
    var streamed = small()
    streamed.replaceSubrange(40..<44, with: [255, 255, 255, 255])
    #expect(try WAVFile.sound(bytes: streamed).samples == plain.samples)
    var extensible = small()
    extensible.replaceSubrange(16..<22, with: [40, 0, 0, 0, 0xFE, 0xFF])
    extensible.insert(contentsOf: [22, 0, 16, 0, 3, 0, 0, 0, 1, 0] + [UInt8](repeating: 0, count: 14), at: 36)
    #expect(try WAVFile.sound(bytes: extensible).samples == plain.samples)
    try TemporaryFolder.temporary { folder in
      let path = folder.path + "/sound.wav"
      try WAVFile.write(plain, to: path)
      #expect(try WAVFile.sound(path: path).samples == plain.samples)
    }
  }

  @Test(
    "a file that cannot be read is refused with what was found and what to do",
    arguments: [
      (0..<4, Array("OggS".utf8), "it is an Ogg file. Export the sound again as a WAV file"),
      (0..<4, [0xFF, 0xFB, 0x90, 0], "it is an MP3 file"), (0..<4, Array("fLaC".utf8), "it is a FLAC file"),
      (0..<4, Array("RIFX".utf8), "it is a WAV file with the most significant byte first"),
      (8..<12, Array("AVI ".utf8), "a WAV file begins with RIFF, four bytes and WAVE"),
      (20..<22, [7, 0], "its samples are µ-law of 16 bits, but integers of 8, 16, 24 or 32 bits"),
      (20..<22, [3, 0], "its samples are floating-point numbers of 16 bits"),
      (22..<24, [0, 0], "declares 0 channels"), (24..<28, [0, 0, 0, 0], "at 0 samples per second"),
      (32..<34, [3, 0], "3 bytes for each moment, where 4 are needed"),
      (36..<40, Array("junk".utf8), "it has no chunk \"data\" with samples"),
      (12..<16, Array("junk".utf8), "the samples come before the chunk \"fmt \""),
      (40..<44, [17, 0, 0, 0], "declares 17 bytes of samples, but 16 follow. It is cut short"),
      (40..<44, [0, 0, 0, 0], "declares 0 bytes of samples, but 16 follow. It has no samples"),
      (40..<44, [15, 0, 0, 0], "its 15 bytes of samples are not a multiple of 4"),
      (16..<20, [90, 0, 0, 0], "its chunk \"fmt \" declares 90 bytes"),
    ] as [(Range<Int>, [UInt8], String)])
  func refused(place: Range<Int>, bytes: [UInt8], text: String) {
    var file = small()
    file.replaceSubrange(place, with: bytes)
    let error = refusal(file)
    #expect(error.hasPrefix("cannot read sound.wav: ") && error.contains(text), "\(error)")
  }

  @Test("a file of infinite samples and a file cut anywhere are refused")
  func damaged() {
    let infinite = Sound(Tensor([1, .infinity], scalarType: .double), rate: 10)
    #expect(refusal(WAVFile.bytes(of: infinite, as: .float64)).contains("it has samples that are infinite or NaN"))
    for length in 0..<small().count { #expect(!refusal(Array(small().prefix(length))).isEmpty) }
  }
}
