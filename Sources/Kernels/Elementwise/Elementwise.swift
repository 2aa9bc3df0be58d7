import Foundation

// Functions of one, two and three numbers, applied to whole arrays.

/// A function of one number.
public enum UnaryFunction: Sendable {
  case negate, absolute, sign, square, squareRoot, reciprocal
  /// log1p is ln(1 + x) and expm1 is eˣ − 1, both accurate for small x
  case exp, log, log1p, expm1, tanh, sigmoid, softplus, erf, sin, cos
  /// scale · x + shift
  case affine(scale: Double, shift: Double)
  /// x raised to a constant exponent; ½ and −½ use the square root, which gives NaN for −∞ and −0 for −0
  case power(Double)
  /// x limited to [lower, upper]
  case clamp(lower: Double, upper: Double)
}

/// A function of two numbers; comparisons give 1 for true and 0 for false.
public enum BinaryFunction: Sendable {
  case add, subtract, multiply, divide, power, maximum, minimum
  case less, lessOrEqual, equal
}

/// An operand of `combine`, read as a matrix of `rows` × `columns`: element (i, j) is at
/// offset + i·rowStride + j·columnStride, where the column stride is 0 or 1. This covers arrays of one shape, scalars,
/// and repeated rows and columns.
public struct MatrixRegion: Sendable {
  /// Where the matrix starts.
  public let region: Region
  /// The distance between neighbours in a column.
  public let rowStride: Int
  /// The distance between neighbours in a row: 0 or 1.
  public let columnStride: Int

  /// The matrix that starts at `region`, with these strides.
  public init(_ region: Region, rowStride: Int, columnStride: Int) {
    self.region = region
    self.rowStride = rowStride
    self.columnStride = columnStride
  }
}

/// y[i] = f(x[i]) for `count` numbers.
public func map(_ f: UnaryFunction, _ x: Region, into y: Buffer, count: Int) {
  parallelChunks(of: count, atLeast: f.grain) { map(f, y.scalarType, x.bytes, y.address, $0) }
}

/// y[i, j] = f(a[i, j], b[i, j]) for a matrix of `rows` × `columns`, y contiguous.
public func combine(
  _ f: BinaryFunction, _ a: MatrixRegion, _ b: MatrixRegion, into y: Buffer, rows: Int, columns: Int
) {
  let (a, b, rows, columns) = flattened(a, b, rows, columns)
  // One row is divided by columns, several rows by rows.
  let (count, width) = rows == 1 ? (columns, 1) : (rows, columns)
  parallelChunks(of: count, atLeast: max(1, f.grain / max(1, width))) { range in
    let (i, j) = rows == 1 ? (0..<1, range) : (range, 0..<columns)
    combine(f, a, b, y, i, j)
  }
}

/// y[i] = condition[i] ≠ 0 ? a[i] : b[i].
public func select(_ condition: Region, _ a: Region, _ b: Region, into y: Buffer, count: Int) {
  parallelChunks(of: count, atLeast: cheapGrain) { range in
    switch y.scalarType {
    case .float: select(SIMD16<Float>.self, condition, a, b, y, range)
    case .double: select(SIMD8<Double>.self, condition, a, b, y, range)
    }
  }
}

/// Converts `count` scalars from the type of `x` to the type of `y`.
public func convert(_ x: Region, into y: Buffer, count: Int) {
  parallelChunks(of: count, atLeast: cheapGrain) { range in
    switch (x.buffer.scalarType, y.scalarType) {
    case (.float, .double):
      let (x, y) = (x.pointer(Float.self), y.pointer(Double.self))
      for i in range { y[i] = Double(x[i]) }
    case (.double, .float):
      let (x, y) = (x.pointer(Double.self), y.pointer(Float.self))
      for i in range { y[i] = Float(x[i]) }
    case (.float, .float): copy(Float.self, x, y, range)
    case (.double, .double): copy(Double.self, x, y, range)
    }
  }
}

// MARK: - Definitions

extension UnaryFunction {
  /// The function itself, one number at a time, in double precision. NaN stays NaN.
  public func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .negate: -x
    case .absolute: abs(x)
    case .sign: x > 0 ? 1 : x < 0 ? -1 : x.isNaN ? x : 0
    case .square: x * x
    case .squareRoot: x.squareRoot()
    case .reciprocal: 1 / x
    case .exp: Foundation.exp(x)
    case .log: Foundation.log(x)
    case .log1p: Foundation.log1p(x)
    case .expm1: Foundation.expm1(x)
    case .tanh: Foundation.tanh(x)
    case .sigmoid: x >= 0 ? 1 / (1 + Foundation.exp(-x)) : Foundation.exp(x) / (1 + Foundation.exp(x))
    case .softplus: (x < 0 ? 0 : x) + Foundation.log1p(Foundation.exp(-abs(x)))
    case .erf: Foundation.erf(x)
    case .sin: Foundation.sin(x)
    case .cos: Foundation.cos(x)
    case .affine(let scale, let shift): scale * x + shift
    case .power(0.5): x.squareRoot()
    case .power(-0.5): 1 / x.squareRoot()
    case .power(let exponent): pow(x, exponent)
    case .clamp(let lower, let upper): x < lower ? lower : x > upper ? upper : x
    }
  }
}

extension BinaryFunction {
  /// The function itself, one pair at a time, in double precision. If either number is NaN, so are maximum and minimum.
  public func callAsFunction(_ a: Double, _ b: Double) -> Double {
    switch self {
    case .add: a + b
    case .subtract: a - b
    case .multiply: a * b
    case .divide: a / b
    case .power: pow(a, b)
    case .maximum: a.isNaN || a > b ? a : b
    case .minimum: a.isNaN || a < b ? a : b
    case .less: a < b ? 1 : 0
    case .lessOrEqual: a <= b ? 1 : 0
    case .equal: a == b ? 1 : 0
    }
  }
}
