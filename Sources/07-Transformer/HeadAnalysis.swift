// Exercise 7.6  What the heads of an encoder look at

import Attention
import DataSets
import Messages
import Tensors

/// Kinds of heads, by thresholds on their mean weights. Remark 7.2, Exercise 7.6
public enum HeadKind: String, Sendable, CaseIterable {
  case previous = "previous token"
  case next = "next token"
  case same = "same token"
  case first = "first token"
  case broad
  case content = "by content"
}

/// The mean weights of one head over the positions of some sequences. Exercise 7.6
public struct HeadProfile: Sendable {
  /// The block and the head, both counted from 0.
  public let block, head: Int
  /// The mean weight on the previous position, on the next one, on the query's own position, and on the first position.
  ///
  /// Queries at the first two positions are left out of `first`, because there the first position is also their own or
  /// the previous one.
  public let previous, next, same, first: Double
  /// The mean of H / ln n, where H is the entropy of a row over n positions: 1 for equal weights, 0 for a single key.
  public let breadth: Double

  /// The kind: the position with the largest mean weight, if that is at least `share`; else broad, if the breadth is at
  /// least `breadth`; else the head looks by content.
  public func kind(share: Double = 0.4, breadth: Double = 0.85) -> HeadKind {
    let places: [(HeadKind, Double)] = [(.previous, previous), (.next, next), (.same, same), (.first, first)]
    if let best = places.max(by: { $0.1 < $1.1 }), best.1 >= share { return best.0 }
    return self.breadth >= breadth ? .broad : .content
  }
}

/// The profiles of heads from their attention maps for several sequences. maps: [h×n×n] for each sequence, n ≥ 3
public func headProfiles(_ maps: [Tensor], block: Int = 0) -> [HeadProfile] {
  require(
    !maps.isEmpty && maps.allSatisfy { $0.rank == 3 && $0.shape[1] == $0.shape[2] && $0.shape[1] >= 3 },
    "cannot profile heads by maps \(maps.map(\.shape)): [h×n×n] of at least one sequence, with n ≥ 3, is needed")
  return (0..<maps[0].shape[0]).map { head in
    var (sums, counts) = ([Double](repeating: 0, count: 5), [Double](repeating: 0, count: 5))
    func add(_ which: Int, _ value: Double) { (sums[which], counts[which]) = (sums[which] + value, counts[which] + 1) }
    for map in maps {
      let (n, w) = (map.shape[1], map[head].scalars)
      let logarithms = maximum(map[head], Tensor(1e-30, scalarType: map.scalarType)).log().scalars
      let even = Tensor(Double(n), scalarType: .double).log().item
      for i in 0..<n {
        let row = i * n
        if i > 0 { add(0, w[row + i - 1]) }
        if i < n - 1 { add(1, w[row + i + 1]) }
        add(2, w[row + i])
        if i > 1 { add(3, w[row]) }
        add(4, -(row..<row + n).reduce(0) { $0 + w[$1] * logarithms[$1] } / even)
      }
    }
    let means = zip(sums, counts).map { $0 / $1 }
    return HeadProfile(
      block: block, head: head, previous: means[0], next: means[1], same: means[2], first: means[3], breadth: means[4])
  }
}

extension TransformerClassifier {
  /// Exercise 7.6: the profiles of all heads, block by block, over sequences of at least 3 tokens.
  public func headProfiles(on sequences: [[Int]]) -> [[HeadProfile]] {
    let maps = sequences.map(weights)
    return encoder.blocks.indices.map { block in Transformer.headProfiles(maps.map { $0[block] }, block: block) }
  }

  /// The mean weight of every head from one position of a sequence to another, over pairs of positions. [block][head]
  public func meanWeights(
    on sequences: [[Int]], pairs: ([Int]) -> [(query: Int, key: Int)]
  ) -> [[Double]] {
    var sums = encoder.blocks.map { [Double](repeating: 0, count: $0.attention.heads) }
    var count = 0.0
    for sequence in sequences {
      let (places, maps) = (pairs(sequence), weights(sequence))
      count += Double(places.count)
      for (block, map) in maps.enumerated() {
        for head in 0..<map.shape[0] {
          for place in places { sums[block][head] += map[head, place.query, place.key].item }
        }
      }
    }
    return sums.map { $0.map { $0 / max(1, count) } }
  }

  /// The classifier without some of its heads, which are numbered consecutively through all blocks: head i of block b
  /// is b h + i. Exercise 7.6
  ///
  /// Their gates are 0; the other heads do not change.
  public func without(heads removed: [Int]) -> TransformerClassifier {
    var copy = self
    var first = 0
    for block in encoder.blocks.indices {
      let h = encoder.blocks[block].attention.heads
      let own = removed.filter { (first..<first + h).contains($0) }.map { [first] in $0 - first }
      if !own.isEmpty { copy.encoder.blocks[block].attention = encoder.blocks[block].attention.without(own) }
      first += h
    }
    return copy
  }

  /// The same classifier made smaller, without the weights of the removed heads. Each block must keep at least one
  /// head. Exercise 7.6
  public func pruned(heads removed: [Int]) -> TransformerClassifier {
    var copy = self
    var first = 0
    for block in encoder.blocks.indices {
      let attention = encoder.blocks[block].attention
      let kept = (0..<attention.heads).filter { [first] in !removed.contains(first + $0) }
      copy.encoder.blocks[block].attention = attention.pruned(to: kept)
      first += attention.heads
    }
    return copy
  }
}
