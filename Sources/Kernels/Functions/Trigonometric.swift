import Foundation

// sin and cos on whole vectors.

extension KernelLanes {
  /// sin x, to 1.5 ulp.
  @inline(__always)
  static func sin(_ x: Self) -> Self {
    let isNear = x.magnitude .<= Self(repeating: largestAngle)
    let sine = choose(x .== zero, x, sine(of: x, quarterTurns: 0))  // −0 stays −0
    return all(isNear) ? sine : choose(isNear, sine, x.eachLane { Foundation.sin($0) })
  }

  /// cos x, to 1.5 ulp: the sine, a quarter turn ahead.
  @inline(__always)
  static func cos(_ x: Self) -> Self {
    let (isNear, sine) = (x.magnitude .<= Self(repeating: largestAngle), sine(of: x, quarterTurns: 1))
    return all(isNear) ? sine : choose(isNear, sine, x.eachLane { Foundation.cos($0) })
  }

  /// Beyond this angle, and for infinities and NaN, the C library is used: the reduction below would lose digits.
  @inline(__always)
  static var largestAngle: Scalar { 100_000 }

  /// sin(x + q π/2): x = n π/2 + r with |r| ≤ π/4, where n + q selects among ± sin r and ± cos r.
  ///
  /// π/2 is subtracted in three parts (Cody and Waite, 1980); the products are exact as long as n has few digits.
  @inline(__always)
  static func sine(of x: Self, quarterTurns: MaskStorage.Scalar) -> Self {
    let (turns, n) = (x * Self(repeating: Scalar(0.636619772367581343))).nearestInteger()
    let halfPi = Scalar.halfPi
    let high = x.addingProduct(-n, Self(repeating: halfPi.high))
    let middle = high.addingProduct(-n, Self(repeating: halfPi.middle))
    let r = middle.addingProduct(-n, Self(repeating: halfPi.low))
    let z = r * r
    let sines: [8 of Double] = [
      -1 / 6, 1 / 120, -1 / 5040, 1 / 362880, -1 / 39_916_800, 1 / 6_227_020_800, -1 / 1_307_674_368_000,
      1 / 355_687_428_096_000,
    ]
    let sine = r.addingProduct(r * z, series(z, terms: Scalar.terms.sin - 1, sines))
    let cosines: [9 of Double] = [
      1, -1 / 2, 1 / 24, -1 / 720, 1 / 40320, -1 / 3_628_800, 1 / 479_001_600, -1 / 87_178_291_200,
      1 / 20_922_789_888_000,
    ]
    let cosine = series(z, terms: Scalar.terms.cos, cosines)
    let quadrant = Self(integers: turns &+ MaskStorage(repeating: quarterTurns)).bits
    let isOdd = MaskStorage(repeating: 0) &- Self(bits: and(quadrant, mask(1))).integers
    let sign =
      Self(bits: and(quadrant, mask(2))).integers &* MaskStorage(repeating: 1 << (MaskStorage.Scalar.bitWidth - 2))
    let value = choose(Self(integers: isOdd).bits, cosine, sine)
    return Self(integers: value.integers &+ sign)  // adding to the sign bit flips it
  }

  @inline(__always)
  private static func mask(_ bits: MaskStorage.Scalar) -> Bits { Self(integers: MaskStorage(repeating: bits)).bits }
}
