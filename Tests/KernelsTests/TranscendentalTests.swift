import Foundation
import Kernels
import Testing

@Suite("Elementary functions of whole vectors")
struct TranscendentalTests {
  /// A function, the interval to try, and how many units in the last place it may be off.
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
    Bound(.tanh, -12...12, float: 1.6, double: 2), Bound(.tanh, -0.5...0.5, float: 1.6, double: 2),
    Bound(.tanh, -1e-40...1e-40, float: 1.6, double: 2), Bound(.tanh, -30...30, float: 1.6, double: 2),
    Bound(.sigmoid, -104...104, float: 1.6, double: 2), Bound(.sigmoid, -2...2, float: 1.6, double: 2),
    Bound(.softplus, -104...30, float: 3, double: 4), Bound(.softplus, -2...2, float: 3, double: 4),
    Bound(.erf, -5...5, float: 1.1, double: 0), Bound(.erf, -1...1, float: 1.1, double: 0),
    Bound(.erf, -1e-30...1e-30, float: 1.1, double: 0),
    Bound(.sin, -7...7, float: 1.5, double: 2), Bound(.sin, -1e5...1e5, float: 1.5, double: 2),
    Bound(.cos, -7...7, float: 1.5, double: 2), Bound(.cos, -1e5...1e5, float: 1.5, double: 2),
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
    "zeros keep their sign, infinities and NaN are as in the C library",
    arguments: [UnaryFunction.exp, .log, .tanh, .sigmoid, .softplus, .erf, .sin, .cos], [ScalarType.float, .double])
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

  @Test("exp reaches infinity, the least denormal and zero where the C library does")
  func thresholds() {
    let x: [Float] = [88.72283, 88.72284, -87.33655, -103.27892, -103.97208, -103.97209]
    let y = Buffer(.float, count: x.count)
    map(.exp, Region(Buffer(x)), into: y, count: x.count)
    for (x, y) in zip(x, y.values) { #expect(units(y, from: Foundation.exp(Double(x)), .float) <= 1) }
  }
}
