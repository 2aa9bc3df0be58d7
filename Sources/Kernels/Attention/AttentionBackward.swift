// The derivatives of attention, from tiles of weights that are computed again.
//
// With the weights P = exp(scores − largest) / sum, the cotangent G of Y, and D the sum of each row of G ∘ Y:
//   dV = Pᵀ G,   dS = P ∘ (G Vᵀ − D) / √depth,   dQ = dS K,   dK = dSᵀ Q.
// A task is one matrix of the batch: it adds to dK and dV one block of queries after another.

/// Computes the cotangents of Q, K and V from that of Y, from Y itself and from the statistics found by `attend`.
///
/// Each row of Y and of the three results must be contiguous. The mask gets no cotangent.
public func attendBackward(
  _ x: AttentionOperands, g: MatrixOperand, y: MatrixOperand, statistics: AttentionStatistics, dq: MatrixOperand,
  dk: MatrixOperand, dv: MatrixOperand
) {
  switch dq.buffer.scalarType {
  case .float: backward(SIMD16<Float>.self, x, g, y, statistics, dq, dk, dv)
  case .double: backward(SIMD8<Double>.self, x, g, y, statistics, dq, dk, dv)
  }
}

private func backward<V: KernelLanes>(
  _: V.Type, _ x: AttentionOperands, _ g: MatrixOperand, _ y: MatrixOperand, _ statistics: AttentionStatistics,
  _ dq: MatrixOperand, _ dk: MatrixOperand, _ dv: MatrixOperand
) {
  let work = max(1, x.queries * x.keys * (3 * x.depth + 2 * x.width))
  parallelChunks(of: x.q.offsets.count, atLeast: (worthAThread + work - 1) / work) { batches in
    let scratch = BackwardScratch<V>(x)
    for batch in batches {
      scratch.packKeysAndValues(batch)
      for first in stride(from: 0, to: x.queries, by: V.attentionColumns) {
        let queries = first..<min(x.queries, first + V.attentionColumns)
        scratch.packQueries(batch, queries, g, y, statistics)
        scratch.addBlock(batch, queries)
        scratch.write(scratch.dq, queries.count, x.depth, to: dq, batch, queries.lowerBound)
      }
      scratch.write(scratch.dk, x.keys, x.depth, to: dk, batch, 0)
      scratch.write(scratch.dv, x.keys, x.width, to: dv, batch, 0)
    }
  }
}

/// The maximum number of keys in a block.
private let blockKeys = 64

/// The scratch memory of a task. Matrices are packed by tile columns (B) or tile rows (A), whichever the products need.
private struct BackwardScratch<V: KernelLanes> {
  let x: AttentionOperands
  private let keysByRows, valuesByRows, keys, queriesAcross, queries, gAcross, g, weights, ds, mask, statistics: Buffer
  let dq, dk, dv: Buffer

  init(_ x: AttentionOperands) {
    func buffer(_ rows: Int, _ columns: Int) -> Buffer { Buffer(V.Scalar.scalarType, count: rows * columns) }
    let (columns, wholeKeys) = (V.attentionColumns, x.keys.roundedUp(to: attentionRows))
    let (depth, width) = (x.depth.roundedUp(to: columns), x.width.roundedUp(to: columns))
    self.x = x
    (keysByRows, valuesByRows, keys) = (buffer(wholeKeys, x.depth), buffer(wholeKeys, x.width), buffer(x.keys, depth))
    (queriesAcross, queries) = (buffer(x.depth, columns), buffer(columns, depth))
    (gAcross, g) = (buffer(x.width, columns), buffer(columns, width))
    (weights, ds) = (buffer(attentionRows, columns), buffer(blockKeys + attentionRows, columns))
    (mask, statistics) = (buffer(x.mask == nil ? 0 : blockKeys, columns), buffer(3, columns))
    (dq, dk, dv) = (buffer(columns, depth), buffer(wholeKeys, depth), buffer(wholeKeys, width))
  }

