// § 4.6  A network for colour images

import Foundations
import Regularization
import Tensors

/// A block of a network for images: twice a 3×3 convolution, batch normalization and ReLU, then max pooling and channel
/// dropout. § 4.6
public struct ConvolutionBlock<Filter: Module<Tensor, Tensor>>: Module {
  /// The convolutions, which keep height and width.
  public var convolutions: [Filter]
  /// The normalization after each.
  public var normalizations: [BatchNormalization]
  /// The dropout of whole channels at the end.
  public var dropout: Dropout

  /// A block of convolutions that `filter` makes for these numbers of channels.
  public init(
    _ inputs: Int, _ outputs: Int, dropout p: Double, random: RandomSource,
    filter: (_ inputs: Int, _ outputs: Int) -> Filter
  ) {
    convolutions = [filter(inputs, outputs), filter(outputs, outputs)]
    normalizations = (0..<2).map { _ in BatchNormalization(features: outputs) }
    dropout = Dropout(probability: p, dropsChannels: true, random: random)
  }

  /// Convolutions, normalizations, and the dropout, which counts its uses.
  public static var parameters: [PartialKeyPath<ConvolutionBlock<Filter>>] {
    [\.convolutions, \.normalizations, \.dropout]
  }

  /// The maps of each convolution of the block after its ReLU. [N×C×H×W] → twice [N×C'×H×W]
  public func maps(_ x: Tensor) -> [Tensor] {
    let first = normalizations[0](convolutions[0](x), then: .relu)
    return [first, normalizations[1](convolutions[1](first), then: .relu)]
  }

  /// The pooled maps of the second convolution. [N×C×H×W] → [N×C'×H/2×W/2]
  public func callAsFunction(_ x: Tensor) -> Tensor { dropout(maps(x)[1].maxPooled2D(window: 2)) }
}

/// The network of Listing 4.6: three blocks of 64, 128 and 256 channels, global average pooling, and two linear layers
/// with dropout. § 4.6
///
/// It has 1,181,386 parameters, where Output 4.6 prints 952,202, and a running mean and variance for each of 896
/// channels. Images of 32×32 become maps of 16×16, 8×8 and 4×4 after the blocks. The type of the six 3×3 convolutions
/// is a parameter, so that Exercise 4.4 can replace them.
public struct ColorImageNetwork<Filter: Module<Tensor, Tensor>>: Module {
  /// The three blocks.
  public var blocks: [ConvolutionBlock<Filter>]
  /// The linear layers of the head.
  public var hidden, output: Linear
  /// The dropout between them.
  public var dropout: Dropout

  /// The network with convolutions that `filter` makes for these numbers of channels; they must keep height and width.
  ///
  /// Its dropout probabilities are those of the listing, 0.25 after the blocks and 0.5 in the head, times `dropout`.
  public init(
    classes: Int = 10, dropout share: Double = 1, random: RandomSource,
    filter: (_ inputs: Int, _ outputs: Int) -> Filter
  ) {
    blocks = [(3, 64), (64, 128), (128, 256)].map {
      ConvolutionBlock($0, $1, dropout: 0.25 * share, random: random, filter: filter)
    }
    hidden = Linear(256, 128, random: random)
    output = Linear(128, classes, random: random)
    dropout = Dropout(probability: 0.5 * share, random: random)
  }

  /// Blocks, linear layers and dropout.
  public static var parameters: [PartialKeyPath<ColorImageNetwork<Filter>>] {
    [\.blocks, \.hidden, \.output, \.dropout]
  }

  /// The logits. [N×3×H×W] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor { head(blocks(x)) }

  /// The logits for the maps after the last block: GAP (4.6), and two linear layers. [N×256×h×w] → [N×classes]
  public func head(_ maps: Tensor) -> Tensor {
    output(dropout(relu(hidden(maps.globalAveragePooled2D()))))
  }
}

extension ColorImageNetwork where Filter == Convolution {
  /// The network of Listing 4.6, of plain 3×3 convolutions.
  public init(classes: Int = 10, dropout share: Double = 1, random: RandomSource) {
    self.init(classes: classes, dropout: share, random: random) {
      Convolution($0, $1, kernel: 3, padding: 1, random: random)
    }
  }
}
