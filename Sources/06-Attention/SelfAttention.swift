// § 6.6  Self-attention and cross-attention

import Messages
import Tensors

/// Self-attention with one head: Q = X W^Q (6.16), K = X W^K (6.17), V = X W^V (6.18), then (6.9). Definition 6.5
///
/// Here Q, K and V are already projected. (6.13) must also project only once: its Q, K and V are the inputs X.
public struct SelfAttention: Module {
  /// W^Q. [d×d_k]
  public var queryWeight: Tensor
  /// W^K. [d×d_k]
  public var keyWeight: Tensor
  /// W^V. [d×d_v]
  public var valueWeight: Tensor

  /// Self-attention with these matrices.
  public init(queryWeight: Tensor, keyWeight: Tensor, valueWeight: Tensor) {
    (self.queryWeight, self.keyWeight, self.valueWeight) = (queryWeight, keyWeight, valueWeight)
  }

  /// Self-attention of vectors of dimension d; weights from U(−1/√d, 1/√d).
  public init(_ d: Int, depth d_k: Int, values d_v: Int? = nil, random: RandomSource) {
    queryWeight = uniformByInputs([d_k, d], random).transposed
    keyWeight = uniformByInputs([d_k, d], random).transposed
    valueWeight = uniformByInputs([d_v ?? d_k, d], random).transposed
  }

  /// W^Q, W^K and W^V.
  public static var parameters: [PartialKeyPath<SelfAttention>] { [\.queryWeight, \.keyWeight, \.valueWeight] }

  /// The outputs. [… n×d] → [… n×d_v]
  public func callAsFunction(_ X: Tensor) -> Tensor { self(X, mask: .everything).output }

  /// The outputs [… n×d_v] and the n×n weights, where entry (i, j) is the weight of position j for position i.
  public func callAsFunction(_ X: Tensor, mask: AttentionMask) -> (output: Tensor, weights: Tensor) {
    attention(matmul(X, queryWeight), matmul(X, keyWeight), matmul(X, valueWeight), mask: mask)
  }
}

/// Cross-attention with one head: Q = X_dec W^Q, K = X_enc W^K, V = X_enc W^V. (6.19), Definition 6.6
public struct CrossAttention: Model {
  /// W^Q. [d_dec×d_k]
  public var queryWeight: Tensor
  /// W^K. [d_enc×d_k]
  public var keyWeight: Tensor
  /// W^V. [d_enc×d_v]
  public var valueWeight: Tensor

  /// Cross-attention with these matrices.
  public init(queryWeight: Tensor, keyWeight: Tensor, valueWeight: Tensor) {
    (self.queryWeight, self.keyWeight, self.valueWeight) = (queryWeight, keyWeight, valueWeight)
  }

  /// Cross-attention from vectors of dimension d_dec to vectors of dimension d_enc.
  public init(decoder d_dec: Int, encoder d_enc: Int, depth d_k: Int, values d_v: Int? = nil, random: RandomSource) {
    queryWeight = uniformByInputs([d_k, d_dec], random).transposed
    keyWeight = uniformByInputs([d_k, d_enc], random).transposed
    valueWeight = uniformByInputs([d_v ?? d_k, d_enc], random).transposed
  }

  /// W^Q, W^K and W^V.
  public static var parameters: [PartialKeyPath<CrossAttention>] { [\.queryWeight, \.keyWeight, \.valueWeight] }

  /// As many outputs as the decoder has positions [… n_dec×d_v], and the weights [… n_dec×n_enc].
  public func callAsFunction(
    _ X_dec: Tensor, over X_enc: Tensor, mask: AttentionMask = .everything
  ) -> (output: Tensor, weights: Tensor) {
    attention(matmul(X_dec, queryWeight), matmul(X_enc, keyWeight), matmul(X_enc, valueWeight), mask: mask)
  }
}
