// § 2.7  The random numbers of the notes' listing, bit for bit

import Messages
import Tensors

/// NumPy's legacy stream: what `numpy.random.seed(42)` followed by `randn`, `random_sample`, `randint` and
/// `permutation` draws. Listing 2.7
///
/// A value: a copy continues from the same place. The 32-bit words are MT19937 of Matsumoto and Nishimura (1998),
/// seeded by Knuth's linear rule; NumPy promises that this stream never changes.
public struct LegacyNumPyRandom: Sendable {
  private var state: [UInt32]
  private var position = LegacyNumPyRandom.length
  /// The second number of a normal pair, kept for the next call.
  private var spareNormal: Double?

  private static let length = 624
  private static let shift = 397

  /// The stream of `numpy.random.seed(seed)`.
  public init(seed: UInt32) {
    state = [seed]
    for place in 1..<Self.length {
      let last = state[place - 1]
      state.append(1_812_433_253 &* (last ^ (last >> 30)) &+ UInt32(place))
    }
  }

  /// The next 32 random bits.
  public mutating func word() -> UInt32 {
    if position == Self.length { advance() }
    var y = state[position]
    position += 1
    y ^= y >> 11
    y ^= (y << 7) & 0x9D2C_5680
    y ^= (y << 15) & 0xEFC6_0000
    return y ^ (y >> 18)
  }

  /// A number in [0, 1) with 53 random bits, from two words: `random_sample`.
  public mutating func uniform() -> Double {
    let (high, low) = (word() >> 5, word() >> 6)
    return (Double(high) * 67_108_864 + Double(low)) / 9_007_199_254_740_992
  }

  /// A standard normal number by the polar method of Marsaglia and Bray (1964): `randn`.
  ///
  /// A point uniform in the unit disc gives two independent numbers; the second is returned first, the first waits for
  /// the next call.
  public mutating func normal() -> Double {
    if let spare = spareNormal {
      spareNormal = nil
      return spare
    }
    while true {
      let (x, y) = (2 * uniform() - 1, 2 * uniform() - 1)
      let r² = x * x + y * y
      if r² >= 1 || r² == 0 { continue }
      let logarithm = Tensor(r², scalarType: .double).log().item
      let factor = (-2 * logarithm / r²).squareRoot()
      spareNormal = factor * x
      return factor * y
    }
  }

  /// Standard normal numbers in double precision, row by row: `randn(…)`.
  public mutating func normal(_ shape: Shape) -> Tensor {
    var numbers: [Double] = []
    for _ in 0..<shape.count { numbers.append(normal()) }
    return Tensor(numbers, shape: shape, scalarType: .double)
  }

  /// An integer in 0, …, `bound` − 1: `randint(bound)`.
  ///
  /// By rejection: the lowest bits of a word, as many as `bound` − 1 has, until they are a number below the bound. A
  /// bound of 1 takes no word.
  public mutating func integer(below bound: Int) -> Int {
    require(
      bound >= 1 && bound <= 1 << 32,
      "cannot draw an integer below \(bound) from 32-bit words: the bound must be in 1, …, 2³²")
    if bound == 1 { return 0 }
    let mask = UInt32.max >> UInt32(bound - 1).leadingZeroBitCount
    while true {
      let value = Int(word() & mask)
      if value < bound { return value }
    }
  }

  /// The numbers 0, …, n − 1 in random order: `permutation(n)`, or `shuffle(arange(n))`.
  ///
  /// From the last place to the second, each place is exchanged with a place up to itself.
  public mutating func permutation(_ n: Int) -> [Int] {
    require(n >= 0, "cannot permute \(n) numbers: their count must be at least 0")
    var order = Array(0..<n)
    for place in stride(from: n - 1, to: 0, by: -1) { order.swapAt(place, integer(below: place + 1)) }
    return order
  }

  /// Computes the next 624 words of state.
  private mutating func advance() {
    let n = Self.length
    for place in 0..<n {
      let bits = (state[place] & 0x8000_0000) | (state[(place + 1) % n] & 0x7FFF_FFFF)
      let twist: UInt32 = bits & 1 == 0 ? 0 : 0x9908_B0DF
      state[place] = state[(place + Self.shift) % n] ^ (bits >> 1) ^ twist
    }
    position = 0
  }
}
