// Exercise 4.2  A residual network for small images

import Foundations
import Messages
import Tensors
import Training

/// A residual network of 6n + 2 layers for images of 32×32. Exercise 4.2.2
///
/// It has a 3×3 convolution, three stages of n blocks with 16, 32 and 64 channels, the mean over all pixels, and a
/// linear layer.
///
/// Eight layers have 78,042 parameters, 20 have 272,474 and 32 have 466,906, projections included. He, Zhang, Ren and
/// Sun (2016)
public struct MiniResNet: Module {
  /// The convolution and the normalization of the stem.
  public var stem: NormalizedConvolution
  /// The blocks of all three stages, two convolutions each.
  public var blocks: [ResidualBlock]
  /// The linear layer.
  public var classifier: Linear

  /// A network with `layers` layers that have weights, not counting projections. Without shortcuts it is a plain
  /// network with the same weights.
  public init(
    layers: Int = 8, classes: Int = 10, width: Int = 16, isResidual: Bool = true, random: RandomSource
  ) {
    require(
      layers >= 8 && (layers - 2).isMultiple(of: 6),
      "cannot make a residual network of \(layers) layers: 6n + 2 are needed, such as 8, 14, 20 or 32")
    stem = NormalizedConvolution(3, width, kernel: 3, random: random)
    var channels = width
    blocks = (0..<3).flatMap { stage in
      (0..<(layers - 2) / 6).map { place in
        let own = width << stage
        defer { channels = own }
        return ResidualBlock(
          channels, own, stride: place == 0 && stage > 0 ? 2 : 1, isResidual: isResidual, random: random)
      }
    }
    classifier = Linear(channels, classes, random: random)
  }

  /// Stem, blocks and linear layer.
  public static var parameters: [PartialKeyPath<MiniResNet>] { [\.stem, \.blocks, \.classifier] }

  /// The logits. [N×3×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    classifier(blocks(stem(x, then: .relu)).globalAveragePooled2D())
  }
}

/// An optimizer that records the gradient norms of all filters larger than 1×1 before each of its steps. Exercise 4.2.4
public struct GradientRecorder<Base: Optimizer>: Optimizer {
  /// The optimizer that takes the steps.
  public var base: Base
  /// The norms ‖∂L/∂K‖ for each step and each convolution, in the order of the model's parameters, without projections.
  public private(set) var norms: [[Double]] = []

  /// The optimizer, with nothing recorded yet.
  public init(_ base: Base) { self.base = base }

  /// The optimizer's learning rate.
  public var learningRate: Double {
    get { base.learningRate }
    set { base.learningRate = newValue }
  }

  /// The optimizer's step.
  public mutating func move<M: Parameterized>(_ model: inout M, along gradient: M) {
    norms.append(
      gradient.parameters.filter { $0.rank == 4 && $0.shape[2] > 1 }.map { $0.norm().item })
    base.move(&model, along: gradient)
  }
}
