// Exercise 7.5.1  Text from a masked model, by Gibbs sampling

import DataSets
import Messages
import Tensors

extension MaskedLanguageModel {
  /// Sequences that consist of masks at first and are sampled position by position: xᵢ ~ p(xᵢ | x_{∖i}), from left to
  /// right, in several sweeps. Exercise 7.5.1
  ///
  /// `frames` are the sequences with the fixed symbols at their positions and `mask` at all others; their lengths must
  /// be given, because a masked model cannot choose them. Each sampled token takes a pass through the whole network.
  /// `watch` is called after every sweep with the sequences and the number of passes so far for each of them. Wang and
  /// Cho (2019).
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

  /// Π p(xᵢ | x_{∖i}) over all sequences of `length` symbols below V, summed: it is 1 if these products are the
  /// probabilities of the sequences, but not for a masked model. Exercise 7.5.2
  public func sumOfProducts(length n: Int, symbols V: Int, mask: Int) -> Double {
    let sequences = allSequences(of: V, length: n)
    let places = sequences.flatMap { sequence in (0..<n).map { (sentence: sequence, place: $0) } }
    let shares = filledIn(places, mask: mask)
    return sequences.indices.reduce(0) { sum, s in
      sum + (0..<n).reduce(1.0) { $0 * renormalized(shares[s * n + $1], below: V)[sequences[s][$1]] }
    }
  }
}

/// The first V probabilities, normalized to sum to 1.
private func renormalized(_ shares: [Double], below V: Int) -> [Double] {
  let total = shares[..<V].reduce(0, +)
  return shares[..<V].map { $0 / total }
}
