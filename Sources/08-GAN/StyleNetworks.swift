// § 8.10  The style of a generator

import Foundations
import Messages
import Tensors

/// The factors and the offsets that a style gives to the channels of each example.
public struct Style: Sendable {
  /// y_s and y_b. [N×C]
  public let scale, shift: Tensor

  /// A style with these factors and offsets. [N×C]
  public init(scale: Tensor, shift: Tensor) {
    require(
      scale.rank == 2 && scale.shape == shift.shape,
      "cannot make a style of factors \(scale.shape) and offsets \(shift.shape): both must be [N×C]")
    (self.scale, self.shift) = (scale, shift)
  }

  /// The style of maps: the standard deviation and the mean of each channel. maps: [N×C×H×W]
  public init(of maps: Tensor) {
    let pixels = maps.flattened(from: 2)
    self.init(scale: pixels.variance(axes: [2]).squareRoot(), shift: pixels.mean(axes: [2]))
  }
}

/// AdaIN(x, y) = y_s (x − μ(x))/σ(x) + y_b, with the mean and the standard deviation of each channel of each example.
/// § 8.10
///
/// Huang and Belongie (2017). The result has the style's statistics and none of those of x. x: [N×C×H×W]
public func adaptiveInstanceNormalized(_ x: Tensor, style y: Style, epsilon: Double = 1e-8) -> Tensor {
  require(
    x.rank == 4 && y.scale.shape.lengths == Array(x.shape.lengths.prefix(2)),
    "cannot give maps \(x.shape) a style for \(y.scale.shape): each channel of each example needs one")
  let μ = x.mean(axes: [2, 3], keepsAxes: true)
  let σ = (x.variance(axes: [2, 3], keepsAxes: true) + epsilon).squareRoot()
  return alongMaps(y.scale) * ((x - μ) / σ) + alongMaps(y.shift)
}

/// The style vector w of a latent vector z: z/√(mean z²), then fully connected layers with leaky ReLU of slope 0.2.
/// § 8.10
///
/// Karras et al. (2019) use eight layers of 512. Only the direction of z matters. w need not be distributed like z: the
/// network can bend the space.
public struct MappingNetwork: Module {
  /// The layers.
  public var layers: [Linear]

  /// A network of `count` layers from `latent` numbers to vectors of `width`.
  public init(latent: Int, width: Int, layers count: Int = 8, random: RandomSource) {
    require(count >= 1, "cannot map latent vectors by \(count) layers: at least one is needed")
    layers = (0..<count).map { Linear($0 == 0 ? latent : width, width, random: random) }
  }

  /// The layers.
  public static var parameters: [PartialKeyPath<MappingNetwork>] { [\.layers] }

  /// The style vectors. [N×latent] → [N×width]
  public func callAsFunction(_ z: Tensor) -> Tensor {
    let direction = z / (z.squared().mean(axes: [1], keepsAxes: true) + 1e-8).squareRoot()
    return layers.reduce(direction) { h, A in A(h).activated(by: .leakyReLU(slope: 0.2)) }
  }
}

/// Style injection: AdaIN whose style is an affine map of the style vector w, (y_s, y_b) = A w + b. § 8.10
public struct StyledNormalization: Model {
  /// The map of w to the factors and offsets of all channels.
  public var affine: Linear

  /// The injection of vectors of `width` into `channels` maps. At first all factors are 1 plus small terms.
  public init(channels: Int, width: Int, random: RandomSource) {
    affine = Linear(width, 2 * channels, random: random)
    affine.bias = .concatenated([.ones([channels]), .zeros([channels])], axis: 0)
  }

  /// The affine map.
  public static var parameters: [PartialKeyPath<StyledNormalization>] { [\.affine] }

  /// The maps with the style of w. x: [N×C×H×W], w: [N×width]
  public func callAsFunction(_ x: Tensor, _ w: Tensor) -> Tensor {
    let parts = affine(w).split([x.shape[1], x.shape[1]], axis: 1)
    return adaptiveInstanceNormalized(x, style: Style(scale: parts[0], shift: parts[1]))
  }
}

/// w″ₙₒᵢₖ = s_nᵢ wₒᵢₖ / √(Σᵢₖ (s_nᵢ wₒᵢₖ)² + ε): the filters of StyleGAN2, modulated by the styles of the input
/// channels and demodulated, for each example. § 8.10
///
/// Karras et al. (2020). Inputs of variance 1 then give outputs of variance 1, whatever the style; no statistics of the
/// maps are needed. weight: [O×I×k×k], s: [N×I] → [N×O×I×k×k]
public func demodulated(_ weight: Tensor, by s: Tensor, epsilon: Double = 1e-8) -> Tensor {
  requireStyle(weight, s)
  let modulated = s.reshaped([s.shape[0], 1, s.shape[1], 1, 1]) * weight.expanded(axis: 0)
  return modulated / (modulated.squared().sum(axes: [2, 3, 4], keepsAxes: true) + epsilon).squareRoot()
}

/// The convolution of each example with its own demodulated filters: the channels are scaled before a shared
/// convolution, and the results after it. x: [N×I×H×W], weight: [O×I×k×k], s: [N×I] → [N×O×H′×W′]. § 8.10
public func modulatedConvolution(
  _ x: Tensor, _ weight: Tensor, by s: Tensor, padding: Int = 0, epsilon: Double = 1e-8
) -> Tensor {
  requireStyle(weight, s)
  let sizes = matmul(s.squared(), weight.squared().sum(axes: [2, 3]).transposed)  // Σᵢₖ (s w)²  [N×O]
  return convolution(alongMaps(s) * x, weight, padding: padding) / alongMaps((sizes + epsilon).squareRoot())
}

private func requireStyle(_ weight: Tensor, _ s: Tensor) {
  require(
    weight.rank == 4 && s.rank == 2 && s.shape[1] == weight.shape[1],
    "cannot modulate filters \(weight.shape) by styles \(s.shape): [O×I×k×k] and [N×I] are needed")
}

/// [N×C] → [N×C×1×1]
private func alongMaps(_ y: Tensor) -> Tensor { y.reshaped([y.shape[0], y.shape[1], 1, 1]) }
