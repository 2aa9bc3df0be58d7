// § 6.12  Heads that share keys and values

import Foundations
import Messages
import Tensors

/// Grouped-query attention: the h heads form g groups, and the heads of a group share keys and values.
/// headᵢ = Attention(Q Wᵢ^Q, K W_j^K, V W_j^V) for head i of group j; g = 1 is multi-query attention (6.22), g = h is
/// (6.13).
///
/// A cache stores only 2 g d_k numbers for each token, h/g times fewer than with (6.13). Keys and values are not copied
/// for the heads of a group. Shazeer (2019), Ainslie et al. (2023).
public struct GroupedQueryAttention: Module {
  /// W^Q of all heads. [h d_k × d_model]
  public var query: Linear
  /// W^K of all groups. [g d_k × d_model]
  public var key: Linear
  /// W^V of all groups. [g d_v × d_model]
  public var value: Linear
  /// W^O. [d_model × h d_v]
  public var output: Linear
  /// The number h of heads.
  public let heads: Int
  /// The number g of groups, which have different keys and values.
  public let groups: Int

  /// A layer of h heads in g groups for vectors of dimension d_model.
  public init(_ d_model: Int, heads h: Int, groups g: Int, hasBias: Bool = false, random: RandomSource) {
    require(
      h >= 1 && g >= 1 && h % g == 0 && d_model % h == 0,
      "cannot make \(h) heads in \(g) groups for \(d_model) numbers: g must divide h, and h must divide \(d_model)")
    let shared = g * (d_model / h)
    query = Linear(d_model, d_model, hasBias: hasBias, random: random)
    key = Linear(d_model, shared, hasBias: hasBias, random: random)
    value = Linear(d_model, shared, hasBias: hasBias, random: random)
    output = Linear(d_model, d_model, hasBias: hasBias, random: random)
    (heads, groups) = (h, g)
  }

  /// A layer with these projections.
  public init(query: Linear, key: Linear, value: Linear, output: Linear, heads h: Int, groups g: Int) {
    let (queries, keys) = (query.weight.shape[0], key.weight.shape[0])
    require(
      h >= 1 && g >= 1 && h % g == 0 && queries % h == 0 && keys * h == queries * g && value.weight.shape[0] % g == 0
        && output.weight.shape[1] * g == value.weight.shape[0] * h,
      "cannot make \(h) heads in \(g) groups of projections to \(queries), \(keys) and \(value.weight.shape[0]) "
        + "numbers and from \(output.weight.shape[1]): [h d_k], [g d_k], [g d_v] and [h d_v] are needed, and g must "
        + "divide h")
    (self.query, self.key, self.value, self.output) = (query, key, value, output)
    (heads, groups) = (h, g)
  }

  /// A grouped layer from a multi-head layer: the keys and values of a group are the means over its heads.
  ///
  /// It computes the same only if the heads of each group had the same keys and values; otherwise it is an
  /// initialization for further training. Ainslie et al. (2023).
  public init(averaging layer: MultiHeadAttention, groups g: Int) {
    require(
      g >= 1 && layer.heads % g == 0, "cannot put \(layer.heads) heads into \(g) groups: g must divide \(layer.heads)")
    func averaged(_ x: Tensor) -> Tensor {
      let (d, rest) = (x.shape[0] / layer.heads, Array(x.shape.lengths.dropFirst()))
      return x.reshaped(Shape([g, layer.heads / g, d] + rest)).mean(axes: [1]).reshaped(Shape([g * d] + rest))
    }
    func averaged(_ linear: Linear) -> Linear {
      Linear(weight: averaged(linear.weight), bias: linear.bias.map(averaged))
    }
    (query, key, value, output) = (layer.query, averaged(layer.key), averaged(layer.value), layer.output)
    (heads, groups) = (layer.heads, g)
  }

  /// The four projections.
  public static var parameters: [PartialKeyPath<GroupedQueryAttention>] { [\.query, \.key, \.value, \.output] }

  /// The numbers that a cache keeps for each token: keys and values of all groups, 2 g d_k where d_v = d_k. § 6.12
  public var cachedPerToken: Int { key.weight.shape[0] + value.weight.shape[0] }

  /// Self-attention. [B×n×d_model] → [B×n×d_model]
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: .everything) }

  /// Self-attention with a mask. [B×n×d_model] → [B×n×d_model]
  public func callAsFunction(_ x: Tensor, mask: AttentionMask) -> Tensor {
    joined(attended(queries(x), keys(x), values(x), mask: mask))
  }

  /// X W^Q, a matrix for each head. → [B×h×n×d_k]
  public func queries(_ x: Tensor) -> Tensor { split(query(x), heads) }
  /// X W^K, a matrix for each group. → [B×g×m×d_k]
  public func keys(_ x: Tensor) -> Tensor { split(key(x), groups) }
  /// X W^V, a matrix for each group. → [B×g×m×d_v]
  public func values(_ x: Tensor) -> Tensor { split(value(x), groups) }
  /// The outputs of all heads, side by side, times W^O. [B×h×n×d_v] → [B×n×d_model]
  public func joined(_ heads: Tensor) -> Tensor { output(concatenated(heads)) }

  /// The outputs of the heads: the heads of a group read the same keys and values in memory. Only queries and outputs
  /// are copied. [B×h×n×d_k], [B×g×m×d_k], [B×g×m×d_v] → [B×h×n×d_v]
  public func attended(_ q: Tensor, _ k: Tensor, _ v: Tensor, mask: AttentionMask = .everything) -> Tensor {
    let (B, n, m, r) = (q.shape[0], q.shape[2], k.shape[2], heads / groups)
    func shared(_ x: Tensor) -> Tensor {  // a view: the stride of the new axis is 0
      x.expanded(axis: 2).broadcast(to: [B, groups, r, m, x.shape[3]])
    }
    let grouped = q.reshaped([B, groups, r, n, q.shape[3]])
    return fusedAttention(grouped, shared(k), shared(v), mask: mask).reshaped([B, heads, n, v.shape[3]])
  }
}
