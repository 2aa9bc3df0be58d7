import Foundation

// Activation functions, the nonlinearities of networks, as values: a kernel can apply one to what it has just computed.

/// An activation function of one number.
public enum Activation: Sendable, Hashable, CustomStringConvertible {
  case identity, relu, sigmoid, tanh
  /// 1 for x > 0, 0 elsewhere, NaN included
  case step
  /// x², a polynomial: the negative control for the universal approximation theorem
  case square
  /// x · σ(x), the sigmoid linear unit
  case silu
  /// x · Φ(x), the Gaussian error linear unit, by the exact distribution function of the normal
  case gelu
  /// x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³))), the form of GELU from before erf was cheap, used in GPT-2
  case geluByTanh
  /// x for x > 0, slope · x elsewhere
  case leakyReLU(slope: Double)

  /// Leaky ReLU with the usual slope 0.01.
  public static let leakyReLU = Activation.leakyReLU(slope: 0.01)

  /// The usual name.
  public var description: String {
    switch self {
    case .identity: "identity"
    case .step: "step"
    case .sigmoid: "sigmoid"
    case .tanh: "tanh"
    case .relu: "ReLU"
    case .leakyReLU: "Leaky ReLU"
    case .silu: "SiLU"
    case .gelu: "GELU"
    case .geluByTanh: "GELU (tanh form)"
    case .square: "square"
    }
  }
}

/// y[i] = f(x[i]) for `count` numbers.
public func activate(_ f: Activation, _ x: Region, into y: Buffer, count: Int) {
  parallelChunks(of: count, atLeast: f.grain) { activate(f, y.scalarType, x.bytes, y.address, $0) }
}

/// dx[i] = g[i] · f′(x[i]) for `count` numbers, from f(x) instead of x if `f.derivativeFollowsFromValue`.
public func pullBackActivation(
  _ f: Activation, _ g: Region, through kept: Region, into dx: Buffer, count: Int
) {
  let keepsValue = f.derivativeFollowsFromValue
  parallelChunks(of: count, atLeast: keepsValue ? cheapGrain : f.grain) { range in
    pullBack(f, dx.scalarType, g.bytes, at: kept.bytes, keepsValue: keepsValue, into: dx.address, range)
  }
}

// MARK: - Definitions

extension Activation {
  /// The function itself, one number at a time, in double precision. NaN stays NaN; −∞ gives NaN for `silu` and both
  /// forms of GELU, which are products of x and a function that goes to 0.
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: x < 0 ? 0 : x
    case .step: x > 0 ? 1 : 0
    case .square: x * x
    case .sigmoid: UnaryFunction.sigmoid(x)
    case .tanh: Foundation.tanh(x)
    case .silu: x * UnaryFunction.sigmoid(x)
    case .gelu: x * 0.5 * erfc(-x * 0.5.squareRoot())
    case .geluByTanh: x * UnaryFunction.sigmoid(TanhForm.exponent(x))
    case .leakyReLU(let slope): x <= 0 ? slope * x : x
    }
  }

  /// The derivative f′(x), one number at a time, in double precision: at a kink the left one, at ±∞ its limit.
  public func derivative(at x: Double) -> Double {
    let sigmoid = UnaryFunction.sigmoid
    return switch self {
    case .identity: 1
    case .relu: x <= 0 ? 0 : 1
    case .step: 0
    case .square: 2 * x
    case .sigmoid: sigmoid(x) * sigmoid(-x)
    case .tanh: 4 * sigmoid(2 * x) * sigmoid(-2 * x)
    case .silu where x.isInfinite, .gelu where x.isInfinite, .geluByTanh where abs(x) > 30: x < 0 ? 0 : 1
    case .silu: sigmoid(x) * (1 + x * sigmoid(-x))
    case .gelu: 0.5 * erfc(-x * 0.5.squareRoot()) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .geluByTanh:
      sigmoid(TanhForm.exponent(x))
        + x * sigmoid(TanhForm.exponent(x)) * sigmoid(-TanhForm.exponent(x)) * TanhForm.slope(x)
    case .leakyReLU(let slope): x <= 0 ? slope : 1
    }
  }

  /// Whether f′(x) can be computed from f(x) alone, so that x need not be kept.
  public var derivativeFollowsFromValue: Bool {
    switch self {
    case .identity, .relu, .sigmoid, .tanh: true
    case .step, .square, .silu, .gelu, .geluByTanh: false
    case .leakyReLU(let slope): slope > 0
    }
  }
}

extension Activation {
  var grain: Int {
    switch self {
    case .identity, .relu, .step, .square, .leakyReLU: cheapGrain
    case .sigmoid, .tanh, .silu, .gelu, .geluByTanh: costlyGrain
    }
  }
}

/// The exponent of GELU's tanh form, x σ(2u) with 2u = x (a + b x²).
enum TanhForm {
  /// a = 2 √(2/π), and b = 0.044715 a.
  static var factors: (a: Double, b: Double) { (1.5957691216057308, 0.07135481627260025) }
  /// 2u.
  static func exponent(_ x: Double) -> Double { x * (factors.a + factors.b * x * x) }
  /// Its derivative a + 3b x².
  static func slope(_ x: Double) -> Double { factors.a + 3 * factors.b * x * x }
}
