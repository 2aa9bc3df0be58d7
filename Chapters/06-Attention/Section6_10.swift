import Attention
import Figures
import Running
import Tensors
import Training

/// § 6.10: the causal mask, two conventions that exclude each other, ways to mask that do not, and a detector of leaks.
public let section6_10 = Exercise(
  .section, "6.10", "The causal mask, and how it goes wrong", seconds: 4, full: 12
) { run in
  run.show(zeroingTable(compareZeroing(random: run.random.split())), as: "zeroing")
  run.show(sensesTable(givePrintedMask(random: run.random.split())), as: "senses")
  run.show(headMaskTable(maskHeadsByAccident(random: run.random.split())), as: "heads")
  let order = orderWithoutPositions(random: run.random.split())
  run.show(
    Table(
      "Causal attention without positions: change of the last output when earlier tokens trade places",
      columns: ["layers", "change"],
      rows: order.enumerated().map { [.integer($0 + 1), .scientific($1)] }), as: "order")

  let steps = run.choose(quick: 30, standard: 400, full: 1_200)
  let leaks = detectLeaks(random: run.random.split()) { run.plan(steps: steps, label: $0) }
  run.show(leakTable(leaks), as: "leaks")
  run.show(leakFigure(leaks), as: "leaks")
  run.card("ln V", leaks[0].uniform)
  for leak in leaks { run.card("last loss, " + leak.name, leak.last) }
}

// MARK: - Zeros in the wrong place

/// The share of the weight that each query spends on the future, for three ways to mask. (6.20)
public struct ZeroingComparison: Sendable {
  /// −∞ before the softmax.
  public let infinity: [Double]
  /// Exponentials set to 0 before they are divided by their sum.
  public let exponentials: [Double]
  /// Scores set to 0 before the softmax.
  public let scores: [Double]
  /// The largest difference between the first two maps.
  public let gap: Double
}

/// Masks a map in three ways. Fleuret, *The Little Book of Deep Learning*, Figure 4.10, sets "terms to zero before the
/// normalization": right for exponentials, wrong for scores.
public func compareZeroing(length n: Int = 5, random: RandomSource) -> ZeroingComparison {
  let scores = random.normal([n, n], scalarType: .double)
  let isPast = Tensor.lowerTriangle(n, n, scalarType: .double)
  let masked = maskedSoftmax(scores, .causal)
  let exponentials = scores.exp() * isPast
  let zeroed = exponentials / exponentials.sum(axes: [1], keepsAxes: true)
  return ZeroingComparison(
    infinity: future(masked), exponentials: future(zeroed), scores: future((scores * isPast).softmax()),
    gap: (masked - zeroed).abs().max().item)
}

/// The weight of each row above the diagonal. [n×n]
func future(_ A: Tensor) -> [Double] {
  (A * Tensor.upperTriangle(A.shape[0], A.shape[1], diagonal: 1, scalarType: A.scalarType)).sum(axes: [1]).scalars
}

private func zeroingTable(_ c: ZeroingComparison) -> Table {
  Table(
    "The share of each query's weight on the future",
    columns: ["query", "scores of −∞", "exponentials of 0", "scores of 0"],
    rows: c.scores.indices.map {
      [
        .integer($0 + 1), .number(c.infinity[$0], decimals: 4), .number(c.exponentials[$0], decimals: 4),
        .number(c.scores[$0], decimals: 4),
      ]
    })
}

// MARK: - Two conventions

/// The weights of Listing 6.9, which hides keys where the mask is 0, without any protection.
public func weightsOfListing(_ scores: Tensor, mask: Tensor) -> Tensor {
  select(mask .== 0, Tensor(-.infinity, scalarType: scores.scalarType), scores).softmax()
}

/// What Listing 6.9 makes of the M of (6.20), where 0 means visible: the share of each row on the future, NaN for a row
/// that is hidden as a whole.
public func givePrintedMask(length n: Int = 5, random: RandomSource) -> [Double] {
  let M = Tensor.lowerTriangle(n, n, scalarType: .double).log()
  let A = weightsOfListing(random.normal([n, n], scalarType: .double), mask: M)
  let isFuture = Tensor.upperTriangle(n, n, diagonal: 1, scalarType: .double)
  return (A * isFuture).sum(axes: [1]).scalars
}

private func sensesTable(_ shares: [Double]) -> Table {
  Table(
    "(6.20)'s M given to Listing 6.9, which hides where the mask is 0", columns: ["query", "weight on the future"],
    rows: shares.enumerated().map { [.integer($0 + 1), $1.isNaN ? "NaN" : .number($1, decimals: 4)] })
}

// MARK: - A mask without an axis for the batch

/// What Listing 6.9's class makes of a causal mask [n×n] if it has n heads: unsqueeze(1) makes [n×1×n] of it, and head
/// i hides the keys behind i from all queries.
public struct HeadMaskAccident: Sendable {
  /// The largest difference of the heads' outputs from the right ones.
  public let gap: Double
  /// The weight on the future of the last head, by query.
  public let lastHead: [Double]
  /// The weight of head 0 on key 0, by query.
  public let firstHead: [Double]
}

/// Eight heads and eight places.
public func maskHeadsByAccident(random: RandomSource) -> HeadMaskAccident {
  let n = 8
  let (q, k, v) = (
    random.normal([2, n, n, 4], scalarType: .double), random.normal([2, n, n, 4], scalarType: .double),
    random.normal([2, n, n, 4], scalarType: .double)
  )
  let mask = Tensor.lowerTriangle(n, n, scalarType: .double).expanded(axis: 1)  // [n×1×n], read as [h×1×n]
  let A = weightsOfListing(matmul(q, k.transposed) / 2, mask: mask)
  let right = attention(q, k, v, mask: .causal).output
  return HeadMaskAccident(
    gap: (matmul(A, v) - right).abs().max().item, lastHead: future(A[0, n - 1]),
    firstHead: A[0, 0].sliced(0..<1, axis: 1).scalars)
}

private func headMaskTable(_ accident: HeadMaskAccident) -> Table {
  Table(
    "A causal mask [8×8] without an axis for the batch, given to Listing 6.9 with 8 heads",
    columns: ["query", "head 7: weight on the future", "head 0: weight on key 0"],
    rows: accident.lastHead.indices.map {
      [
        .integer($0 + 1), .number(accident.lastHead[$0], decimals: 4), .number(accident.firstHead[$0], decimals: 4),
      ]
    })
}

// MARK: - Order without positions

/// How far the last output of one causal layer, and of two, moves when the tokens before it are permuted.
///
/// One layer sees the past as a set. The outputs of the first layer differ by how much past they have seen, and so a
/// second layer knows order.
public func orderWithoutPositions(random: RandomSource) -> [Double] {
  let layers = (0..<2).map { _ in SelfAttention(16, depth: 16, random: random).converted(to: .double) }
  let x = random.normal([8, 16], scalarType: .double)
  let permuted = x.gathered(random.permutation(7) + [7])
  func last(_ x: Tensor, _ count: Int) -> Tensor {
    layers.prefix(count).reduce(x) { x, layer in x + layer(x, mask: .causal).output }[7]
  }
  return [1, 2].map { (last(permuted, $0) - last(x, $0)).abs().max().item }
}
