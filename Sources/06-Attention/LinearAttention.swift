// § 6.12  Linear attention

import Messages
import Tensors

/// Exercise 6.5.1: φ(x) = ELU(x) + 1: x + 1 for x > 0, eˣ elsewhere; always positive.
public func eluPlusOne(_ x: Tensor) -> Tensor { select(x .> 0, x + 1, minimum(0, x).exp()) }

/// Linear attention as printed: φ(Q) (φ(K)ᵀ V). (6.21)
///
/// Its weights φ(Q) φ(K)ᵀ are positive, but their rows do not sum to 1: outputs grow with the number of keys.
/// `linearAttention` divides by the sums.
public func unnormalizedLinearAttention(_ Q: Tensor, _ K: Tensor, _ V: Tensor) -> Tensor {
  matmul(eluPlusOne(Q), matmul(eluPlusOne(K).transposed, V))
}

/// Linear attention: φ(Q) (φ(K)ᵀ V) / (φ(Q) φ(K)ᵀ 1), with 2 n d_k d_v multiplications; (6.9) takes n² (d_k + d_v).
/// (6.21)
///
/// The weights are φ(qᵢ)ᵀ φ(kⱼ) over their sum, so rows sum to 1, but they cannot select a single key as a softmax can.
/// No n×m array is stored. It is cheaper only for n > d. Katharopoulos et al. (2020). [… n×d_k], [… m×d_k],
/// [… m×d_v] → [… n×d_v]
public func linearAttention(_ Q: Tensor, _ K: Tensor, _ V: Tensor) -> Tensor {
  let (φQ, φK) = (eluPlusOne(Q), eluPlusOne(K))
  let z = φK.sum(axes: [-2], keepsAxes: true).transposed  // [… d_k×1]
  return matmul(φQ, matmul(φK.transposed, V)) / matmul(φQ, z)
}

/// The weights that linear attention never computes: φ(qᵢ)ᵀ φ(kⱼ) / Σₖ φ(qᵢ)ᵀ φ(kₖ) over allowed keys. [… n×m]
public func linearAttentionWeights(_ Q: Tensor, _ K: Tensor, mask: AttentionMask = .everything) -> Tensor {
  let products = matmul(eluPlusOne(Q), eluPlusOne(K).transposed)
  let allowed = mask.allowed(queries: Q.shape[-2], keys: K.shape[-2], scalarType: Q.scalarType)
  let seen = allowed.map { products * $0 } ?? products
  return seen / seen.sum(axes: [-1], keepsAxes: true)
}

/// Causal linear attention as a recurrent network: its state S has d_k × d_v numbers, however long the past is. § 6.12
///
/// Sₜ = Sₜ₋₁ + φ(kₜ) vₜᵀ, zₜ = zₜ₋₁ + φ(kₜ), yₜ = Sₜᵀ φ(qₜ) / (zₜᵀ φ(qₜ)).
public struct LinearAttentionState: Sendable {
  /// S. [… d_k×d_v]
  public private(set) var S: Tensor
  /// z. [… 1×d_k]
  public private(set) var z: Tensor

  /// The state before the first element: zeros. Axes before the last two are a batch.
  public init(depth d_k: Int, values d_v: Int, batch: [Int] = [], scalarType: ScalarType = .float) {
    S = Tensor.zeros(Shape(batch + [d_k, d_v]), scalarType: scalarType)
    z = Tensor.zeros(Shape(batch + [1, d_k]), scalarType: scalarType)
  }

  /// Adds one key and its value to the state, and answers one query. [… 1×d_k], [… 1×d_k], [… 1×d_v] → [… 1×d_v]
  public mutating func step(_ q: Tensor, _ k: Tensor, _ v: Tensor) -> Tensor {
    let (φq, φk) = (eluPlusOne(q), eluPlusOne(k))
    S += matmul(φk.transposed, v)
    z += φk
    return matmul(φq, S) / matmul(φq, z.transposed)
  }
}

/// Causal linear attention, element by element. [… n×d_k], [… n×d_k], [… n×d_v] → [… n×d_v]
public func causalLinearAttention(_ Q: Tensor, _ K: Tensor, _ V: Tensor) -> Tensor {
  var state = LinearAttentionState(
    depth: Q.shape[-1], values: V.shape[-1], batch: Array(Q.shape.lengths.dropLast(2)), scalarType: Q.scalarType)
  func row(_ x: Tensor, _ t: Int) -> Tensor { x.sliced(t..<t + 1, axis: -2) }
  return Tensor.concatenated((0..<Q.shape[-2]).map { state.step(row(Q, $0), row(K, $0), row(V, $0)) }, axis: -2)
}
