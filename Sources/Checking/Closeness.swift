import Messages

public import Tensors
public import Testing

// Comparisons of numbers.

/// The largest difference of two tensors with the same shape, and its place.
public struct Gap: CustomStringConvertible, Sendable {
  /// |a − b| / max(|a|, |b|, scale): 0 for equal numbers and for two NaN, infinite if only one is finite.
  public let relative: Double
  /// |a − b| in units in the last place of the larger, in `Float` if either tensor is.
  public let ulps: Double
  /// The place.
  public let index: [Int]
  /// The two numbers there.
  public let a, b: Double

  /// The report of a failed comparison.
  public var description: String { "\(a) against \(b) at index \(index): relative \(relative), \(ulps) ulp" }

  fileprivate init(_ a: Double, _ b: Double, at index: [Int], scale: Double, isFloat: Bool) {
    (self.a, self.b, self.index) = (a, b, index)
    let (size, distance) = (max(abs(a), abs(b), scale), abs(a - b))
    if a == b || (a.isNaN && b.isNaN) {
      (relative, ulps) = (0, 0)
    } else if distance.isFinite {
      (relative, ulps) = (distance / size, distance / (isFloat ? Double(Float(size).ulp) : size.ulp))
    } else {
      (relative, ulps) = (.infinity, .infinity)
    }
  }
}

/// The largest gap between two tensors, relative to the numbers themselves, or to `scale` where that is larger.
public func largestGap(_ a: Tensor, _ b: Tensor, scale: Double = 0) -> Gap {
  require(a.shape == b.shape, "cannot compare \(a.shape) with \(b.shape)")
  let isFloat = a.scalarType == .float || b.scalarType == .float
  let (p, q) = (a.scalars, b.scalars)
  let gap = { (i: Int) in Gap(p[i], q[i], at: multiIndex(i, in: a.shape), scale: scale, isFloat: isFloat) }
  return p.indices.lazy.map(gap).max { $0.relative < $1.relative }
    ?? Gap(0, 0, at: [], scale: scale, isFloat: isFloat)
}

/// Records an issue unless two tensors have the same shape and a `largestGap` within the relative tolerance.
public func expectClose(
  _ a: Tensor, _ b: Tensor, tolerance: Double, scale: Double = 0, _ name: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard a.shape == b.shape else {
    return report("the shape", name, "\(a.shape) against \(b.shape)", sourceLocation)
  }
  let gap = largestGap(a, b, scale: scale)
  if !(gap.relative <= tolerance) { report("the value", name, "\(gap), above \(tolerance)", sourceLocation) }
}

/// |⟨A x, y⟩ − ⟨x, Aᵀ y⟩| relative to the larger: 0 up to rounding if the second map is the transpose of the first.
public func adjointGap(
  _ map: (Tensor) -> Tensor, _ transpose: (Tensor) -> Tensor, _ x: Tensor, _ y: Tensor
) -> Double {
  let (left, right) = ((map(x) * y).sum(), (x * transpose(y)).sum())
  return largestGap(left, right).relative
}
