// § 10.5, Listing 10.8a  The parts of the U-Net

import Attention
import CNN
import Foundations
import Messages
import Regularization
import Tensors

/// A residual block with time: group normalization, SiLU and convolution twice, with the embedded time added to every
/// channel in between. Listing 10.8a
public struct TimeBlock: Model {
  /// The two normalizations.
  public var norm1, norm2: GroupNormalization
  /// The two convolutions of 3×3.
  public var convolution1, convolution2: Convolution
  /// The layer from the embedded time to the channels.
  public var time: Linear
  /// The convolution of 1×1 on the shortcut, if the channels change.
  public var projection: Convolution?

  /// A block between these numbers of channels.
  public init(_ inputs: Int, _ outputs: Int, time d: Int, random: RandomSource) {
    norm1 = groupNormalization(channels: inputs)
    convolution1 = Convolution(inputs, outputs, kernel: 3, padding: 1, random: random)
    time = Linear(d, outputs, random: random)
    norm2 = groupNormalization(channels: outputs)
    convolution2 = Convolution(outputs, outputs, kernel: 3, padding: 1, random: random)
    projection = inputs == outputs ? nil : Convolution(inputs, outputs, kernel: 1, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<TimeBlock>] {
    [\.norm1, \.convolution1, \.time, \.norm2, \.convolution2, \.projection]
  }

  /// x: [N×C×H×W]; t: the embedded time [N×d] → [N×C'×H×W]
  public func callAsFunction(_ x: Tensor, time t: Tensor) -> Tensor {
    var h = convolution1(norm1(x, then: .silu))
    h = h + time(t.activated(by: .silu)).expanded(axis: 2).expanded(axis: 3)
    h = convolution2(norm2(h, then: .silu))
    return h + (projection?(x) ?? x)
  }
}

/// Attention between all pixels of a map, added to the map: x + Attention(GroupNorm(x)), without masks and positions.
/// § 10.5
///
/// A 3×3 convolution sees a small window; here each pixel sees all others. The cost grows as (HW)², so it is used only
/// where maps are small. Listing 10.8a has none, though § 10.5 lists it.
public struct MapAttention: Module {
  /// The normalization before the attention.
  public var norm: GroupNormalization
  /// The attention between the H·W vectors of C numbers.
  public var attention: MultiHeadAttention

  /// The attention for maps of C channels.
  public init(channels C: Int, heads: Int = 4, random: RandomSource) {
    norm = groupNormalization(channels: C)
    attention = MultiHeadAttention(C, heads: heads, hasBias: true, random: random)
  }

  /// The normalization and the attention.
  public static var parameters: [PartialKeyPath<MapAttention>] { [\.norm, \.attention] }

  /// [N×C×H×W] → [N×C×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let places = norm(x).flattened(from: 2).transposed  // [N×HW×C]
    return x + attention(places).transposed.reshaped(x.shape)
  }
}

/// Group normalization for these channels: 8 groups as in Listing 10.8a, fewer groups of two channels each if there are
/// fewer than 16 channels, and one group for a single channel.
///
/// A channel alone in its group would lose everything that is constant over the image, including the time that a
/// `TimeBlock` has added.
func groupNormalization(channels C: Int) -> GroupNormalization {
  GroupNormalization(channels: C, groups: min(8, max(1, C / 2)))
}
