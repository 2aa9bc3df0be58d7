// § 4.4.4  ResNet: residual blocks

import Foundations
import Regularization
import Tensors

/// A block of a residual network: it changes the number of channels and, by its stride, the size of the maps.
public protocol ShortcutBlock: Module where Input == Tensor, Output == Tensor {
  /// The number of output channels for each channel of its 3×3 convolution.
  static var expansion: Int { get }
}

/// A convolution without bias, and batch normalization, which has its own bias: BN(K ∗ x). § 4.4.4
///
/// Filters are drawn from N(0, 2 / (C_out k²)): He et al. (2015).
public struct NormalizedConvolution: Module {
  /// The filters.
  public var convolution: Convolution
  /// The normalization of their maps to mean 0 and variance 1.
  public var normalization: BatchNormalization

  /// `outputs` filters of odd size k × k; at stride 1 the maps keep their size.
  public init(_ inputs: Int, _ outputs: Int, kernel k: Int, stride: Int = 1, random: RandomSource) {
    convolution = .unbiased(inputs, outputs, kernel: k, stride: stride, random: random)
    normalization = BatchNormalization(features: outputs)
  }

  /// Filters and normalization.
  public static var parameters: [PartialKeyPath<NormalizedConvolution>] { [\.convolution, \.normalization] }

  /// The normalized maps. [N×C_in×H×W] → [N×C_out×⌈H/s⌉×⌈W/s⌉]
  public func callAsFunction(_ x: Tensor) -> Tensor { normalization(convolution(x)) }

  /// The normalized maps with an activation function after them.
  public func callAsFunction(_ x: Tensor, then activation: Activation) -> Tensor {
    normalization(convolution(x), then: activation)
  }
}

/// The residual block: y = F(x, {Wᵢ}) + x, where F is Conv-BN-ReLU-Conv-BN, and a ReLU after the sum. (4.7)
///
/// Where shapes change, x is projected by a strided 1×1 convolution: y = F(x, {Wᵢ}) + W_s x. He, Zhang, Ren and Sun
/// (2016)
public struct ResidualBlock: ShortcutBlock {
  /// The first 3×3 convolution, which has the stride.
  public var convolution1: Convolution
  /// The normalization after it.
  public var normalization1: BatchNormalization
  /// The second 3×3 convolution.
  public var convolution2: Convolution
  /// The normalization after it.
  public var normalization2: BatchNormalization
  /// The projection W_s where shapes change, and otherwise nil.
  public var shortcut: NormalizedConvolution?
  /// Whether x is added. Without its shortcut the block is two layers of a plain network.
  public let isResidual: Bool

  /// A block from `inputs` to `outputs` channels that divides height and width by the stride.
  public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, isResidual: Bool = true, random: RandomSource) {
    convolution1 = .unbiased(inputs, outputs, kernel: 3, stride: stride, random: random)
    normalization1 = BatchNormalization(features: outputs)
    convolution2 = .unbiased(outputs, outputs, kernel: 3, random: random)
    normalization2 = BatchNormalization(features: outputs)
    let changesShape = inputs != outputs || stride != 1
    let projection = NormalizedConvolution(inputs, outputs, kernel: 1, stride: stride, random: random)
    shortcut = isResidual && changesShape ? projection : nil
    self.isResidual = isResidual
  }

  /// Both convolutions with their normalizations, and the projection.
  public static var parameters: [PartialKeyPath<ResidualBlock>] {
    [\.convolution1, \.normalization1, \.convolution2, \.normalization2, \.shortcut]
  }
  /// One.
  public static var expansion: Int { 1 }

  /// F(x, {Wᵢ}) = BN(W₂ ∗ ReLU(BN(W₁ ∗ x))). (4.7)
  public func residual(_ x: Tensor) -> Tensor {
    normalization2(convolution2(normalization1(convolution1(x), then: .relu)))
  }

  /// y = F(x, {Wᵢ}) + x, with x projected where shapes change; F alone in a plain block. (4.7)
  public func sum(_ x: Tensor) -> Tensor {
    isResidual ? residual(x) + (shortcut?(x) ?? x) : residual(x)
  }

  /// ReLU(y). [N×C_in×H×W] → [N×C_out×⌈H/s⌉×⌈W/s⌉]
  public func callAsFunction(_ x: Tensor) -> Tensor { sum(x).activated(by: .relu) }
}

extension Convolution {
  /// Filters of odd size k × k without bias, drawn from N(0, 2 / (C_out k²)); with stride 1 they keep the maps' size.
  static func unbiased(_ inputs: Int, _ outputs: Int, kernel k: Int, stride: Int = 1, random: RandomSource) -> Self {
    var layer = Convolution(
      inputs, outputs, kernel: k, stride: stride, padding: k / 2, hasBias: false, random: random.split())
    let deviation = (2 / Double(outputs * k * k)).squareRoot()
    layer.weight = random.normal([outputs, inputs, k, k], standardDeviation: deviation)
    return layer
  }
}
