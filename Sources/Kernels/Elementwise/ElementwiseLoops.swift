// The loops behind `map`, `combine`, `select` and `convert`: one switch for the whole range, then a loop made for the function.

/// How many numbers a thread must have to do before another is worth waking: of cheap functions, and of costly ones.
let (cheapGrain, costlyGrain) = (65_536, 8_192)

extension UnaryFunction {
  var grain: Int {
    switch self {
    case .exp, .log, .tanh, .sigmoid, .softplus, .erf, .sin, .cos, .power: costlyGrain
    default: cheapGrain
    }
  }
}

extension BinaryFunction {
  var grain: Int { self == .power ? costlyGrain : cheapGrain }
}

func map<V: KernelLanes>(_ f: UnaryFunction, _: V.Type, _ x: Region, _ y: Buffer, _ range: Range<Int>) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  switch f {
  case .negate: loop(V.self, x, y, range) { $0.negated }
  case .absolute: loop(V.self, x, y, range) { $0.magnitude }
  case .sign:
    loop(V.self, x, y, range) { x in
      V.choose(V.zero .< x, V.one, V.choose(x .< V.zero, -V.one, V.choose(x .== V.zero, V.zero, x)))
    }
  case .square: loop(V.self, x, y, range) { $0 * $0 }
  case .squareRoot: loop(V.self, x, y, range) { $0.squareRoot() }
  case .reciprocal: loop(V.self, x, y, range) { V.one / $0 }
  case .exp: loop(V.self, Exponential(), x, y, range)
  case .log: loop(V.self, Logarithm(), x, y, range)
  case .tanh: loop(V.self, Tanh(), x, y, range)
  case .sigmoid: loop(V.self, Logistic(), x, y, range)
  case .softplus: loop(V.self, Softplus(), x, y, range)
  case .erf: loop(V.self, ErrorFunction(), x, y, range)
  case .sin: loop(V.self, Sine(), x, y, range)
  case .cos: loop(V.self, Cosine(), x, y, range)
  case .relu: loop(V.self, ReLU(), x, y, range)
  case .affine(let scale, let shift): loop(V.self, Affine(scale: scale, shift: shift), x, y, range)
  case .power(let exponent): power(exponent, V.self, x, y, range)
  case .clamp(let lower, let upper): loop(V.self, Clamp(lower: lower, upper: upper), x, y, range)
  }
}

/// x to a constant power; the exponents that networks use need no logarithm.
private func power<V: KernelLanes>(
  _ exponent: Double, _: V.Type, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ range: Range<Int>
) {
  switch exponent {
  case 2: loop(V.self, x, y, range) { $0 * $0 }
  case 3: loop(V.self, x, y, range) { $0 * $0 * $0 }
  case 4: loop(V.self, x, y, range) { ($0 * $0) * ($0 * $0) }
  case 1: loop(V.self, x, y, range) { $0 }
  case 0.5: loop(V.self, x, y, range) { $0.squareRoot() }
  case -0.5: loop(V.self, x, y, range) { V.one / $0.squareRoot() }
  case -1: loop(V.self, x, y, range) { V.one / $0 }
  case -2:
    loop(V.self, x, y, range) { x in
      let reciprocal = V.one / x  // its square is a number where that of x is not
      return reciprocal * reciprocal
    }
  default: loop(V.self, Power(exponent: exponent), x, y, range)
  }
}

func combine<V: KernelLanes>(
  _ f: BinaryFunction, _: V.Type, _ a: MatrixRegion, _ b: MatrixRegion, _ y: Buffer, _ i: Range<Int>, _ j: Range<Int>
) {
  switch f {
  case .add: loop(V.self, a, b, y, i, j) { $0 + $1 }
  case .subtract: loop(V.self, a, b, y, i, j) { $0 - $1 }
  case .multiply: loop(V.self, a, b, y, i, j) { $0 * $1 }
  case .divide: loop(V.self, a, b, y, i, j) { $0 / $1 }
  case .power: loop(V.self, a, b, y, i, j) { V.power($0, $1) }
  case .maximum: loop(V.self, a, b, y, i, j) { V.larger($0, $1) }
  case .minimum: loop(V.self, a, b, y, i, j) { V.smaller($0, $1) }
  case .less: loop(V.self, a, b, y, i, j) { V.choose($0 .< $1, V.one, V.zero) }
  case .lessOrEqual: loop(V.self, a, b, y, i, j) { V.choose($0 .<= $1, V.one, V.zero) }
  case .equal: loop(V.self, a, b, y, i, j) { V.choose($0 .== $1, V.one, V.zero) }
  }
}

