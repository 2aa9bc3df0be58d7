// The loops behind `combine`, `select` and `convert`: one switch for the whole range, then a loop made for the
// function.

/// How many numbers make another thread worth waking: for cheap functions, and for costly ones.
let (cheapGrain, costlyGrain) = (65_536, 8_192)

extension UnaryFunction {
  var grain: Int {
    switch self {
    case .exp, .log, .log1p, .expm1, .tanh, .sigmoid, .softplus, .erf, .sin, .cos, .power: costlyGrain
    default: cheapGrain
    }
  }
}

extension BinaryFunction {
  var grain: Int { self == .power ? costlyGrain : cheapGrain }
}

/// y[i, j] = f(a[i, j], b[i, j]) in a range of rows and columns of arrays of one type.
func combine(
  _ f: BinaryFunction, _ a: MatrixRegion, _ b: MatrixRegion, _ y: Buffer, _ i: Range<Int>, _ j: Range<Int>
) {
  switch y.scalarType {
  case .float: combine(f, SIMD16<Float>.self, a, b, y, i, j)
  case .double: combine(f, SIMD8<Double>.self, a, b, y, i, j)
  }
}

private func combine<V: KernelLanes>(
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

/// y[i, j] = f(a[i, j], b[i, j]) for ranges of rows and columns; only a single row may be divided by columns.
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

/// One row of a matrix. A vector that extends past its row spills into the next row, which is written later, but never
/// beyond `end`.
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

/// The same operation on as few rows as the strides allow: matrices without gaps become one row, columns become rows.
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
