import Kernels
import Messages

/// Scaled dot-product attention: softmax(Q Kᵀ/√d + mask) V, row by row. [… n×d], [… m×d], [… m×e] → [… n×e]
///
/// A mask is added to the scores, with −∞ where a query must not look, and its axes are broadcast to [… n×m]. If
/// causal, query i sees the keys up to i + m − n, so the last query sees all keys. A query that sees no key gets zeros.
/// Hidden values have the weight 0, but must be finite, because 0 · ∞ is NaN. The n×m matrix of weights is never
/// stored. The result has the memory layout of Q, whether Q is a contiguous tensor or a view of heads, so splitting and
/// joining heads copies nothing.
public func scaledDotProductAttention(
  _ q: Tensor, _ k: Tensor, _ v: Tensor, mask: Tensor? = nil, isCausal: Bool = false
) -> Tensor {
  let x = operands(q, k, v, mask, isCausal)
  let y = Tensor.empty(Shape(q.shape.lengths.dropLast() + [v.shape[-1]]), like: q)
  if Recording.current == nil {
    attend(x, into: y.matrices)
    return y
  }
  let statistics = AttentionStatistics(q.scalarType, count: q.shape.lengths.dropLast().reduce(1, *))
  attend(x, into: y.matrices, statistics: statistics)
  let inputs = [q, k, v] + (mask.map { [$0] } ?? [])
  let definition: @Sendable ([Tensor]) -> Tensor = { defined($0, isCausal: isCausal) }
  return Tensor.fused(inputs, value: y, definition: definition) { g, isWanted in
    // The mask's derivative is as large as the weights, which no tile keeps.
    if isWanted.count == 4 && isWanted[3] {
      return valueWithPullback(at: inputs, of: definition).pullback(g)
    }
    let results = inputs[..<3].map { Tensor.empty($0.shape, like: $0) }
    attendBackward(
      x, g: g.matrices, y: y.matrices, statistics: statistics, dq: results[0].matrices, dk: results[1].matrices,
      dv: results[2].matrices)
    return isWanted.count == 4 ? results + [nil] : results
  }
}

/// The definition: scores, their softmax, and the weighted sum of the values.
private func defined(_ inputs: [Tensor], isCausal: Bool) -> Tensor {
  let (q, k, v) = (inputs[0], inputs[1], inputs[2])
  var scores = matmul(q, k.transposed) / Double(q.shape[-1]).squareRoot()
  if inputs.count == 4 { scores = scores + inputs[3] }
  if isCausal {
    let (n, m) = (q.shape[-2], k.shape[-2])
    let sees = Tensor.lowerTriangle(n, m, diagonal: m - n, scalarType: q.scalarType)
    scores = select(sees, scores, Tensor(-.infinity, scalarType: q.scalarType))
  }
  let (zero, one) = (Tensor.zero(like: q), Tensor.one(like: q))
  if k.shape[-2] == 0 { return matmul(scores, v) }
  let largest = scores.stopGradient.max(axes: [-1], keepsAxes: true)
  let exponentials = (scores - select(largest .== -.infinity, zero, largest)).exp()
  let sum = exponentials.sum(axes: [-1], keepsAxes: true)
  return matmul(exponentials / select(sum .== 0, one, sum), v)
}

/// The operands as the kernels read them: in place, with any strides.
private func operands(_ q: Tensor, _ k: Tensor, _ v: Tensor, _ mask: Tensor?, _ isCausal: Bool) -> AttentionOperands {
  for other in [k, v] + (mask.map { [$0] } ?? []) { q.requireSameType(other, "attend with") }
  require(
    min(q.rank, k.rank, v.rank) >= 2 && q.shape.leading == k.shape.leading && k.shape.leading == v.shape.leading
      && q.shape[-1] == k.shape[-1] && k.shape[-2] == v.shape[-2] && q.shape[-1] > 0,
    "cannot attend with queries \(q.shape), keys \(k.shape) and values \(v.shape): "
      + "[… n×d], [… m×d] and [… m×e] are needed"
  )
  let (n, m) = (q.shape[-2], k.shape[-2])
  return AttentionOperands(
    q: q.matrices, k: k.matrices, v: v.matrices,
    mask: mask.map { $0.broadcast(to: Shape(q.shape.leading + [n, m])).matrices }, queries: n, keys: m,
    depth: q.shape[-1], width: v.shape[-1], isCausal: isCausal)
}

extension Shape {
  /// The lengths of all axes but the last two.
  fileprivate var leading: [Int] { Array(lengths.dropLast(2)) }
}

extension Tensor {
  /// An uninitialized tensor with contiguous rows, whose heads are inside its sequence if those of another tensor are.
  fileprivate static func empty(_ shape: Shape, like other: Tensor) -> Tensor {
    let buffer = Buffer(other.scalarType, count: shape.count)
    let rank = shape.rank
    guard rank > 2, other.strides[rank - 3] < other.strides[rank - 2] else { return Tensor(shape, buffer) }
    var stored = shape.lengths
    stored.swapAt(rank - 3, rank - 2)
    var strides = Shape(stored).contiguousStrides
    strides.swapAt(rank - 3, rank - 2)
    return Tensor(shape: shape, strides: strides, offset: 0, buffer: buffer)
  }

  /// The last two axes as matrices and the axes before them as a batch, with unchanged strides.
  fileprivate var matrices: MatrixOperand {
    var offsets = [offset]
    for (length, stride) in zip(shape.leading, strides) {
      offsets = offsets.flatMap { start in (0..<length).map { start + $0 * stride } }
    }
    return MatrixOperand(buffer, offsets: offsets, rowStride: strides[rank - 2], columnStride: strides[rank - 1])
  }
}
