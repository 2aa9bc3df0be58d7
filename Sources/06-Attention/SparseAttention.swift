// § 6.12  Sparse attention

import Messages
import Tensors

/// Local attention: query i sees the keys with |i − j| ≤ r, computed in blocks of r positions. § 6.12
///
/// The same as (6.9) with the mask `.window(radius: r)`, but no more than 3 n r scores are computed (2 n r if causal)
/// instead of n²: time and memory are linear in n. Beltagy, Peters and Cohan (2020). [… n×d_k], [… n×d_k], [… n×d_v] →
/// [… n×d_v]
public func localAttention(
  _ Q: Tensor, _ K: Tensor, _ V: Tensor, radius r: Int, isCausal: Bool = false
) -> Tensor {
  let n = Q.shape[-2]
  require(
    Q.rank >= 2 && K.shape[-2] == n && r >= 0,
    "cannot attend locally with queries \(Q.shape) and keys \(K.shape) within radius \(r): as many keys as queries are "
      + "needed, and a radius of at least 0")
  let block = max(1, min(r, n))
  let count = (n + block - 1) / block
  let side = isCausal ? 2 : 3  // blocks that a block of queries sees
  let end = count * block - n
  func blocks(_ x: Tensor) -> Tensor {  // [… n×d] → [… count×block×d]
    x.padded(axis: -2, before: 0, after: end)
      .reshaped(Shape(x.shape.lengths.dropLast(2) + [count, block, x.shape[-1]]))
  }
  func neighbourhoods(_ x: Tensor) -> Tensor {  // [… n×d] → [… count×(side·block)×d]
    let padded = x.padded(axis: -2, before: block, after: end + (side - 2) * block)
    let shape = Shape(x.shape.lengths.dropLast(2) + [count, block, x.shape[-1]])
    return Tensor.concatenated(
      (0..<side).map { padded.sliced($0 * block..<($0 + count) * block, axis: -2).reshaped(shape) }, axis: -2)
  }
  let M = localMask(n, radius: r, block: block, side: side, Q.scalarType)
  let y = scaledDotProductAttention(blocks(Q), neighbourhoods(K), neighbourhoods(V), mask: M)
  return y.reshaped(Shape(V.shape.lengths.dropLast(2) + [count * block, V.shape[-1]])).sliced(0..<n, axis: -2)
}

/// 0 for the keys of the neighbouring blocks that exist and lie within the radius, −∞ elsewhere.
/// [count×block×(side·block)]
private func localMask(_ n: Int, radius r: Int, block: Int, side: Int, _ type: ScalarType) -> Tensor {
  let (count, width) = ((n + block - 1) / block, side * block)
  // Position t of the neighbourhood of block c is key (c − 1) block + t, at a distance of t − block − u from query u.
  let isNear =
    Tensor.lowerTriangle(block, width, diagonal: block + (side == 2 ? 0 : r), scalarType: type)
    * Tensor.upperTriangle(block, width, diagonal: block - r, scalarType: type)
  let exists = (0..<count).flatMap { c in (0..<width).map { 0..<n ~= (c - 1) * block + $0 ? 1.0 : 0 } }
  return isNear.log() + Tensor(exists, shape: [count, 1, width], scalarType: type).log()
}

/// Strided attention: query i sees the keys with i − j divisible by s. § 6.12
///
/// The same as (6.9) with the mask `.strided(s)`, computed on s sequences of n/s positions each: n²/s scores, or n √n
/// for s = √n. Together with a window of √n positions every position reaches every other in two layers: Child et al.
/// (2019).
public func stridedAttention(
  _ Q: Tensor, _ K: Tensor, _ V: Tensor, stride s: Int, isCausal: Bool = false
) -> Tensor {
  let n = Q.shape[-2]
  require(
    Q.rank >= 2 && K.shape[-2] == n && s >= 1,
    "cannot attend with queries \(Q.shape) and keys \(K.shape) by a stride of \(s): as many keys as queries are needed")
  let count = (n + s - 1) / s
  func classes(_ x: Tensor) -> Tensor {  // [… n×d] → [… s×count×d]
    x.padded(axis: -2, before: 0, after: count * s - n)
      .reshaped(Shape(x.shape.lengths.dropLast(2) + [count, s, x.shape[-1]])).moved(axis: -2, to: -3)
  }
  let isElement = (0..<s).flatMap { c in (0..<count).map { $0 * s + c < n ? 1.0 : 0 } }
  let M = count * s == n ? nil : Tensor(isElement, shape: [s, 1, count], scalarType: Q.scalarType).log()
  let y = scaledDotProductAttention(classes(Q), classes(K), classes(V), mask: M, isCausal: isCausal)
  return y.moved(axis: -3, to: -2).reshaped(Shape(V.shape.lengths.dropLast(2) + [count * s, V.shape[-1]]))
    .sliced(0..<n, axis: -2)
}

/// Top-k attention: each query attends only to the k keys with the largest scores; in a tie to the first ones. § 6.12
///
/// Only n k weights are used, but all n m scores are computed to find them. The selection itself has no derivative.
/// [… n×d_k], [… m×d_k], [… m×d_v] → [… n×d_v]
public func topKAttention(_ Q: Tensor, _ K: Tensor, _ V: Tensor, k: Int) -> (output: Tensor, weights: Tensor) {
  let scores = ScaledDotAttention().scores(Q, K)
  let m = K.shape[-2]
  require(1...m ~= k, "cannot keep the \(k) largest of \(m) scores: 1...\(m) can be kept")
  let places = scores.largest(k).indices
  var kept = [Double](repeating: 0, count: scores.count)
  for (place, j) in places.enumerated() { kept[place / k * m + j] = 1 }
  let A = (scores + Tensor(kept, shape: scores.shape, scalarType: Q.scalarType).log()).softmax()
  return (matmul(A, V), A)
}

/// The number of scores that an algorithm computes for a sequence of n positions and one head. § 6.12
public enum ScoreCount {
  /// (6.9): n².
  public static func full(_ n: Int) -> Int { n * n }
  /// Allowed by a window of radius r: (2r + 1) n − r (r + 1) for r < n.
  public static func window(_ n: Int, radius r: Int) -> Int {
    let r = min(r, n - 1)
    return (2 * r + 1) * n - r * (r + 1)
  }
  /// Computed by `localAttention`: three blocks of r positions for each block.
  public static func local(_ n: Int, radius r: Int) -> Int {
    let block = max(1, min(r, n))
    return (n + block - 1) / block * block * 3 * block
  }
  /// Computed by `stridedAttention` where s divides n: n²/s.
  public static func strided(_ n: Int, stride s: Int) -> Int { (n + s - 1) / s * ((n + s - 1) / s) * s }
  /// Kept by `topKAttention`: n k. Computed: n².
  public static func topK(_ n: Int, k: Int) -> Int { n * k }
}
