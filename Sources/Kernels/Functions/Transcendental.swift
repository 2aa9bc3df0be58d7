// exp, log, tanh and related functions on whole vectors. Each reduces its argument to a range close to zero, where few
// terms of a series suffice. Errors are in units in the last place (ulp) of `Float`, tested against the C library in
// `Double`. In `Double` itself they are at most 1.5 for exp and log, 4 for softplus, 3 for sigmoid, and 2 for the
// others.

extension KernelLanes {
  /// eˣ, to 1 ulp: x = k ln 2 + r with |r| ≤ ½ ln 2, so eˣ = 2ᵏ eʳ.
  @inline(__always)
  static func exp(_ x: Self) -> Self {
    let range = Scalar.exponentialRange
    if all(x.magnitude .<= Self(repeating: range.ordinary)) { return ordinaryExp(x) }
    let (k, r) = x.limited(from: range.lowest, to: range.highest).splitByLn2()
    let result = one.addingProduct(r, one.addingProduct(r, expTail(r)))
    // 2ᵏ itself may not be representable although the result is.
    let half = (k.number * 0.5).nearestInteger().integer
    return result * powerOfTwo(half) * powerOfTwo(k.integer &- half)
  }

  /// eˣ, to 1 ulp, where eˣ and 1/eˣ are normal numbers: k may then be added directly to the exponent bits.
  @inline(__always)
  static func ordinaryExp(_ x: Self) -> Self {
    let (k, r) = x.splitByLn2()
    let result = one.addingProduct(r, one.addingProduct(r, expTail(r)))
    return Self(integers: result.integers &+ (k.integer &* exponentUnit))
  }

  /// ln x, to 1 ulp: x = 2ᵏ m with √½ ≤ m < √2, and ln m = 2 artanh s for s = (m − 1)/(m + 1).
  @inline(__always)
  static func log(_ x: Self) -> Self {
    let (k, m) = x.splitExponent()
    let f = m - one
    let s = f / (f + 2)
    let z = s * s
    let tail = z * 2 * artanhTail(z, terms: Scalar.terms.log)  // 2 artanh(s)/s − 2
    let square = f * f * 0.5
    let low = (s * (square + tail)).addingProduct(k, Self(repeating: Scalar.ln2.low))
    let result = (f - (square - low)).addingProduct(k, Self(repeating: Scalar.ln2.high))
    let atEdge = choose(x .== Self.zero, Self(repeating: -.infinity), choose(x .< Self.zero, Self(repeating: .nan), x))
    let isOrdinary = choose(zero .< x, x, Self(repeating: .infinity)) .< Self(repeating: .infinity)
    return choose(isOrdinary, result, atEdge)
  }

  /// ln(1 + x), to 2 ulp: ln u for u = 1 + x, plus the rounding error of u divided by u.
  @inline(__always)
  static func log1p(_ x: Self) -> Self {
    let u = one + x
    let (logarithm, lost) = (log(u), (x - (u - one)) / u)
    let isOrdinary = choose(zero .< u, u, Self(repeating: .infinity)) .< Self(repeating: .infinity)
    return choose(u .== one, x, choose(isOrdinary, logarithm + lost, logarithm))
  }

  /// eˣ − 1, to 2 ulp: 2ᵏ (1 + r + r² tail) − 1 with x = k ln 2 + r, corrected by the rounding error of r.
  @inline(__always)
  static func expm1(_ x: Self) -> Self {
    let k = (x.limited(from: -50, to: 50) * Self(repeating: Scalar(1.442695040888963407))).nearestInteger()
    let high = x.limited(from: -50, to: 50).addingProduct(k.number, Self(repeating: -Scalar.ln2.high))
    let r = high.addingProduct(k.number, Self(repeating: -Scalar.ln2.low))
    let lost = (high - r).addingProduct(k.number, Self(repeating: -Scalar.ln2.low))
    let scale = powerOfTwo(k.integer)
    let linear = (scale - one).addingProduct(scale, r)
    let result = linear.addingProduct(scale, lost.addingProduct(r * r, expTail(r)))
    let large = choose(Self(repeating: 45) .< x, exp(x), result)  // 1 is negligible here
    return choose(x .== zero, x, large)
  }

  /// tanh x, to 1.6 ulp: t / (t + 2) with t = e²ˣ − 1.
  @inline(__always)
  static func tanh(_ x: Self) -> Self {
    let (k, r) = (x.magnitude.limited(from: 0, to: Scalar.tanhSaturation) * 2).splitByLn2()
    let scale = powerOfTwo(k.integer)
    let t = (scale - one).addingProduct(scale, r.addingProduct(r * r, expTail(r)))
    let sum = t + 2
    let quotient = t / sum
    // The rounding errors of sum and quotient, times 1 / (t + 2) = (1 − quotient) / 2; negligible where the quotient is
    // close to 1.
    let missed = t.addingProduct(-quotient, sum).addingProduct(-quotient, t - (sum - 2))
    let factor = choose(quotient .< Self(repeating: 0.9), (one - quotient) * 0.5, zero)
    return quotient.addingProduct(missed, factor).withSign(of: x)
  }

  /// σ(x) = 1 / (1 + e⁻ˣ), to 2 ulp; eˣ where e⁻ˣ might overflow.
  @inline(__always)
  static func sigmoid(_ x: Self) -> Self {
    let ordinary = Scalar.exponentialRange.ordinary
    if all(x.magnitude .<= Self(repeating: ordinary)) { return one / (one + ordinaryExp(-x)) }
    return choose(x .< Self(repeating: -ordinary), exp(x), one / (one + exp(-x)))
  }

