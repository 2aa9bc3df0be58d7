import Foundation

// Scaled dot-product attention: the definition here, the tiled algorithm in AttentionForward.swift, that for
// few queries in AttentionDirect.swift.

/// Queries, keys and values of attention: a batch of matrices each, with any strides.
public struct AttentionOperands: Sendable {
  /// Q [queries × depth], K [keys × depth], V [keys × width].
  public let q, k, v: MatrixOperand
  /// The mask [queries × keys] that is added to the scores, if there is one; −∞ hides a key from a query.
  public let mask: MatrixOperand?
  /// The number of queries and of keys, the length of each of them, and the length of a value.
  public let queries, keys, depth, width: Int
  /// Whether query i sees only the keys up to i + keys − queries: with as many keys as queries, those up to its own.
  public let isCausal: Bool

  /// The operands of one call.
  public init(
    q: MatrixOperand, k: MatrixOperand, v: MatrixOperand, mask: MatrixOperand?, queries: Int, keys: Int, depth: Int,
    width: Int, isCausal: Bool
  ) {
    (self.q, self.k, self.v, self.mask) = (q, k, v, mask)
    (self.queries, self.keys, self.depth, self.width, self.isCausal) = (queries, keys, depth, width, isCausal)
  }

  /// 1/√depth
  var scale: Double { 1 / Double(depth).squareRoot() }

  /// How many keys at least one of the first `count` queries sees.
  func keysSeen(byFirst count: Int) -> Int { isCausal ? min(keys, max(0, count + keys - queries)) : keys }
}

/// The statistics that determine the weights of each query: a score s has the weight e^(s − largest) / sum. [batch ×
/// queries] each
///
/// They are two numbers, because largest + ln sum would lose ln sum where the largest score is 10⁹.
public struct AttentionStatistics: Sendable {
  /// The largest score of each query, 0 for a query that sees no key.
  public let largest: Buffer
  /// The sum of e^(s − largest) over the scores of each query, 0 for a query that sees no key.
  public let sums: Buffer

  /// Room for the statistics of `count` queries.
  public init(_ scalarType: ScalarType, count: Int) {
    (largest, sums) = (Buffer(scalarType, count: count), Buffer(scalarType, count: count))
  }
}

/// Computes Y = softmax(Q Kᵀ/√depth + mask) V by the definition, with the largest score and the sum of exponentials of
/// each row.
///
/// A query that sees no key gets zeros. Tests compare `attend` with this function.
public func attendDefinition(_ x: AttentionOperands, into y: MatrixOperand, statistics: AttentionStatistics) {
  for batch in 0..<x.q.offsets.count {
    for i in 0..<x.queries {
      let scores = (0..<x.keys).map { j in
        if j >= x.keysSeen(byFirst: i + 1) { return -Double.infinity }
        let products = (0..<x.depth).map { x.q[batch, i, $0] * x.k[batch, j, $0] }
        return products.reduce(0, +) * x.scale + (x.mask?[batch, i, j] ?? 0)
      }
      let largest = scores.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
      let shift = largest == -.infinity ? 0 : largest
      let exponentials = scores.map { exp($0 - shift) }
      let sum = exponentials.reduce(0, +)
      for c in 0..<x.width {
        let total = (0..<x.keys).reduce(0.0) { $0 + exponentials[$1] * x.v[batch, $1, c] }
        y.buffer[y.offsets[batch] + i * y.rowStride + c * y.columnStride] = sum == 0 ? 0 : total / sum
      }
      statistics.largest[batch * x.queries + i] = shift
      statistics.sums[batch * x.queries + i] = sum
    }
  }
}

/// Computes Y = softmax(Q Kᵀ/√depth + mask) V, with the largest score and the sum of exponentials of each row if a
/// derivative will need them.
///
/// A query that sees no key gets zeros. Each row of Y must be contiguous. Without statistics a few queries read keys
/// and values in place, as when a text is written. With them tiles are computed always: the derivatives compute the
/// same tiles again, and the weights of a row must sum to 1 there too.
public func attend(_ x: AttentionOperands, into y: MatrixOperand, statistics: AttentionStatistics? = nil) {
  let statistics =
    statistics
    ?? (x.isDirect ? nil : AttentionStatistics(y.buffer.scalarType, count: x.q.offsets.count * x.queries))
  switch (y.buffer.scalarType, statistics) {
  case (.float, let statistics?): attend(SIMD16<Float>.self, x, y, statistics)
  case (.double, let statistics?): attend(SIMD8<Double>.self, x, y, statistics)
  case (.float, nil): attendDirectly(SIMD16<Float>.self, x, y)
  case (.double, nil): attendDirectly(SIMD8<Double>.self, x, y)
  }
}

extension MatrixOperand {
  /// The number in row i and column j of a matrix of the batch.
  fileprivate subscript(batch: Int, i: Int, j: Int) -> Double {
    buffer[offsets[batch] + i * rowStride + j * columnStride]
  }
}
