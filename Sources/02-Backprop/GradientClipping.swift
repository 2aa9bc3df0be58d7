// § 2.6.2  Gradient clipping

import Messages
import Tensors

extension Parameterized {
  /// The norm of all parameters taken as one vector: ‖g‖ = √(Σₚ Σᵢ pᵢ²). § 2.6.2
  ///
  /// Summed in double precision, because the squares of a gradient that explodes overflow `Float` long before the
  /// gradient does; where they overflow `Double` or vanish in it, the norms of the parameters are taken, which do not.
  public var totalNorm: Double {
    let square = parameters.reduce(0) { $0 + $1.converted(to: .double).squared().sum().item }
    if square > 1e-280 && square < .infinity { return square.squareRoot() }
    return Tensor(parameters.map { $0.converted(to: .double).norm().item }, scalarType: .double).norm().item
  }

  /// This gradient, made shorter where it is longer than c: g if ‖g‖ ≤ c, c · g / ‖g‖ otherwise. § 2.6.2, § 2.10.7
  ///
  /// Works on the gradient of anything: a tensor, a model, an array of them. All parameters are scaled by one factor, so the direction
  /// stays. Where a component is infinite or no number, so is the norm, and the result holds NaN: clipping tames long steps and mends
  /// no error. Pascanu, Mikolov and Bengio (2013).
  public func clipped(norm c: Double) -> Self {
    require(c > 0, "cannot clip a gradient to norm \(c): a positive norm is needed")
    let norm = totalNorm
    if norm <= c { return self }
    if c / norm > 1e-30 { return mapParameters { g in c / norm * g } }
    // The factor, or the norm itself, may be out of the range of `Float`, or of all numbers: an ordinary gradient comes
    // first.
    let unit = norm > 1 ? 0x1p-600 : 1
    let ordinaryNorm = mapParameters { g in g.converted(to: .double) * unit }.totalNorm
    return mapParameters { g in (c * (g.converted(to: .double) * unit / ordinaryNorm)).converted(to: g.scalarType) }
  }

  /// This gradient with every component brought into [−c, c]: gᵢ ← max(−c, min(gᵢ, c)). § 2.6.2
  ///
  /// Components are cut one by one, so the direction changes: towards a corner of the cube.
  public func clipped(value c: Double) -> Self {
    require(c > 0, "cannot clip the components of a gradient to ±\(c): a positive bound is needed")
    return mapParameters { g in g.clamped(to: -c...c) }
  }
}
