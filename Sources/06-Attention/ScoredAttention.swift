// § 6.2  Scores, weights, contexts

import Messages
import Tensors

/// Attention with a score that measures how well a query s matches each state h.
///
/// eₜⱼ = score(sₜ, hⱼ), αₜ = softmax(eₜ) (6.3), cₜ = Σⱼ αₜⱼ hⱼ (6.4). The types differ only in the score:
/// `AdditiveAttention` (6.2), `DotAttention` (6.6), `GeneralAttention` (6.7), `ConcatAttention` (6.8),
/// `ScaledDotAttention`.
public protocol ScoredAttention: Model {
  /// The scores e of all states h [… m×d_h] for all queries s [… n×d_s]. [… n×m]
  func scores(_ s: Tensor, _ h: Tensor) -> Tensor
}

extension ScoredAttention {
  /// The contexts c and the weights α of all queries. (6.3), (6.4)
  ///
  /// By Theorem 6.1, (6.5), each row of α is positive and sums to 1, so each context is a weighted mean of the states.
  /// Hidden states have weight exactly 0.
  ///
  /// - Parameters:
  ///   - s: The queries, such as decoder states. [… n×d_s]
  ///   - h: The states to read, such as those of an encoder. [… m×d_h]
  ///   - mask: Which states may be read: `.padding(lengths)` for sequences of several lengths.
  /// - Returns: The contexts [… n×d_h], and the weights [… n×m].
  public func callAsFunction(
    _ s: Tensor, over h: Tensor, mask: AttentionMask = .everything
  ) -> (context: Tensor, weights: Tensor) {
    let α = maskedSoftmax(scores(s, h), mask)
    return (matmul(α, h), α)
  }
}

/// The weights of scores e: αⱼ = exp(eⱼ) / Σₖ exp(eₖ) over the allowed keys, and exactly 0 for the others. (6.3)
///
/// A query that sees no key has weights of 0, although exp(−∞) / Σ exp(−∞) is NaN. Scores have the shape [… n×m]; if
/// the mask differs between sequences, their first axis must be the sequence.
public func maskedSoftmax(_ e: Tensor, _ mask: AttentionMask = .everything) -> Tensor {
  require(e.rank >= 2, "cannot take the weights of scores \(e.shape): [… n×m] is needed")
  guard
    let M = mask.added(queries: e.shape[-2], keys: e.shape[-1], heads: max(0, e.rank - 3), scalarType: e.scalarType)
  else { return e.softmax() }
  require(
    M.rank == 2 || (e.rank > 2 && M.shape[0] == e.shape[0]),
    "cannot mask scores \(e.shape) by masks of \(M.shape[0]) sequences: the scores' first axis must have this length")
  let seesAny = (M .== 0).max(axes: [-1], keepsAxes: true)
  let visible = select(seesAny, e + M, e)  // a row without keys stays finite, and its weights become 0
  return visible.softmax() * seesAny
}

/// Soft retrieval: the softmax of scores divided by a temperature. § 6.2.2
///
/// The lower the temperature, the closer the weights are to selecting the largest score. There is a derivative at every
/// temperature above 0.
public func softmax(_ e: Tensor, temperature: Double) -> Tensor {
  require(temperature > 0, "cannot take a softmax at temperature \(temperature): a number above 0 is needed")
  return (e / temperature).softmax()
}
