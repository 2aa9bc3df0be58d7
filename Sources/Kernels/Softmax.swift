// The softmax of the rows of a matrix, its logarithm, and their derivatives: each in one pass over memory.

import Foundation

/// What is computed of each row: the softmax, or its logarithm.
public enum SoftmaxForm: Sendable { case probabilities, logarithms }

/// y[i, j] = e^(x[i, j]) / Σₗ e^(x[i, l]), or its logarithm, as it is written, but for the largest of the row taken out of all.
///
/// The tests hold `softmax` to this.
public func softmaxDefinition(_ form: SoftmaxForm, _ x: Region, rows: Int, columns: Int, into y: Buffer) {
  for i in 0..<rows {
    let row = (0..<columns).map { x.buffer[x.offset + i * columns + $0] }
    let largest = row.reduce(-.infinity) { $1.isNaN || $1 > $0 ? $1 : $0 }
    let sum = row.reduce(0) { $0 + Foundation.exp($1 - largest) }
    for j in 0..<columns {
      let difference = row[j] - largest
      y[i * columns + j] =
        form == .logarithms ? difference - Foundation.log(sum) : Foundation.exp(difference) / sum
    }
  }
}

/// dx = y (g − Σₗ g[l] y[l]) for each row of probabilities y, or dx = g − e^y Σₗ g[l] for logarithms y, as it is written.
///
/// The tests hold `pullBackSoftmax` to this.
public func pullBackSoftmaxDefinition(
  _ form: SoftmaxForm, _ g: Region, value y: Region, rows: Int, columns: Int, into dx: Buffer
) {
  for i in 0..<rows {
    let g = (0..<columns).map { g.buffer[g.offset + i * columns + $0] }
    let y = (0..<columns).map { y.buffer[y.offset + i * columns + $0] }
    let (sum, dot) = (g.reduce(0, +), zip(g, y).reduce(0) { $0 + $1.0 * $1.1 })
    for j in 0..<columns {
      dx[i * columns + j] = form == .logarithms ? g[j] - Foundation.exp(y[j]) * sum : y[j] * (g[j] - dot)
    }
  }
}

/// y = the softmax of each row of x, or its logarithm.
///
/// A row with NaN or +∞ is NaN, and so is one of −∞ alone.
public func softmax(_ form: SoftmaxForm, _ x: Region, rows: Int, columns: Int, into y: Buffer) {
  parallelChunks(of: rows, atLeast: max(1, costlyGrain / max(1, columns))) { range in
    switch y.scalarType {
    case .float: softmax(form, Rows<SIMD16<Float>>(columns, range), x, y)
    case .double: softmax(form, Rows<SIMD8<Double>>(columns, range), x, y)
    }
  }
}

/// dx = the cotangent of the softmax's argument, row by row, from the cotangent g of its value y.
public func pullBackSoftmax(
  _ form: SoftmaxForm, _ g: Region, value y: Region, rows: Int, columns: Int, into dx: Buffer
) {
  parallelChunks(of: rows, atLeast: max(1, costlyGrain / max(1, columns))) { range in
    switch dx.scalarType {
    case .float: pullBack(form, Rows<SIMD16<Float>>(columns, range), g, y, dx)
    case .double: pullBack(form, Rows<SIMD8<Double>>(columns, range), g, y, dx)
    }
  }
}

private func softmax<V: KernelLanes>(_ form: SoftmaxForm, _ rows: Rows<V>, _ x: Region, _ y: Buffer) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  rows.forEach { start in
    let (x, y) = (x + start, y + start)
    let largest = V(repeating: rows.largest(x))
    switch form {
    case .probabilities:
      let sum = rows.exponentials(x, largest, into: y, start)
      let factor = V(repeating: 1 / sum)
      rows.map(into: y, start) { V(at: y + $0) * factor }
    case .logarithms:
      let logarithm = V.log(V(repeating: rows.sumOfExponentials(x, largest)))
      rows.map(into: y, start) { (V(at: x + $0) - largest) - logarithm }
    }
  }
}

private func pullBack<V: KernelLanes>(_ form: SoftmaxForm, _ rows: Rows<V>, _ g: Region, _ y: Region, _ dx: Buffer) {
  let (g, y, dx) = (g.pointer(V.Scalar.self), y.pointer(V.Scalar.self), dx.pointer(V.Scalar.self))
  rows.forEach { start in
    let (g, y, dx) = (g + start, y + start, dx + start)
    switch form {
    case .probabilities:
      let dot = V(repeating: rows.sum { V(at: g + $0) * V(at: y + $0) })
      rows.map(into: dx, start) { V(at: y + $0) * (V(at: g + $0) - dot) }
    case .logarithms:
      let sum = V(repeating: rows.sum { V(at: g + $0) })
      rows.map(into: dx, start) { V(at: g + $0) - V.exp(V(at: y + $0)) * sum }
    }
  }
}
