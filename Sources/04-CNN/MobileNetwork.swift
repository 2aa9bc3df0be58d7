// § 4.9  A network of separable convolutions

import Foundations
import Regularization
import Tensors

/// The plan of a network of separable convolutions, for counting it before it is built. § 4.9
public struct MobileNetworkPlan: Sendable {
  /// The filters of the first, standard convolution, and its stride.
  public var stem: (channels: Int, stride: Int)
  /// The filters and the stride of each separable convolution.
  public var blocks: [(channels: Int, stride: Int)]
  /// The number of classes.
  public var classes: Int

  /// The plan of a network with these convolutions.
  public init(stem: (channels: Int, stride: Int), blocks: [(channels: Int, stride: Int)], classes: Int) {
    (self.stem, self.blocks, self.classes) = (stem, blocks, classes)
  }

  /// MobileNet by Howard et al. (2017), for images of 224 × 224: 13 separable convolutions.
  public static var mobileNet: MobileNetworkPlan {
    let strides = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2)] + Array(repeating: (512, 1), count: 5)
    let blocks = (strides + [(1_024, 2), (1_024, 1)]).map { (channels: $0.0, stride: $0.1) }
    return MobileNetworkPlan(stem: (32, 2), blocks: blocks, classes: 1_000)
  }

  /// A small network that trains in seconds on images of 32 × 32.
  public static var small: MobileNetworkPlan {
    MobileNetworkPlan(stem: (16, 1), blocks: [(32, 2), (64, 2), (64, 1), (128, 2)], classes: 10)
  }

  /// The number of parameters: weights of the convolutions, γ and β of the normalizations, and the linear layer, for
  /// separable or for standard convolutions.
  public func parameterCount(separable: Bool = true) -> Int {
    var (count, C_in) = (stem.channels * 27 + 2 * stem.channels, stem.channels)
    for (C_out, _) in blocks {
      count +=
        separable ? 9 * C_in + 2 * C_in + C_in * C_out + 2 * C_out : 9 * C_in * C_out + 2 * C_out
      C_in = C_out
    }
    return count + (C_in + 1) * classes
  }

  /// The multiplications in convolutions and in the linear layer, for square images.
  public func multiplications(size: Int, separable: Bool = true) -> Int {
    var (side, C_in) = ((size - 1) / stem.stride + 1, stem.channels)
    var count = side * side * MultiplicationsPerPosition.standard(inputs: 3, outputs: C_in, kernel: 3)
    for (C_out, stride) in blocks {
      side = (side - 1) / stride + 1
      let count1 = MultiplicationsPerPosition.separable(inputs: C_in, outputs: C_out, kernel: 3)
      let count2 = MultiplicationsPerPosition.standard(inputs: C_in, outputs: C_out, kernel: 3)
      count += side * side * (separable ? count1 : count2)
      C_in = C_out
    }
    return count + C_in * classes
  }
}

/// Depthwise and pointwise convolution, each with batch normalization and ReLU after it. § 4.9
public struct SeparableBlock: Module {
  /// The two convolutions, without biases.
  public var convolution: SeparableConvolution
  /// The normalizations after them.
  public var inner, outer: BatchNormalization

  /// The block of 3 × 3 filters for images of `inputs` channels.
  public init(_ inputs: Int, _ outputs: Int, stride: Int = 1, random: RandomSource) {
    convolution = SeparableConvolution(
      inputs, outputs, kernel: 3, stride: stride, padding: 1, hasBias: false, random: random)
    (inner, outer) = (BatchNormalization(features: inputs), BatchNormalization(features: outputs))
  }

  /// The convolutions and the normalizations.
  public static var parameters: [PartialKeyPath<SeparableBlock>] { [\.convolution, \.inner, \.outer] }

  /// ReLU(BN(pointwise(ReLU(BN(depthwise(x)))))). [N×C_in×H×W] → [N×C_out×H'×W']
  public func callAsFunction(_ x: Tensor) -> Tensor {
    outer(convolution.pointwise(inner(convolution.depthwise(x), then: .relu)), then: .relu)
  }
}

/// MobileNet: a standard convolution, separable ones, the mean over all pixels, and a linear layer. § 4.9
public struct MobileNetwork: Module {
  /// The first convolution.
  public var stem: Convolution
  /// Its normalization.
  public var normalization: BatchNormalization
  /// The separable convolutions.
  public var blocks: [SeparableBlock]
  /// The linear layer to the logits.
  public var head: Linear

  /// The network of a plan.
  public init(_ plan: MobileNetworkPlan, random: RandomSource) {
    let widths = [plan.stem.channels] + plan.blocks.map(\.channels)
    stem = Convolution(
      3, widths[0], kernel: 3, stride: plan.stem.stride, padding: 1, hasBias: false, random: random)
    normalization = BatchNormalization(features: widths[0])
    blocks = plan.blocks.indices.map {
      SeparableBlock(widths[$0], widths[$0 + 1], stride: plan.blocks[$0].stride, random: random)
    }
    head = Linear(widths[widths.count - 1], plan.classes, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<MobileNetwork>] { [\.stem, \.normalization, \.blocks, \.head] }

  /// The logits. [N×3×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let h = blocks(normalization(stem(x), then: .relu))
    return head(h.globalAveragePooled2D().flattened(from: 1))
  }
}
