// § 6.4  Scaled dot-product attention

import Messages
import Regularization
import Tensors

/// The attention weights: softmax(Q Kᵀ / √d_k), row by row. (6.9) [… n×d_k], [… m×d_k] → [… n×m]
///
/// Row i has the weights of the values for query i: numbers from 0 to 1 that sum to 1, or zeros if the mask hides all
/// keys.
public func attentionWeights(_ Q: Tensor, _ K: Tensor, mask: AttentionMask = .everything) -> Tensor {
  maskedSoftmax(ScaledDotAttention().scores(Q, K), mask)
}

/// Scaled dot-product attention by its definition, which also returns the weights: Attention(Q, K, V) = softmax(Q
/// Kᵀ / √d_k) V. (6.9), Listing 6.9
///
/// It is used to show the weights, and for dropout. It stores the n×m weights; `fusedAttention` gives the same output
/// without storing them. Vaswani et al. (2017).
///
/// - Parameters:
///   - Q: The queries. [… n×d_k]
///   - K: The keys. [… m×d_k]
///   - V: The values. [… m×d_v]
///   - mask: Which keys each query may look at.
///   - dropout: What drops weights in training. The output is then made of the remaining weights divided by 1 − p.
/// - Returns: The output [… n×d_v], and the weights before dropout [… n×m]. The listing returns the weights after
///   dropout, whose rows no longer sum to 1.
public func attention(
  _ Q: Tensor, _ K: Tensor, _ V: Tensor, mask: AttentionMask = .everything, dropout: Dropout? = nil
) -> (output: Tensor, weights: Tensor) {
  let A = attentionWeights(Q, K, mask: mask)
  return (matmul(dropout?(A) ?? A, V), A)
}

/// Scaled dot-product attention (6.9) by the kernel: only the output, without the n×m weights in memory. § 6.12
///
/// Q: [… n×d_k], K: [… m×d_k], V: [… m×d_v] → [… n×d_v]. There may be any leading axes, and all heads of a sequence
/// share its mask.
public func fusedAttention(_ Q: Tensor, _ K: Tensor, _ V: Tensor, mask: AttentionMask = .everything) -> Tensor {
  let (isCausal, rest) = mask.parted
  let M = rest.added(
    queries: Q.shape[-2], keys: K.shape[-2], heads: max(0, Q.rank - 3), scalarType: Q.scalarType)
  return scaledDotProductAttention(Q, K, V, mask: M, isCausal: isCausal)
}
