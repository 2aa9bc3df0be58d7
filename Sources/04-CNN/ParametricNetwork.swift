// § 4.8  Ablation: kernels, filters, depth

import Foundations
import Messages
import Regularization
import Tensors

/// The network that Listing 4.8 varies: blocks of a convolution, batch normalization, ReLU and max pooling, then GAP
/// and a linear layer.
///
/// Block i has f · 2^min(i, 2) filters of size k × k. The weights of the linear layer are the importance of each map
/// for each class, see `classActivationMaps`.
public struct ParametricNetwork: Module {
  /// The convolution of every block.
  public var convolutions: [Convolution]
  /// The normalization of every block.
  public var normalizations: [BatchNormalization]
  /// The linear layer.
  public var output: Linear

  /// The network with `blocks` blocks; the first filters may differ in size from the others.
  public init(
    kernel k: Int, filters f: Int, blocks: Int, firstKernel: Int? = nil, classes: Int = 10, random: RandomSource
  ) {
    require(
      k >= 1 && f >= 1 && blocks >= 1,
      "cannot make \(blocks) blocks of \(f) filters of size \(k) × \(k): positive numbers are needed")
    let widths = [3] + (0..<blocks).map { f << min($0, 2) }
    convolutions = (0..<blocks).map { i in
      let size = i == 0 ? firstKernel ?? k : k
      return Convolution(widths[i], widths[i + 1], kernel: size, padding: size / 2, random: random)
    }
    normalizations = widths.dropFirst().map { BatchNormalization(features: $0) }
    output = Linear(widths[blocks], classes, random: random)
  }

  /// Convolutions, normalizations and the linear layer.
  public static var parameters: [PartialKeyPath<ParametricNetwork>] { [\.convolutions, \.normalizations, \.output] }

  /// The logits. [N×3×H×W] → [N×classes]; H and W must be at least 2^blocks.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    head(convolutions.indices.reduce(x) { h, i in block(i, h).maxPooled2D(window: 2) })
  }

  /// The maps of block i before its pooling: ReLU(BN(K * x)).
  public func block(_ i: Int, _ x: Tensor) -> Tensor { normalizations[i](convolutions[i](x), then: .relu) }

  /// The logits for the maps after the last block. [N×C×h×w] → [N×classes]
  public func head(_ maps: Tensor) -> Tensor { output(maps.globalAveragePooled2D()) }
}

/// One of the networks that Listing 4.8 compares.
public struct AblatedNetwork: Sendable {
  /// Size of the kernels, filters of the first block, number of blocks.
  public let kernel, filters, blocks: Int
  /// The number of parameters that Output 4.8 prints.
  public let printedCount: Int

  /// A configuration, with its printed count, if any.
  public init(kernel: Int, filters: Int, blocks: Int, printedCount: Int = 0) {
    (self.kernel, self.filters, self.blocks, self.printedCount) = (kernel, filters, blocks, printedCount)
  }

  /// The network, with new weights.
  public func network(classes: Int = 10, random: RandomSource) -> ParametricNetwork {
    ParametricNetwork(kernel: kernel, filters: filters, blocks: blocks, classes: classes, random: random)
  }

  /// The configurations of Listing 4.8.
  ///
  /// They have 94,986, 260,362, 374,282 and 390,666 parameters: all four counts of Output 4.8 are too small by 44 or
  /// 45 %.
  public static let all = [
    AblatedNetwork(kernel: 3, filters: 32, blocks: 3, printedCount: 52_778),
    AblatedNetwork(kernel: 5, filters: 32, blocks: 3, printedCount: 143_642),
    AblatedNetwork(kernel: 3, filters: 64, blocks: 3, printedCount: 207_946),
    AblatedNetwork(kernel: 3, filters: 32, blocks: 5, printedCount: 218_410),
  ]
}

/// The accuracies of one training run, epoch by epoch, and three ways to report it. § 4.8
public struct ChosenEpoch: Sendable {
  /// The accuracy on the validation images.
  public let validation: [Double]
  /// The accuracy on the test images.
  public let test: [Double]

  /// The accuracies of these epochs, at least one.
  public init(validation: [Double], test: [Double]) {
    require(
      !test.isEmpty && validation.count == test.count,
      "cannot choose among \(test.count) epochs by \(validation.count) validation accuracies: one for each is needed")
    (self.validation, self.test) = (validation, test)
  }

  /// The highest test accuracy of any epoch, as Listing 4.8 reports it: too good, because the test images choose the
  /// epoch.
  public var bestOnTest: Double { test.max() ?? .nan }

  /// The test accuracy of the epoch that is best on the validation images, the first of equals.
  public var chosenByValidation: Double {
    let best = validation.max() ?? .nan
    return validation.firstIndex(of: best).map { test[$0] } ?? .nan
  }

  /// How much `bestOnTest` is above `chosenByValidation`; never negative.
  public var optimism: Double { bestOnTest - chosenByValidation }
}