  /// ln(1 + eˣ) = max(x, 0) + ln(1 + e) with e = e^−|x|, to 2 ulp.
  @inline(__always)
  static func softplus(_ x: Self) -> Self { choose(x .< zero, zero, x) + logOfSum(exp(-x.magnitude)) }

  /// ln(1 + e) for 0 ≤ e ≤ 1. In `Float` a polynomial, fitted by least squares, reweighted until the largest relative
  /// error was smallest: 2⁻²⁷. In `Double` 2 artanh(e / (2 + e)).
  @inline(__always)
  private static func logOfSum(_ e: Self) -> Self {
    if Scalar.scalarType == .double {
      let s = e / (e + 2)
      let z = s * s
      return (s * 2).addingProduct(s * 2, z * artanhTail(z, terms: 17))
    }
    let tail = series(
      e, terms: 9,
      [
        -0.4999993276386122, 0.33330511325619, -0.2495858746406057, 0.19695400717797348, -0.15355396758443637,
        0.10680556237109323, -0.0576644511388531, 0.020204588545658524, -0.0033184733401308095,
      ])
    return e.addingProduct(e * e, tail)
  }
}

// MARK: - Pieces

extension KernelLanes {
  @inline(__always)
  static var one: Self { Self(repeating: 1) }

  /// The integer nearest to each lane, as an integer and as a number. Lanes must be below 2ᵖ⁻¹ for p significand bits.
  @inline(__always)
  func nearestInteger() -> (integer: MaskStorage, number: Self) {
    let magic = Self(repeating: Scalar.roundingConstant)
    let shifted = self + magic
    return (shifted.integers &- magic.integers, shifted - magic)
  }

  /// k and r with x = k ln 2 + r and |r| ≤ ½ ln 2.
  @inline(__always)
  func splitByLn2() -> (k: (integer: MaskStorage, number: Self), r: Self) {
    let k = (self * Self(repeating: Scalar(1.442695040888963407))).nearestInteger()
    let high = self.addingProduct(k.number, Self(repeating: -Scalar.ln2.high))
    return (k, high.addingProduct(k.number, Self(repeating: -Scalar.ln2.low)))
  }

  /// k and m with x = 2ᵏ m and √½ ≤ m < √2, for positive x.
  @inline(__always)
  func splitExponent() -> (k: Self, m: Self) {
    let isTiny = self .< Self(repeating: Scalar.leastNormalMagnitude)
    let lift = Scalar.significandBitCount + 2
    let factor = Self.choose(
      isTiny, Self(repeating: Scalar(sign: .plus, exponent: Scalar.Exponent(lift), significand: 1)), .one)
    let lifted = (self * factor).integers
    let distance = lifted &- Self(repeating: Scalar(0.70710678118654752)).integers
    let k = distance &>> MaskStorage(repeating: MaskStorage.Scalar(Scalar.significandBitCount))
    let magic = Self(repeating: Scalar.roundingConstant)
    let number = Self(integers: k &+ magic.integers) - magic
    let m = Self(integers: lifted &- (k &* Self.exponentUnit))
    return (number - Self.choose(isTiny, Self(repeating: Scalar(lift)), .zero), m)
  }

  /// 2ᵏ, where that is a normal number.
  @inline(__always)
  static func powerOfTwo(_ k: MaskStorage) -> Self { Self(integers: (k &* exponentUnit) &+ one.integers) }

  /// The lowest bit of the exponent.
  @inline(__always)
  static var exponentUnit: MaskStorage { MaskStorage(repeating: 1 << MaskStorage.Scalar(Scalar.significandBitCount)) }

  /// (eʳ − 1 − r) / r² = Σₖ rᵏ / (k + 2)!; in `Float` five terms, fitted like those of `logOfSum`, to 2⁻²⁸ of eʳ.
  @inline(__always)
  static func expTail(_ r: Self) -> Self {
    if Scalar.scalarType == .float {
      return series(
        r, terms: 5,
        [0.5000000095414208, 0.16666518602652922, 0.041666205063012746, 0.008368917863014053, 0.0013950540561943235])
    }
    let coefficients: [12 of Double] = [
      1 / 2, 1 / 6, 1 / 24, 1 / 120, 1 / 720, 1 / 5040, 1 / 40320, 1 / 362880, 1 / 3_628_800, 1 / 39_916_800,
      1 / 479_001_600, 1 / 6_227_020_800,
    ]
    return series(r, terms: 12, coefficients)
  }

  /// (artanh(s)/s − 1) / s² = Σₖ zᵏ / (2k + 3) for z = s².
  @inline(__always)
  static func artanhTail(_ z: Self, terms: Int) -> Self {
    let coefficients: [16 of Double] = [
      1 / 3, 1 / 5, 1 / 7, 1 / 9, 1 / 11, 1 / 13, 1 / 15, 1 / 17, 1 / 19, 1 / 21, 1 / 23, 1 / 25, 1 / 27, 1 / 29,
      1 / 31, 1 / 33,
    ]
    return series(z, terms: terms - 1, coefficients)
  }

  /// Σₖ cₖ xᵏ over the first `terms` coefficients, by Horner's rule.
  @inline(__always)
  static func series<let n: Int>(_ x: Self, terms: Int, _ coefficients: InlineArray<n, Double>) -> Self {
    var sum = Self(repeating: Scalar(coefficients[terms - 1]))
    for k in (0..<(terms - 1)).reversed() {
      sum = Self(repeating: Scalar(coefficients[k])).addingProduct(sum, x)
    }
    return sum
  }
}
