// § 7.4.1  The feed-forward network

import Foundations
import Messages
import Tensors

/// FFN(x) = f(x W₁ + b₁) W₂ + b₂, the same small network at every position. (7.8) [… d] → [… d]
///
/// In the notes f is ReLU in (7.8) and GELU in Listing 7.8.
public struct FeedForward: Module {
  /// W₁, b₁: d → d_ff.
  public var widening: Linear
  /// W₂, b₂: d_ff → d.
  public var narrowing: Linear
  /// f.
  public let activation: Activation

  /// A network for vectors of dimension d with d_ff hidden units.
  public init(_ d: Int, hidden d_ff: Int, activation: Activation = .relu, random: RandomSource) {
    (widening, narrowing) = (Linear(d, d_ff, random: random), Linear(d_ff, d, random: random))
    self.activation = activation
  }

  /// W₁, b₁, W₂, b₂.
  public static var parameters: [PartialKeyPath<FeedForward>] { [\.widening, \.narrowing] }

  /// The hidden units, after f. [… d_ff]
  public func hidden(_ x: Tensor) -> Tensor { widening(x).activated(by: activation) }

  /// (7.8), in the shape of x.
  public func callAsFunction(_ x: Tensor) -> Tensor { narrowing(hidden(x)) }
}
