// § 7.10  Normalization without a mean

import Messages
import Tensors

/// Root-mean-square normalization: RMS(x) = γ ⊙ x / √(1/d Σⱼ xⱼ² + ε). § 7.10
///
/// Before the factors γ, every vector has root mean square 1 and its original direction. If the mean of a vector is 0,
/// this is the layer normalization (3.22) without its offsets. Zhang and Sennrich (2019).
public struct RMSNormalization: Module {
  /// The factors γ. [d]
  public var scale: Tensor
  /// The term ε that keeps the quotient finite.
  public let epsilon: Double

  /// The normalization of vectors of dimension d, with γ = 1.
  public init(features d: Int, epsilon: Double = 1e-5) {
    require(d >= 1, "cannot normalize vectors of \(d) numbers: at least one is needed")
    (scale, self.epsilon) = (.ones([d]), epsilon)
  }

  /// The factors.
  public static var parameters: [PartialKeyPath<RMSNormalization>] { [\.scale] }

  /// RMS(x), in the shape of x. [… d]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    scale * (x / (x.squared().mean(axes: [-1], keepsAxes: true) + epsilon).squareRoot())
  }
}
