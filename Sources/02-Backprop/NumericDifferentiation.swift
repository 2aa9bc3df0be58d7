// § 2.3  Derivatives by differences

import Messages
import Tensors

/// A rule that estimates a derivative from values of the function. § 2.3
public enum DifferenceRule: String, CaseIterable, Sendable {
  /// (f(x + h) − f(x)) / h, with a truncation error of h f″ / 2.
  case forward = "forward"
  /// (f(x + h) − f(x − h)) / 2h, with a truncation error of h² f‴ / 6: the rule of Exercise 2.3.
  case central = "central"

  /// The estimate of f′(x). Rounding adds about 10⁻¹⁶ |f| / h, whatever the rule.
  public func derivative(of f: (Double) -> Double, at x: Double, step h: Double) -> Double {
    switch self {
    case .forward: (f(x + h) - f(x)) / h
    case .central: (f(x + h) - f(x - h)) / (2 * h)
    }
  }

  /// The step where truncation and rounding balance for functions of size 1: √ε = 10⁻⁸ and ∛ε = 6·10⁻⁶ in double
  /// precision.
  public var bestStep: Double {
    switch self {
    case .forward: 0x1p-26
    case .central: 0x1p-17
    }
  }
}

/// The gradient of `f` at a point by differences, parameter by parameter. § 2.3
///
/// The point must be in double precision. It takes one or two values of `f` for every scalar, which is too slow for
/// training.
public func numericGradient<P: Parameterized>(
  at point: P, rule: DifferenceRule = .central, step: Double? = nil, of f: (P) -> Tensor
) -> P {
  require(
    point.parameters.allSatisfy { $0.scalarType == .double },
    "cannot take differences in single precision: convert the point to .double")
  let start = point.flattened.scalars
  let slopes = start.indices.map { i in
    rule.derivative(
      of: { value in
        var moved = start
        moved[i] = value
        return f(point.withParameters(from: Tensor(moved, scalarType: .double))).item
      }, at: start[i], step: step ?? rule.bestStep)
  }
  return point.withParameters(from: Tensor(slopes, scalarType: .double))
}

/// ‖a − b‖ / max(‖a‖, ‖b‖) over all parameters: how far two gradients are apart.
public func relativeDistance<P: Parameterized>(_ a: P, _ b: P) -> Double {
  let (p, q) = (a.flattened, b.flattened)
  let size = max(p.norm().item, q.norm().item)
  return size == 0 ? 0 : (p - q).norm().item / size
}
