// § 12.1.3  What diffusion in the latent space of an autoencoder saves

import CNN
import Diffusion
import Foundations
import Messages
import Tensors

/// A decoder from latent maps to images f times as large: a 3×3 convolution, and then for each doubling a transposed
/// convolution and a 3×3 convolution, with SiLU between them. § 12.1.3; after Rombach et al. (2022)
public struct MapDecoder: Module {
  /// The convolution of the latent maps.
  public var start: Convolution
  /// The layers that double the sides.
  public var widen: [TransposedConvolution]
  /// The convolutions after them; the last one gives the image.
  public var convolutions: [Convolution]

  /// A decoder of c latent maps with w channels, for images of `channels` channels that are f times as large. Stops the
  /// program unless f is a power of two, at least 2.
  public init(latent c: Int, channels: Int = 3, factor f: Int, width w: Int = 32, random: RandomSource) {
    require(
      f >= 2 && f.nonzeroBitCount == 1, "cannot enlarge maps \(f) times by doublings: a power of two is needed")
    start = Convolution(c, w, kernel: 3, padding: 1, random: random)
    let doublings = f.trailingZeroBitCount
    widen = (0..<doublings).map { _ in TransposedConvolution(w, w, kernel: 2, stride: 2, random: random) }
    convolutions = (1...doublings).map {
      Convolution(w, $0 == doublings ? channels : w, kernel: 3, padding: 1, random: random)
    }
  }

  /// All layers.
  public static var parameters: [PartialKeyPath<MapDecoder>] { [\.start, \.widen, \.convolutions] }

  /// The images. [N×c×H×W] → [N×channels×fH×fW]
  public func callAsFunction(_ z: Tensor) -> Tensor {
    zip(widen, convolutions).reduce(start(z)) { h, layers in
      layers.1(layers.0(h.activated(by: .silu)).activated(by: .silu))
    }
  }

  /// The multiplications for latent maps of side × side. § 12.1.3
  public func multiplications(side: Int) -> Int {
    var (pixels, sum) = (side * side, start.weight.count * side * side)
    for (widen, convolution) in zip(widen, convolutions) {
      sum += widen.weight.count * pixels
      pixels *= 4
      sum += convolution.weight.count * pixels
    }
    return sum
  }
}

/// What one sample of a diffusion model costs with the U-Net of chapter 10 on the pixels, and with the same U-Net on
/// latent maps whose sides are f times smaller, which are decoded once. § 12.1.3
public struct LatentSaving: Sendable, Equatable {
  /// The side of the images in pixels, and the factor f.
  public let side, factor: Int
  /// The costs of a sample.
  public let pixels, latent: SamplingCost

  /// The costs for colour images, with c latent maps. Stops the program unless 4 f divides the side.
  public init(side: Int, factor f: Int, latent c: Int = 4, width: Int = 32, steps: Int = 50) {
    require(
      side.isMultiple(of: 4 * f),
      "cannot compare costs for sides of \(side) and \(side) / \(f): both must be multiples of 4, because the U-Net "
        + "halves them twice")
    func network(_ channels: Int) -> UNet {
      var sizes = UNetSizes()
      (sizes.channels, sizes.width) = (channels, width)
      return UNet(sizes, random: RandomSource(seed: 0))
    }
    (self.side, factor) = (side, f)
    pixels = SamplingCost(calls: steps, multiplications: network(3).multiplications(side: side))
    latent = SamplingCost(
      calls: steps, multiplications: network(c).multiplications(side: side / f),
      others: MapDecoder(latent: c, factor: f, width: width, random: RandomSource(seed: 0))
        .multiplications(side: side / f))
  }

  /// How many times cheaper a sample is.
  public var ratio: Double { Double(pixels.operations) / Double(latent.operations) }
  /// How many times cheaper an evaluation of the U-Net is.
  public var ratioPerCall: Double { Double(pixels.operationsPerCall) / Double(latent.operationsPerCall) }
}
