// § 3.6  Layer normalization

import Messages
import Tensors

/// Mean and variance of every example over its d features: μ = 1/d Σⱼ xⱼ, σ² = 1/d Σⱼ (xⱼ − μ)². (3.21)
/// [… × d] → [… × 1]
public func layerMoments(_ x: Tensor) -> (mean: Tensor, variance: Tensor) {
  let d = Double(x.shape[-1])
  let μ = x.sum(axes: [-1], keepsAxes: true) / d
  return (μ, (x - μ).squared().sum(axes: [-1], keepsAxes: true) / d)
}

/// Layer normalization: LN(x) = γ ⊙ (x − μ) / √(σ² + ε) + β. (3.22) [… × d]; γ and β: [d]
///
/// Ba, Kiros and Hinton (2016).
public func layerNormalization(_ x: Tensor, scale γ: Tensor, shift β: Tensor, epsilon ε: Double = 1e-5) -> Tensor {
  let (μ, σ2) = layerMoments(x)
  return γ * (x - μ) / (σ2 + ε).squareRoot() + β
}

/// Layer normalization (3.22) as a layer, over the last axes of its input. § 3.6
///
/// It looks at one example at a time, so the rest of the batch does not matter, and training and evaluation are the
/// same. Remark 3.6
public struct LayerNormalization: Module {
  /// The factors γ, one for every number that is normalized over.
  public var scale: Tensor
  /// The offsets β.
  public var shift: Tensor
  /// The term ε that keeps the quotient finite.
  public let epsilon: Double

  /// The normalization over the last axes, which have this shape, with γ = 1 and β = 0: [d] for features, [C, H, W] for
  /// images.
  public init(_ shape: Shape, epsilon: Double = 1e-5) {
    require(shape.rank >= 1 && shape.count >= 1, "cannot normalize over axes \(shape): at least one number is needed")
    (scale, shift, self.epsilon) = (.ones(shape), .zeros(shape), epsilon)
  }

  /// The normalization over d features.
  public init(features d: Int, epsilon: Double = 1e-5) { self.init([d], epsilon: epsilon) }

  /// The factors and the offsets.
  public static var parameters: [PartialKeyPath<LayerNormalization>] { [\.scale, \.shift] }

  /// LN(x), in the shape of x.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    layerNormalized(x, scale: scale, shift: shift, epsilon: epsilon)
  }
}

/// Group normalization: every example has a mean and a variance for each of G groups of channels. § 3.6
///
/// Wu and He (2018). With one group it is layer normalization, except that γ and β are per channel; with one group per
/// channel it is instance normalization.
public struct GroupNormalization: Module {
  /// The factors γ. [C]
  public var scale: Tensor
  /// The offsets β. [C]
  public var shift: Tensor
  /// The number of groups G.
  public let groups: Int
  /// The term ε that keeps the quotient finite.
  public let epsilon: Double

  /// The normalization of C channels in G groups, with γ = 1 and β = 0.
  public init(channels C: Int, groups G: Int, epsilon: Double = 1e-5) {
    require(
      G >= 1 && C >= G && C % G == 0,
      "cannot divide \(C) channels into \(G) groups: all groups must have the same size")
    (scale, shift, groups, self.epsilon) = (.ones([C]), .zeros([C]), G, epsilon)
  }

  /// Instance normalization: each channel of each example alone. It removes the contrast and brightness of an image,
  /// its style. Ulyanov, Vedaldi and Lempitsky (2016)
  public static func instance(channels C: Int, epsilon: Double = 1e-5) -> GroupNormalization {
    GroupNormalization(channels: C, groups: C, epsilon: epsilon)
  }

  /// The factors and the offsets.
  public static var parameters: [PartialKeyPath<GroupNormalization>] { [\.scale, \.shift] }

  /// The normalized examples. [N×C×…]
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, then: .identity) }

  /// The normalized examples with an activation, which is applied in the same pass. [N×C×…]
  public func callAsFunction(_ x: Tensor, then activation: Activation) -> Tensor {
    groupNormalized(x, groups: groups, scale: scale, shift: shift, epsilon: epsilon, then: activation)
  }
}

/// Normalization of [N×C×H×W], for all kinds: (x − μ) / √(σ² + ε) with mean and variance over the given axes.
///
/// Over N, H, W it is batch normalization, over C, H, W layer normalization, over H, W instance normalization. § 3.6
public func standardized(_ x: Tensor, over axes: [Int], epsilon ε: Double = 1e-5) -> Tensor {
  let μ = x.mean(axes: axes, keepsAxes: true)
  let σ2 = (x - μ).squared().mean(axes: axes, keepsAxes: true)
  return (x - μ) / (σ2 + ε).squareRoot()
}
