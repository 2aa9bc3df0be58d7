import Kernels

/// Extreme numbers of a scalar type, and the arrays and places to test them in.
enum Edges {
  static let types = [ScalarType.float, .double]

  /// Less than a vector, whole vectors, and a few numbers more.
  static let sizes = [1, 7, 16, 17, 33]

  /// The first place, one within a vector, and the last.
  static func places(in size: Int) -> [Int] { Set([0, size / 2, size - 1]).sorted() }

  /// A NaN with a payload, as in some files: in both types its lowest bits are not zero.
  static let labelledNaN = Double(bitPattern: 0x7FF8_0000_2000_0001)

  /// NaN, infinities, zeros, the largest and smallest numbers, normal and subnormal, and limits of functions' ranges.
  static func numbers(_ type: ScalarType) -> [Double] {
    let (greatest, normal, least) =
      type == .float
      ? (
        Double(Float.greatestFiniteMagnitude), Double(Float.leastNormalMagnitude), Double(Float.leastNonzeroMagnitude)
      )
      : (Double.greatestFiniteMagnitude, Double.leastNormalMagnitude, Double.leastNonzeroMagnitude)
    let sizes = [0, .infinity, greatest, normal, least, 1e30, 1e-30, 14, 87.5, 88.5, 104.5, 710.5, 746, 3e5]
    return [.nan, labelledNaN] + sizes.flatMap { [held($0, type), -held($0, type)] }
  }

  /// The number, rounded to the type.
  static func held(_ x: Double, _ type: ScalarType) -> Double { type == .float ? Double(Float(x)) : x }

  /// Whether y is the expected number up to some units in its last place: NaN for NaN, and zeros with their signs.
  static func isRight(_ y: Double, _ expected: Double, _ type: ScalarType, ulps: Double) -> Bool {
    let rounded = held(expected, type)
    if rounded.isNaN { return y.isNaN }
    if y == rounded { return y != 0 || y.sign == rounded.sign }
    let unit = type == .float ? Double(Float(rounded).ulp) : rounded.ulp
    return rounded.isFinite && abs(y - rounded) <= ulps * unit
  }

  /// Whether all numbers except one are the same.
  static func agree(_ a: [Double], _ b: [Double], but place: Int) -> Bool {
    a.indices.allSatisfy { $0 == place || a[$0] == b[$0] || a[$0].isNaN && b[$0].isNaN }
  }
}
