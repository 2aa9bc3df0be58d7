import Foundation
import Kernels
import Testing

@Suite("Elementary functions of whole vectors")
struct TranscendentalTests {
  /// A function, the tested interval, and the allowed error in units in the last place.
  struct Bound: Sendable, CustomTestStringConvertible {
    let function: UnaryFunction
    let range: ClosedRange<Double>
    let float, double: Double

    var testDescription: String { "\(function) on \(range)" }

    init(_ function: UnaryFunction, _ range: ClosedRange<Double>, float: Double, double: Double) {
      (self.function, self.range, self.float, self.double) = (function, range, float, double)
    }
  }

  static let bounds = [
    Bound(.exp, -105...90, float: 1, double: 1.5), Bound(.exp, -1...1, float: 1, double: 1.5),
    Bound(.exp, -745...710, float: 1, double: 1.5),
    Bound(.log, 0.3...3, float: 1, double: 1.5), Bound(.log, 0...1e30, float: 1, double: 1.5),
    Bound(.log, 0...1e-300, float: 1, double: 1.5), Bound(.log, 1e-45...1e-37, float: 1, double: 1.5),
    Bound(.log1p, -1...3, float: 2, double: 2), Bound(.log1p, -0.01...0.01, float: 2, double: 2),
    Bound(.log1p, 0...1e30, float: 2, double: 2), Bound(.log1p, -1e-40...1e-40, float: 2, double: 2),
    Bound(.log1p, -0.6...0.6, float: 2, double: 2),
    Bound(.expm1, -50...90, float: 2, double: 2), Bound(.expm1, -2...2, float: 2, double: 2),
    Bound(.expm1, 0.3...0.8, float: 2, double: 2), Bound(.expm1, -0.01...0.01, float: 2, double: 2),
    Bound(.expm1, -1e-40...1e-40, float: 2, double: 2), Bound(.expm1, -1.1...(-0.3), float: 2, double: 2),
    Bound(.tanh, -12...12, float: 1.6, double: 2), Bound(.tanh, -0.5...0.5, float: 1.6, double: 2),
    Bound(.tanh, -1e-40...1e-40, float: 1.6, double: 2), Bound(.tanh, -30...30, float: 1.6, double: 2),
    Bound(.sigmoid, -104...104, float: 2, double: 3), Bound(.sigmoid, -2...2, float: 2, double: 3),
    Bound(.softplus, -104...30, float: 2, double: 4), Bound(.softplus, -2...2, float: 2, double: 4),
    Bound(.erf, -5...5, float: 1.1, double: 0), Bound(.erf, -1...1, float: 1.1, double: 0),
    Bound(.erf, -1e-30...1e-30, float: 1.1, double: 0),
    Bound(.sin, -7...7, float: 1.5, double: 2), Bound(.sin, -1e5...1e5, float: 1.5, double: 2),
    Bound(.cos, -7...7, float: 1.5, double: 2), Bound(.cos, -1e5...1e5, float: 1.5, double: 2),
    Bound(.power(2.5), 1e-3...5, float: 1.5, double: 1.5), Bound(.power(0.3), 0...1e30, float: 1.5, double: 1.5),
    Bound(.power(-17.3), 0.01...100, float: 1.5, double: 1.5), Bound(.power(1e4), 0.99...1.01, float: 1.5, double: 1.5),
    Bound(.power(1.0 / 3), 1e-45...1e-37, float: 1.5, double: 1.5), Bound(.power(1.5), -2...2, float: 1.5, double: 1.5),
    Bound(.sin, 1e5...1e9, float: 1.5, double: 2), Bound(.cos, 1e5...1e9, float: 1.5, double: 2),
  ]

  @Test("errors stay within the stated units in the last place", arguments: bounds, [ScalarType.float, .double])
  func accuracy(bound: Bound, type: ScalarType) {
    let count = 4001
    let step = (bound.range.upperBound - bound.range.lowerBound) / Double(count - 1)
    let x = Buffer((0..<count).map { bound.range.lowerBound + step * Double($0) }, type)
    let y = Buffer(type, count: count)
    map(bound.function, Region(x), into: y, count: count)
    var (worst, place) = (0.0, 0.0)
    for (x, y) in zip(x.values, y.values) {
      let expected = bound.function(x)
      let error = units(y, from: expected, type)
      if error > worst || error.isNaN { (worst, place) = (error, x) }
    }
    #expect(worst <= (type == .float ? bound.float : bound.double), "at x = \(place)")
  }

  /// |y − expected| in units of the last place of the expected number.
  private func units(_ y: Double, from expected: Double, _ type: ScalarType) -> Double {
    let rounded = type == .float ? Double(Float(expected)) : expected
    if y == rounded || y.isNaN && rounded.isNaN { return 0 }
    let ulp = type == .float ? Double(Float(expected).ulp) : expected.ulp
    return abs(y - expected) / ulp
  }

