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
  parallelChunks(of: count, atLeast: f.grain) { range in
    switch y.scalarType {
    case .float: activate(f, SIMD16<Float>.self, x.pointer(Float.self), y.pointer(Float.self), range)
    case .double: activate(f, SIMD8<Double>.self, x.pointer(Double.self), y.pointer(Double.self), range)
    }
  }
}

/// dx[i] = g[i] · f′(x[i]) for `count` numbers, from f(x) instead of x if `f.derivativeFollowsFromValue`.
public func pullBackActivation(
  _ f: ActivationFunction, _ g: Region, through kept: Region, into dx: Buffer, count: Int
) {
  parallelChunks(of: count, atLeast: f.derivativeFollowsFromValue ? cheapGrain : f.grain) { range in
    switch dx.scalarType {
    case .float: pullBack(f, SIMD16<Float>.self, g, kept, dx, range)
    case .double: pullBack(f, SIMD8<Double>.self, g, kept, dx, range)
    }
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

// MARK: - Loops

extension ActivationFunction {
  var grain: Int {
    switch self {
    case .identity, .relu, .leakyReLU: cheapGrain
    case .sigmoid, .tanh, .silu, .gelu: costlyGrain
    }
  }
}

/// y[i] = f(x[i]) in a range of places. Never inlined: the loops are compiled once for each function.
@inline(never)
func activate<V: KernelLanes>(
  _ f: ActivationFunction, _: V.Type, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>,
  _ range: Range<Int>
) {
  f.specialize(Forward<V>(x: x, y: y, range: range))
}

private struct Forward<V: KernelLanes>: ActivationLoop {
  let x: UnsafePointer<V.Scalar>
  let y: UnsafeMutablePointer<V.Scalar>
  let range: Range<Int>

  func run(_ f: some LaneActivation) { loop(V.self, f, x, y, range) }
}

private func pullBack<V: KernelLanes>(
  _ f: ActivationFunction, _: V.Type, _ g: Region, _ kept: Region, _ dx: Buffer, _ range: Range<Int>
) {
  let (g, kept, dx) = (g.pointer(V.Scalar.self), kept.pointer(V.Scalar.self), dx.pointer(V.Scalar.self))
  pullBack(f, V.self, g, at: kept, keepsValue: f.derivativeFollowsFromValue, into: dx, range)
}

/// dx[i] = g[i] · f′ in a range of places, from f(x) or from x. Never inlined, likewise.
@inline(never)
func pullBack<V: KernelLanes>(
  _ f: ActivationFunction, _: V.Type, _ g: UnsafePointer<V.Scalar>, at kept: UnsafePointer<V.Scalar>, keepsValue: Bool,
  into dx: UnsafeMutablePointer<V.Scalar>, _ range: Range<Int>
) {
  f.specialize(Backward<V>(g: g, kept: kept, keepsValue: keepsValue, dx: dx, range: range))
}

private struct Backward<V: KernelLanes>: ActivationLoop {
  let g, kept: UnsafePointer<V.Scalar>
  let keepsValue: Bool
  let dx: UnsafeMutablePointer<V.Scalar>
  let range: Range<Int>

  func run(_ f: some LaneActivation) {
    let places = stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount)
    if keepsValue {
      for i in places {
        (V(at: g + i) * f.derivative(fromValue: V(at: kept + i))).store(to: dx + i, atMost: range.upperBound - i)
      }
    } else {
      for i in places {
        (V(at: g + i) * f.derivative(at: V(at: kept + i))).store(to: dx + i, atMost: range.upperBound - i)
      }
    }
  }
}