func select<V: KernelLanes>(
  _: V.Type, _ condition: Region, _ a: Region, _ b: Region, _ y: Buffer, _ range: Range<Int>
) {
  let (c, a, b) = (condition.pointer(V.Scalar.self), a.pointer(V.Scalar.self), b.pointer(V.Scalar.self))
  let y = y.pointer(V.Scalar.self)
  for i in stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount) {
    V.choose(V(at: c + i) .== V.zero, V(at: b + i), V(at: a + i)).store(to: y + i, atMost: range.upperBound - i)
  }
}

func copy<T: KernelScalar>(_: T.Type, _ x: Region, _ y: Buffer, _ range: Range<Int>) {
  y.pointer(T.self, at: range.lowerBound).update(from: x.pointer(T.self) + range.lowerBound, count: range.count)
}

/// y = f(x) in a range of places. Never inlined: the compiler makes a copy for each function, and the function part of the loop.
/// The last load may reach into the buffer's padding, the last store may not: another thread's numbers may follow.
@inline(never)
private func loop<V: KernelLanes>(
  _: V.Type, _ x: UnsafePointer<V.Scalar>, _ y: UnsafeMutablePointer<V.Scalar>, _ range: Range<Int>, _ f: (V) -> V
) {
  for i in stride(from: range.lowerBound, to: range.upperBound, by: V.scalarCount) {
    f(V(at: x + i)).store(to: y + i, atMost: range.upperBound - i)
  }
}

/// y[i, j] = f(a[i, j], b[i, j]) for ranges of rows and columns; only a single row may be cut into ranges of columns.
@inline(never)
private func loop<V: KernelLanes>(
  _: V.Type, _ a: MatrixRegion, _ b: MatrixRegion, _ y: Buffer, _ i: Range<Int>, _ j: Range<Int>, _ f: (V, V) -> V
) {
  let y = y.pointer(V.Scalar.self)
  let end = y + i.upperBound * j.upperBound
  for i in i {
    let (p, q) = (a.row(i, V.Scalar.self), b.row(i, V.Scalar.self))
    let target = y + i * j.upperBound
    switch (a.columnStride, b.columnStride) {
    case (0, 0): row(j, target, end) { _ in f(V(repeating: p[0]), V(repeating: q[0])) }
    case (0, _):
      let u = V(repeating: p[0])
      row(j, target, end) { f(u, V(at: q + $0)) }
    case (_, 0):
      let v = V(repeating: q[0])
      row(j, target, end) { f(V(at: p + $0), v) }
    default: row(j, target, end) { f(V(at: p + $0), V(at: q + $0)) }
    }
  }
}

/// One row of a matrix. A vector that sticks out spills into the next row, which is written afterwards, but never beyond `end`.
@inline(__always)
private func row<V: KernelLanes>(
  _ columns: Range<Int>, _ y: UnsafeMutablePointer<V.Scalar>, _ end: UnsafeMutablePointer<V.Scalar>, _ f: (Int) -> V
) {
  for j in stride(from: columns.lowerBound, to: columns.upperBound, by: V.scalarCount) {
    f(j).store(to: y + j, atMost: end - (y + j))
  }
}

extension MatrixRegion {
  fileprivate func row<T: KernelScalar>(_ i: Int, _: T.Type) -> UnsafePointer<T> {
    region.pointer(T.self) + i * rowStride
  }

  /// Whether row i + 1 continues row i, so that the matrix may be read as one row.
  fileprivate func isOneRow(_ columns: Int) -> Bool { rowStride == columns * columnStride }
}

/// The same operation on as few rows as the strides allow: matrices without gaps become one row, columns are laid down.
func flattened(
  _ a: MatrixRegion, _ b: MatrixRegion, _ rows: Int, _ columns: Int
) -> (MatrixRegion, MatrixRegion, rows: Int, columns: Int) {
  if columns == 1 && (0...1).contains(a.rowStride) && (0...1).contains(b.rowStride) {
    return (
      MatrixRegion(a.region, rowStride: 0, columnStride: a.rowStride),
      MatrixRegion(b.region, rowStride: 0, columnStride: b.rowStride), 1, rows
    )
  }
  return a.isOneRow(columns) && b.isOneRow(columns) ? (a, b, 1, rows * columns) : (a, b, rows, columns)
}
