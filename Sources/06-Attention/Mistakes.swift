// A gallery of mistakes: weights, masks, heads and means

import Running
import Tensors

/// Weights that are not a distribution over the keys for each query.
extension Mistake {
  /// The softmax of (6.3) over the queries: every key distributes a weight of 1 over the queries. § 6.4.1
  public static func softmaxOverQueries(_ e: Tensor) -> Tensor { e.softmax(axis: -2) }

  /// (6.9) without the root of d_k: the scores of long vectors are large, and the softmax picks one of them. § 6.4.2
  public static func unscaledWeights(_ Q: Tensor, _ K: Tensor) -> Tensor { matmul(Q, K.transposed).softmax() }

  /// (6.21) as printed, without division by the sum of the weights. § 6.12
  public static func linearAttentionAsPrinted(_ Q: Tensor, _ K: Tensor, _ V: Tensor) -> Tensor {
    unnormalizedLinearAttention(Q, K, V)
  }
}

/// Masks that hide the wrong keys.
extension Mistake {
  /// Hides the keys for which M of (6.20) is 0, although 0 means visible: the past is hidden and the future is seen.
  /// § 6.10
  public static func oppositeMask(_ e: Tensor, _ M: Tensor) -> Tensor {
    select(M .== 0, Tensor(-.infinity, scalarType: e.scalarType), e).softmax()
  }

  /// The causal mask with one diagonal too many: each query sees the token that it has to predict. (6.20)
  public static func triangleOffByOne(_ n: Int, _ m: Int, scalarType type: ScalarType) -> Tensor {
    Tensor.lowerTriangle(n, m, diagonal: m - n + 1, scalarType: type)
  }

  /// Scores of hidden keys set to 0 instead of −∞: exp 0 = 1, so they keep weight. § 6.10
  public static func zeroedScores(_ e: Tensor, allowed: Tensor) -> Tensor { (e * allowed).softmax() }

  /// Very small scores instead of −∞ for hidden keys: a query that may see no key then looks at all of them. § 6.9
  public static func verySmallScores(_ e: Tensor, allowed: Tensor) -> Tensor { (e + (allowed - 1) * 1e9).softmax() }

  /// One mask [n×n] with the axis for the heads in the wrong place, [n×1×n]: for h = n the shapes fit, and each head
  /// gets another row of the mask. Listing 6.9
  public static func maskByHead(_ e: Tensor, _ M: Tensor) -> Tensor { (e + M.expanded(axis: 1)).softmax() }
}

/// Values in the wrong place.
extension Mistake {
  /// Heads cut by reshaping alone: head i gets whole vectors of some tokens instead of a slice of every token's vector.
  /// § 6.5.1
  public static func headsByReshaping(_ x: Tensor, _ h: Int) -> Tensor {
    x.reshaped([x.shape[0], h, x.shape[1], x.shape[2] / h])
  }

  /// Exercise 6.3: the mean over all positions of a batch, including padding: [N×T×d] → [N×d].
  public static func paddingAveraged(_ h: Tensor) -> Tensor { h.mean(axes: [1]) }
}
