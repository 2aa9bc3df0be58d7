// § 2.3  Derivatives as formulas

import Tensors

/// A formula in one variable x, as a tree. § 2.3
public indirect enum Formula: Sendable, Equatable {
  case constant(Double)
  case x
  case sum(Formula, Formula)
  case product(Formula, Formula)
  case exponential(Formula)
  case sine(Formula)
  case cosine(Formula)

  /// The value at x.
  public func value(at x: Double) -> Double {
    switch self {
    case .constant(let c): c
    case .x: x
    case .sum(let a, let b): a.value(at: x) + b.value(at: x)
    case .product(let a, let b): a.value(at: x) * b.value(at: x)
    case .exponential(let a): Tensor(a.value(at: x), scalarType: .double).exp().item
    case .sine(let a): Tensor(a.value(at: x), scalarType: .double).sin().item
    case .cosine(let a): Tensor(a.value(at: x), scalarType: .double).cos().item
    }
  }

  /// The derivative as a formula, by the textbook rules and nothing else. § 2.3
  ///
  /// (ab)′ = a′b + ab′ writes a and b twice: the formula swells.
  public var derivative: Formula {
    switch self {
    case .constant: .constant(0)
    case .x: .constant(1)
    case .sum(let a, let b): .sum(a.derivative, b.derivative)
    case .product(let a, let b): .sum(.product(a.derivative, b), .product(a, b.derivative))
    case .exponential(let a): .product(self, a.derivative)
    case .sine(let a): .product(.cosine(a), a.derivative)
    case .cosine(let a): .product(.product(.constant(-1), .sine(a)), a.derivative)
    }
  }

  /// The number of symbols: constants, variables and operations.
  public var size: Int {
    switch self {
    case .constant, .x: 1
    case .sum(let a, let b), .product(let a, let b): 1 + a.size + b.size
    case .exponential(let a), .sine(let a), .cosine(let a): 1 + a.size
    }
  }

  /// The formula without additions of 0 and multiplications by 0 or 1: smaller, and still growing as fast.
  public var simplified: Formula {
    switch self {
    case .constant, .x: return self
    case .sum(let a, let b):
      switch (a.simplified, b.simplified) {
      case (.constant(let c), .constant(let d)): return .constant(c + d)
      case (.constant(0), let other), (let other, .constant(0)): return other
      case (let a, let b): return .sum(a, b)
      }
    case .product(let a, let b):
      switch (a.simplified, b.simplified) {
      case (.constant(let c), .constant(let d)): return .constant(c * d)
      case (.constant(0), _), (_, .constant(0)): return .constant(0)
      case (.constant(1), let other), (let other, .constant(1)): return other
      case (let a, let b): return .product(a, b)
      }
    case .exponential(let a): return .exponential(a.simplified)
    case .sine(let a): return .sine(a.simplified)
    case .cosine(let a): return .cosine(a.simplified)
    }
  }

  /// The logistic map, composed with itself: l₁ = x, l_k₊₁ = 4 l_k (1 − l_k). Baydin, Pearlmutter, Radul and Siskind
  /// (2018).
  public static func logisticMap(_ k: Int) -> Formula {
    (1..<k).reduce(.x) { l, _ in
      .product(.product(.constant(4), l), .sum(.constant(1), .product(.constant(-1), l)))
    }
  }
}

extension ComputationGraph {
  /// The logistic map on a graph, where l_k is one node however often it is used: four nodes a step.
  public static func logisticMap(_ k: Int, at x: Double) -> (graph: ComputationGraph, x: Place, result: Place) {
    var graph = ComputationGraph()
    let input = graph.input(x, "x")
    let result = (1..<k).reduce(input) { l, _ in
      let rest = graph.scaled(l, by: -1, plus: 1)
      return graph.scaled(graph.product(l, rest), by: 4)
    }
    return (graph, input, result)
  }
}
