// § 7.4.4  Generation with the complete architecture, symbol by symbol

import Attention
import DataSets
import Messages
import Tensors

extension EncoderDecoderTransformer {
  /// Takes the most likely symbol in every step, until it is the end or `longest` symbols are written. § 7.4.4
  ///
  /// A cache keeps the keys and values of the source and of the symbols written so far, so that a step computes only
  /// one position.
  public func translate(_ source: Tokens, longest: Int) -> [[Int]] {
    var cache = decoder.emptyCache(over: encode(source), capacity: longest + 1, memoryMask: paddingMask(source))
    var last = [Int](repeating: start, count: source.count)
    var (written, isOver) = ([[Int]](repeating: [], count: source.count), [Bool](repeating: false, count: source.count))
    for t in 0..<longest where isOver.contains(false) {
      let state = decoder(read(Tokens(last.map { [$0] }), from: t), cache: &cache)  // [N×1×d]
      last = output(state.squeezed(axis: 1)).argmax()
      for i in last.indices where !isOver[i] {
        if last[i] == end { isOver[i] = true } else { written[i].append(last[i]) }
      }
    }
    return written
  }

  /// The best translations of one source by beam search. § 7.4.4
  public func translate(
    _ source: [Int], width: Int, lengthPenalty α: Double = 0, longest: Int
  ) -> [Hypothesis] {
    let memory = encode(Tokens([source]))
    return beamSearch(width: width, lengthPenalty: α, longest: longest, end: end) { prefixes in
      let y = decoder(read(inputs(Tokens(prefixes))), over: memory.repeated(prefixes.count, axis: 0))
      return output(y.sliced(y.shape[1] - 1..<y.shape[1], axis: 1).squeezed(axis: 1))
    }
  }

  /// The fraction of sources whose translation is right to the last symbol, in batches of 200.
  public func exactMatch(_ pairs: SequencePairs) -> Double {
    if pairs.count == 0 { return .nan }
    let longest = (pairs.targets.map(\.count).max() ?? 0) + 2
    let hits = stride(from: 0, to: pairs.count, by: 200).reduce(0) { hits, first in
      let part = pairs.subset(first..<min(first + 200, pairs.count))
      return hits + zip(translate(part.sourceTokens, longest: longest), part.targets).count { $0 == $1 }
    }
    return Double(hits) / Double(pairs.count)
  }
}
