// Spoken vowels: generated sounds whose text is known exactly.

import Foundation
import Messages
import Tensors

/// A vowel, told from others by its first two formants: the resonances of the mouth.
public struct Vowel: Sendable, Hashable {
  /// A spelling of two letters.
  public let name: String
  /// The frequencies of the two formants, in Hz: means over men by Peterson and Barney (1952).
  public let formants: [Double]

  /// The eight vowels of the generated sounds.
  public static let all = [
    Vowel(name: "ee", formants: [270, 2290]), Vowel(name: "eh", formants: [530, 1840]),
    Vowel(name: "ae", formants: [660, 1720]), Vowel(name: "ah", formants: [730, 1090]),
    Vowel(name: "aw", formants: [570, 840]), Vowel(name: "oo", formants: [440, 1020]),
    Vowel(name: "uu", formants: [300, 870]), Vowel(name: "er", formants: [490, 1350]),
  ]

  /// A sequence of vowels as text, with a hyphen between two vowels.
  public static func text(_ vowels: [Int]) -> String { vowels.map { all[$0].name }.joined(separator: "-") }
}

/// Sounds in which a random speaker says a few vowels, or in which nobody speaks, always with noise.
///
/// Pulses of the speaker's pitch excite two resonances at the vowel's formants. Pitch, formants, loudness, speed and
/// pauses vary from speaker to speaker and from vowel to vowel.
public struct SpokenVowels: Sendable {
  /// The samples, all sounds of one length. [N×T]
  public let sounds: Tensor
  /// The vowels of each sound, as places in `Vowel.all`; none where nobody speaks.
  public let vowels: [[Int]]
  /// The samples during which each vowel is heard.
  public let spans: [[Range<Int>]]

  /// The number of samples per second.
  public static let rate = 8_000

  /// The number of samples of a sound with up to `vowels` vowels.
  public static func length(vowels: Int) -> Int { (vowels * 200 + 200) * rate / 1_000 }

  /// `count` sounds with a random number of random vowels.
  ///
  /// - Parameters:
  ///   - range: The number of vowels; 0 means that nobody speaks. Then half of the sounds are noise, and the others
  ///     have a chord of steady tones as well, such as music.
  ///   - noise: The level of the white noise in decibels, relative to the speech.
  public init(
    count: Int, vowels range: ClosedRange<Int> = 1...5, noise: ClosedRange<Double> = -20 ... -8,
    longest: Int? = nil, from source: RandomSource
  ) {
    let longest = longest ?? range.upperBound
    require(
      range.lowerBound >= 0 && longest >= max(1, range.upperBound),
      "cannot say \(range) vowels in sounds for \(longest): at least 0, and at most \(longest), are possible")
    let length = Self.length(vowels: longest)
    var (samples, vowels, spans): ([Float], [[Int]], [[Range<Int>]]) = ([], [], [])
    samples.reserveCapacity(count * length)
    for _ in 0..<count {
      let text = (0..<range.lowerBound + source.integer(below: range.count)).map { _ in
        source.integer(below: Vowel.all.count)
      }
      var (sound, times) = Speaker(from: source).said(text, length: length, from: source)
      if text.isEmpty && source.bernoulli(0.5) { sound = Self.chord(length: length, from: source) }
      let level = pow(10, source.uniform(in: noise.lowerBound..<noise.upperBound.nextUp) / 20)
      samples += sound.map { Float($0 + level * source.normal()) }
      vowels.append(text)
      spans.append(times)
    }
    self.init(sounds: Tensor(floats: samples, shape: [count, length]), vowels: vowels, spans: spans)
  }

  private init(sounds: Tensor, vowels: [[Int]], spans: [[Range<Int>]]) {
    (self.sounds, self.vowels, self.spans) = (sounds, vowels, spans)
  }

  /// The number of sounds.
  public var count: Int { vowels.count }

