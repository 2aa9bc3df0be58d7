// § 4.10  EfficientNet: the inverted residual block, and the network

import Foundations
import Regularization
import Tensors

/// Squeeze and excitation: every channel is multiplied by a factor in (0, 1) that depends on the means of all channels.
/// § 4.10
///
/// Hu, Shen and Sun (2018): s = σ(W₂ SiLU(W₁ mean(x) + b₁) + b₂), with SiLU as in EfficientNet.
public struct SqueezeAndExcitation: Module {
  /// The linear layers from C channels to a few, and back.
  public var squeeze, excitation: Linear

  /// The layer for C channels, with `hidden` numbers in between.
  public init(channels C: Int, hidden: Int, random: RandomSource) {
    squeeze = Linear(C, hidden, random: random)
    excitation = Linear(hidden, C, random: random)
  }

  /// The two linear layers.
  public static var parameters: [PartialKeyPath<SqueezeAndExcitation>] { [\.squeeze, \.excitation] }

  /// s ⊙ x. [N×C×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let means = x.mean(axes: [2, 3])  // [N×C]
    let s = excitation(squeeze(means).activated(by: .silu)).sigmoid()
    return x * s.expanded(axis: 2).expanded(axis: 3)
  }
}

/// The inverted residual block of EfficientNet, MBConv: wide inside, narrow at its ends, depthwise in the middle.
/// § 4.10
///
/// Sandler et al. (2018), "MobileNetV2", with squeeze and excitation: 1 × 1 to e C channels, k × k depthwise, 1 × 1 to
/// C_out, each normalized, SiLU after the first two; x is added where input and output have the same shape.
public struct InvertedResidual: Module {
  /// The convolution that adds channels, unless the expansion is 1.
  public var expansion: Convolution?
  /// Its normalization.
  public var expansionNormalization: BatchNormalization?
  /// The filter of every channel.
  public var depthwise: Convolution
  /// Its normalization.
  public var depthwiseNormalization: BatchNormalization
  /// The weighting of the channels.
  public var attention: SqueezeAndExcitation
  /// The convolution that removes channels.
  public var projection: Convolution
  /// Its normalization.
  public var projectionNormalization: BatchNormalization

  /// A block for images of `inputs` channels.
  public init(
    _ inputs: Int, _ outputs: Int, kernel k: Int, expansion e: Int, stride: Int = 1, random: RandomSource
  ) {
    let wide = inputs * e
    expansion = e == 1 ? nil : Convolution(inputs, wide, kernel: 1, hasBias: false, random: random)
    expansionNormalization = e == 1 ? nil : BatchNormalization(features: wide)
    depthwise = Convolution(
      wide, wide, kernel: k, stride: stride, padding: k / 2, groups: wide, hasBias: false, random: random)
    depthwiseNormalization = BatchNormalization(features: wide)
    attention = SqueezeAndExcitation(channels: wide, hidden: max(1, inputs / 4), random: random)
    projection = Convolution(wide, outputs, kernel: 1, hasBias: false, random: random)
    projectionNormalization = BatchNormalization(features: outputs)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<InvertedResidual>] {
    [
      \.expansion, \.expansionNormalization, \.depthwise, \.depthwiseNormalization, \.attention, \.projection,
      \.projectionNormalization,
    ]
  }

  /// The block's output, with x added where the shapes allow it. [N×C_in×H×W] → [N×C_out×H'×W']
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var h = x
    if let expansion, let expansionNormalization { h = expansionNormalization(expansion(x), then: .silu) }
    h = attention(depthwiseNormalization(depthwise(h), then: .silu))
    h = projectionNormalization(projection(h))
    return h.shape == x.shape && depthwise.stride == 1 ? x + h : h
  }
}

/// An EfficientNet: a convolution, stages of inverted residual blocks, a 1 × 1 convolution, the mean over all pixels, a
/// linear layer. § 4.10
public struct EfficientNet: Module {
  /// The first convolution and the last.
  public var stem, top: Convolution
  /// Their normalizations.
  public var stemNormalization, topNormalization: BatchNormalization
  /// The blocks of all stages.
  public var blocks: [InvertedResidual]
  /// The linear layer to the logits.
  public var head: Linear

  /// The network of a plan.
  public init(_ plan: EfficientNetPlan, random: RandomSource) {
    var C = plan.stem.channels
    stem = Convolution(3, C, kernel: 3, stride: plan.stem.stride, padding: 1, hasBias: false, random: random)
    stemNormalization = BatchNormalization(features: C)
    blocks = []
    for stage in plan.stages {
      for place in 0..<stage.blocks {
        blocks.append(
          InvertedResidual(
            C, stage.channels, kernel: stage.kernel, expansion: stage.expansion,
            stride: place == 0 ? stage.stride : 1, random: random))
        C = stage.channels
      }
    }
    top = Convolution(C, plan.headChannels, kernel: 1, hasBias: false, random: random)
    topNormalization = BatchNormalization(features: plan.headChannels)
    head = Linear(plan.headChannels, plan.classes, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<EfficientNet>] {
    [\.stem, \.stemNormalization, \.blocks, \.top, \.topNormalization, \.head]
  }

  /// The logits. [N×3×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let h = blocks(stemNormalization(stem(x), then: .silu))
    return head(topNormalization(top(h), then: .silu).mean(axes: [2, 3]))
  }
}

extension EfficientNetPlan {
  /// The numbers of parameters and of multiplications for one image, computed without building the network. § 4.10
  ///
  /// B0 has 5,288,548 parameters and takes 385,814,752 multiplications.
  public var size: (parameters: Int, multiplications: Int) {
    var (C, side) = (stem.channels, (resolution - 1) / stem.stride + 1)
    var (parameters, multiplications) = (29 * C, 27 * C * side * side)
    for stage in stages {
      for place in 0..<stage.blocks {
        let (wide, squeezed, k2) = (C * stage.expansion, max(1, C / 4), stage.kernel * stage.kernel)
        if stage.expansion > 1 {
          parameters += (C + 2) * wide
          multiplications += C * wide * side * side
        }
        if place == 0 { side = (side - 1) / stage.stride + 1 }
        parameters += (k2 + 2) * wide + 2 * wide * squeezed + wide + squeezed + (wide + 2) * stage.channels
        multiplications += (k2 * wide + wide * stage.channels) * side * side + 2 * wide * squeezed
        C = stage.channels
      }
    }
    parameters += (C + 2) * headChannels + (headChannels + 1) * classes
    multiplications += C * headChannels * side * side + headChannels * classes
    return (parameters, multiplications)
  }
}
