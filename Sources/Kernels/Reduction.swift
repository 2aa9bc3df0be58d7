// Reductions and scans along the middle axis of an array [outer × length × inner].

/// What a reduction computes of each line of numbers.
public enum Reduction: Sendable { case sum, product, maximum, minimum }

/// y[o, i] = the reduction of x[o, 0…length−1, i], for x of shape [outer × length × inner].
///
/// Sums are added in a fixed order that depends on the lengths alone, so they are the same for any number of threads.
public func reduce(_ r: Reduction, _ x: Region, outer: Int, length: Int, inner: Int, into y: Buffer) {
  switch y.scalarType {
  case .float: reduceDefinition(r, x.pointer(Float.self), outer, length, inner, y.pointer(Float.self))
  case .double: reduceDefinition(r, x.pointer(Double.self), outer, length, inner, y.pointer(Double.self))
  }
}

/// The position of the largest (or smallest) of each line x[o, 0…length−1, i]; of equals, the first. NaN counts as the extreme.
public func indexOfExtreme(
  _ r: Reduction, _ x: Region, outer: Int, length: Int, inner: Int
) -> [Int] {
  switch x.buffer.scalarType {
  case .float: indexDefinition(r, x.pointer(Float.self), outer, length, inner)
  case .double: indexDefinition(r, x.pointer(Double.self), outer, length, inner)
  }
}

/// y[o, k, i] = x[o, 0, i] ∘ … ∘ x[o, k, i], with ∘ the sum or the product.
public func scan(_ r: Reduction, _ x: Region, outer: Int, length: Int, inner: Int, into y: Buffer) {
  switch y.scalarType {
  case .float: scanDefinition(r, x.pointer(Float.self), outer, length, inner, y.pointer(Float.self))
  case .double: scanDefinition(r, x.pointer(Double.self), outer, length, inner, y.pointer(Double.self))
  }
}

// MARK: - Definitions

extension Reduction {
  /// The value that changes nothing.
  func neutral<T: KernelScalar>(_: T.Type) -> T {
    switch self {
    case .sum: 0
    case .product: 1
    case .maximum: -T.infinity
    case .minimum: T.infinity
    }
  }

  /// The reduction of two numbers; NaN stays NaN.
  func callAsFunction<T: KernelScalar>(_ a: T, _ b: T) -> T {
    switch self {
    case .sum: a + b
    case .product: a * b
    case .maximum: a.isNaN || a > b ? a : b
    case .minimum: a.isNaN || a < b ? a : b
    }
  }
}

private func reduceDefinition<T: KernelScalar>(
  _ r: Reduction, _ x: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int, _ y: UnsafeMutablePointer<T>
) {
  for o in 0..<outer {
    for i in 0..<inner {
      var total = r.neutral(T.self)
      for k in 0..<length { total = r(total, x[(o * length + k) * inner + i]) }
      y[o * inner + i] = total
    }
  }
}

private func indexDefinition<T: KernelScalar>(
  _ r: Reduction, _ x: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int
) -> [Int] {
  var result: [Int] = []
  result.reserveCapacity(outer * inner)
  for o in 0..<outer {
    for i in 0..<inner {
      var best = 0
      for k in 1..<max(length, 1) {
        let (held, next) = (x[(o * length + best) * inner + i], x[(o * length + k) * inner + i])
        if !held.isNaN && (next.isNaN || (r == .minimum ? next < held : next > held)) { best = k }
      }
      result.append(best)
    }
  }
  return result
}

private func scanDefinition<T: KernelScalar>(
  _ r: Reduction, _ x: UnsafePointer<T>, _ outer: Int, _ length: Int, _ inner: Int, _ y: UnsafeMutablePointer<T>
) {
  for o in 0..<outer {
    for i in 0..<inner {
      var total = r.neutral(T.self)
      for k in 0..<length {
        let place = (o * length + k) * inner + i
        total = r(total, x[place])
        y[place] = total
      }
    }
  }
}
