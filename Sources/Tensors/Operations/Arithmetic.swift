import Kernels

// Arithmetic between tensors, and between tensors and numbers. Axes are matched from the last; axes of length 1 repeat.

extension Tensor {
  /// The elementwise sum, with d(a + b) = da + db.
  public static func + (a: Tensor, b: Tensor) -> Tensor {
    combine(.add, a, b, "add").recorded(
      [
        Edge(a) { [shape = a.shape] g in g.summed(to: shape) },
        Edge(b) { [shape = b.shape] g in g.summed(to: shape) },
      ])
  }

  /// The elementwise difference, with d(a − b) = da − db.
  public static func - (a: Tensor, b: Tensor) -> Tensor {
    combine(.subtract, a, b, "subtract").recorded(
      [
        Edge(a) { [shape = a.shape] g in g.summed(to: shape) },
        Edge(b) { [shape = b.shape] g in -g.summed(to: shape) },
      ])
  }

  /// The elementwise product, with d(a b) = b da + a db.
  public static func * (a: Tensor, b: Tensor) -> Tensor {
    combine(.multiply, a, b, "multiply").recorded(
      [
        Edge(a) { [shape = a.shape] g in (g * b).summed(to: shape) },
        Edge(b) { [shape = b.shape] g in (g * a).summed(to: shape) },
      ])
  }

  /// The elementwise quotient, with d(a / b) = da / b − (a / b) db / b.
  public static func / (a: Tensor, b: Tensor) -> Tensor {
    combine(.divide, a, b, "divide").recorded(
      [
        Edge(a) { [shape = a.shape] g in (g / b).summed(to: shape) },
        Edge(b) { [shape = b.shape] g, y in -(g * y / b).summed(to: shape) },
      ])
  }

  /// The elementwise negative.
  public static prefix func - (x: Tensor) -> Tensor { map(.negate, x).recorded([Edge(x) { g in -g }]) }

  /// The tensor with a number added to every element.
  public static func + (x: Tensor, c: Double) -> Tensor { x.affine(1, c) }
  /// The tensor with a number added to every element.
  public static func + (c: Double, x: Tensor) -> Tensor { x.affine(1, c) }
  /// The tensor with a number subtracted from every element.
  public static func - (x: Tensor, c: Double) -> Tensor { x.affine(1, -c) }
  /// A number minus every element.
  public static func - (c: Double, x: Tensor) -> Tensor { x.affine(-1, c) }
  /// The tensor with every element multiplied by a number.
  public static func * (x: Tensor, c: Double) -> Tensor { x.affine(c, -0.0) }
  /// The tensor with every element multiplied by a number.
  public static func * (c: Double, x: Tensor) -> Tensor { x.affine(c, -0.0) }
  /// The tensor with every element divided by a number.
  public static func / (x: Tensor, c: Double) -> Tensor { x / Tensor(c, scalarType: x.scalarType) }
  /// A number divided by every element.
  public static func / (c: Double, x: Tensor) -> Tensor {
    c == 1 ? x.reciprocal() : Tensor(c, scalarType: x.scalarType) / x
  }

  /// Adds to the tensor.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }
  /// Subtracts from the tensor.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
  /// Multiplies the tensor elementwise.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
  /// Multiplies the tensor by a number.
  public static func *= (a: inout Tensor, c: Double) { a = a * c }

  /// scale · x + shift, rounded once. Adding −0 changes nothing, not even −0.
  private func affine(_ scale: Double, _ shift: Double, operation: StaticString = #function) -> Tensor {
    Tensor.map(.affine(scale: scale, shift: shift), self)
      .recorded([Edge(self) { g in g * scale }], operation: operation)
  }
}

