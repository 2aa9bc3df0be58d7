import Applications
import DataSets
import Figures
import Files
import Messages
import Running
import Tensors

/// § 12.10, beside the notes: sound as numbers, in files and as spectrograms.
public let section12_10f = Exercise(.section, "12.10f", "Sound as numbers", seconds: 1, quick: 1) { run in
  let spoken = SpokenVowels(count: 1, vowels: 5...5, noise: -30 ... -30, from: run.random.split())
  let sound = Sound(0.2 * spoken.sounds[0], rate: SpokenVowels.rate)
  run.say("A speaker says \(Vowel.text(spoken.vowels[0])): the file with the ending sound.wav.\n")
  run.keep(sound, as: "sound")
  run.show(try encodingTable(sound), as: "encodings")
  run.show(checkTable(sound.mono.converted(to: .double)), as: "transform")
  run.show(spectrogramFigure(sound, until: (spoken.spans[0].last?.upperBound ?? sound.count) + 400), as: "spectrogram")
  run.show(resolutionFigure(), as: "resolution")
  run.card("seconds of sound", sound.seconds)
}

/// ln 10
private let ln10 = Tensor(10, scalarType: .double).log().item

/// The error of writing and reading in every encoding.
private func encodingTable(_ sound: Sound) throws -> Table {
  let rows = try WAVFile.Encoding.allCases.map { encoding -> [Table.Cell] in
    let bytes = WAVFile.bytes(of: sound, as: encoding)
    let again = try WAVFile.sound(bytes: bytes).samples.converted(to: .double)
    let x = sound.samples.converted(to: .double)
    let error = (again - x).squared().sum().item
    let ratio = Tensor(x.squared().sum().item / error, scalarType: .double)
    let decibels = 10 / ln10 * ratio.log().item
    return [
      .text("\(encoding)"), .integer(bytes.count), .number((again - x).abs().max().item, decimals: 10),
      error == 0 ? "exact" : .number(decibels, decimals: 1),
    ]
  }
  return Table(
    "\(grouped(sound.count)) samples written to a WAV file and read again",
    columns: ["encoding", "bytes", "largest error", "signal to error, dB"], rows: rows)
}

/// The transform against its definition.
private func checkTable(_ x: Tensor) -> Table {
  let rows = [64, 256, 512].map { n -> [Table.Cell] in
    let transform = ShortTimeTransform(length: n, hop: n / 4, scalarType: .double)
    let X = transform(x)
    let energies = (transform.frames(of: x) * transform.window).squared().sum(axes: [1])
    let parseval = (transform.energies(ofPower: transform.power(x)) - energies).abs().max().item / energies.max().item
    let back = transform.sound(from: X)
    let inner = n..<back.count - n
    return [
      .integer(n), .number(1_000 * Double(n) / 8_000, decimals: 0), .number(8_000 / Double(n), decimals: 1),
      .text("\(X.real.shape)"), .text(scientific(parseval)),
      .text(scientific((back[inner] - x[inner]).abs().max().item)),
    ]
  }
  return Table(
    "The short-time Fourier transform at 8,000 samples per second, a new frame every n/4 samples",
    columns: ["n", "ms", "Hz between bins", "frames × bins", "Parseval, relative error", "error of the inverse"],
    rows: rows)
}

/// The spectrogram and the bands of the beginning of a sound.
private func spectrogramFigure(_ sound: Sound, until end: Int) -> Panels {
  let transform = ShortTimeTransform(length: 256, hop: 48)
  let bands = MelBands(24, to: 4_000, of: transform, rate: sound.rate)
  let power = transform.power(sound.mono[0..<min(end, sound.count)])
  return Panels(
    "Five vowels: each has two bands of strong frequencies, its formants", columns: 1,
    [
      frequencyMap("81 bins from 0 to 2,500 Hz, in decibels", decibels(power).sliced(0..<81, axis: 1)),
      frequencyMap("24 bands at equal steps of the mel scale, in decibels", decibels(bands(power))),
    ])
}

/// 10 log₁₀ of powers relative to the largest, not below −60. [F×K]
func decibels(_ power: Tensor) -> Tensor {
  let relative = power / power.max().item
  return 10 / ln10 * (relative + 1e-6).log()
}

/// A map with time to the right and frequency upwards. [F×K]
private func frequencyMap(_ title: String, _ values: Tensor) -> HeatMap {
  let rows = values.transposed
  return HeatMap(title, values: (0..<rows.shape[0]).reversed().map { rows[$0].scalars }, format: nil, range: -60...0)
}

/// Two tones 60 Hz apart and two clicks 16 ms apart, seen through a short and through a long window.
private func resolutionFigure() -> Panels {
  let times = Tensor.range(0..<3_200, scalarType: .double) / 8_000
  func tone(_ frequency: Double) -> Tensor { (2 * Double.pi * frequency * times).sin() }
  var x = 0.5 * (tone(1_000) + tone(1_060))
  for place in [1_600, 1_728] { x[place] = Tensor(20, scalarType: .double) }
  let maps = [64, 512].map { n -> HeatMap in
    let transform = ShortTimeTransform(length: n, hop: 48, scalarType: .double)
    let power = transform.power(x.padded(axis: 0, before: n / 2, after: n / 2))
    return frequencyMap(
      "windows of \(n / 8) ms: bins of \(decimals(8_000 / Double(n), 1)) Hz",
      decibels(power.sliced(0..<n / 4 + 1, axis: 1).repeatedBins(to: 65)))
  }
  return Panels(
    "Two tones 60 Hz apart and two clicks 16 ms apart: no window shows all four (0 to 2,000 Hz, 0.4 s)", maps)
}

extension Tensor {
  /// The bins, each drawn as several rows, so that maps of different transforms have one height. [F×K] → [F×count]
  fileprivate func repeatedBins(to count: Int) -> Tensor {
    gathered((0..<count).map { $0 * (shape[1] - 1) / (count - 1) }, axis: 1)
  }
}
