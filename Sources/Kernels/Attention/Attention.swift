import Foundation

// Scaled dot-product attention: first as it is defined here, in tiles in AttentionForward.swift.

/// Queries, keys and values of attention: a batch of matrices each, anywhere in memory.
public struct AttentionOperands: Sendable {
  /// Q [queries × depth], K [keys × depth], V [keys × width].
  public let q, k, v: MatrixOperand
  /// What is added to the scores [queries × keys], if anything is; −∞ hides a key from a query.
  public let mask: MatrixOperand?
  /// The number of queries and of keys, the length of both, and the length of a value.
  public let queries, keys, depth, width: Int
  /// Whether query i sees only the keys up to i + keys − queries: of equally many, those up to its own.
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

  /// How many keys the first `count` queries see between them.
  func keysSeen(byFirst count: Int) -> Int { isCausal ? min(keys, max(0, count + keys - queries)) : keys }
}

/// Y = softmax(Q Kᵀ/√depth + mask) V as it is written, and the logarithm of each row's sum of exponentials.
///
/// A query that sees no key at all gets zeros, and 0 for the logarithm. The tests hold `attend` to this.
public func attendDefinition(_ x: AttentionOperands, into y: MatrixOperand, logSumExp: Buffer) {
  for batch in 0..<x.q.offsets.count {
    for i in 0..<x.queries {
      let scores = (0..<x.keys).map { j in
        if j >= x.keysSeen(byFirst: i + 1) { return -Double.infinity }
        let products = (0..<x.depth).map { x.q[batch, i, $0] * x.k[batch, j, $0] }
        return products.reduce(0, +) * x.scale + (x.mask?[batch, i, j] ?? 0)
      }
      let largest = scores.reduce(-.infinity) { $1 > $0 ? $1 : $0 }
      let exponentials = scores.map { exp($0 - (largest == -.infinity ? 0 : largest)) }
      let sum = exponentials.reduce(0, +)
      for c in 0..<x.width {
        let total = (0..<x.keys).reduce(0.0) { $0 + exponentials[$1] * x.v[batch, $1, c] }
        y.buffer[y.offsets[batch] + i * y.rowStride + c * y.columnStride] = sum == 0 ? 0 : total / sum
      }
      logSumExp[batch * x.queries + i] = sum == 0 ? 0 : largest + log(sum)
    }
  }
}

/// Y = softmax(Q Kᵀ/√depth + mask) V and the logarithm of each row's sum of exponentials, [batch × queries].
///
/// A query that sees no key at all gets zeros, and 0 for the logarithm. The rows of Y must lie in one piece each.
public func attend(_ x: AttentionOperands, into y: MatrixOperand, logSumExp: Buffer) {
  switch y.buffer.scalarType {
  case .float: attend(SIMD16<Float>.self, x, y, logSumExp)
  case .double: attend(SIMD8<Double>.self, x, y, logSumExp)
  }
}

extension MatrixOperand {
  /// The number in row i and column j of a matrix of the batch.
  fileprivate subscript(batch: Int, i: Int, j: Int) -> Double {
    buffer[offsets[batch] + i * rowStride + j * columnStride]
  }
}
