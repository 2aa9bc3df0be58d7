// Exponentials that neither overflow nor fall below the normal numbers: half the work of `exp`.
extension KernelLanes {
  /// e^−|x|, to 1 ulp, but never less than the smallest normal number.
  @inline(__always)
  static func decay(_ x: Self) -> Self { inverseExponential(x.magnitude.exponentLimited) }

  /// Between these, e⁻ˣ is a normal number.
  @inline(__always)
  static var exponentLimits: (lower: Scalar, upper: Scalar) {
    Scalar.scalarType == .float ? (-88.3, 87.25) : (-709.4, 708.25)
  }

  /// The lanes, limited to where e⁻ˣ is a normal number.
  @inline(__always)
  var exponentLimited: Self {
    limited(from: Self.exponentLimits.lower, to: Self.exponentLimits.upper)
  }

  /// e⁻ˣ, to 1 ulp, for x limited in this way.
  @inline(__always)
  static func inverseExponential(_ x: Self) -> Self {
    let (k, r) = (zero - x).splitByLn2()
    return one.addingProduct(r, one.addingProduct(r, expTail(r))) * powerOfTwo(k.integer)
  }

  /// e^(−x²/2) for |x| ≤ 13.2, to 1 ulp: the square enters the remainder r unrounded.
  @inline(__always)
  static func bell(_ x: Self) -> Self {
    let half = x * -0.5
    let k = (half * x * Self(repeating: Scalar(1.442695040888963407))).nearestInteger()
    let high = (k.number * Self(repeating: -Scalar.ln2.high)).addingProduct(half, x)
    let r = high.addingProduct(k.number, Self(repeating: -Scalar.ln2.low))
    return one.addingProduct(r, one.addingProduct(r, expTail(r))) * powerOfTwo(k.integer)
  }
}
