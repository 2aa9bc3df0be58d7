// The softmax of the rows of a matrix, its logarithm, and their derivatives: each in one pass over memory.
//
// Exponentials take few instructions, because no argument is positive. Waiting costs as much: for the largest of a row,
// for its sum, for a division or a logarithm. Several rows therefore take each step together; see Rows. Compared with
// PyTorch 2.13 on one thread of a Zen 4: 1.5 times its speed for [32768×128], which memory limits, 2.2 times for
// [768×65]; derivatives 1.0 and 2.8.

import Foundation

/// What is computed from each row: the softmax, or its logarithm.
public enum SoftmaxForm: Sendable { case probabilities, logarithms }

/// Computes y[i, j] = e^(x[i, j]) / Σₗ e^(x[i, l]), or its logarithm, by the definition, except that the largest number
/// of the row is subtracted from all.
///
/// Tests compare `softmax` with this function.
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

/// Computes dx = y (g − Σₗ g[l] y[l]) for each row of probabilities y, or dx = g − e^y Σₗ g[l] for logarithms y.
///
/// Tests compare `pullBackSoftmax` with this function.
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

/// Computes y = the softmax of each row of x, or its logarithm.
///
/// A row with NaN or +∞ gives NaN, and so does a row of −∞ alone. Probabilities below the normal numbers are 0.
public func softmax(_ form: SoftmaxForm, _ x: Region, rows: Int, columns: Int, into y: Buffer) {
  parallelChunks(of: rows, atLeast: max(1, costlyGrain / max(1, columns))) { range in
    switch (form, y.scalarType) {
    case (.probabilities, .float): probabilities(Rows<SIMD16<Float>>(columns, range), x, y)
    case (.probabilities, .double): probabilities(Rows<SIMD8<Double>>(columns, range), x, y)
    case (.logarithms, .float): logarithms(Rows<SIMD16<Float>>(columns, range), x, y)
    case (.logarithms, .double): logarithms(Rows<SIMD8<Double>>(columns, range), x, y)
    }
  }
}

/// Computes dx, the cotangent of the softmax's argument, row by row, from the cotangent g of its value y.
public func pullBackSoftmax(
  _ form: SoftmaxForm, _ g: Region, value y: Region, rows: Int, columns: Int, into dx: Buffer
) {
  parallelChunks(of: rows, atLeast: max(1, costlyGrain / max(1, columns))) { range in
    switch (form, dx.scalarType) {
    case (.probabilities, .float): pullBackProbabilities(Rows<SIMD16<Float>>(columns, range), g, y, dx)
    case (.probabilities, .double): pullBackProbabilities(Rows<SIMD8<Double>>(columns, range), g, y, dx)
    case (.logarithms, .float): pullBackLogarithms(Rows<SIMD16<Float>>(columns, range), g, y, dx)
    case (.logarithms, .double): pullBackLogarithms(Rows<SIMD8<Double>>(columns, range), g, y, dx)
    }
  }
}

private func probabilities<V: KernelLanes>(_ rows: Rows<V>, _ x: Region, _ y: Buffer) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  let scratch = rows.scratch()
  let factors = scratch.pointer(V.Scalar.self)
  for first in rows.groups {
    rows.exponentials(x, of: rows.group(first), into: y, reciprocalSums: factors)
    for row in rows.group(first) {
      let (y, factor) = (y + row * rows.columns, V(repeating: factors[row - first]))
      for j in rows.vectors { rows.store(V(at: y + j) * factor, to: y, j) }
    }
  }
}

private func logarithms<V: KernelLanes>(_ rows: Rows<V>, _ x: Region, _ y: Buffer) {
  let (x, y) = (x.pointer(V.Scalar.self), y.pointer(V.Scalar.self))
  let (end, scratch) = (y + rows.end, (rows.scratch(), rows.scratch()))
  let (largest, logarithms) = (scratch.0.pointer(V.Scalar.self), scratch.1.pointer(V.Scalar.self))
  for first in rows.groups {
    let group = rows.group(first)
    rows.findLargest(x, of: group, into: largest)
    for row in group {
      let m = V(repeating: largest[row - first])
      logarithms[row - first] = rows.sumOfExponentials(x + row * rows.columns, m)
    }
    for i in stride(from: 0, to: group.count, by: V.scalarCount) {
      V.log(V(at: logarithms + i)).store(to: logarithms + i)
    }
    for row in group {
      let (x, y) = (x + row * rows.columns, y + row * rows.columns)
      let (m, logarithm) = (V(repeating: largest[row - first]), V(repeating: logarithms[row - first]))
      for j in rows.vectors { ((V(at: x + j) - m) - logarithm).store(to: y + j, atMost: end - (y + j)) }
    }
  }
}

private func pullBackProbabilities<V: KernelLanes>(_ rows: Rows<V>, _ g: Region, _ y: Region, _ dx: Buffer) {
  let (g, y, dx) = (g.pointer(V.Scalar.self), y.pointer(V.Scalar.self), dx.pointer(V.Scalar.self))
  let end = dx + rows.end
  for start in rows.starts {
    let (g, y, dx) = (g + start, y + start, dx + start)
    let dot = V(repeating: rows.sum { V(at: g + $0) * V(at: y + $0) })
    for j in rows.vectors { (V(at: y + j) * (V(at: g + j) - dot)).store(to: dx + j, atMost: end - (dx + j)) }
  }
}

private func pullBackLogarithms<V: KernelLanes>(_ rows: Rows<V>, _ g: Region, _ y: Region, _ dx: Buffer) {
  let (g, y, dx) = (g.pointer(V.Scalar.self), y.pointer(V.Scalar.self), dx.pointer(V.Scalar.self))
  let end = dx + rows.end
  for start in rows.starts {
    let (g, y, dx) = (g + start, y + start, dx + start)
    let total = V(repeating: rows.sum { V(at: g + $0) })
    for j in rows.vectors {
      V(at: g + j).addingProduct(-total, V.expOfNegative(V(at: y + j))).store(to: dx + j, atMost: end - (dx + j))
    }
  }
}
