// § 6.12  Tiled attention

import Messages
import Tensors

/// The result of tiled attention.
public struct TiledResult: Sendable {
  /// The output of (6.9). [n×d_v]
  public let output: Tensor
  /// ln Σⱼ exp(scoreᵢⱼ) of each query, which is all that a backward pass needs to recompute the weights. [n]
  public let logSums: Tensor
  /// The size of the largest intermediate array, apart from the operands and the output.
  public let largestArray: Int
}

/// Tiled attention: exactly (6.9), without storing the n×m weights. Exercise 6.5.3, § 6.12
///
/// For a tile of queries the tiles of keys are read one after the other, while the largest score m so far, the sum ℓ of
/// exp(score − m) and the output O so far are maintained. A new tile with scores S changes them to
/// m' = max(m, max S), ℓ' = e^(m−m') ℓ + Σ e^(S−m'), O' = e^(m−m') O + e^(S−m') V, and at the end the output is O / ℓ.
/// The algorithm of Dao et al. (2022), with the online softmax of Milakov and Gimelshein (2018);
/// `scaledDotProductAttention` is its fast form.
///
/// - Parameters:
///   - Q: The queries. [n×d_k]
///   - K: The keys. [m×d_k]
///   - V: The values. [m×d_v]
///   - queryTile: The queries of one tile.
///   - keyTile: The keys of one tile.
///   - isCausal: Whether query i sees no key after i + m − n. Tiles of keys that nobody sees are skipped.
public func tiledAttention(
  _ Q: Tensor, _ K: Tensor, _ V: Tensor, queryTile: Int = 128, keyTile: Int = 128, isCausal: Bool = false
) -> TiledResult {
  let (n, m) = (Q.shape[0], K.shape[0])
  require(
    Q.rank == 2 && K.rank == 2 && V.rank == 2 && V.shape[0] == m && queryTile >= 1 && keyTile >= 1,
    "cannot attend by tiles of \(queryTile)×\(keyTile) with \(Q.shape), \(K.shape) and \(V.shape): one head, [n×d_k], "
      + "[m×d_k] and [m×d_v], and tiles of at least 1×1 are needed")
  var (outputs, logSums, largest): ([Tensor], [Tensor], Int) = ([], [], 0)
  for rows in tiles(n, queryTile) {
    var state = OnlineSoftmax(rows: rows.count, width: V.shape[1], Q.scalarType)
    for columns in tiles(m, keyTile) where !isCausal || columns.lowerBound <= rows.upperBound - 1 + m - n {
      var S = matmul(Q[rows], K[columns].transposed) / Double(Q.shape[1]).squareRoot()
      if isCausal && columns.upperBound - 1 > rows.lowerBound + m - n {
        let diagonal = rows.lowerBound + m - n - columns.lowerBound
        S = S + Tensor.lowerTriangle(rows.count, columns.count, diagonal: diagonal, scalarType: S.scalarType).log()
      }
      state.take(S, V[columns])
      largest = max(largest, S.count, rows.count * V.shape[1])
    }
    outputs.append(state.output)
    logSums.append(state.logSum)
  }
  return TiledResult(
    output: Tensor.concatenated(outputs, axis: 0), logSums: Tensor.concatenated(logSums, axis: 0),
    largestArray: largest)
}

/// An online softmax: scores arrive in tiles, and the weighted sum of the values is updated.
private struct OnlineSoftmax {
  /// The largest score so far. [rows×1]
  private var m: Tensor
  /// Σ exp(score − m) so far. [rows×1]
  private var ℓ: Tensor
  /// Σ exp(score − m) v so far. [rows×width]
  private var O: Tensor

  init(rows: Int, width: Int, _ type: ScalarType) {
    m = Tensor(repeating: -.infinity, [rows, 1], scalarType: type)
    (ℓ, O) = (Tensor.zeros([rows, 1], scalarType: type), Tensor.zeros([rows, width], scalarType: type))
  }

  /// Adds the scores S of further keys, and their values V.
  mutating func take(_ S: Tensor, _ V: Tensor) {
    let largest = maximum(m, S.max(axes: [-1], keepsAxes: true))
    let origin = select(largest .== -.infinity, 0 * ℓ, largest)  // rows that have seen no key yet stay at 0
    let (P, shrunk) = ((S - origin).exp(), (m - origin).exp())
    ℓ = shrunk * ℓ + P.sum(axes: [-1], keepsAxes: true)
    O = shrunk * O + matmul(P, V)
    m = largest
  }

  /// Σ softmax(score) v, or zeros for a query that has seen no key.
  var output: Tensor { O / select(ℓ .== 0, ℓ + 1, ℓ) }
  /// ln Σ exp(score).
  var logSum: Tensor { (m + ℓ.log()).squeezed(axis: 1) }
}

/// 0..<length in pieces.
private func tiles(_ length: Int, _ size: Int) -> [Range<Int>] {
  stride(from: 0, to: length, by: size).map { $0..<min($0 + size, length) }
}
