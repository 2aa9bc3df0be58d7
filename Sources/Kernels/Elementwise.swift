import Foundation

// Functions of one, two and three numbers, applied to whole arrays.

/// A function of one number.
public enum UnaryFunction: Sendable {
  case negate, absolute, sign, square, squareRoot, reciprocal
  case exp, log, tanh, sigmoid, softplus, erf, sin, cos, relu
  /// scale · x + shift
  case affine(scale: Double, shift: Double)
  /// x raised to a constant exponent
  case power(Double)
  /// x limited to [lower, upper]
  case clamp(lower: Double, upper: Double)
}

/// A function of two numbers; comparisons give 1 for true and 0 for false.
public enum BinaryFunction: Sendable {
  case add, subtract, multiply, divide, power, maximum, minimum
  case less, lessOrEqual, equal
}

/// An operand of `combine`, read as a matrix of `rows` × `columns`: element (i, j) stands at offset + i·rowStride + j·columnStride,
/// where the column stride is 0 or 1. This covers arrays of one shape, scalars, rows and columns that repeat.
public struct MatrixRegion: Sendable {
  /// Where the matrix starts.
  public let region: Region
  /// The distance between neighbours in a column.
  public let rowStride: Int
  /// The distance between neighbours in a row: 0 or 1.
  public let columnStride: Int

  /// The matrix that starts at `region`, with these distances.
  public init(_ region: Region, rowStride: Int, columnStride: Int) {
    self.region = region
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// y[i] = f(x[i]) for `count` numbers.
public func map(_ f: UnaryFunction, _ x: Region, into y: Buffer, count: Int) {
  switch y.scalarType {
  case .float: mapDefinition(f, x.pointer(Float.self), y.pointer(Float.self), count)
  case .double: mapDefinition(f, x.pointer(Double.self), y.pointer(Double.self), count)
  }
}

/// y[i, j] = f(a[i, j], b[i, j]) for a matrix of `rows` × `columns`, y contiguous.
public func combine(
  _ f: BinaryFunction, _ a: MatrixRegion, _ b: MatrixRegion, into y: Buffer, rows: Int, columns: Int
) {
  switch y.scalarType {
  case .float: combineDefinition(f, Float.self, a, b, y, rows, columns)
  case .double: combineDefinition(f, Double.self, a, b, y, rows, columns)
  }
}

/// y[i] = condition[i] ≠ 0 ? a[i] : b[i].
public func select(_ condition: Region, _ a: Region, _ b: Region, into y: Buffer, count: Int) {
  switch y.scalarType {
  case .float: selectDefinition(Float.self, condition, a, b, y, count)
  case .double: selectDefinition(Double.self, condition, a, b, y, count)
  }
}

/// Converts `count` scalars from the type of `x` to the type of `y`.
public func convert(_ x: Region, into y: Buffer, count: Int) {
  switch (x.buffer.scalarType, y.scalarType) {
  case (.float, .double):
    let (x, y) = (x.pointer(Float.self), y.pointer(Double.self))
    for i in 0..<count { y[i] = Double(x[i]) }
  case (.double, .float):
    let (x, y) = (x.pointer(Double.self), y.pointer(Float.self))
    for i in 0..<count { y[i] = Float(x[i]) }
  case (.float, .float): y.pointer(Float.self).update(from: x.pointer(Float.self), count: count)
  case (.double, .double): y.pointer(Double.self).update(from: x.pointer(Double.self), count: count)
  }
}

// MARK: - Definitions

extension UnaryFunction {
  /// The function itself, one number at a time, in double precision.
  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .negate: -x
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : 0
    case .square: x * x
    case .squareRoot: x.squareRoot()
    case .reciprocal: 1 / x
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: x >= 0 ? 1 / (1 + Foundation.exp(-x)) : Foundation.exp(x) / (1 + Foundation.exp(x))
    case .softplus: max(x, 0) + log1p(Foundation.exp(-abs(x)))
    case .erf: Foundation.erf(x)
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .relu: max(x, 0)
    case .affine(let scale, let shift): scale * x + shift
    case .power(let exponent): pow(x, exponent)
    case .clamp(let lower, let upper): min(max(x, lower), upper)
    }
  }
}

extension BinaryFunction {
  /// The function itself, one pair at a time, in double precision.
  func callAsFunction(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: pow(a, b)
    case .maximum: max(a, b)
    case .minimum: min(a, b)
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    }
  }
}

private func mapDefinition<T: KernelScalar>(
  _ f: UnaryFunction, _ x: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int
) {
  for i in 0..<count { y[i] = T(f(Double(x[i]))) }
}

private func combineDefinition<T: KernelScalar>(
  _ f: BinaryFunction, _: T.Type, _ a: MatrixRegion, _ b: MatrixRegion, _ y: Buffer, _ rows: Int, _ columns: Int
) {
  let (p, q, y) = (a.region.pointer(T.self), b.region.pointer(T.self), y.pointer(T.self))
  for i in 0..<rows {
    for j in 0..<columns {
      let u = p[i * a.rowStride + j * a.columnStride]
      let v = q[i * b.rowStride + j * b.columnStride]
      y[i * columns + j] = T(f(Double(u), Double(v)))
    }
  }
}

private func selectDefinition<T: KernelScalar>(
  _: T.Type, _ condition: Region, _ a: Region, _ b: Region, _ y: Buffer, _ count: Int
) {
  let (c, a, b, y) = (condition.pointer(T.self), a.pointer(T.self), b.pointer(T.self), y.pointer(T.self))
  for i in 0..<count { y[i] = c[i] != 0 ? a[i] : b[i] }
}
