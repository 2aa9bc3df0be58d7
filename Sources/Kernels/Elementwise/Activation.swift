import Foundation

// Activation functions: the nonlinearities of networks as values, so that a kernel can apply one to what it has just computed.

/// An activation function of one number.
public enum ActivationFunction: Sendable, Hashable {
  case identity, relu, sigmoid, tanh
  /// x · σ(x), the sigmoid linear unit
  case silu
  /// x · Φ(x), the Gaussian error linear unit, by the exact distribution function of the normal
  case gelu
  /// x for x > 0, slope · x elsewhere
  case leakyReLU(slope: Double)
}

/// y[i] = f(x[i]) for `count` numbers.
public func activate(_ f: ActivationFunction, _ x: Region, into y: Buffer, count: Int) {
  parallelChunks(of: count, atLeast: f.grain) { activate(f, y.scalarType, x.bytes, y.address, $0) }
}

/// dx[i] = g[i] · f′(x[i]) for `count` numbers, from f(x) instead of x if `f.derivativeFollowsFromValue`.
public func pullBackActivation(
  _ f: ActivationFunction, _ g: Region, through kept: Region, into dx: Buffer, count: Int
) {
  let keepsValue = f.derivativeFollowsFromValue
  parallelChunks(of: count, atLeast: keepsValue ? cheapGrain : f.grain) { range in
    pullBack(f, dx.scalarType, g.bytes, at: kept.bytes, keepsValue: keepsValue, into: dx.address, range)
  }
}

// MARK: - Definitions

extension ActivationFunction {
  /// The function itself, one number at a time, in double precision. NaN stays NaN; −∞ is NaN for `silu` and `gelu`, which are
  /// products of x and a function that goes to 0.
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: x < 0 ? 0 : x
    case .sigmoid: UnaryFunction.sigmoid(x)
    case .tanh: Foundation.tanh(x)
    case .silu: x * UnaryFunction.sigmoid(x)
    case .gelu: x * 0.5 * erfc(-x * 0.5.squareRoot())
    case .leakyReLU(let slope): x <= 0 ? slope * x : x
    }
  }

  /// The derivative f′(x), one number at a time, in double precision; at a kink that from the left, at ±∞ its limit.
  public func derivative(at x: Double) -> Double {
    let sigmoid = UnaryFunction.sigmoid
    return switch self {
    case .identity: 1
    case .relu: x <= 0 ? 0 : 1
    case .sigmoid: sigmoid(x) * sigmoid(-x)
    case .tanh: 4 * sigmoid(2 * x) * sigmoid(-2 * x)
    case .silu where x.isInfinite, .gelu where x.isInfinite: x < 0 ? 0 : 1
    case .silu: sigmoid(x) * (1 + x * sigmoid(-x))
    case .gelu: 0.5 * erfc(-x * 0.5.squareRoot()) + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
    case .leakyReLU(let slope): x <= 0 ? slope : 1
    }
  }

  /// Whether f′(x) can be told from f(x) alone, so that x need not be kept.
  public var derivativeFollowsFromValue: Bool {
    switch self {
    case .identity, .relu, .sigmoid, .tanh: true
    case .silu, .gelu: false
    case .leakyReLU(let slope): slope > 0
    }
  }
}

extension ActivationFunction {
  var grain: Int {
    switch self {
    case .identity, .relu, .leakyReLU: cheapGrain
    case .sigmoid, .tanh, .silu, .gelu: costlyGrain
    }
  }
}
