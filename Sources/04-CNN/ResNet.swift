// § 4.4.4  ResNet: the networks

import Foundations
import Messages
import Tensors

/// A residual network for images: a stem, four stages of blocks, the mean over all pixels, and a linear layer. § 4.4.4
///
/// Every stage after the first halves height and width and doubles the channels. Names and order of the parts are those
/// of torchvision. He, Zhang, Ren and Sun (2016)
public struct ResNet<Block: ShortcutBlock>: Module {
  /// The layers before the first stage.
  public enum Stem: Sendable {
    /// A 7×7 convolution with stride 2, then the maximum over 3×3 with stride 2, for images of 224×224: a quarter of
    /// the size.
    case large
    /// A 3×3 convolution that keeps the size, for images of 32×32.
    case small
  }

  /// The convolution and the normalization of the stem.
  public var stem: NormalizedConvolution
  /// The four stages.
  public var layer1, layer2, layer3, layer4: [Block]
  /// The linear layer.
  public var classifier: Linear
  /// The kind of stem.
  public let stemKind: Stem

  /// A network with these numbers of blocks in its stages; `block` makes each from its input channels, width and
  /// stride.
  init(
    blocks: [Int], classes: Int, width: Int, stem kind: Stem, random: RandomSource,
    block: (_ inputs: Int, _ width: Int, _ stride: Int) -> Block
  ) {
    require(
      blocks.count == 4 && blocks.allSatisfy { $0 >= 1 },
      "cannot make a residual network of \(blocks) blocks: four stages of at least one are needed")
    stemKind = kind
    stem = NormalizedConvolution(
      3, width, kernel: kind == .large ? 7 : 3, stride: kind == .large ? 2 : 1, random: random)
    var channels = width
    let stages = blocks.enumerated().map { stage, count in
      (0..<count).map { place in
        let own = width << stage
        defer { channels = Block.expansion * own }
        return block(channels, own, place == 0 && stage > 0 ? 2 : 1)
      }
    }
    (layer1, layer2, layer3, layer4) = (stages[0], stages[1], stages[2], stages[3])
    classifier = Linear(channels, classes, random: random)
  }

  /// Stem, stages, and the linear layer.
  public static var parameters: [PartialKeyPath<ResNet>] {
    [\.stem, \.layer1, \.layer2, \.layer3, \.layer4, \.classifier]
  }

  /// The parts in order: the stem for 0, the stages of blocks for 1 to 4, and mean and linear layer for 5.
  public func stage(_ number: Int, _ x: Tensor) -> Tensor {
    switch number {
    case 0:
      let h = stem(x, then: .relu)
      return stemKind == .large ? h.maxPooled2D(window: 3, stride: 2, padding: 1) : h
    case 5: return classifier(x.globalAveragePooled2D())
    default: return [layer1, layer2, layer3, layer4][number - 1](x)
    }
  }

  /// The maps after the stem and after each of the four stages.
  public func stages(_ x: Tensor) -> [Tensor] {
    (0...4).reduce(into: []) { maps, number in maps.append(stage(number, maps.last ?? x)) }
  }

  /// The mean of every map of the last stage over its pixels, the classifier's input. [N×3×H×W] → [N×C]
  public func features(_ x: Tensor) -> Tensor { stages(x)[4].globalAveragePooled2D() }

  /// The logits. [N×3×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor { classifier(features(x)) }
}

/// ResNet-18: stages of two residual blocks each; 11,689,512 parameters with 1000 classes, 11,181,642 with ten. § 4.4.4
///
/// Stages of 3, 4, 6 and 3 blocks make ResNet-34.
public typealias ResNet18 = ResNet<ResidualBlock>

extension ResNet where Block == ResidualBlock {
  /// The network with random weights; `width` is the number of channels of the first stage.
  public init(
    classes: Int = 1000, width: Int = 64, blocks: [Int] = [2, 2, 2, 2], stem: Stem = .large, random: RandomSource
  ) {
    self.init(blocks: blocks, classes: classes, width: width, stem: stem, random: random) {
      ResidualBlock($0, $1, stride: $2, random: random)
    }
  }
}

/// ResNet-50: stages of 3, 4, 6 and 3 bottleneck blocks; 25,557,032 parameters with 1000 classes. § 4.4.4
///
/// Stages of 3, 4, 23 and 3 blocks make ResNet-101.
public typealias ResNet50 = ResNet<BottleneckBlock>

extension ResNet where Block == BottleneckBlock {
  /// The network with random weights; `width` is the number of channels of the 3×3 convolutions of the first stage.
  public init(
    classes: Int = 1000, width: Int = 64, blocks: [Int] = [3, 4, 6, 3], stem: Stem = .large,
    stride place: BottleneckBlock.Stride = .middle, random: RandomSource
  ) {
    self.init(blocks: blocks, classes: classes, width: width, stem: stem, random: random) {
      BottleneckBlock($0, width: $1, stride: $2, at: place, random: random)
    }
  }
}
