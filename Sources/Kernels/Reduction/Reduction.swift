// Reductions along the middle axis of an array [outer × length × inner].

/// What a reduction computes from each line of numbers.
public enum Reduction: Sendable { case sum, product, maximum, minimum }

/// Computes y[o, i] = the reduction of x[o, 0…length−1, i], for x of shape [outer × length × inner].
///
/// Numbers are combined pairwise, in an order that depends only on the lengths: the error of a sum grows like log
/// length, and the result is the same for any number of threads.
public func reduce(_ r: Reduction, _ x: Region, outer: Int, length: Int, inner: Int, into y: Buffer) {
  switch y.scalarType {
  case .float: reduce(r, SIMD16<Float>.self, x, Lines(outer: outer, length: length, inner: inner), y)
  case .double: reduce(r, SIMD8<Double>.self, x, Lines(outer: outer, length: length, inner: inner), y)
  }
}

extension Reduction {
  /// The neutral element.
  public var neutral: Double {
    switch self {
    case .sum: 0
    case .product: 1
    case .maximum: -.infinity
    case .minimum: .infinity
    }
  }

  /// The reduction of two numbers; NaN stays NaN.
  public func callAsFunction<T: BinaryFloatingPoint>(_ a: T, _ b: T) -> T {
    switch self {
    case .sum: a + b
    case .product: a * b
    case .maximum: a.isNaN || a > b ? a : b
    case .minimum: a.isNaN || a < b ? a : b
    }
  }
}
