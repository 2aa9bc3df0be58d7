// § 7.9  A task that needs two blocks

import Messages
import RNN
import Tensors

/// The artificial task of § 7.9: each of the n numbers of a sequence is the index of a position. The class is the
/// number found by following these indices: x₀ names a position, the number there names the next position, and so on.
///
/// Each position can read one other position in a block, so one block makes one hop and finds the number at position
/// x₀. In a second block position 0 reads what that position has read: two blocks make 3 hops, L blocks 2^L − 1.
public enum PointerChase {
  /// N random sequences of n positions, with the number reached after `hops` hops as the class; 0 hops give x₀.
  public static func draw(_ N: Int, places n: Int = 8, hops: Int, random: RandomSource) -> LabeledTokens {
    require(n >= 1 && hops >= 0, "cannot make \(hops) hops among \(n) positions: at least 1 position is needed")
    let sequences = (0..<N).map { _ in (0..<n).map { _ in random.integer(below: n) } }
    return LabeledTokens(sequences, labels: sequences.map { target(of: $0, hops: hops) })
  }

  /// The number reached from position 0: x₀ after 0 hops, x at position x₀ after one.
  public static func target(of sequence: [Int], hops: Int) -> Int {
    (0..<hops).reduce(sequence[0]) { place, _ in sequence[place] }
  }
}
