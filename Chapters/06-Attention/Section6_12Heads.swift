import Attention
import Figures
import Running
import Tensors

// § 6.12: heads that share keys and values, and maps that are subtracted.

/// One number of groups. (6.22)
public struct GroupRow: Sendable {
  /// g.
  public let groups: Int
  /// The parameters of the layer.
  public let parameters: Int
  /// Bytes that a cache needs for 4,096 tokens of one sequence, in single precision.
  public let cacheBytes: Int
  /// How far the layer made by averaging heads is from the multi-head layer it came from, relative to its outputs.
  public let gap: Double
}

/// A layer of 8 heads for 512 numbers, turned into layers of 8, 4, 2 and 1 groups by averaging keys and values.
public func compareGroups(width d: Int = 512, heads h: Int = 8, random: RandomSource) -> [GroupRow] {
  let layer = MultiHeadAttention(d, heads: h, random: random)
  let x = random.normal([2, 32, d])
  let y = layer(x, mask: .causal)
  return [8, 4, 2, 1].map { g in
    let grouped = GroupedQueryAttention(averaging: layer, groups: g)
    let difference = grouped(x, mask: .causal) - y
    return GroupRow(
      groups: g, parameters: grouped.parameterCount, cacheBytes: 4 * 4_096 * grouped.cachedPerToken,
      gap: difference.norm().item / y.norm().item)
  }
}

func groupTable(_ rows: [GroupRow]) -> Table {
  Table(
    "8 heads of 64 in g groups, d_model = 512: cache for 4,096 tokens",
    columns: ["groups", "", "parameters", "cache, MiB", "distance from 8 groups, untrained"],
    rows: rows.map {
      [
        .integer($0.groups), .text($0.groups == 8 ? "multi-head" : $0.groups == 1 ? "multi-query" : "grouped"),
        .integer($0.parameters), .number(Double($0.cacheBytes) / 1_048_576, decimals: 1), .number($0.gap, decimals: 3),
      ]
    })
}

/// What a difference of maps leaves of a planted noise. (6.23)
public struct NoiseRow: Sendable {
  /// λ.
  public let λ: Double
  /// The weight on the relevant key, and the sum of the absolute weights on the others.
  public let signal, noise: Double
  /// What a row sums to.
  public let sum: Double
  /// Signal over noise.
  public var ratio: Double { signal / noise }
}

/// Two maps that share a pattern of irrelevant scores, while only the first scores the relevant key: the same noise in
/// both is what (6.23) cancels.
public func cancelNoise(keys m: Int = 32, random: RandomSource) -> [NoiseRow] {
  let d = 16
  let root = Double(d).squareRoot()
  // One query (1, 0, …); the scores of all keys are planted in their first number.
  let q = Tensor.oneHot([0], classes: d, scalarType: .double)
  let common = random.normal([m], scalarType: .double)
  func keys(relevant: Double) -> Tensor {
    var scores = common
    scores[3] = Tensor(relevant, scalarType: .double)
    return (root * scores).expanded(axis: 1) * q
  }
  let (first, second) = (keys(relevant: 3), keys(relevant: -3))
  let V = Tensor.identity(m, scalarType: .double)
  return [0, 0.2, 0.4, 0.6, 0.8].map { λ in
    let A = differentialAttention((q, q), (first, second), V, λ: λ).weights[0]
    let others = A.abs().sum().item - abs(A[3].item)
    return NoiseRow(λ: λ, signal: A[3].item, noise: others, sum: A.sum().item)
  }
}

func noiseTable(_ rows: [NoiseRow]) -> Table {
  Table(
    "Differential attention with planted common noise",
    columns: ["λ", "relevant key", "all others", "ratio", "row sum"],
    rows: rows.map {
      [
        .number($0.λ, decimals: 1), .number($0.signal, decimals: 4), .number($0.noise, decimals: 4),
        .number($0.ratio, decimals: 2), .number($0.sum, decimals: 4),
      ]
    })
}
