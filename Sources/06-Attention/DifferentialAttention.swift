// § 6.12  Differential attention

import Messages
import Tensors

/// Differential attention: (softmax(Q₁ K₁ᵀ/√d_k) − λ softmax(Q₂ K₂ᵀ/√d_k)) V. (6.23)
///
/// What both maps have in common cancels. Weights may be negative, and rows sum to 1 − λ. Ye et al. (2025).
/// - Returns: The output [… n×d_v], and the difference of the two maps [… n×m].
public func differentialAttention(
  _ Q: (Tensor, Tensor), _ K: (Tensor, Tensor), _ V: Tensor, λ: Double, mask: AttentionMask = .everything
) -> (output: Tensor, weights: Tensor) {
  let A = attentionWeights(Q.0, K.0, mask: mask) - λ * attentionWeights(Q.1, K.1, mask: mask)
  return (matmul(A, V), A)
}

/// A head of differential self-attention: two maps, each with its own queries and keys, and one set of values. (6.23)
public struct DifferentialAttention: Module {
  /// The projections of the first map, and the values.
  public var first: SelfAttention
  /// The projections of the second map.
  public var second: QueriesAndKeys
  /// λ, a parameter.
  public var λ: Tensor

  /// Matrices for queries and keys.
  public struct QueriesAndKeys: Model {
    /// W₂^Q. [d×d_k]
    public var queryWeight: Tensor
    /// W₂^K. [d×d_k]
    public var keyWeight: Tensor
    /// Both.
    public static var parameters: [PartialKeyPath<QueriesAndKeys>] { [\.queryWeight, \.keyWeight] }
  }

  /// A head for vectors of dimension d, with λ = 0.8 at the start.
  public init(_ d: Int, depth d_k: Int, values d_v: Int, λ: Double = 0.8, random: RandomSource) {
    first = SelfAttention(d, depth: d_k, values: d_v, random: random)
    let other = SelfAttention(d, depth: d_k, random: random)
    second = QueriesAndKeys(queryWeight: other.queryWeight, keyWeight: other.keyWeight)
    self.λ = Tensor(λ)
  }

  /// The matrices, and λ.
  public static var parameters: [PartialKeyPath<DifferentialAttention>] { [\.first, \.second, \.λ] }

  /// The outputs. [… n×d] → [… n×d_v]
  public func callAsFunction(_ X: Tensor) -> Tensor { matmul(weights(X), matmul(X, first.valueWeight)) }

  /// The difference of the two maps. [… n×d] → [… n×n]
  public func weights(_ X: Tensor) -> Tensor {
    attentionWeights(matmul(X, first.queryWeight), matmul(X, first.keyWeight))
      - λ * attentionWeights(matmul(X, second.queryWeight), matmul(X, second.keyWeight))
  }
}
