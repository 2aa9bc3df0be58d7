// § 4.4.1  LeNet-5

import Foundations
import Messages
import Tensors

/// A network of the LeNet family: (Conv, ReLU, Pool)ⁿ – Flatten – (Linear, ReLU)ᵐ – Linear. § 4.4.1
///
/// LeCun, Bottou, Bengio and Haffner (1998); Lelarge, Vie and Scaman, *Deep Learning*, 4.4
public struct LeNet: Module {
  /// The convolutions.
  public var convolutions: [Convolution]
  /// The linear layers, with a ReLU between them.
  public var classifier: MLP
  /// The window of each pooling, which is also its stride.
  public let windows: [Int]

  /// A network of these parts, a pooling for every convolution.
  public init(convolutions: [Convolution], windows: [Int], classifier: MLP) {
    require(
      convolutions.count == windows.count,
      "cannot pool after \(convolutions.count) convolutions with \(windows.count) windows: one each is needed")
    (self.convolutions, self.windows, self.classifier) = (convolutions, windows, classifier)
  }

  /// Convolutions and linear layers.
  public static var parameters: [PartialKeyPath<LeNet>] { [\.convolutions, \.classifier] }

  /// LeNet-5 with 61,706 parameters, for digits of 28×28, which its first convolution pads to 32×32. § 4.4.1
  ///
  /// The form that is taught today: ReLU and the maximum where the paper has tanh and a trained mean, 16 filters that
  /// each see all 6 maps, and a linear output. The paper has 60,000.
  public static func leNet5(classes: Int = 10, random: RandomSource) -> LeNet {
    LeNet(
      convolutions: [
        Convolution(1, 6, kernel: 5, padding: 2, random: random), Convolution(6, 16, kernel: 5, random: random),
      ],
      windows: [2, 2], classifier: MLP([400, 120, 84, classes], random: random))
  }

  /// A LeNet-like network that reduces 28×28 pixels to 256 numbers, and has one hidden layer of 200.
  ///
  /// Fleuret, *The Little Book of Deep Learning* (2023), 5.2
  public static func leNetLike(classes: Int = 10, random: RandomSource) -> LeNet {
    LeNet(
      convolutions: [Convolution(1, 32, kernel: 5, random: random), Convolution(32, 64, kernel: 5, random: random)],
      windows: [3, 2], classifier: MLP([256, 200, classes], random: random))
  }

  /// The maps after every convolution and every pooling. [N×1×28×28] → …
  public func maps(_ x: Tensor) -> [Tensor] {
    zip(convolutions, windows).reduce(into: [x]) { maps, layer in
      let h = layer.0(maps[maps.count - 1]).activated(by: .relu)
      maps += [h, h.maxPooled2D(window: layer.1)]
    }
  }

  /// The numbers that the classifier sees. [N×1×28×28] → [N×400]
  public func features(_ x: Tensor) -> Tensor { (maps(x).last ?? x).flattened(from: 1) }

  /// The logits. [N×1×28×28] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor { classifier(features(x)) }
}
