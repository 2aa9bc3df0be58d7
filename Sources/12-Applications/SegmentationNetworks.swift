// § 12.1.2  Networks that give every pixel a class

import CNN
import Foundations
import Messages
import Regularization
import Tensors

/// The U-Net of § 12.1.2: three levels down, a bottom, three levels up; each level up also sees the maps of the level
/// down with the same size. Ronneberger et al. (2015)
///
/// Without skip connections it sees zeros in their place, so both networks have the same parameters, and everything it
/// knows of an image has passed through the smallest maps.
public struct SegmentationUNet: Module {
  /// The convolutions on the way down, the largest maps first.
  public var down: [NormalizedConvolution]
  /// The convolution of the smallest maps.
  public var bottom: NormalizedConvolution
  /// The layers that double the sides, the smallest maps first.
  public var widen: [TransposedConvolution]
  /// The convolutions on the way up.
  public var up: [NormalizedConvolution]
  /// The 1×1 convolution to the logits.
  public var output: Convolution
  /// Whether there are skip connections.
  public let hasSkips: Bool

  /// A network with w channels at the top and twice as many at each level below, for K classes.
  public init(width w: Int = 8, levels: Int = 3, classes K: Int, hasSkips: Bool = true, random: RandomSource) {
    let widths = (0...levels).map { w << $0 }
    down = (0..<levels).map {
      NormalizedConvolution($0 == 0 ? 3 : widths[$0 - 1], widths[$0], kernel: 3, random: random)
    }
    bottom = NormalizedConvolution(widths[levels - 1], widths[levels], kernel: 3, random: random)
    widen = (0..<levels).reversed().map {
      TransposedConvolution(widths[$0 + 1], widths[$0], kernel: 2, stride: 2, random: random)
    }
    up = (0..<levels).reversed().map { NormalizedConvolution(2 * widths[$0], widths[$0], kernel: 3, random: random) }
    output = Convolution(w, K, kernel: 1, random: random)
    self.hasSkips = hasSkips
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<SegmentationUNet>] { [\.down, \.bottom, \.widen, \.up, \.output] }

  /// The logits of all pixels, for sides that 2^levels divides. [N×3×H×W] → [N×K×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let factor = 1 << down.count
    require(
      x.rank == 4 && x.shape[2].isMultiple(of: factor) && x.shape[3].isMultiple(of: factor),
      "cannot segment images \(x.shape) in \(down.count) levels: [N×3×H×W] with sides that \(factor) divides is needed")
    var (maps, h) = ([Tensor](), x)
    for layer in down {
      maps.append(layer(h, then: .relu))  // [N×C×H×W]
      h = maps[maps.count - 1].maxPooled2D(window: 2)  // [N×C×H/2×W/2]
    }
    h = bottom(h, then: .relu)
    for (level, twin) in maps.reversed().enumerated() {
      let below = widen[level](h)
      let beside = hasSkips ? twin : Tensor.zeros(twin.shape, scalarType: twin.scalarType)
      h = up[level](.concatenated([below, beside], axis: 1), then: .relu)
    }
    return output(h)
  }
}

/// Three 3×3 convolutions and a 1×1 convolution: every pixel's class from the 7×7 pixels around it. § 12.1.2
public struct WindowNetwork: Module {
  /// The 3×3 convolutions.
  public var layers: [NormalizedConvolution]
  /// The 1×1 convolution to the logits.
  public var output: Convolution

  /// A network with w channels for K classes.
  public init(width w: Int = 16, classes K: Int, random: RandomSource) {
    layers = [3, w, w].map { NormalizedConvolution($0, w, kernel: 3, random: random) }
    output = Convolution(w, K, kernel: 1, random: random)
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<WindowNetwork>] { [\.layers, \.output] }

  /// The maps before the last convolution. [N×3×H×W] → [N×w×H×W]
  public func features(_ x: Tensor) -> Tensor { layers.reduce(x) { $1($0, then: .relu) } }

  /// The logits of all pixels. [N×3×H×W] → [N×K×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor { output(features(x)) }
}

/// The pyramid network: the maps of a window network are averaged over ever larger squares, each average is convolved
/// and enlarged bilinearly, and all are joined before the last convolutions. Zhao et al. (2017); Fleuret, *The Little
/// Book of Deep Learning* (2023), 6.4
public struct PyramidNetwork: Module {
  /// The convolutions of 3×3 that make the maps.
  public var backbone: [NormalizedConvolution]
  /// A 3×3 convolution for each size of squares.
  public var scales: [NormalizedConvolution]
  /// The 3×3 convolution of all maps together.
  public var fusion: NormalizedConvolution
  /// The 1×1 convolution to the logits.
  public var output: Convolution
  /// The sides of the squares, in pixels.
  public let squares: [Int]

  /// A network with w channels for K classes.
  public init(width w: Int = 16, squares: [Int] = [2, 4, 8, 16], classes K: Int, random: RandomSource) {
    backbone = [3, w, w].map { NormalizedConvolution($0, w, kernel: 3, random: random) }
    scales = squares.map { _ in NormalizedConvolution(w, w, kernel: 3, random: random) }
    fusion = NormalizedConvolution(w * (1 + squares.count), w, kernel: 3, random: random)
    output = Convolution(w, K, kernel: 1, random: random)
    self.squares = squares
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<PyramidNetwork>] { [\.backbone, \.scales, \.fusion, \.output] }

  /// The logits of all pixels, for sides that all squares divide. [N×3×H×W] → [N×K×H×W]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    require(
      x.rank == 4 && squares.allSatisfy { x.shape[2].isMultiple(of: $0) && x.shape[3].isMultiple(of: $0) },
      "cannot average images \(x.shape) over squares of \(squares) pixels: [N×3×H×W] with sides that all of them "
        + "divide is needed")
    let maps = backbone.reduce(x) { $1($0, then: .relu) }
    let parts = zip(squares, scales).map { side, layer in
      bilinearlyUpsampled(
        layer(maps.averagePooled2D(window: side), then: .relu), height: x.shape[2], width: x.shape[3])
    }
    return output(fusion(.concatenated([maps] + parts, axis: 1), then: .relu))
  }
}
