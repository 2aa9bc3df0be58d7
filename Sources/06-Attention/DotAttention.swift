// § 6.3  Scores by dot products

import Messages
import Tensors

/// Luong's dot score: eₜⱼ = sₜᵀ hⱼ, for queries and states of the same dimension. (6.6)
///
/// No parameters. Remark 6.2: Luong's scores take the decoder's state sₜ after its update, Bahdanau's takes sₜ₋₁.
public struct DotAttention: ScoredAttention {
  /// The dot score.
  public init() {}

  /// None.
  public static var parameters: [PartialKeyPath<DotAttention>] { [] }

  /// eₜⱼ = sₜᵀ hⱼ. (6.6) [… n×d], [… m×d] → [… n×m]
  public func scores(_ s: Tensor, _ h: Tensor) -> Tensor { dotProducts(s, h) }
}

/// Luong's general score: eₜⱼ = sₜᵀ W_a hⱼ, which has d_s · d_h parameters and allows the two dimensions to differ.
/// (6.7)
public struct GeneralAttention: ScoredAttention {
  /// W_a. [d_s×d_h]
  public var weight: Tensor

  /// The attention with this matrix.
  public init(weight: Tensor) {
    require(weight.rank == 2, "cannot score with W_a \(weight.shape): [d_s×d_h] is needed")
    self.weight = weight
  }

  /// Attention of queries of dimension d_s to states of dimension d_h.
  public init(queries d_s: Int, states d_h: Int, random: RandomSource) {
    weight = uniformByInputs([d_s, d_h], random)
  }

  /// W_a.
  public static var parameters: [PartialKeyPath<GeneralAttention>] { [\.weight] }

  /// eₜⱼ = sₜᵀ W_a hⱼ. (6.7) [… n×d_s], [… m×d_h] → [… n×m]
  public func scores(_ s: Tensor, _ h: Tensor) -> Tensor { dotProducts(matmul(s, weight), h) }
}

/// The scaled dot score: eₜⱼ = sₜᵀ hⱼ / √d. § 6.4
///
/// Groudiev, *Deep Learning*, § 6.4.2: the same for an attention layer whose inputs are both keys and values.
public struct ScaledDotAttention: ScoredAttention {
  /// The scaled dot score.
  public init() {}

  /// None.
  public static var parameters: [PartialKeyPath<ScaledDotAttention>] { [] }

  /// eₜⱼ = sₜᵀ hⱼ / √d. [… n×d], [… m×d] → [… n×m]
  public func scores(_ s: Tensor, _ h: Tensor) -> Tensor { dotProducts(s, h) / Double(s.shape[-1]).squareRoot() }
}

/// S Hᵀ, if rows of S and H are equally long.
private func dotProducts(_ s: Tensor, _ h: Tensor) -> Tensor {
  require(
    s.rank >= 2 && h.rank >= 2 && s.shape[-1] == h.shape[-1],
    "cannot take dot products of queries \(s.shape) and states \(h.shape): both must have the same dimension; the "
      + "general score sᵀ W h allows different dimensions")
  return matmul(s, h.transposed)
}
