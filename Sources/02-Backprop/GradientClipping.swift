// § 2.6.2  Gradient clipping

import Messages
import Tensors

extension Parameterized {
  /// The norm of all parameters taken as one vector: ‖g‖ = √(Σₚ Σᵢ pᵢ²). § 2.6.2
  ///
  /// Summed in double precision, because the squares of a gradient that explodes overflow `Float` long before the gradient does.
  public var totalNorm: Double {
    parameters.reduce(0) { $0 + $1.converted(to: .double).squared().sum().item }.squareRoot()
  }

  /// This gradient, made shorter where it is longer than c: g if ‖g‖ ≤ c, c · g / ‖g‖ otherwise. § 2.6.2, § 2.10.7
  ///
  /// Works on the gradient of anything: a tensor, a model, an array of them. All parameters are scaled by one factor, so the direction
  /// stays. Where a component is infinite or no number, so is the norm, and the result holds NaN: clipping tames long steps and mends
  /// no error. Pascanu, Mikolov and Bengio (2013).
  public func clipped(norm c: Double) -> Self {
    require(c > 0, "cannot clip a gradient to norm \(c): a positive norm is needed")
    let norm = totalNorm
    return norm <= c ? self : mapParameters { g in c / norm * g }
  }

  /// This gradient with every component brought into [−c, c]: gᵢ ← max(−c, min(gᵢ, c)). § 2.6.2
  ///
  /// Components are cut one by one, so the direction changes: towards a corner of the cube.
  public func clipped(value c: Double) -> Self {
    require(c > 0, "cannot clip the components of a gradient to ±\(c): a positive bound is needed")
    return mapParameters { g in g.clamped(to: -c...c) }
  }
}
