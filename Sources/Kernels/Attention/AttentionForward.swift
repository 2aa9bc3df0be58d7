// Attention in tiles: the whole matrix of weights is never stored.
//
// A task takes one matrix of the batch and a band of its queries. It goes through the queries in blocks of one tile's
// width, and through the keys in blocks that fit the first-level cache. The scores of a block are stored with the
// queries side by side: maximum, exponential and sum run over the keys vector by vector, for all queries of the block
// at once. Whenever a later block raises the maximum, the results of the earlier blocks are scaled (Milakov and
// Gimelshein, 2018; Dao, 2022).

func attend<V: KernelLanes>(_: V.Type, _ x: AttentionOperands, _ y: MatrixOperand, _ statistics: AttentionStatistics) {
  let bands = max(1, (x.queries + mostQueries - 1) / mostQueries)
  let height = ((x.queries + bands - 1) / bands + V.attentionColumns - 1) & ~(V.attentionColumns - 1)
  let work = max(1, height * x.keys * (x.depth + x.width))
  parallelChunks(of: x.q.offsets.count * bands, atLeast: (worthAThread + work - 1) / work) { tasks in
    let scratch = AttentionScratch<V>(x)
    for task in tasks {
      let (batch, band) = task.quotientAndRemainder(dividingBy: bands)
      if task == tasks.lowerBound || band == 0 { scratch.packKeysAndValues(batch) }
      for first in stride(from: band * height, to: min(x.queries, (band + 1) * height), by: V.attentionColumns) {
        let queries = first..<min(x.queries, first + V.attentionColumns)
        scratch.attend(batch, queries)
        scratch.finish(queries.count, y, batch, queries.lowerBound, statistics)
      }
    }
  }
}

/// The maximum number of queries in a task. Each task packs the keys and values again; this many queries make that
/// worthwhile.
private let mostQueries = 256

/// The maximum number of keys in a block: their scores for one tile's width of queries fill half of a 32 KB first-level
/// cache.
private let blockKeys = 128

/// The scratch memory of a task: all keys and values of a matrix, one block of scores, and one of results.
private struct AttentionScratch<V: KernelLanes> {
  let x: AttentionOperands
  /// The numbers, each kind in its own buffer.
  private let keys, values, queries, scores, mask, result, statistics: Buffer
  /// The length of a row of results: whole tiles.
  private let resultStride: Int

  init(_ x: AttentionOperands) {
    func buffer(_ rows: Int, _ columns: Int) -> Buffer { Buffer(V.Scalar.scalarType, count: rows * columns) }
    let columns = V.attentionColumns
    self.x = x
    resultStride = x.width.roundedUp(to: columns)
    keys = buffer(x.keys.roundedUp(to: attentionRows), x.depth)
    values = buffer(x.keys, resultStride)
    queries = buffer(x.depth, columns)
    scores = buffer(blockKeys + attentionRows, columns)
    mask = buffer(x.mask == nil ? 0 : blockKeys, columns)
    result = buffer(columns, resultStride)
    statistics = buffer(3, columns)
  }

  private func pointer(_ buffer: Buffer) -> UnsafeMutablePointer<V.Scalar> { buffer.pointer(V.Scalar.self) }

  /// The largest score of each query so far, the sum of its exponentials, and the factor for earlier results.
  private var largest: UnsafeMutablePointer<V.Scalar> { pointer(statistics) }
  private var sum: UnsafeMutablePointer<V.Scalar> { largest + V.attentionColumns }
  private var factor: UnsafeMutablePointer<V.Scalar> { sum + V.attentionColumns }

  func packKeysAndValues(_ batch: Int) {
    let k = AttentionMatrix<V>(x.k, batch, rows: x.keys, columns: x.depth)
    k.transposed.pack(width: attentionRows, into: pointer(keys))
    AttentionMatrix<V>(x.v, batch, rows: x.keys, columns: x.width).pack(
      width: V.attentionColumns, into: pointer(values))
  }

  /// The sums over all keys, for a block of queries.
  func attend(_ batch: Int, _ block: Range<Int>) {
    let q = AttentionMatrix<V>(x.q, batch, rows: x.queries, columns: x.depth)
    q.part(rows: block).transposed.pack(width: V.attentionColumns, into: pointer(queries))
    for lane in 0..<V.attentionColumns { (largest[lane], sum[lane]) = (-.infinity, 0) }
    let seen = x.keysSeen(byFirst: block.upperBound)
    if seen == 0 { pointer(result).update(repeating: 0, count: result.count) }
    for first in stride(from: 0, to: seen, by: blockKeys) {
      let part = first..<min(seen, first + blockKeys)
      computeScores(part)
      if let mask = x.mask {
        let matrix = AttentionMatrix<V>(mask, batch, rows: x.queries, columns: x.keys)
        matrix.part(block, part).transposed.pack(width: V.attentionColumns, into: pointer(self.mask))
      }
      for v in 0..<attentionVectors { exponentiate(part, block.lowerBound, at: v * V.scalarCount) }
      addValues(part, block.count)
    }
  }

