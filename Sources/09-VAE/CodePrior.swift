// § 9.10  A causal prior over the codes of a VQ-VAE

import Attention
import Messages
import RNN
import Tensors

/// A causal model of K + 1 symbols as a prior over lists of codes: the last symbol only marks the beginning of a list.
/// § 9.10
///
/// p(c₁, …, c_n) = Π p(c_t | c₁, …, c_{t−1}), as in VQ-VAE-2 by Razavi et al. (2019). The codes of a list are the rows
/// of a grid, one after the other.
extension CausalModel {
  /// The number K of codes.
  public var codes: Int { symbols - 1 }

  /// The mean cost −ln p(c_t | c₁, …, c_{t−1}) of a code in lists of equal length, in nats. § 9.10
  ///
  /// The mark of the beginning has a probability too, which a trained model makes very small.
  public func codeCost(_ lists: [[Int]]) -> Tensor { loss(lists.map { [codes] + $0 }) }

  /// The mean cost of a code, in bits, over any number of lists. A code that is drawn uniformly costs log₂ K.
  public func bitsPerCode(_ lists: [[Int]], batch: Int = 100) -> Double {
    require(!lists.isEmpty, "cannot measure the cost of no codes: at least one list is needed")
    let sums = stride(from: 0, to: lists.count, by: batch).map { first in
      let part = Array(lists[first..<min(first + batch, lists.count)])
      return codeCost(part).item * Double(part.count)
    }
    return sums.reduce(0, +) / Double(lists.count) / ln2
  }

  /// Lists of codes drawn from the prior, all at once: each place costs one step. § 9.10
  public func drawnCodes(
    _ count: Int, length: Int, sampling: Sampling = Sampling(), using random: RandomSource
  ) -> [[Int]] {
    var (lists, cache) = ([[Int]](repeating: [], count: count), emptyCache())
    var last = [Int](repeating: codes, count: count)
    for _ in 0..<length {
      let logits = self(last.map { [$0] }, cache: &cache).sliced(0..<codes, axis: 1)
      last = (0..<count).map { sampling.next(from: logits[$0], using: random) }
      for (n, code) in last.enumerated() { lists[n].append(code) }
    }
    return lists
  }
}

/// ln 2: the number of nats in a bit.
public let ln2 = 0.6931471805599453
