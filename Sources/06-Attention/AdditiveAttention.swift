// § 6.2, § 6.3  Scores by a hidden layer

import Messages
import Tensors

/// Additive attention: eₜⱼ = v_aᵀ tanh(W_a s + U_a hⱼ), where s = sₜ₋₁ is the state of a decoder. (6.2)
///
/// Exercise 6.1.1: weights (6.3) and contexts (6.4) come from `ScoredAttention`. There are d_a (d_s + d_h + 1)
/// parameters. Bahdanau, Cho and Bengio (2015).
public struct AdditiveAttention: ScoredAttention {
  /// W_a, for the queries. [d_a×d_s]
  public var queryWeight: Tensor
  /// U_a, for the states. [d_a×d_h]
  public var stateWeight: Tensor
  /// v_a. [d_a]
  public var scoreWeight: Tensor

  /// The attention with these weights.
  public init(queryWeight: Tensor, stateWeight: Tensor, scoreWeight: Tensor) {
    require(
      queryWeight.rank == 2 && stateWeight.rank == 2 && scoreWeight.shape == [queryWeight.shape[0]]
        && queryWeight.shape[0] == stateWeight.shape[0],
      "cannot score with W_a \(queryWeight.shape), U_a \(stateWeight.shape) and v_a \(scoreWeight.shape): [d_a×d_s], "
        + "[d_a×d_h] and [d_a] are needed")
    (self.queryWeight, self.stateWeight, self.scoreWeight) = (queryWeight, stateWeight, scoreWeight)
  }

  /// Attention of queries of dimension d_s to states of dimension d_h, with d_a hidden units; weights from U(−1/√n,
  /// 1/√n) for n inputs.
  public init(queries d_s: Int, states d_h: Int, units d_a: Int, random: RandomSource) {
    queryWeight = uniformByInputs([d_a, d_s], random)
    stateWeight = uniformByInputs([d_a, d_h], random)
    scoreWeight = uniformByInputs([1, d_a], random)[0]
  }

  /// W_a, U_a and v_a.
  public static var parameters: [PartialKeyPath<AdditiveAttention>] {
    [\.queryWeight, \.stateWeight, \.scoreWeight]
  }

  /// U_a hⱼ for all states, computed once for states that are read many times. [… m×d_h] → [… m×d_a]
  public func projected(_ h: Tensor) -> Tensor { matmul(h, stateWeight.transposed) }

  /// The scores, from states that `projected` has multiplied by U_a. [… n×d_s], [… m×d_a] → [… n×m]
  public func scores(_ s: Tensor, projected Uh: Tensor) -> Tensor {
    let Ws = matmul(s, queryWeight.transposed)
    return matmul((Ws.expanded(axis: -2) + Uh.expanded(axis: -3)).tanh(), scoreWeight)  // [… n×m×d_a] → [… n×m]
  }

  /// eₜⱼ = v_aᵀ tanh(W_a sₜ + U_a hⱼ). (6.2) [… n×d_s], [… m×d_h] → [… n×m]
  public func scores(_ s: Tensor, _ h: Tensor) -> Tensor { scores(s, projected: projected(h)) }
}

/// Luong's concat score: eₜⱼ = v_aᵀ tanh(W_a [sₜ; hⱼ]). (6.8)
///
/// With W_a = [W U] it is Bahdanau's score (6.2) for the state sₜ instead of sₜ₋₁. Luong, Pham and Manning (2015).
public struct ConcatAttention: ScoredAttention {
  /// W_a, for the concatenation [s; h]. [d_a × (d_s + d_h)]
  public var weight: Tensor
  /// v_a. [d_a]
  public var scoreWeight: Tensor

  /// The attention with these weights.
  public init(weight: Tensor, scoreWeight: Tensor) {
    require(
      weight.rank == 2 && scoreWeight.shape == [weight.shape[0]],
      "cannot score with W_a \(weight.shape) and v_a \(scoreWeight.shape): [d_a×(d_s+d_h)] and [d_a] are needed")
    (self.weight, self.scoreWeight) = (weight, scoreWeight)
  }

  /// Attention of queries of dimension d_s to states of dimension d_h, with d_a hidden units.
  public init(queries d_s: Int, states d_h: Int, units d_a: Int, random: RandomSource) {
    weight = uniformByInputs([d_a, d_s + d_h], random)
    scoreWeight = uniformByInputs([1, d_a], random)[0]
  }

  /// W_a and v_a.
  public static var parameters: [PartialKeyPath<ConcatAttention>] { [\.weight, \.scoreWeight] }

  /// eₜⱼ = v_aᵀ tanh(W_a [sₜ; hⱼ]). (6.8) [… n×d_s], [… m×d_h] → [… n×m]
  public func scores(_ s: Tensor, _ h: Tensor) -> Tensor {
    let (n, m) = (s.shape[-2], h.shape[-2])
    require(
      s.shape[-1] + h.shape[-1] == weight.shape[1],
      "cannot score [s; h] of \(s.shape[-1]) + \(h.shape[-1]) numbers with W_a \(weight.shape)")
    func pairs(_ x: Tensor, axis: Int) -> Tensor {
      x.expanded(axis: axis).broadcast(to: Shape(x.shape.lengths.dropLast(2) + [n, m, x.shape[-1]]))
    }
    let both = Tensor.concatenated([pairs(s, axis: -2), pairs(h, axis: -3)], axis: -1)  // [… n×m×(d_s+d_h)]
    return matmul(matmul(both, weight.transposed).tanh(), scoreWeight)
  }
}

/// Weights from U(−1/√n, 1/√n), with n the length of a row.
func uniformByInputs(_ shape: Shape, _ random: RandomSource) -> Tensor {
  let bound = 1 / Double(shape[-1]).squareRoot()
  return random.uniform(shape, in: -bound..<bound)
}
