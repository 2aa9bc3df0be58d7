import Messages

/// A stream of random numbers: the same numbers, bit for bit, for the same seed on every machine.
///
/// A class because its identity is the position in the stream: a draw advances it for everybody who holds it. It
/// belongs to one task at a time; `split()` makes a stream for another. The generator is xoshiro256** by Blackman and
/// Vigna (2021), with period 2²⁵⁶ − 1, seeded by SplitMix64 as its authors recommend.
public final class RandomSource: RandomNumberGenerator {
  private let position: RandomPosition

  /// The position in the stream. Store it to continue later from the same position.
  public var state: (UInt64, UInt64, UInt64, UInt64) { position.state }

  /// The stream of a seed. Seeds may be as close as 1 and 2: SplitMix64 scatters them.
  public convenience init(seed: UInt64) {
    func word(_ place: UInt64) -> UInt64 { SplitMix64.word(place, seed: seed) }
    self.init(state: (word(1), word(2), word(3), word(4)))
  }

  /// The stream that continues from a stored state, which must not be all zeros.
  public init(state: (UInt64, UInt64, UInt64, UInt64)) {
    require(state != (0, 0, 0, 0), "cannot start a random source from four zeros: it would produce only zeros")
    position = RandomPosition(state)
    RandomLedger.current?.add(position)
  }

  /// The next 64 random bits, all of equal quality.
  public func next() -> UInt64 {
    var s = position.state
    let result = rotated(s.1 &* 5, by: 7) &* 9
    let t = s.1 << 17
    s.2 ^= s.0
    s.3 ^= s.1
    s.1 ^= s.2
    s.0 ^= s.3
    s.2 ^= t
    s.3 = rotated(s.3, by: 45)
    position.state = s
    return result
  }

  /// A stream independent of this one and of all others split from it; this one advances by four draws.
  ///
  /// The new state is 256 drawn bits, mixed once more: two streams meet with a probability of about length / 2²⁵⁵. With
  /// jumps, the method of the authors, a child's children would meet the parent's.
  public func split() -> RandomSource {
    let (a, b, c, d) = (next(), next(), next(), next())
    func mixed(_ bits: UInt64) -> UInt64 { SplitMix64.mixed(bits) }
    return RandomSource(state: (mixed(a), mixed(b), mixed(c), mixed(d)))
  }

  private func rotated(_ x: UInt64, by count: UInt64) -> UInt64 { (x &<< count) | (x &>> (64 &- count)) }
}

/// The generator of Steele, Lea and Flood (2014): a counter in steps of the golden ratio, mixed.
enum SplitMix64 {
  /// The word at a position in the stream of a seed; the first position is 1.
  static func word(_ place: UInt64, seed: UInt64) -> UInt64 { mixed(seed &+ place &* 0x9E37_79B9_7F4A_7C15) }

  /// A one-to-one map of 64 bits in which every bit of the result depends on every bit of the argument.
  static func mixed(_ bits: UInt64) -> UInt64 {
    var z = bits
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
