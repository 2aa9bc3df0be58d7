// § 12.2.1  The product of conditionals, and texts that never end

import Attention
import Messages
import Tensors
import Transformer

/// The probabilities of all V^T strings of T symbols under a language model: Π_t p(x_t | x₁, …, x_{t−1}). § 12.2.1
///
/// They sum to 1 for any model, because each factor sums to 1 over its symbol. V must be the number of all symbols that
/// the model can write, and `start`, which it reads before the first symbol, is one of them.
public func stringProbabilities<M: CausalModel>(
  of model: M, symbols V: Int, length T: Int, after start: Int
) -> [(string: [Int], probability: Double)] {
  allSequences(of: V, length: T).map { x in
    (x, Tensor(model.logProbability(of: x, after: start), scalarType: .double).exp().item)
  }
}

/// The probability that a text ends within n symbols, if it ends after symbol t with probability q_t, given that it
/// has not ended before: 1 − Π_{t ≤ n} (1 − q_t). § 12.2.1
///
/// The notes fix the length T. Where a model writes an end symbol, the probabilities of all finite texts sum to the
/// limit of this, which is 1 only if Σ q_t diverges: for q_t = 1/(t + 1)² it is ½, and the rest belongs to texts that
/// never end.
public func endingProbability(within n: Int, chance q: (_ t: Int) -> Double) -> Double {
  require(n >= 0, "cannot write \(n) symbols: the number must not be negative")
  return 1 - (0..<n).reduce(1.0) { $0 * (1 - q($1 + 1)) }
}
