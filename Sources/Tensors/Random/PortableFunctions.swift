/// Elementary functions with the same result on every machine, made of operations that IEEE 754 rounds in only one way.
///
/// Swift does not fuse `a * b + c` on its own, so the rounding is the same on machines that have such an instruction.
enum Portable {
  // 32 bits, so that its multiple by an exponent is exact.
  private static let ln2High = 0x1.62e42fee00000p-1
  private static let ln2Low = 0x1.a39ef35793c76p-33

  /// log x for positive x, within 2 units in the last place.
  ///
  /// With x = 2ᵉ m, m ∈ [√½, √2) and f = (m − 1)/(m + 1): log x = e log 2 + 2 (f + f³/3 + f⁵/5 + …).
  static func log(_ x: Double) -> Double {
    if x <= 0 { return x == 0 ? -.infinity : .nan }
    if !x.isFinite { return x }
    let isLarge = x.significand > 1.4142135623730951
    let e = Double(x.exponent) + (isLarge ? 1 : 0)
    let m = isLarge ? x.significand / 2 : x.significand
    let f = (m - 1) / (m + 1)
    var (series, n) = (0.0, 23.0)  // f²/3 + f⁴/5 + …: |f| < 0.172, so the term after f²²/23 is below 10⁻¹⁹
    while n >= 3 {
      series = (series + 1 / n) * (f * f)
      n -= 2
    }
    return e * ln2High + (2 * f + (2 * f * series + e * ln2Low))
  }

  /// eˣ, within 1.5 units in the last place; 0 and ∞ beyond the range of `Double`.
  ///
  /// With x = k log 2 + r and |r| ≤ ½ log 2: eˣ = 2ᵏ (1 + r (1 + r/2 (1 + r/3 (…)))).
  static func exp(_ x: Double) -> Double {
    if x.isNaN { return x }
    if x > 710 { return .infinity }
    if x < -746 { return 0 }
    let k = (x * 1.4426950408889634).rounded()
    let r = (x - k * ln2High) - k * ln2Low
    var (y, n) = (1.0, 14.0)
    while n >= 1 {
      y = 1 + r * y / n
      n -= 1
    }
    return Double(sign: .plus, exponent: Int(k), significand: y)
  }

  /// The z with Φ(z) = p, for p in (0, 1), to a relative error of 10⁻¹⁵: algorithm AS 241 by Wichura (1988).
  static func normalQuantile(_ p: Double) -> Double {
    let q = p - 0.5
    if Swift.abs(q) <= 0.425 {
      let r = 0.180625 - q * q
      return q * polynomial(centre.0, at: r) / polynomial(centre.1, at: r)
    }
    let r = (-log(Swift.min(p, 1 - p))).squareRoot()
    let z =
      r <= 5
      ? polynomial(flank.0, at: r - 1.6) / polynomial(flank.1, at: r - 1.6)
      : polynomial(tail.0, at: r - 5) / polynomial(tail.1, at: r - 5)
    return q < 0 ? -z : z
  }

  private typealias Coefficients = (Double, Double, Double, Double, Double, Double, Double, Double)

  /// c₀ + c₁ x + … + c₇ x⁷, by Horner's rule.
  private static func polynomial(_ c: Coefficients, at x: Double) -> Double {
    let upper = ((c.7 * x + c.6) * x + c.5) * x + c.4
    return (((upper * x + c.3) * x + c.2) * x + c.1) * x + c.0
  }

  // Numerator and denominator for |p − ½| ≤ 0.425, for √(−log p) up to 5, and beyond.
  private static let centre: (Coefficients, Coefficients) = (
    (
      3.3871328727963666080, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
      4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3
    ),
    (
      1, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3, 2.1213794301586595867e4,
      3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3
    )
  )
  private static let flank: (Coefficients, Coefficients) = (
    (
      1.42343711074968357734, 4.63033784615654529590, 5.76949722146069140550, 3.64784832476320460504,
      1.27045825245236838258, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4
    ),
    (
      1, 2.05319162663775882187, 1.67638483018380384940, 6.89767334985100004550e-1, 1.48103976427480074590e-1,
      1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9
    )
  )
  private static let tail: (Coefficients, Coefficients) = (
    (
      6.65790464350110377720, 5.46378491116411436990, 1.78482653991729133580, 2.96560571828504891230e-1,
      2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7
    ),
    (
      1, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2, 7.86869131145613259100e-4,
      1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15
    )
  )
}