  private func pointer(_ buffer: Buffer) -> UnsafeMutablePointer<V.Scalar> { buffer.pointer(V.Scalar.self) }
  private var largest: UnsafeMutablePointer<V.Scalar> { pointer(statistics) }
  private var factor: UnsafeMutablePointer<V.Scalar> { largest + V.attentionColumns }
  private var d: UnsafeMutablePointer<V.Scalar> { factor + V.attentionColumns }

  /// Packs the keys and values of a matrix of the batch; their cotangents start at zero.
  func packKeysAndValues(_ batch: Int) {
    let k = AttentionMatrix<V>(x.k, batch, rows: x.keys, columns: x.depth)
    let v = AttentionMatrix<V>(x.v, batch, rows: x.keys, columns: x.width)
    k.transposed.pack(width: attentionRows, into: pointer(keysByRows))
    v.transposed.pack(width: attentionRows, into: pointer(valuesByRows))
    k.pack(width: V.attentionColumns, into: pointer(keys))
    pointer(dk).update(repeating: 0, count: dk.count)
    pointer(dv).update(repeating: 0, count: dv.count)
  }

  /// Packs a block of queries, with their cotangents and statistics.
  func packQueries(
    _ batch: Int, _ block: Range<Int>, _ g: MatrixOperand, _ y: MatrixOperand, _ statistics: AttentionStatistics
  ) {
    let q = AttentionMatrix<V>(x.q, batch, rows: x.queries, columns: x.depth).part(rows: block)
    q.pack(width: V.attentionColumns, into: pointer(queries))
    q.transposed.pack(width: V.attentionColumns, into: pointer(queriesAcross))
    let g = AttentionMatrix<V>(g, batch, rows: x.queries, columns: x.width).part(rows: block)
    g.pack(width: V.attentionColumns, into: pointer(self.g))
    g.transposed.pack(width: V.attentionColumns, into: pointer(gAcross))
    for row in 0..<V.attentionColumns {
      // Rows without a query get the weight zero.
      (largest[row], factor[row], d[row]) = (.infinity, 0, 0)
      guard row < block.count else { continue }
      let number = batch * x.queries + block.lowerBound + row
      largest[row] = statistics.largest.pointer(V.Scalar.self)[number]
      factor[row] = statistics.sums.pointer(V.Scalar.self)[number]
      d[row] = rowSum(
        row, block.count, y.buffer.pointer(V.Scalar.self, at: y.offsets[batch] + (block.lowerBound + row) * y.rowStride)
      )
    }
    for place in stride(from: 0, to: V.attentionColumns, by: V.scalarCount) {
      V.reciprocal(ofSums: V(at: factor + place)).store(to: factor + place)
    }
  }

  /// Σ g ∘ y over the row of a query.
  private func rowSum(_ row: Int, _ rows: Int, _ y: UnsafePointer<V.Scalar>) -> V.Scalar {
    var sum = V.zero
    for column in stride(from: 0, to: x.width, by: V.scalarCount) {
      let (panel, place) = column.quotientAndRemainder(dividingBy: V.attentionColumns)
      let g = V(at: pointer(self.g) + (panel * rows + row) * V.attentionColumns + place)
      sum = sum + g * V(at: y + column).first(x.width - column, else: 0)
    }
    return sum.folded { $0 + $1 }
  }

  /// Adds what a block of queries contributes to dK and dV, and computes its dQ.
  func addBlock(_ batch: Int, _ block: Range<Int>) {
    // Rounded up to whole tiles: rows beyond the keys of the block must be zeros, not leftovers, where such keys exist.
    let seen = min(x.keys, x.keysSeen(byFirst: block.upperBound).roundedUp(to: attentionRows))
    if seen == 0 { pointer(dq).update(repeating: 0, count: dq.count) }
    for first in stride(from: 0, to: seen, by: blockKeys) {
      let part = first..<min(seen, first + blockKeys)
      if let mask = x.mask {
        let matrix = AttentionMatrix<V>(mask, batch, rows: x.queries, columns: x.keys)
        matrix.part(block, part).transposed.pack(width: V.attentionColumns, into: pointer(self.mask))
      }
      for row in stride(from: 0, to: part.count, by: attentionRows) {
        addKeys(first + row, row, min(attentionRows, part.count - row), block)
      }
      for row in stride(from: 0, to: block.count, by: attentionRows) {
        multiply(columnsOf: pointer(ds) + row, pointer(keys), x.keys, part, dq, row)
      }
    }
  }

