// § 10.5, § 10.8  The U-Net of Listing 10.8

import CNN
import Foundations
import Messages
import Tensors

/// The sizes of a U-Net.
public struct UNetSizes: Sendable, Equatable {
  /// The channels of the images.
  public var channels = 1
  /// The channels of the first level; each of the two levels below has twice as many as the one above.
  public var width = 32
  /// The numbers of the time embedding.
  public var time = 128
  /// Whether a convolution widens the image before the first normalization, which would otherwise remove the
  /// brightness of the single channel. § 10.5
  public var hasStem = true

  /// Whether the levels on the way up get the maps of the way down; otherwise they get zeros instead. § 10.5
  public var hasSkips = true
  /// Whether the pixels of the smallest maps attend to each other: 7×7 pixels for images of 28×28. § 10.5
  public var hasAttention = false

  /// The sizes of Listing 10.8, with a stem.
  public init() {}
}

/// The U-Net of Listing 10.8, which predicts the noise in images: two levels down, a bottom, two levels up, with the
/// maps of each level on the way down joined to those on the way up. § 10.5
public struct UNet: Model, NoisePredictor {
  /// The layer after the time embedding.
  public var time: Linear
  /// The convolution before the first block, if there is one.
  public var stem: Convolution?
  /// The blocks on the way down, at the bottom, and on the way up.
  public var down1, down2, bottom, up2, up1: TimeBlock
  /// The attention after the bottom block, if there is one.
  public var attention: MapAttention?
  /// The layers that double the sides.
  public var widen2, widen1: TransposedConvolution
  /// The convolution to the noise.
  public var output: Convolution
  /// The sizes.
  public let sizes: UNetSizes

  /// A new network.
  public init(_ sizes: UNetSizes = UNetSizes(), random: RandomSource) {
    let (C, w, d) = (sizes.channels, sizes.width, sizes.time)
    require(
      C >= 1 && w >= 8 && w.isMultiple(of: 8),
      "cannot make a U-Net of width \(w) for images of \(C) channels: at least one channel and a width that 8 divides "
        + "are needed, because the channels are normalized in 8 groups")
    self.sizes = sizes
    time = Linear(d, d, random: random)
    stem = sizes.hasStem ? Convolution(C, w, kernel: 3, padding: 1, random: random) : nil
    down1 = TimeBlock(sizes.hasStem ? w : C, w, time: d, random: random)
    down2 = TimeBlock(w, 2 * w, time: d, random: random)
    bottom = TimeBlock(2 * w, 4 * w, time: d, random: random)
    attention = sizes.hasAttention ? MapAttention(channels: 4 * w, random: random) : nil
    widen2 = TransposedConvolution(4 * w, 2 * w, kernel: 2, stride: 2, random: random)
    up2 = TimeBlock(4 * w, 2 * w, time: d, random: random)
    widen1 = TransposedConvolution(2 * w, w, kernel: 2, stride: 2, random: random)
    up1 = TimeBlock(2 * w, w, time: d, random: random)
    output = Convolution(w, C, kernel: 1, random: random)
  }

  /// All layers, in the order of Listing 10.8a.
  public static var parameters: [PartialKeyPath<UNet>] {
    [\.time, \.stem, \.down1, \.down2, \.bottom, \.attention, \.widen2, \.up2, \.widen1, \.up1, \.output]
  }

  /// ε_θ(x_t, t). The listing counts steps from 0, so step t of the notes is t − 1 there. x: [N×C×H×W], with sides
  /// divisible by 4
  public func noise(in x: Tensor, at t: [Int]) -> Tensor {
    self(x, time: timeEmbedding(t.map { Double($0 - 1) }, dimension: sizes.time, scalarType: x.scalarType))
  }

  /// The noise for an embedding of time. x: [N×C×H×W]; embedding: [N×d]
  public func callAsFunction(_ x: Tensor, time embedding: Tensor) -> Tensor {
    require(
      x.rank == 4 && x.shape[1] == sizes.channels && x.shape[2].isMultiple(of: 4) && x.shape[3].isMultiple(of: 4)
        && embedding.shape == [x.shape[0], sizes.time],
      "cannot predict the noise in images \(x.shape) with times \(embedding.shape): images "
        + "[N×\(sizes.channels)×H×W] with sides that 4 divides and times [N×\(sizes.time)] are needed")
    let t = time(embedding).activated(by: .silu)
    let e1 = down1(stem?(x) ?? x, time: t)
    let e2 = down2(e1.maxPooled2D(window: 2), time: t)
    let b = bottom(e2.maxPooled2D(window: 2), time: t)
    let d2 = up2(joined(widen2(attention?(b) ?? b), e2), time: t)
    let d1 = up1(joined(widen1(d2), e1), time: t)
    return output(d1)
  }

  /// The maps from below, and those of the way down at the same level. [N×C×H×W], [N×C×H×W] → [N×2C×H×W]
  private func joined(_ lower: Tensor, _ twin: Tensor) -> Tensor {
    .concatenated([lower, sizes.hasSkips ? twin : .zeros(twin.shape, scalarType: twin.scalarType)], axis: 1)
  }
}
