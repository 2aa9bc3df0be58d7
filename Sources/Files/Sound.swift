// Sounds, as samples.

import Messages
import Tensors

/// A sound: its samples and how many of them make a second.
public struct Sound: Sendable {
  /// The samples, from −1 to 1, one row for each channel. [C×T]
  public let samples: Tensor
  /// The number of samples per second.
  public let rate: Int

  /// A sound of one or more channels. [C×T], or [T] for one channel
  public init(_ samples: Tensor, rate: Int) {
    require(
      1...2 ~= samples.rank && samples.shape[0] > 0 && (1...Int(UInt32.max)).contains(rate),
      "cannot make a sound of samples \(samples.shape) at \(rate) per second: [T] or [C×T] and a positive rate are "
        + "needed")
    self.samples = samples.rank == 1 ? samples.expanded(axis: 0) : samples
    self.rate = rate
  }

  /// The number of channels.
  public var channels: Int { samples.shape[0] }
  /// The number of samples in each channel.
  public var count: Int { samples.shape[1] }
  /// The duration in seconds.
  public var seconds: Double { Double(count) / Double(rate) }
  /// The mean of all channels. [T]
  public var mono: Tensor { channels == 1 ? samples[0] : samples.mean(axes: [0]) }
}