  /// The sounds with these indices, in this order.
  public func subset(_ indices: [Int]) -> SpokenVowels {
    SpokenVowels(
      sounds: sounds.gathered(indices), vowels: indices.map { vowels[$0] }, spans: indices.map { spans[$0] })
  }

  /// Three steady tones of random pitch, with a power of 1 together.
  private static func chord(length: Int, from source: RandomSource) -> [Double] {
    let steps = (0..<3).map { _ in 2 * Double.pi * source.uniform(in: 200..<1_600) / Double(rate) }
    return (0..<length).map { t in steps.reduce(0) { $0 + sin($1 * Double(t)) } * (2.0 / 3).squareRoot() }
  }
}

/// A voice.
private struct Speaker {
  /// The pulses per second, the factor of all formants, and the mean duration of a vowel in seconds.
  let pitch, size, duration: Double

  init(from source: RandomSource) {
    pitch = source.uniform(in: 90..<210)
    size = source.uniform(in: 0.94..<1.06)
    duration = source.uniform(in: 0.09..<0.13)
  }

  /// Vowels one after the other with pauses, and the samples during which each is heard. Speech has a power of 1.
  func said(_ vowels: [Int], length: Int, from source: RandomSource) -> (samples: [Double], spans: [Range<Int>]) {
    let rate = Double(SpokenVowels.rate)
    var samples = [Double](repeating: 0, count: length)
    var (time, spans) = (Int(rate * source.uniform(in: 0.03..<0.12)), [Range<Int>]())
    for vowel in vowels {
      let count = Int(rate * duration * source.uniform(in: 0.85..<1.15))
      let span = time..<min(time + count, length)
      let sound = self.sound(of: Vowel.all[vowel], count: span.count, from: source)
      for (place, value) in zip(span, sound) { samples[place] = value }
      spans.append(span)
      time = span.upperBound + Int(rate * source.uniform(in: 0.02..<0.05))
    }
    return (samples, spans)
  }

  /// One vowel with a smooth beginning and end, and a power of 1 before these.
  private func sound(of vowel: Vowel, count: Int, from source: RandomSource) -> [Double] {
    let rate = Double(SpokenVowels.rate)
    var samples = pulses(count: count, from: source)
    for (formant, width) in zip(vowel.formants, [60.0, 90]) {
      let frequency = formant * size * source.uniform(in: 0.97..<1.03)
      resonate(&samples, frequency: frequency / rate, width: width / rate)
    }
    let power = samples.reduce(0) { $0 + $1 * $1 } / Double(max(1, count))
    let loudness = source.uniform(in: 0.7..<1.3) / max(power, 1e-12).squareRoot()
    let edge = 0.015 * rate
    return samples.enumerated().map { place, x in
      let nearest = Double(min(place, count - 1 - place)) / edge
      return x * loudness * (nearest < 1 ? 0.5 - 0.5 * cos(.pi * nearest) : 1)
    }
  }

  /// Pulses whose rate falls a little, as the pitch of a spoken vowel does.
  private func pulses(count: Int, from source: RandomSource) -> [Double] {
    var phase = source.uniform()
    return (0..<count).map { place in
      phase += pitch * (1.05 - 0.1 * Double(place) / Double(count)) / Double(SpokenVowels.rate)
      defer { if phase >= 1 { phase -= 1 } }
      return phase >= 1 ? 1 : 0
    }
  }

  /// A resonance of two poles: yₜ = xₜ + 2 r cos(2πf) yₜ₋₁ − r² yₜ₋₂ with r = e^(−π width).
  private func resonate(_ x: inout [Double], frequency: Double, width: Double) {
    let r = exp(-.pi * width)
    let (a, b) = (2 * r * cos(2 * .pi * frequency), r * r)
    var (before, earlier) = (0.0, 0.0)
    for place in x.indices {
      let y = x[place] + a * before - b * earlier
      (before, earlier) = (y, before)
      x[place] = y
    }
  }
}
