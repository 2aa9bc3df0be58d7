// § 4.4.2  AlexNet

import Foundations
import Messages
import Regularization
import Tensors

/// Local response normalization across channels: b_c = a_c / (k + α Σ a_j²)^β, over the n channels j around c. § 4.4.2
///
/// Krizhevsky, Sutskever and Hinton (2012). PyTorch's layer divides α by n. [N×C×H×W] → [N×C×H×W]
public func localResponseNormalized(
  _ a: Tensor, size n: Int = 5, alpha α: Double = 1e-4, beta β: Double = 0.75, k: Double = 2
) -> Tensor {
  require(
    a.rank == 4 && n >= 1 && !n.isMultiple(of: 2),
    "cannot normalize \(a.shape) over \(n) neighbouring channels: [N×C×H×W] and an odd number are needed")
  let C = a.shape[1]
  let squares = a.squared().padded(axis: 1, before: n / 2, after: n / 2)
  let sum = (1..<n).reduce(squares.sliced(0..<C, axis: 1)) { $0 + squares.sliced($1..<$1 + C, axis: 1) }
  return a / (k + α * sum).power(β)
}

/// The end of AlexNet and of VGG: three linear layers, with ReLU and dropout after the first two. § 4.4.2
public struct DropoutClassifier: Module {
  /// The linear layers.
  public var linears: [Linear]
  /// The dropout after the first two.
  public var dropouts: [Dropout]

  /// A classifier of these widths: inputs, hidden, hidden, classes.
  public init(_ widths: [Int], dropout p: Double = 0.5, random: RandomSource) {
    require(widths.count == 4, "cannot make three linear layers of widths \(widths): four numbers are needed")
    linears = zip(widths, widths.dropFirst()).map { Linear($0, $1, random: random) }
    dropouts = (0..<2).map { _ in Dropout(probability: p, random: random) }
  }

  /// The linear layers, and the dropouts, which have noise but no parameters.
  public static var parameters: [PartialKeyPath<DropoutClassifier>] { [\.linears, \.dropouts] }

  /// The logits. Maps are flattened first. [N×…] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let h = zip(linears, dropouts).reduce(x.flattened(from: 1)) { h, layer in layer.1(layer.0(h).activated(by: .relu)) }
    return linears[2](h)
  }
}

/// AlexNet of 2012: five convolutions, three of them in two groups, and three linear layers; 60,965,224 parameters.
/// § 4.4.2
///
/// The groups ran on two GPUs. A ReLU follows every layer but the last, local response normalization the first two
/// convolutions. Poolings take the maximum over overlapping 3×3 windows with stride 2, and the classifier has dropout.
/// Krizhevsky, Sutskever and Hinton (2012)
public struct AlexNet: Module {
  /// The five convolutions.
  public var convolutions: [Convolution]
  /// The linear layers with their dropout.
  public var classifier: DropoutClassifier

  /// The network with random weights; smaller numbers than the paper's 96 channels and 4096 units make it narrower.
  public init(classes: Int = 1000, width w: Int = 96, hidden: Int = 4096, random: RandomSource) {
    require(
      w >= 12 && w.isMultiple(of: 12),
      "cannot make AlexNet with \(w) channels in its first layer: a multiple of 12 is needed")
    let (second, third) = (w / 3 * 8, w * 4)  // 256 and 384 for 96
    convolutions = [
      Convolution(3, w, kernel: 11, stride: 4, random: random),
      Convolution(w, second, kernel: 5, padding: 2, groups: 2, random: random),
      Convolution(second, third, kernel: 3, padding: 1, random: random),
      Convolution(third, third, kernel: 3, padding: 1, groups: 2, random: random),
      Convolution(third, second, kernel: 3, padding: 1, groups: 2, random: random),
    ]
    classifier = DropoutClassifier([second * 36, hidden, hidden, classes], random: random)
  }

  /// Convolutions and classifier.
  public static var parameters: [PartialKeyPath<AlexNet>] { [\.convolutions, \.classifier] }

  /// The maps after each convolution with its normalization and pooling. [N×3×227×227] → …, [N×256×6×6]
  public func maps(_ x: Tensor) -> [Tensor] {
    convolutions.enumerated().reduce(into: [x]) { maps, layer in
      var h = layer.element(maps[maps.count - 1]).activated(by: .relu)
      if layer.offset < 2 { h = localResponseNormalized(h) }
      maps.append([0, 1, 4].contains(layer.offset) ? h.maxPooled2D(window: 3, stride: 2) : h)
    }
  }

  /// The logits. [N×3×227×227] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor { classifier(maps(x)[5]) }
}
