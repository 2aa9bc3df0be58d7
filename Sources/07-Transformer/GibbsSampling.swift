// Exercise 7.5.1  Text from a masked model, by Gibbs sampling

import DataSets
import Messages
import Tensors

extension MaskedLanguageModel {
  /// Sequences that begin as masks alone and are drawn place by place: xᵢ ~ p(xᵢ | x_{∖i}), from left to right, again
  /// and again. Exercise 7.5.1
  ///
  /// `frames` are the sequences with the fixed symbols at their places and `mask` at all others; their lengths are
  /// given, which is the first thing that a masked model cannot say itself. Each draw is a pass of the whole network.
  /// `watch` gets the sequences after every sweep, with the passes so far for each of them. Wang and Cho (2019).
  public func gibbs(
    _ frames: [[Int]], mask: Int, allowed: Range<Int>, sweeps: Int, using random: RandomSource,
    watch: (_ sweep: Int, _ sequences: [[Int]], _ passes: Int) -> Void
  ) {
    var (sequences, passes) = (frames, 0)
    let free = frames.map { frame in frame.indices.filter { frame[$0] == mask } }
    for sweep in 1...max(1, sweeps) {
      for turn in 0..<(free.map(\.count).max() ?? 0) {
        let drawn = sequences.indices.filter { turn < free[$0].count }
        let places = drawn.map { (sentence: sequences[$0], place: free[$0][turn]) }
        for (number, shares) in zip(drawn, filledIn(places, mask: mask)) {
          let kept = shares.indices.map { allowed.contains($0) ? shares[$0] : 0 }
          sequences[number][free[number][turn]] = random.categorical(kept)
        }
        passes += 1
      }
      watch(sweep, sequences, passes)
    }
  }

  /// Π p(xᵢ | x_{∖i}) over all sequences of `length` symbols below V, summed: 1 for a model whose products are
  /// probabilities of sequences, another number here. Exercise 7.5.2
  public func sumOfProducts(length n: Int, symbols V: Int, mask: Int) -> Double {
    let sequences = allSequences(of: V, length: n)
    let places = sequences.flatMap { sequence in (0..<n).map { (sentence: sequence, place: $0) } }
    let shares = filledIn(places, mask: mask)
    return sequences.indices.reduce(0) { sum, s in
      sum + (0..<n).reduce(1.0) { $0 * renormalized(shares[s * n + $1], below: V)[sequences[s][$1]] }
    }
  }
}

/// The first V shares, made a distribution.
private func renormalized(_ shares: [Double], below V: Int) -> [Double] {
  let total = shares[..<V].reduce(0, +)
  return shares[..<V].map { $0 / total }
}
