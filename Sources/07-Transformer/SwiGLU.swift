// § 7.10  A gated feed-forward network

import Foundations
import Tensors

/// SwiGLU(x) = (silu(x W) ⊙ x V) W₂ with silu(z) = z σ(z), instead of (7.8) and without biases. § 7.10 [… d] → [… d]
///
/// Each hidden unit is a product: x V is a value, and silu(x W) is a gate. Shazeer (2020).
public struct SwiGLU: Module {
  /// W, for the gates: d → d_ff.
  public var gate: Linear
  /// V, for the values: d → d_ff.
  public var value: Linear
  /// W₂: d_ff → d.
  public var narrowing: Linear

  /// A network for vectors of dimension d with d_ff hidden units.
  public init(_ d: Int, hidden d_ff: Int, random: RandomSource) {
    gate = Linear(d, d_ff, hasBias: false, random: random)
    value = Linear(d, d_ff, hasBias: false, random: random)
    narrowing = Linear(d_ff, d, hasBias: false, random: random)
  }

  /// W, V, W₂.
  public static var parameters: [PartialKeyPath<SwiGLU>] { [\.gate, \.value, \.narrowing] }

  /// (silu(x W) ⊙ x V) W₂, in the shape of x.
  public func callAsFunction(_ x: Tensor) -> Tensor { narrowing(gate(x).activated(by: .silu) * value(x)) }

  /// The number of hidden units with which the three matrices have as many weights as the two of (7.8) with 4d hidden
  /// units: ⅔ · 4d, rounded up to a multiple of a given number. LLaMA has 11,008 for d = 4,096 and multiples of 256.
  public static func hidden(for d: Int, multipleOf m: Int = 1) -> Int { (8 * d / 3 + m - 1) / m * m }
}
