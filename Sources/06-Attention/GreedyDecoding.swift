// § 6.1  Greedy decoding

import DataSets
import Tensors

/// The output of a network, and the attention weights.
public struct Translation: Sendable {
  /// The symbols, without the end.
  public let tokens: [Int]
  /// The natural logarithm of their probability, including that of the end if it was written.
  public let logProbability: Double
  /// αₜⱼ for every symbol written and for the end, without the padding of the source; empty if the network has no
  /// attention.
  public let weights: [[Double]]

  /// The position at which each row of the weights is largest.
  public var peaks: [Int] {
    weights.map { row in row.indices.max { (row[$0], $1) < (row[$1], $0) } ?? 0 }
  }
}

extension Translator {
  /// Takes the most likely symbol in every step, until it is the end or `longest` symbols are written. § 6.1
  public func translate(_ source: Tokens, longest: Int) -> [Translation] {
    let encoded = encode(source)
    var (s, tokens) = (initialState(encoded), [Int](repeating: start, count: source.count))
    var drafts = [Draft](repeating: Draft(), count: source.count)
    for t in 0...longest where drafts.contains(where: { !$0.isOver }) {
      let step = step(tokens, from: s, reading: encoded)
      let logProbabilities = logits(step).logSoftmax()
      (s, tokens) = (step.state, t == longest ? tokens.map { _ in end } : logProbabilities.argmax())
      let (values, rows) = (logProbabilities.picked(tokens).scalars, step.weights?.scalars ?? [])
      for i in drafts.indices where !drafts[i].isOver {
        if t == longest && tokens[i] == end { drafts[i].isOver = true }
        if t < longest { drafts[i].logProbability += values[i] }
        if !rows.isEmpty {
          drafts[i].weights.append(Array(rows[i * source.time..<i * source.time + source.lengths[i]]))
        }
        if tokens[i] == end { drafts[i].isOver = true } else { drafts[i].tokens.append(tokens[i]) }
      }
    }
    return drafts.map { Translation(tokens: $0.tokens, logProbability: $0.logProbability, weights: $0.weights) }
  }

  /// The fraction of sources whose translation is right to the last symbol, in batches of 200.
  public func exactMatch(_ pairs: SequencePairs) -> Double {
    if pairs.count == 0 { return .nan }
    let longest = (pairs.targets.map(\.count).max() ?? 0) + 2
    let hits = stride(from: 0, to: pairs.count, by: 200).reduce(0) { hits, first in
      let part = pairs.subset(first..<min(first + 200, pairs.count))
      return hits + zip(translate(part.sourceTokens, longest: longest), part.targets).count { $0.tokens == $1 }
    }
    return Double(hits) / Double(pairs.count)
  }
}

/// A translation under way.
private struct Draft {
  var (tokens, logProbability, weights, isOver) = ([Int](), 0.0, [[Double]](), false)
}
