import Foundation
import Tensors
import Testing

extension ScalarType {
  /// The number, rounded to the type.
  func held(_ x: Double) -> Double { self == .float ? Double(Float(x)) : x }

  /// A power of ten that the type represents with its reciprocal, but not with their squares.
  var far: Double { held(self == .float ? 1e30 : 1e200) }
}

@Suite("Extreme numbers: elements of tensors and their derivatives")
struct EdgesOfElementsTests {
  static let types = [ScalarType.float, .double]

  /// A function with its derivative.
  struct Slope: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let apply: @Sendable (Tensor) -> Tensor
    let derivative: @Sendable (Double) -> Double

    init(
      _ name: String, _ apply: @escaping @Sendable (Tensor) -> Tensor,
      _ derivative: @escaping @Sendable (Double) -> Double
    ) {
      (testDescription, self.apply, self.derivative) = (name, apply, derivative)
    }
  }

  static let slopes = [
    Slope("exp", { $0.exp() }, { exp($0) }), Slope("log", { $0.log() }, { 1 / $0 }),
    Slope("squareRoot", { $0.squareRoot() }, { 1 / (2 * $0.squareRoot()) }),
    Slope("squared", { $0.squared() }, { 2 * $0 }),
    Slope("reciprocal", { $0.reciprocal() }, { -1 / $0 / $0 }), Slope("2 / x", { 2 / $0 }, { -2 / $0 / $0 }),
    Slope("tanh", { $0.tanh() }, { 1 - tanh($0) * tanh($0) }), Slope("sin", { $0.sin() }, { cos($0) }),
    Slope("cos", { $0.cos() }, { -sin($0) }),
    Slope("erf", { $0.erf() }, { 2 / Double.pi.squareRoot() * exp(-$0 * $0) }),
    Slope(
      "sigmoid", { $0.sigmoid() }, { exp(-abs($0)) / (1 + exp(-abs($0))) / (1 + exp(-abs($0))) }),
    Slope("softplus", { $0.softplus() }, { $0 < 0 ? exp($0) / (1 + exp($0)) : 1 / (1 + exp(-$0)) }),
    Slope("abs", { $0.abs() }, { $0 == 0 ? 0 : $0.isNaN ? $0 : $0 < 0 ? -1 : 1 }),
    Slope("x³", { $0.power(3) }, { 3 * $0 * $0 }), Slope("3 x", { 3 * $0 }, { _ in 3 }),
  ]

  @Test("derivatives are right at the largest and smallest numbers, at infinities and NaN", arguments: slopes, types)
  func slope(slope: Slope, type: ScalarType) {
    let far = type.far
    let x = [.nan, .infinity, -.infinity, far, -far, 1 / far, -1 / far, 0, -0.0, 87, -87, 1, 1e-40].map {
      type.held($0)
    }
    let g = gradient(at: Tensor(x, scalarType: type)) { slope.apply($0).sum() }.scalars
    for (x, g) in zip(x, g) {
      let expected = type.held(slope.derivative(x))
      let tolerance = 8 * (type == .float ? Double(Float.ulpOfOne) : .ulpOfOne)
      let isRight = g == expected || g.isNaN && expected.isNaN || abs(g - expected) <= tolerance * max(1, abs(expected))
      #expect(isRight, "at \(x): \(g), not \(expected)")
    }
  }

  @Test("a number divided by a tensor is the quotient, even if the reciprocal overflows", arguments: types)
  func quotients(type: ScalarType) {
    let tiny = type == .float ? Double(Float(1e-39)) : 0x1p-1025
    let x = Tensor([tiny, -tiny], scalarType: type)
    #expect((tiny / x).scalars == [1, -1] && (0 / x).scalars == [0, 0])
    #expect((1 / x).scalars == [.infinity, -.infinity])
  }

  @Test("the derivative of 1/x is right where 1/x² is not representable")
  func reciprocals() {
    let g = gradient(at: Tensor([1e25, 1e-25])) { (Tensor([1e30, 1e-30]) * $0.reciprocal()).sum() }
    #expect(abs(g.scalars[0] / -1e-20 - 1) < 1e-6 && abs(g.scalars[1] / -1e20 - 1) < 1e-6)
  }

  @Test("the power −2 is right where the square is not a normal number")
  func inverseSquares() {
    let y = Tensor([2.2e19, 7e-20]).power(-2).scalars
    #expect(
      abs(y[0] / pow(Double(Float(2.2e19)), -2) - 1) < 1e-6 && abs(y[1] / pow(Double(Float(7e-20)), -2) - 1) < 1e-6)
  }

  @Test("−0 times a number keeps its sign", arguments: types)
  func signedZero(type: ScalarType) {
    let x = Tensor([-0.0, 0], scalarType: type)
    #expect((1 / (x * 3)).scalars == [-.infinity, .infinity] && (1 / (-3 * x)).scalars == [.infinity, -.infinity])
  }
}
