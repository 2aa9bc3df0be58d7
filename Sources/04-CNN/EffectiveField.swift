// § 4.4.3  Effective receptive fields

import Tensors

/// The effective field of one unit in the middle of the last layer: how much it depends on each pixel, averaged over
/// random networks.
///
/// Luo et al. (2016), "Understanding the effective receptive field in deep convolutional neural networks". Remark 4.6
public struct EffectiveField: Sendable {
  /// The mean of the squared derivative of the unit with respect to each pixel, scaled to the sum 1. [H × W]
  public let map: Tensor

  /// The field of a map of squared derivatives.
  public init(squaredGradients: Tensor) { map = squaredGradients / squaredGradients.sum() }

  /// The map summed over rows: how much each column counts.
  public var profile: [Double] { map.sum(axes: [0]).scalars }

  /// The standard deviation of the profile, in pixels: half the width of a Gaussian at about 0.6 of its height.
  public var deviation: Double {
    let (p, places) = (profile, profile.indices.map(Double.init))
    let mean = zip(p, places).reduce(0) { $0 + $1.0 * $1.1 }
    return zip(p, places).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) }.squareRoot()
  }

  /// The side of the smallest square around the middle pixel that holds this share of the map.
  public func side(holding share: Double) -> Int {
    let (n, middle) = (map.shape[0], map.shape[0] / 2)
    for radius in 0..<n {
      let range = max(0, middle - radius)..<min(n, middle + radius + 1)
      if map.sliced(range, axis: 0).sliced(range, axis: 1).sum().item >= share { return 2 * radius + 1 }
    }
    return n
  }
}

/// The weights of a stack of convolutions whose effective field is measured.
public enum StackKind: String, CaseIterable, Sendable {
  /// All weights equal, no activation: the gradient is the box of the kernel, convolved with itself n times.
  case equal
  /// Normal weights, no activation.
  case random
  /// Normal weights and ReLU.
  case relu = "random, ReLU"
}

/// The effective field of n convolutions of size k × k, averaged over several draws of weights and image. Remark 4.6
///
/// Without activation, the expected squared derivative is the box of the kernel, convolved with itself n times. By the
/// central limit theorem it is nearly Gaussian with variance n (k² − 1) / 12, while the receptive field grows like n.
/// With equal weights this holds for the derivative itself, so the map shows the derivative and not its square.
public func effectiveField(
  layers n: Int, kernel k: Int = 3, channels C: Int = 8, _ kind: StackKind, draws: Int, random: RandomSource
) -> EffectiveField {
  let side = n * (k - 1) + 1
  var total = Tensor.zeros([side, side])
  for _ in 0..<(kind == .equal ? 1 : draws) {
    let width = kind == .equal ? 1 : C
    let filters = (0..<n).map { l in
      let inputs = l == 0 ? 1 : width
      let deviation = ((kind == .relu ? 2.0 : 1.0) / Double(inputs * k * k)).squareRoot()
      return kind == .equal
        ? Tensor(repeating: 1 / Double(k * k), [1, 1, k, k])
        : random.normal([width, inputs, k, k], standardDeviation: deviation)
    }
    let image = random.normal([1, 1, side, side])
    let slope = gradient(at: image) { x in
      let h = filters.reduce(x) { h, filter in
        let z = convolution(h, filter)
        return kind == .relu ? maximum(0, z) : z
      }
      return h[0, 0].sum()  // one unit: the layers shrink the image to it
    }[0, 0]
    total = total + (kind == .equal ? slope : slope.squared())
  }
  return EffectiveField(squaredGradients: total)
}

extension ResNet where Block == BottleneckBlock {
  /// The effective field of the middle unit of the last stage, summed over its channels, averaged over images of noise.
  /// § 4.4.4 [size×size]
  ///
  /// In evaluation mode: with batch statistics every pixel would affect every unit slightly.
  public func effectiveField(size: Int, images: Int, random: RandomSource) -> EffectiveField {
    let slopes = (0..<images).map { _ in
      gradient(at: random.normal([1, 3, size, size])) { x in
        let h = stages(x)[4]
        return h.sliced(h.shape[2] / 2..<h.shape[2] / 2 + 1, axis: 2)
          .sliced(h.shape[3] / 2..<h.shape[3] / 2 + 1, axis: 3).sum()
      }.squared().sum(axes: [0, 1])
    }
    return EffectiveField(squaredGradients: slopes.dropFirst().reduce(slopes[0]) { $0 + $1 })
  }
}
