// § 4.4.3  VGG

import Foundations
import Messages
import Regularization
import Tensors

/// VGG-16: thirteen 3×3 convolutions in five stages, the maximum over 2×2 after each, and three linear layers, with
/// 138,357,544 parameters. § 4.4.3
///
/// Every convolution keeps the size of the maps, every pooling halves it, and the channels double up to 512. Simonyan
/// and Zisserman (2015)
public struct VGG16: Module {
  /// The convolutions of the five stages.
  public var stages: [[Convolution]]
  /// The linear layers with their dropout.
  public var classifier: DropoutClassifier

  /// The number of convolutions in each stage.
  public static var depths: [Int] { [2, 2, 3, 3, 3] }

  /// The network with random weights for square images of this side, a multiple of 32; the paper's numbers are 64, 4096
  /// and 224.
  public init(classes: Int = 1000, width: Int = 64, hidden: Int = 4096, side: Int = 224, random: RandomSource) {
    require(
      side >= 32 && side.isMultiple(of: 32),
      "cannot halve images of \(side)×\(side) five times: a multiple of 32 is needed")
    var channels = 3
    stages = Self.depths.enumerated().map { stage, depth in
      (0..<depth).map { _ in
        defer { channels = width << min(stage, 3) }
        return Convolution(channels, width << min(stage, 3), kernel: 3, padding: 1, random: random)
      }
    }
    classifier = DropoutClassifier([channels * (side / 32) * (side / 32), hidden, hidden, classes], random: random)
  }

  /// Convolutions and classifier.
  public static var parameters: [PartialKeyPath<VGG16>] { [\.stages, \.classifier] }

  /// The maps after each stage with its pooling. [N×3×224×224] → …, [N×512×7×7]
  public func maps(_ x: Tensor) -> [Tensor] {
    stages.reduce(into: [x]) { maps, stage in
      let h = stage.reduce(maps[maps.count - 1]) { h, layer in layer(h).activated(by: .relu) }
      maps.append(h.maxPooled2D(window: 2))
    }
  }

  /// The logits. [N×3×224×224] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor { classifier(maps(x)[5]) }
}
