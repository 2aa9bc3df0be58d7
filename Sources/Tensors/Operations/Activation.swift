@_exported public import enum Kernels.Activation
import Kernels

// Activation functions of every element: one pass over memory forward, one backward.

extension Tensor {
  /// f of every element, with derivative f′.
  ///
  /// Where f′(x) follows from f(x), the value is kept for the derivative instead of x.
  public func activated(by f: Activation) -> Tensor {
    if f == .identity { return self }
    let buffer = Buffer(scalarType, count: count)
    activate(f, elements, into: buffer, count: count)
    let value = Tensor(shape, buffer)
    if f.derivativeFollowsFromValue {
      return value.recorded([Edge(self) { g, y in g.pulledBack(f, fromValue: y) }])
    }
    return Tensor.fused([self], value: value, definition: { f.definition($0[0]) }) { [self] g, _ in
      [g.pulledBack(f, through: self)]
    }
  }

  /// g · f′(x), where `kept` is x, or f(x) if `f.derivativeFollowsFromValue`.
  private func pulledBack(_ f: Activation, through kept: Tensor) -> Tensor {
    let buffer = Buffer(scalarType, count: count)
    pullBackActivation(f, elements, through: kept.elements, into: buffer, count: count)
    return Tensor(shape, buffer)
  }

  /// g · f′(x) from y = f(x), in one pass unless somebody differentiates it.
  func pulledBack(_ f: Activation, fromValue y: Tensor) -> Tensor {
    if Recording.current == nil { return pulledBack(f, through: y) }
    return switch f {
    case .sigmoid: self * (y * (1 - y))
    case .tanh: self * (1 - y * y)
    case .leakyReLU(let slope): self * select(y .> 0, .one(like: y), Tensor(slope, scalarType: y.scalarType))
    default: self * (y .> 0)
    }
  }
}

extension Activation {
  /// The function in plain tensor operations.
  func definition(_ x: Tensor) -> Tensor {
    switch self {
    case .identity: x
    case .relu: maximum(0, x)
    case .step: x .> 0
    case .square: x.squared()
    case .sigmoid: x.sigmoid()
    case .tanh: x.tanh()
    case .silu: x * x.sigmoid()
    case .gelu: 0.5 * x * (1 + (x * 0.5.squareRoot()).erf())
    case .geluByTanh: 0.5 * x * (1 + ((2 / Double.pi).squareRoot() * (x + 0.044715 * x.power(3))).tanh())
    case .leakyReLU(let slope): select(x .> 0, x, slope * x)
    }
  }
}
