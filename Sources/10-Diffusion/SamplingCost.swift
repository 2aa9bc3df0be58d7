// § 10.10  What a sample costs

import CNN
import Foundations
import Tensors

/// A network whose multiplications can be counted. § 10.10
public protocol CountedNetwork {
  /// The multiplications of one evaluation for one example, without those of normalizations and activations.
  var multiplications: Int { get }
}

extension MLP: CountedNetwork {
  /// Σ n_ℓ₋₁ n_ℓ.
  public var multiplications: Int { layers.map(\.weight.count).reduce(0, +) }
}

extension TimedNetwork: CountedNetwork {
  /// The sum over its layers.
  public var multiplications: Int { network.multiplications }
}

extension UNet {
  /// The multiplications of one evaluation for an image of side × side pixels. A weight of a convolution is used once
  /// for each pixel of its output, a weight of a transposed one once for each pixel of its input. § 10.10
  public func multiplications(side: Int) -> Int {
    let (top, middle, low) = (side * side, side * side / 4, side * side / 16)
    let convolutions = [(stem, top), (output, top)].map { ($0.0?.weight.count ?? 0) * $0.1 }
    let blocks = [(down1, top), (down2, middle), (bottom, low), (up2, middle), (up1, top)].map { block, pixels in
      let kernels = [block.convolution1, block.convolution2, block.projection].compactMap { $0?.weight.count }
      return kernels.reduce(0, +) * pixels + block.time.weight.count
    }
    let expansions = widen2.weight.count * low + widen1.weight.count * middle
    return (convolutions + blocks).reduce(0, +) + expansions + time.weight.count
  }
}

/// What a sampler costs for one sample. § 10.10
public struct SamplingCost: Sendable, Equatable {
  /// The evaluations of the network.
  public let calls: Int
  /// The floating-point operations of an evaluation: two for each multiplication, which is followed by an addition.
  public let operationsPerCall: Int
  /// Those of what is done once for each sample, such as a decoder.
  public let otherOperations: Int

  /// The cost of the given numbers of evaluations, of multiplications in each, and of other multiplications.
  public init(calls: Int, multiplications: Int, others: Int = 0) {
    (self.calls, operationsPerCall, otherOperations) = (calls, 2 * multiplications, 2 * others)
  }

  /// All floating-point operations.
  public var operations: Int { calls * operationsPerCall + otherOperations }
}
