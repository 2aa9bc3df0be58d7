// § 7.10  Copying from the context

import Attention
import Messages
import Tensors

/// Learning from the context: sequences that repeat a random piece of random length. The symbol that follows another
/// cannot be known from training, but it can be read where the other symbol occurred before. Fleuret, *The Little Book
/// of Deep Learning*, § 7.1
///
/// The symbols of a piece are drawn without repetition, so the position where a symbol occurred before is unique. An
/// induction head finds it in two steps: a first layer adds to each position which symbol precedes it, and a second
/// layer looks for the position that is preceded by the current symbol. Elhage et al. (2021), Olsson et al. (2022).
public struct InductionTask: Sendable {
  /// The number V of symbols, and the length n of a sequence.
  public let symbols, length: Int
  /// The lengths of the repeated piece, all equally likely.
  public let periods: ClosedRange<Int>

  /// A task of the given size.
  public init(symbols V: Int = 32, length n: Int = 32, periods: ClosedRange<Int> = 8...19) {
    require(
      periods.lowerBound >= 1 && periods.upperBound < n && periods.upperBound <= V,
      "cannot repeat pieces of \(periods) of \(V) symbols in \(n): at most \(V), and fewer than \(n), are possible")
    (symbols, length, self.periods) = (V, n, periods)
  }

  /// A sequence of n + 1 symbols, one more than the model reads, and the length of its piece.
  public func draw(_ random: RandomSource) -> (sequence: [Int], period: Int) {
    let p = periods.lowerBound + random.integer(below: periods.count)
    let piece = random.permutation(symbols).prefix(p)
    return ((0...length).map { piece[$0 % p] }, p)
  }

  /// The mean cross-entropy of the symbols that the context determines: those whose predecessor has occurred before.
  public func loss(_ model: Llama, _ batch: [(sequence: [Int], period: Int)]) -> Tensor {
    let (logits, labels) = judged(model, batch)
    return logits.crossEntropy(labels: labels, where: isDetermined(batch))
  }

  /// The fraction of these symbols to which the model gives the largest probability.
  public func accuracy(_ model: Llama, _ batch: [(sequence: [Int], period: Int)]) -> Double {
    let (logits, labels) = judged(model, batch)
    let (predicted, isKept) = (logits.argmax(), isDetermined(batch))
    let places = labels.indices.filter { isKept[$0] }
    return Double(places.count { predicted[$0] == labels[$0] }) / Double(places.count)
  }

  /// Whether the symbol at each position has occurred before, so that the context determines what follows. [N n]
  private func isDetermined(_ batch: [(sequence: [Int], period: Int)]) -> [Bool] {
    batch.flatMap { item in (0..<length).map { $0 >= item.period } }
  }

  private func judged(_ model: Llama, _ batch: [(sequence: [Int], period: Int)]) -> (logits: Tensor, labels: [Int]) {
    let logits = model(batch.map { Array($0.sequence.dropLast()) })
    return (logits.reshaped([batch.count * length, symbols]), batch.flatMap { $0.sequence.dropFirst() })
  }

  /// The mean weight that each head of a block puts on the position after the earlier occurrence of the current symbol,
  /// and on the previous position. [h] each
  public func weights(
    _ model: Llama, block: Int, _ batch: [(sequence: [Int], period: Int)]
  ) -> (induction: [Double], previous: [Double]) {
    let α = model.weights(batch.map { Array($0.sequence.dropLast()) }, block: block)  // [N×h×n×n]
    let (h, places) = (α.shape[1], batch.enumerated().flatMap { i, item in (item.period..<length).map { (i, $0) } })
    func mean(_ head: Int, _ key: (_ item: Int, _ place: Int) -> Int) -> Double {
      let scalars = α.sliced(head..<head + 1, axis: 1).scalars
      let weights = places.map { i, t in scalars[(i * length + t) * length + key(i, t)] }
      return weights.reduce(0, +) / Double(places.count)
    }
    return (
      (0..<h).map { mean($0) { i, t in t - batch[i].period + 1 } }, (0..<h).map { mean($0) { _, t in t - 1 } }
    )
  }
}