/// The larger of two tensors, element by element; NaN if either is. Where both are equal, the first gets the
/// derivative.
public func maximum(_ a: Tensor, _ b: Tensor) -> Tensor {
  Tensor.combine(.maximum, a, b, "take the maximum of").recorded(
    [
      Edge(a) { [shape = a.shape] g in (g * (a .>= b)).summed(to: shape) },
      Edge(b) { [shape = b.shape] g in (g * (b .> a)).summed(to: shape) },
    ])
}

/// The smaller of two tensors, element by element; NaN if either is. Where both are equal, the first gets the
/// derivative.
public func minimum(_ a: Tensor, _ b: Tensor) -> Tensor { -maximum(-a, -b) }

/// The larger of a number and each element, as in ReLU(z) = max(0, z). At a tie the derivative is 0.
public func maximum(_ c: Double, _ x: Tensor) -> Tensor {
  Tensor.map(.clamp(lower: c, upper: .infinity), x).recorded(
    [Edge(x) { g in g * (x .> c) }])
}

/// The smaller of a number and each element. At a tie the derivative is 0.
public func minimum(_ c: Double, _ x: Tensor) -> Tensor { -maximum(-c, -x) }

/// `a` where `condition` is not zero, `b` elsewhere. The shapes are broadcast; no derivative reaches the condition.
///
/// Both are computed everywhere, and the one not selected gets the cotangent 0. If its own derivative is infinite
/// there, 0 · ∞ is NaN: `select(x .> 0, x.squareRoot(), x)` has the derivative NaN at 0. Select the argument first,
/// then the result: `select(x .> 0, select(x .> 0, x, 1).squareRoot(), x)`.
public func select(_ condition: Tensor, _ a: Tensor, _ b: Tensor) -> Tensor {
  a.requireSameType(b, "select between")
  let attempt = "select by a condition from"
  let shape = Shape.broadcast(Shape.broadcast(a.shape, b.shape, attempt), condition.shape, attempt)
  let mask = condition.converted(to: a.scalarType).stopGradient
  let result = Buffer(a.scalarType, count: shape.count)
  Kernels.select(
    mask.expanded(to: shape).elements, a.expanded(to: shape).elements, b.expanded(to: shape).elements, into: result,
    count: shape.count)
  return Tensor(shape, result).recorded(
    [
      Edge(a) { [from = a.shape] g in select(mask, g, .zero(like: g)).summed(to: from) },
      Edge(b) { [from = b.shape] g in select(mask, .zero(like: g), g).summed(to: from) },
    ])
}

// Comparisons give 1 for true and 0 for false. They are constant almost everywhere: no derivative passes through them.
extension Tensor {
  /// 1 where a < b, 0 elsewhere.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { combine(.less, a, b, "compare") }
  /// 1 where a ≤ b, 0 elsewhere.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { combine(.lessOrEqual, a, b, "compare") }
  /// 1 where a > b, 0 elsewhere.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { combine(.less, b, a, "compare") }
  /// 1 where a ≥ b, 0 elsewhere.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { combine(.lessOrEqual, b, a, "compare") }
  /// 1 where a = b, 0 elsewhere.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { combine(.equal, a, b, "compare") }
  /// 1 where x < c, 0 elsewhere.
  public static func .< (x: Tensor, c: Double) -> Tensor { x .< Tensor(c, scalarType: x.scalarType) }
  /// 1 where x ≤ c, 0 elsewhere.
  public static func .<= (x: Tensor, c: Double) -> Tensor { x .<= Tensor(c, scalarType: x.scalarType) }
  /// 1 where x > c, 0 elsewhere.
  public static func .> (x: Tensor, c: Double) -> Tensor { x .> Tensor(c, scalarType: x.scalarType) }
  /// 1 where x ≥ c, 0 elsewhere.
  public static func .>= (x: Tensor, c: Double) -> Tensor { x .>= Tensor(c, scalarType: x.scalarType) }
  /// 1 where x = c, 0 elsewhere.
  public static func .== (x: Tensor, c: Double) -> Tensor { x .== Tensor(c, scalarType: x.scalarType) }
}
