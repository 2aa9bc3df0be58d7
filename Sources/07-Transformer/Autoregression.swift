// § 7.7  The probability of a sequence

import Attention
import Messages
import Tensors

extension CausalModel {
  /// log p(x₁, …, x_T) = Σ_t log p(x_t | x₁, …, x_{t−1}), which training with (7.14) maximizes. Definition 7.11
  ///
  /// The first factor, p(x₁), needs an input before x₁: the start symbol `start`. Without one this factor is left out,
  /// and the probabilities of all sequences sum to V.
  public func logProbability(of sequence: [Int], after start: Int? = nil) -> Double {
    let text = (start.map { [$0] } ?? []) + sequence
    if text.count < 2 { return 0 }
    return -loss([text]).item * Double(text.count - 1)
  }

  /// The probabilities of the next symbol after each position of a text, in one pass. [T×V]
  public func conditionals(_ text: [Int]) -> Tensor { self([text])[0].softmax() }
}

/// All V^T sequences of T symbols below V.
public func allSequences(of V: Int, length T: Int) -> [[Int]] {
  require(V >= 1 && T >= 0, "cannot list sequences of \(T) of \(V) symbols: T ≥ 0 and V ≥ 1 are needed")
  return (0..<T).reduce([[]]) { sequences, _ in sequences.flatMap { s in (0..<V).map { s + [$0] } } }
}
