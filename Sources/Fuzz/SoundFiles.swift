// WAV files. Accepted sounds, when written and read again, must have the same samples.

import Files
import Tensors

extension Subject {
  /// A sound in any encoding.
  static let wav = Subject(name: "wav") { random in
    let encodings = WAVFile.Encoding.allCases
    let shape: Shape = [1 + random.integer(below: 3), 1 + random.integer(below: 300)]
    let sound = Sound(random.uniform(shape, in: -1..<1, scalarType: .double), rate: 1 + random.integer(below: 48_000))
    var bytes = WAVFile.bytes(of: sound, as: encodings[random.integer(below: encodings.count)])
    if random.bernoulli(0.2) { bytes.insert(contentsOf: Array("LIST\u{4}\u{0}\u{0}\u{0}INFO".utf8), at: 12) }
    let damage = Damage(random: random, words: ["RIFF", "WAVE", "fmt ", "data", "LIST", "\u{1}\u{0}", "\u{3}\u{0}"])
    var header = Array(bytes.prefix(44))
    if random.bernoulli(0.7) {
      damage(&header)
      bytes.replaceSubrange(0..<44, with: header)
    } else {
      damage(&bytes)
    }
    return [bytes]
  } read: { files in
    let (sound, encoding) = try WAVFile.contents(DataFile(path: "sound", bytes: files[0]))
    return Reading(bytes: sound.samples.count * sound.samples.scalarType.size) {
      let written = try DataFile(path: "again", bytes: WAVFile.bytes(of: sound, as: encoding))
      let again = try WAVFile.contents(written)
      try Nonsense.unless(
        again.encoding == encoding && again.sound.rate == sound.rate && again.sound.samples.shape == sound.samples.shape
          && again.sound.samples.littleEndianBytes == sound.samples.littleEndianBytes,
        "\(sound.samples.shape) samples as \(encoding), written again, differ")
    }
  }
}