  /// Computes the weights and dS of one tile's rows of keys, starting at key `key` and at row `row` of the block, and
  /// adds their contributions to dK and dV.
  private func addKeys(_ key: Int, _ row: Int, _ count: Int, _ block: Range<Int>) {
    let columns = V.attentionColumns
    let ds = pointer(ds) + row * columns
    V.multiplyColumns(
      pointer(keysByRows) + key * x.depth, depthStride: attentionRows, pointer(queriesAcross), depth: x.depth,
      into: pointer(weights), rowStride: columns, adding: false)
    V.multiplyColumns(
      pointer(valuesByRows) + key * x.width, depthStride: attentionRows, pointer(gAcross), depth: x.width, into: ds,
      rowStride: columns, adding: false)
    for place in stride(from: 0, to: columns, by: V.scalarCount) {
      differentiate(key, row, count, block.lowerBound, at: place)
    }
    multiply(rowsOf: ds, pointer(queries), block.count, dk, key)
    multiply(rowsOf: pointer(weights), pointer(g), block.count, dv, key)
  }

  /// Turns scores into weights, and G Vᵀ into dS, for some keys and one vector of queries.
  @inline(__always)
  private func differentiate(_ key: Int, _ row: Int, _ count: Int, _ firstQuery: Int, at place: Int) {
    let (weights, ds) = (pointer(weights) + place, pointer(ds) + row * V.attentionColumns + place)
    let mask = pointer(mask) + row * V.attentionColumns + place
    let (scale, d) = (V(repeating: V.Scalar(x.scale)), V(at: d + place))
    let (largest, factor) = (V(at: largest + place), V(at: factor + place))
    for k in 0..<count {
      let (weight, slope) = (weights + k * V.attentionColumns, ds + k * V.attentionColumns)
      var score = V(at: weight) * scale
      if x.mask != nil { score = score + V(at: mask + k * V.attentionColumns) }
      if x.isCausal { score = score.hidden(fromFirst: key + k - (x.keys - x.queries) - firstQuery - place) }
      let p = V.expOfNegative(score - largest) * factor
      p.store(to: weight)
      (p * (V(at: slope) - d) * scale).store(to: slope)
    }
  }

  /// Rows of `result`, starting at `row`, += A B for the rows of a tile A and all panels of B.
  private func multiply(
    rowsOf a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ depth: Int, _ result: Buffer, _ row: Int
  ) {
    let length = result === dv ? x.width.roundedUp(to: V.attentionColumns) : x.depth.roundedUp(to: V.attentionColumns)
    for column in stride(from: 0, to: length, by: V.attentionColumns) {
      V.multiplyRows(
        a, b + column * depth, depth: depth, into: pointer(result) + row * length + column, rowStride: length,
        adding: true)
    }
  }

  /// Rows of dQ, starting at `row`: Aᵀ B for a block of keys, added from the second block on.
  private func multiply(
    columnsOf a: UnsafePointer<V.Scalar>, _ b: UnsafePointer<V.Scalar>, _ height: Int, _ part: Range<Int>,
    _ result: Buffer, _ row: Int
  ) {
    let length = x.depth.roundedUp(to: V.attentionColumns)
    for column in stride(from: 0, to: length, by: V.attentionColumns) {
      V.multiplyColumns(
        a, depthStride: V.attentionColumns, b + column * height + part.lowerBound * V.attentionColumns,
        depth: part.count, into: pointer(result) + row * length + column, rowStride: length,
        adding: part.lowerBound > 0)
    }
  }

  /// Writes rows to their positions in a result.
  func write(_ source: Buffer, _ rows: Int, _ columns: Int, to y: MatrixOperand, _ batch: Int, _ first: Int) {
    let length = columns.roundedUp(to: V.attentionColumns)
    for row in 0..<rows {
      let target = y.buffer.pointer(V.Scalar.self, at: y.offsets[batch] + (first + row) * y.rowStride)
      target.update(from: pointer(source) + row * length, count: columns)
    }
  }
}
