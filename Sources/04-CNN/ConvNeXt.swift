// § 4.10  ConvNeXt

import Foundations
import Messages
import Regularization
import Tensors

/// The block of ConvNeXt: y = x + γ ⊙ W₂ GELU(W₁ LN(depthwise₇ₓ₇(x))), with W₁ to 4 C channels and W₂ back. § 4.10
///
/// Liu et al. (2022), "A ConvNet for the 2020s". One activation and one normalization, over the channels of each pixel,
/// where a block of ResNet has three of each. It has 8 C² + 58 C parameters.
public struct ConvNeXtBlock: Module {
  /// A 7 × 7 filter for every channel. [C × 1 × 7 × 7]
  public var depthwise: Convolution
  /// The normalization of every pixel over its channels.
  public var normalization: LayerNormalization
  /// The 1 × 1 convolutions W₁ and W₂, as linear layers of every pixel. [4C × C] and [C × 4C]
  public var widening, narrowing: Linear
  /// The factors γ of the branch, small at first: the layer scale. [C]
  public var layerScale: Tensor

  /// The block for C channels; γ begins with `layerScale` everywhere.
  public init(channels C: Int, layerScale: Double = 1e-6, random: RandomSource) {
    depthwise = Convolution(C, C, kernel: 7, padding: 3, groups: C, random: random)
    normalization = LayerNormalization(features: C, epsilon: 1e-6)
    widening = Linear(C, 4 * C, random: random)
    narrowing = Linear(4 * C, C, random: random)
    self.layerScale = Tensor(repeating: layerScale, [C])
  }

  /// All layers, and the layer scale.
  public static var parameters: [PartialKeyPath<ConvNeXtBlock>] {
    [\.depthwise, \.normalization, \.widening, \.narrowing, \.layerScale]
  }

  /// The block's output. [N×C×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let h = normalization(depthwise(x).permuted([0, 2, 3, 1]))  // [N×H×W×C]
    let branch = layerScale * narrowing(widening(h).activated(by: .gelu))
    return x + branch.permuted([0, 3, 1, 2])  // [N×C×H×W]
  }

  /// The number of parameters of a block of C channels: 50 C + 2 C + (4 C² + 4 C) + (4 C² + C) + C = 8 C² + 58 C.
  /// § 4.10
  public static func parameterCount(channels C: Int) -> Int { 8 * C * C + 58 * C }

  /// The multiplications of a block for one pixel: 49 C + 8 C², without layer scale and normalization. § 4.10
  public static func multiplicationsPerPixel(channels C: Int) -> Int { 49 * C + 8 * C * C }
}

/// The layer between two stages of ConvNeXt: pixels normalized over their channels, then a 2 × 2 convolution with
/// stride 2. § 4.10
public struct ConvNeXtDownsampling: Module {
  /// The normalization of every pixel over its channels.
  public var normalization: LayerNormalization
  /// The convolution.
  public var convolution: Convolution

  /// The layer from `inputs` channels to `outputs`.
  public init(_ inputs: Int, _ outputs: Int, random: RandomSource) {
    normalization = LayerNormalization(features: inputs, epsilon: 1e-6)
    convolution = Convolution(inputs, outputs, kernel: 2, stride: 2, random: random)
  }

  /// Normalization and convolution.
  public static var parameters: [PartialKeyPath<ConvNeXtDownsampling>] { [\.normalization, \.convolution] }

  /// [N×C×H×W] → [N×C'×H/2×W/2]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    convolution(normalization(x.permuted([0, 2, 3, 1])).permuted([0, 3, 1, 2]))
  }
}

/// A ConvNeXt: the image in patches, stages of blocks with downsampling between them, the mean over all pixels, a
/// linear layer. § 4.10
///
/// Depths (3, 3, 9, 3) and widths (96, 192, 384, 768) with patches of 4 × 4 are ConvNeXt-T, of 28,589,128 parameters.
public struct ConvNeXt: Module {
  /// The convolution that makes patches; its stride is its size.
  public var patches: Convolution
  /// Its normalization.
  public var patchNormalization: LayerNormalization
  /// The blocks of each stage.
  public var stages: [[ConvNeXtBlock]]
  /// The downsampling before every stage but the first.
  public var downsampling: [ConvNeXtDownsampling]
  /// The last normalization.
  public var normalization: LayerNormalization
  /// The linear layer to the logits.
  public var head: Linear

  /// The network of stages with these numbers of blocks and channels.
  public init(
    depths: [Int], widths: [Int], patch: Int = 4, classes: Int, layerScale: Double = 1e-6, random: RandomSource
  ) {
    require(
      !depths.isEmpty && depths.count == widths.count,
      "cannot make a ConvNeXt of depths \(depths) and widths \(widths): one width is needed for every stage")
    patches = Convolution(3, widths[0], kernel: patch, stride: patch, random: random)
    patchNormalization = LayerNormalization(features: widths[0], epsilon: 1e-6)
    stages = zip(depths, widths).map { depth, C in
      (0..<depth).map { _ in ConvNeXtBlock(channels: C, layerScale: layerScale, random: random) }
    }
    downsampling = zip(widths, widths.dropFirst()).map { ConvNeXtDownsampling($0, $1, random: random) }
    normalization = LayerNormalization(features: widths[widths.count - 1], epsilon: 1e-6)
    head = Linear(widths[widths.count - 1], classes, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<ConvNeXt>] {
    [\.patches, \.patchNormalization, \.stages, \.downsampling, \.normalization, \.head]
  }

  /// The logits. [N×3×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var h = patchNormalization(patches(x).permuted([0, 2, 3, 1])).permuted([0, 3, 1, 2])
    for (place, blocks) in stages.enumerated() {
      if place > 0 { h = downsampling[place - 1](h) }
      h = blocks(h)
    }
    return head(normalization(h.mean(axes: [2, 3])))
  }

  /// The number of parameters of such a network, computed without building it. § 4.10
  public static func parameterCount(depths: [Int], widths: [Int], patch: Int = 4, classes: Int) -> Int {
    let blocks = zip(depths, widths).reduce(0) { $0 + $1.0 * ConvNeXtBlock.parameterCount(channels: $1.1) }
    let downsampling = zip(widths, widths.dropFirst()).reduce(0) { $0 + 2 * $1.0 + (4 * $1.0 + 1) * $1.1 }
    let (first, last) = (widths.first ?? 0, widths.last ?? 0)
    return (3 * patch * patch + 1) * first + 2 * first + blocks + downsampling + 2 * last + (last + 1) * classes
  }
}
