// § 4.4.4  ResNet: the block of deep networks

import Regularization
import Tensors

/// The bottleneck block: y = F(x, {Wᵢ}) + x, where F is Conv1×1-BN-ReLU-Conv3×3-BN-ReLU-Conv1×1-BN, and a ReLU after
/// the sum. (4.7)
///
/// The first convolution reduces the channels that the 3×3 convolution sees, and the last returns four times as many.
/// He, Zhang, Ren and Sun (2016); Fleuret, *The Little Book of Deep Learning* (2023), 5.2
public struct BottleneckBlock: ShortcutBlock {
  /// Which convolution has the stride in a block that makes maps smaller.
  public enum Stride: Sendable {
    /// The first, as in the paper: it skips three of four pixels.
    case first
    /// The 3×3 convolution, which sees all pixels; torchvision calls that version 1.5.
    case middle
  }

  /// The 1×1 convolution that reduces the channels.
  public var convolution1: Convolution
  /// The normalization after it.
  public var normalization1: BatchNormalization
  /// The 3×3 convolution.
  public var convolution2: Convolution
  /// The normalization after it.
  public var normalization2: BatchNormalization
  /// The 1×1 convolution that restores the channels.
  public var convolution3: Convolution
  /// The normalization after it.
  public var normalization3: BatchNormalization
  /// The projection where shapes change, and otherwise nil.
  public var shortcut: NormalizedConvolution?

  /// A block from `inputs` channels through `width` to 4 · `width` that divides height and width by the stride.
  public init(_ inputs: Int, width: Int, stride: Int = 1, at place: Stride = .middle, random: RandomSource) {
    let outputs = Self.expansion * width
    let (first, middle) = place == .first ? (stride, 1) : (1, stride)
    convolution1 = .unbiased(inputs, width, kernel: 1, stride: first, random: random)
    normalization1 = BatchNormalization(features: width)
    convolution2 = .unbiased(width, width, kernel: 3, stride: middle, random: random)
    normalization2 = BatchNormalization(features: width)
    convolution3 = .unbiased(width, outputs, kernel: 1, random: random)
    normalization3 = BatchNormalization(features: outputs)
    let projection = NormalizedConvolution(inputs, outputs, kernel: 1, stride: stride, random: random)
    shortcut = inputs != outputs || stride != 1 ? projection : nil
  }

  /// The three convolutions with their normalizations, and the projection.
  public static var parameters: [PartialKeyPath<BottleneckBlock>] {
    [
      \.convolution1, \.normalization1, \.convolution2, \.normalization2, \.convolution3, \.normalization3, \.shortcut,
    ]
  }
  /// Four.
  public static var expansion: Int { 4 }

  /// F(x, {Wᵢ}) = BN(W₃ ∗ ReLU(BN(W₂ ∗ ReLU(BN(W₁ ∗ x))))). (4.7)
  public func residual(_ x: Tensor) -> Tensor {
    let h = normalization2(convolution2(normalization1(convolution1(x), then: .relu)), then: .relu)
    return normalization3(convolution3(h))
  }

  /// ReLU(F(x, {Wᵢ}) + x), with x projected where shapes change. [N×C_in×H×W] → [N×4 width×⌈H/s⌉×⌈W/s⌉]
  public func callAsFunction(_ x: Tensor) -> Tensor { (residual(x) + (shortcut?(x) ?? x)).activated(by: .relu) }
}
