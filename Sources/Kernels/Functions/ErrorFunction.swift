import Foundation

// The error function on whole vectors.

extension KernelLanes {
  /// erf x = 2/√π ∫₀ˣ e^−t² dt: to 1.1 ulp in `Float`; by the C library in `Double`, which only serves to check.
  @inline(__always)
  static func erf(_ x: Self) -> Self {
    Scalar.scalarType == .double ? x.eachLane { Foundation.erf($0) } : shortErf(x)
  }

  /// x + x P(x²) up to 1 and 1 − e^−Q(|x|) beyond. P fits erf(x)/x − 1 and Q fits −ln(1 − erf x), both by least
  /// squares, reweighted until the largest error of erf was smallest: 2⁻²⁹.
  @inline(__always)
  private static func shortErf(_ x: Self) -> Self {
    let size = x.magnitude.limited(from: 0, to: 3.95)  // from here on erf rounds to 1
    let near = series(
      size * size, terms: 7,
      [
        0.1283791657267095, -0.3761262582422688, 0.11283585148543539, -0.02685381193229722, 0.0051883276799417465,
        -0.0008010193573527016, 7.853861180087767e-05,
      ])
    let far = series(
      size, terms: 7,
      [
        0.00034152285421651385, 1.1270891909068317, 0.6381448314514101, 0.10310675581755976, -0.021838064630439264,
        0.0029476584628198885, -0.00018637920835498257,
      ])
    return choose(size .< one, size.addingProduct(size, near), one - exp(-far)).withSign(of: x)
  }
}
