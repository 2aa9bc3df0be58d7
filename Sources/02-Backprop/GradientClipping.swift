// § 2.6.2  Gradient clipping

import Messages
import Tensors

extension Parameterized {
  /// The norm of all parameters taken as one vector: ‖g‖ = √(Σₚ Σᵢ pᵢ²). § 2.6.2
  ///
  /// Summed in double precision, because the squares of a gradient that explodes overflow `Float` long before the
  /// gradient does.
  public var totalNorm: Double { norm.item }

  /// The norm as a differentiable tensor. If the squares overflow or underflow even so, all components are divided by
  /// the largest first.
  private var norm: Tensor {
    let parts = parameters.map { $0.converted(to: .double) }
    let square = parts.reduce(Tensor(0, scalarType: .double)) { $0 + $1.squared().sum() }
    if 1e-280..<Double.infinity ~= square.item || parts.isEmpty { return square.squareRoot() }
    return Tensor.concatenated(parts.map { $0.flattened(from: 0) }, axis: 0).norm()
  }

  /// This gradient, shortened if it is longer than c: g if ‖g‖ ≤ c, c · g / ‖g‖ otherwise. § 2.6.2, § 2.10.7
  ///
  /// Works on the gradient of a tensor, a model, or an array of them. All parameters are scaled by one factor, so the
  /// direction stays; the factor is differentiated too. If a component is infinite or NaN, so is the norm, and the
  /// result holds NaN: clipping shortens long steps and fixes no error. Pascanu, Mikolov and Bengio (2013).
  public func clipped(norm c: Double) -> Self {
    require(c > 0, "cannot clip a gradient to norm \(c): a positive norm is needed")
    let norm = norm
    if norm.item <= c { return self }
    if c / norm.item > 1e-30 { return mapParameters { g in (c / norm).converted(to: g.scalarType) * g } }
    // The factor, or the norm itself, may be out of the range of `Float` or of `Double`, so the gradient is scaled
    // first.
    let unit = norm.item > 1 ? 0x1p-600 : 1
    let ordinaryNorm = mapParameters { g in g.converted(to: .double) * unit }.norm
    return mapParameters { g in (c * (g.converted(to: .double) * unit / ordinaryNorm)).converted(to: g.scalarType) }
  }

  /// This gradient with every component limited to [−c, c]: gᵢ ← max(−c, min(gᵢ, c)). § 2.6.2
  ///
  /// Components are cut one by one, so the direction changes: towards a corner of the cube.
  public func clipped(value c: Double) -> Self {
    require(c > 0, "cannot clip the components of a gradient to ±\(c): a positive bound is needed")
    return mapParameters { g in g.clamped(to: -c...c) }
  }
}
