// § 9.9.1  Images with a known likelihood, for decoders that do not need z

import Messages
import Tensors

/// Binary images in which each pixel, row after row, equals the one before it with probability 1 − ρ: a Markov chain. §
/// 9.9.1
///
/// A decoder that sees the pixel before needs nothing else. A decoder of independent pixels needs z for everything.
public struct PersistentPixels: Sendable {
  /// The number of pixels: D.
  public let count: Int
  /// ρ, the probability of a change from one pixel to the next.
  public let change: Double

  /// The distribution of images with this many pixels.
  public init(count: Int = 64, change ρ: Double = 0.1) {
    require(
      count >= 2 && ρ > 0 && ρ < 1,
      "cannot draw \(count) pixels that change with probability \(ρ): at least 2 pixels and a probability between 0 "
        + "and 1 are needed")
    (self.count, change) = (count, ρ)
  }

  /// `examples` images as rows. [N×D]
  public func drawn(_ examples: Int, random: RandomSource) -> Tensor {
    let first = random.bernoulli([examples, 1], probability: 0.5)
    let changes = random.bernoulli([examples, count - 1], probability: change)
    let turns = Tensor.concatenated([first, changes], axis: 1).cumulativeSum(axis: 1)
    return (.pi * turns).cos() .< 0  // 1 after an odd number of changes
  }

  /// log p(x) = log ½ + n log ρ + (D − 1 − n) log (1 − ρ) for n changes, in nats. [N×D] → [N]
  public func logLikelihoods(of x: Tensor) -> Tensor {
    let n = (x[1..<count, axis: 1] - x[0..<count - 1, axis: 1]).abs().sum(axes: [1])
    let logs = Tensor([0.5, change, 1 - change], scalarType: x.scalarType).log()
    return logs[0] + n * logs[1] + (Double(count - 1) - n) * logs[2]
  }
}