  /// Computes the scores [keys × queries] of a block of keys.
  private func computeScores(_ part: Range<Int>) {
    for row in stride(from: 0, to: part.count, by: attentionRows) {
      V.multiplyColumns(
        pointer(keys) + (part.lowerBound + row) * x.depth, depthStride: attentionRows, pointer(queries), depth: x.depth,
        into: pointer(scores) + row * V.attentionColumns, rowStride: V.attentionColumns, adding: false)
    }
  }

  /// Turns scores into exponentials for one vector of queries, and updates the queries' maximum and sum.
  private func exponentiate(_ part: Range<Int>, _ firstQuery: Int, at place: Int) {
    let (scores, stride) = (pointer(scores) + place, V.attentionColumns)
    let scale = V(repeating: V.Scalar(x.scale))
    let before = V(at: largest + place)
    var most = before
    for key in 0..<part.count {
      var score = V(at: scores + key * stride) * scale
      if x.mask != nil { score = score + V(at: pointer(mask) + place + key * stride) }
      if x.isCausal {
        score = score.hidden(fromFirst: part.lowerBound + key - (x.keys - x.queries) - firstQuery - place)
      }
      score.store(to: scores + key * stride)
      most = V.choose(most .< score, score, most)
    }
    most.store(to: largest + place)
    let shift = most.finiteOrZero
    let change = V.expOfNegative(before - shift)
    // Of this block alone: errors grow with the number of blocks, not of keys.
    var total = V.zero
    for key in 0..<part.count {
      let exponential = V.expOfNegative(V(at: scores + key * stride) - shift)
      exponential.store(to: scores + key * stride)
      total = total + exponential
    }
    total.addingProduct(V(at: sum + place), change).store(to: sum + place)
    change.store(to: factor + place)
  }

  /// Result = factor · result + exponentialsᵀ V for a block of keys.
  private func addValues(_ part: Range<Int>, _ count: Int) {
    for row in stride(from: 0, to: count, by: attentionRows) {
      let target = pointer(result) + row * resultStride
      if part.lowerBound > 0 {
        for r in 0..<attentionRows {
          let factor = V(repeating: factor[row + r])
          for i in stride(from: r * resultStride, to: (r + 1) * resultStride, by: V.scalarCount) {
            (V(at: target + i) * factor).store(to: target + i)
          }
        }
      }
      for column in stride(from: 0, to: resultStride, by: V.attentionColumns) {
        let values = pointer(values) + column * x.keys + part.lowerBound * V.attentionColumns
        V.multiplyColumns(
          pointer(scores) + row, depthStride: V.attentionColumns, values, depth: part.count,
          into: target + column, rowStride: resultStride, adding: part.lowerBound > 0)
      }
    }
  }

  /// Writes result / sum, the largest score and the sum of each query.
  func finish(_ count: Int, _ y: MatrixOperand, _ batch: Int, _ first: Int, _ statistics: AttentionStatistics) {
    let start = batch * x.queries + first
    for v in 0..<attentionVectors {
      let place = v * V.scalarCount
      let total = V(at: sum + place)
      V.reciprocal(ofSums: total).store(to: factor + place)
      guard place < count else { continue }
      let target = start + place
      total.store(to: statistics.sums.pointer(V.Scalar.self, at: target), atMost: count - place)
      V(at: largest + place).finiteOrZero
        .store(to: statistics.largest.pointer(V.Scalar.self, at: target), atMost: count - place)
    }
    for row in 0..<count {
      let target = y.buffer.pointer(V.Scalar.self, at: y.offsets[batch] + (first + row) * y.rowStride)
      let (source, factor) = (pointer(result) + row * resultStride, V(repeating: factor[row]))
      for i in stride(from: 0, to: x.width, by: V.scalarCount) {
        (V(at: source + i) * factor).store(to: target + i, atMost: x.width - i)
      }
    }
  }
}

extension KernelLanes {
  /// The factor for the exponentials of queries: 1 / sum, and 0 for a query that sees no key.
  @inline(__always)
  static func reciprocal(ofSums sums: Self) -> Self { choose(sums .== zero, zero, one / sums) }

  /// The lanes, with 0 in place of −∞.
  @inline(__always)
  var finiteOrZero: Self { Self.choose(self .== Self(repeating: -.infinity), .zero, self) }

  /// The lanes with −∞ in the first `count`: the scores of queries before the first one that sees a key.
  @inline(__always)
  func hidden(fromFirst count: Int) -> Self {
    count <= 0 ? self : Self.choose(Self.isBelow(count), Self(repeating: -.infinity), self)
  }
}

extension Int {
  /// The smallest multiple of `unit` that is not below this number.
  func roundedUp(to unit: Int) -> Int { (self + unit - 1) / unit * unit }
}
