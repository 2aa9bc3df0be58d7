import Foundation

// xʸ = eʸ ˡⁿ ˣ on whole vectors.

extension KernelLanes {
  /// xʸ for a constant exponent: to 1.5 ulp where `plainPower` holds, elsewhere by the C library.
  @inline(__always)
  static func power(_ x: Self, _ exponent: Double) -> Self {
    let high = Scalar(exponent)
    let (isPlain, power) = plainPower(x, Self(repeating: high), Self(repeating: Scalar(exponent - Double(high))))
    return all(isPlain) ? power : choose(isPlain, power, x.eachLane { pow($0, exponent) })
  }

  /// xʸ for an exponent per lane, to the same accuracy.
  @inline(__always)
  static func power(_ x: Self, _ y: Self) -> Self {
    let (isPlain, power) = plainPower(x, y, zero)
    return all(isPlain) ? power : choose(isPlain, power, x.eachLane(y) { pow($0, $1) })
  }

  /// xʸ for y = high + low, and where it holds: x is positive and finite, y finite, and xʸ and 1/xʸ are normal.
  ///
  /// The exponential multiplies the error of its argument by up to 100. The logarithm and its product with y are
  /// therefore kept as a number and its rounding error.
  @inline(__always)
  private static func plainPower(_ x: Self, _ high: Self, _ low: Self) -> (isPlain: Bits, power: Self) {
    let logarithm = longLog(x)
    let t = high * logarithm.high
    let isOrdinary = t.magnitude .<= Self(repeating: Scalar.exponentialRange.ordinary)
    let isPlain = and(and(zero .< x, x .< Self(repeating: .infinity)), isOrdinary)
    let missed = (-t).addingProduct(high, logarithm.high).addingProduct(high, logarithm.low)
    let result = ordinaryExp(t)
    return (isPlain, result.addingProduct(result, missed.addingProduct(low, logarithm.high)))
  }

  /// ln x for positive finite x as a sum of two numbers, to a relative error of 2⁻³⁰ in `Float`.
  ///
  /// As in `log`, x = 2ᵏ m and ln m = 2 artanh s with s = (m − 1)/(m + 1), and its rounding error is kept.
  @inline(__always)
  private static func longLog(_ x: Self) -> (high: Self, low: Self) {
    let (k, m) = x.splitExponent()
    let f = m - one
    let sum = f + 2
    let s = f / sum
    let missed = f.addingProduct(-s, sum).addingProduct(-s, f - (sum - 2)) * (one - s) * 0.5  // (1 − s)/2 = 1/(m + 1)
    let z = s * s
    let tail = missed.addingProduct(s * z, artanhTail(z, terms: Scalar.terms.log))
    let multiple = k * Self(repeating: Scalar.ln2.high)  // exact
    let high = multiple + s * 2
    let low = (s * 2 - (high - multiple)).addingProduct(k, Self(repeating: Scalar.ln2.low)) + tail * 2
    let rounded = high + low
    return (rounded, low - (rounded - high))
  }
}
