// § 7.9  A task that needs two blocks

import Messages
import RNN
import Tensors

/// The planted task of § 7.9: a sequence of n numbers below n, each read as a place. The class is the number found by
/// following them: x₀ names a place, the number there names the next one, and so on.
///
/// Each place can read one other place in a block, so one block makes one hop: it gets as far as x at place x₀. In a
/// second block place 0 reads what that place has read: two blocks make 3 hops, L blocks 2^L − 1.
public enum PointerChase {
  /// N random sequences of n places, with the number reached after `hops` hops as the class; 0 give x₀.
  public static func draw(_ N: Int, places n: Int = 8, hops: Int, random: RandomSource) -> LabeledTokens {
    require(n >= 1 && hops >= 0, "cannot make \(hops) hops among \(n) places: at least 1 place is needed")
    let sequences = (0..<N).map { _ in (0..<n).map { _ in random.integer(below: n) } }
    return LabeledTokens(sequences, labels: sequences.map { target(of: $0, hops: hops) })
  }

  /// The number reached from place 0: x₀ after 0 hops, x at place x₀ after one.
  public static func target(of sequence: [Int], hops: Int) -> Int {
    (0..<hops).reduce(sequence[0]) { place, _ in sequence[place] }
  }
}
