// § 12.10  What a network hears: logarithms of energies in bands

import DataSets
import Messages
import Tensors

/// Log-energies of bands, one row for every frame: what the networks of this chapter read instead of samples. § 12.10
///
/// The logarithms of a sound are shifted and scaled to mean 0 and variance 1, so loudness does not matter. Fleuret,
/// *The Little Book of Deep Learning*, § 6.5: a spectrogram is a series T×D of energies in D frequency bands.
public struct SpeechFeatures: Sendable {
  /// The short-time Fourier transform.
  public let transform: ShortTimeTransform
  /// The bands.
  public let bands: MelBands

  /// D bands from frames of 32 ms every 16 ms.
  public init(bands D: Int = 24, rate: Int = SpokenVowels.rate) {
    let hop = max(1, rate * 16 / 1_000)
    transform = ShortTimeTransform(length: 2 * hop, hop: hop)
    bands = MelBands(D, to: Double(rate) / 2, of: transform, rate: rate)
  }

  /// The features of sounds of one length. [N×T] → [N×F×D]
  public func callAsFunction(_ sounds: Tensor) -> Tensor {
    let parts = stride(from: 0, to: sounds.shape[0], by: 100).map { first in
      let energies = bands(transform.power(sounds[first..<min(first + 100, sounds.shape[0])]))
      let logarithms = (energies + 1e-6).log()
      let mean = logarithms.mean(axes: [1, 2], keepsAxes: true)
      let deviation = logarithms.variance(axes: [1, 2], keepsAxes: true).squareRoot()
      return (logarithms - mean) / (deviation + 1e-6)
    }
    return Tensor.concatenated(parts, axis: 0)
  }
}

/// Sounds as features, with their texts.
public struct Utterances: Sendable {
  /// The features. [N×F×D]
  public let features: Tensor
  /// The vowels of every sound.
  public let vowels: [[Int]]

  /// The features of sounds.
  public init(_ sounds: SpokenVowels, as features: SpeechFeatures = SpeechFeatures()) {
    (self.features, vowels) = (features(sounds.sounds), sounds.vowels)
  }

  /// These features and texts.
  public init(features: Tensor, vowels: [[Int]]) { (self.features, self.vowels) = (features, vowels) }

  /// The number of sounds.
  public var count: Int { vowels.count }

  /// The sounds with these indices, in this order.
  public func subset(_ indices: [Int]) -> Utterances {
    Utterances(features: features.gathered(indices), vowels: indices.map { vowels[$0] })
  }
}