  @Test(
    "zeros keep their sign, infinities and NaN agree with the C library",
    arguments: [UnaryFunction.exp, .log, .log1p, .expm1, .tanh, .sigmoid, .softplus, .erf, .sin, .cos, .power(2.5)],
    [ScalarType.float, .double])
  func specials(function: UnaryFunction, type: ScalarType) {
    let x: [Double] = [0, -0.0, .infinity, -.infinity, .nan, 1000, -1000, 0x1p-1070, -0x1p-1070, 1e-40, -1e-40, -1]
    let buffer = Buffer(x, type)
    let y = Buffer(type, count: x.count)
    map(function, Region(buffer), into: y, count: x.count)
    for (x, y) in zip(buffer.values, y.values) {
      #expect(units(y, from: function(x), type) <= 3, "at x = \(x) the result is \(y)")
      if x == 0 && function(x) == 0 { #expect(y.sign == function(x).sign) }
    }
  }

  /// Every exponent of `Float` with some significands, of both signs; the last and the first numbers of each kind.
  static let allExponents = {
    let patterns = stride(from: UInt32(0), to: 0x7F80_0000, by: 0x0001_F3D7).map { $0 }
    let edges: [UInt32] = [0, 1, 2, 0x007F_FFFF, 0x0080_0000, 0x7F7F_FFFF, 0x3F7F_FFFF, 0x3F80_0000, 0x3F80_0001]
    return (patterns + edges).flatMap { [Float(bitPattern: $0), -Float(bitPattern: $0)] }
  }()

  @Test(
    "over all exponents the error is at most 2 ulp",
    arguments: [
      UnaryFunction.exp, .log, .tanh, .sigmoid, .softplus, .erf, .power(2.5), .power(-0.7),
    ])
  func allExponents(function: UnaryFunction) {
    let x = Self.allExponents
    let y = Buffer(.float, count: x.count)
    map(function, Region(Buffer(x)), into: y, count: x.count)
    var (worst, place) = (0.0, Float(0))
    for (x, y) in zip(x, y.values) {
      let error = units(y, from: function(Double(x)), .float)
      if error > worst || error.isNaN { (worst, place) = (error, x) }
    }
    #expect(worst <= 2, "at x = \(place)")
  }

  @Test("powers of pairs: zeros, signs, infinities and NaN as in the C library, all other numbers to 1.5 ulp")
  func powers() {
    let numbers: [Float] = [
      0, -0.0, 1, -1, 0.5, 2, -3, 0x1p-140, 1e30, 3.7, -2.5, .infinity, -.infinity, .nan, 88, 1.0001,
    ]
    let (x, y) = (
      numbers.flatMap { Array(repeating: $0, count: 16) }, Array(repeating: numbers, count: 16).flatMap { $0 }
    )
    let result = Buffer(.float, count: 256)
    // Rows of equal and of different pairs: vectors of only ordinary numbers, and others.
    for (a, b) in [(x, y), (y, x)] {
      combine(
        .power, MatrixRegion(Region(Buffer(a)), rowStride: 0, columnStride: 1),
        MatrixRegion(Region(Buffer(b)), rowStride: 0, columnStride: 1), into: result, rows: 1, columns: 256)
      for i in 0..<256 {
        let expected = pow(Double(a[i]), Double(b[i]))
        #expect(units(result[i], from: expected, .float) <= 1.5, "\(a[i]) to the power \(b[i]) is \(result[i])")
      }
    }
  }

  @Test(
    "no number's result depends on its neighbours in the vector",
    arguments: [UnaryFunction.exp, .log, .log1p, .expm1, .tanh, .sigmoid, .softplus, .erf, .sin, .cos, .power(2.5)])
  func neighbours(function: UnaryFunction) {
    var numbers = Numbers(seed: 31)
    let x = numbers.array(999, .float).map { Float(60 * $0) }
    let strangers: [Float] = [.nan, .infinity, -.infinity, 0, 1e30, -1e30, 100, -100]
    let mixed = x.enumerated().flatMap { [$0.element, strangers[$0.offset % strangers.count]] }
    let (y, z) = (Buffer(.float, count: x.count), Buffer(.float, count: mixed.count))
    map(function, Region(Buffer(x)), into: y, count: x.count)
    map(function, Region(Buffer(mixed)), into: z, count: mixed.count)
    #expect(x.indices.allSatisfy { y[$0] == z[2 * $0] || y[$0].isNaN && z[2 * $0].isNaN })
  }

  @Test("exp reaches infinity, the smallest subnormal and zero where the C library does")
  func thresholds() {
    let x: [Float] = [88.72283, 88.72284, -87.33655, -103.27892, -103.97208, -103.97209]
    let y = Buffer(.float, count: x.count)
    map(.exp, Region(Buffer(x)), into: y, count: x.count)
    for (x, y) in zip(x, y.values) { #expect(units(y, from: Foundation.exp(Double(x)), .float) <= 1) }
  }
}
