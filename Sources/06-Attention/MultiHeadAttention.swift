// § 6.5  Multi-head attention

import Foundations
import Messages
import Regularization
import Tensors

/// Multi-head attention: Concat(head₁, …, head_h) W^O (6.14) with headᵢ = Attention(Q Wᵢ^Q, K Wᵢ^K, V Wᵢ^V). (6.13)
///
/// Here Q, K and V are the inputs of the layer, not yet projected. The projections of all heads are stored in one
/// matrix, of which each head uses a slice: with d_k = d_v = d_model/h the layer has 4 d_model² weights for any number
/// of heads. Vaswani et al. (2017). Listing 6.9.
public struct MultiHeadAttention: Module {
  /// W^Q of all heads, stacked vertically. [h d_k × d_model]
  public var query: Linear
  /// W^K of all heads. [h d_k × d_model]
  public var key: Linear
  /// W^V of all heads. [h d_v × d_model]
  public var value: Linear
  /// W^O. [d_model × h d_v]
  public var output: Linear
  /// The dropout of attention weights in training.
  public var dropout: Dropout
  /// The number h of heads.
  public let heads: Int

  /// A layer of h heads for vectors of dimension d_model, by default without biases, as in the listing.
  public init(
    _ d_model: Int, heads h: Int, dropout p: Double = 0, hasBias: Bool = false, random: RandomSource
  ) {
    require(
      h >= 1 && d_model % h == 0,
      "cannot split \(d_model) numbers into \(h) heads: the number of heads must divide \(d_model)")
    func linear() -> Linear { Linear(d_model, d_model, hasBias: hasBias, random: random) }
    (query, key, value, output) = (linear(), linear(), linear(), linear())
    (heads, dropout) = (h, Dropout(probability: p, random: random))
  }

  /// A layer of h heads with these projections.
  public init(
    query: Linear, key: Linear, value: Linear, output: Linear, heads h: Int, dropout: Dropout
  ) {
    let rows = [query, key, value].map { $0.weight.shape[0] }
    require(
      rows.allSatisfy { $0 % h == 0 } && rows[0] == rows[1] && output.weight.shape[1] == rows[2],
      "cannot make \(h) heads of projections to \(rows) numbers and from \(output.weight.shape[1]): h must divide "
        + "them, queries and keys must be equally long, and W^O takes the values of all heads")
    (self.query, self.key, self.value, self.output) = (query, key, value, output)
    (heads, self.dropout) = (h, dropout)
  }

  /// The four projections, and the dropout's random state.
  public static var parameters: [PartialKeyPath<MultiHeadAttention>] {
    [\.query, \.key, \.value, \.output, \.dropout]
  }

  /// The dimension d_k of a head's queries and keys.
  public var depth: Int { query.weight.shape[0] / heads }

  /// Self-attention: queries, keys and values from one sequence. § 6.6.1 [B×n×d_model] → [B×n×d_model]
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, mask: .everything) }

  /// Self-attention with a mask, such as `.causal`. [B×n×d_model] → [B×n×d_model]
  public func callAsFunction(_ x: Tensor, mask: AttentionMask) -> Tensor {
    self(query: x, key: x, value: x, mask: mask)
  }

  /// Cross-attention: queries from x, keys and values from another sequence. § 6.6.2 [B×n×d], [B×m×d] → [B×n×d]
  public func callAsFunction(_ x: Tensor, over memory: Tensor, mask: AttentionMask = .everything) -> Tensor {
    self(query: x, key: memory, value: memory, mask: mask)
  }

  /// (6.14) [B×n×d_model], [B×m×d_model], [B×m×d_model] → [B×n×d_model]
  public func callAsFunction(
    query x: Tensor, key y: Tensor, value z: Tensor, mask: AttentionMask = .everything
  ) -> Tensor {
    let (q, k, v) = (queries(x), keys(y), values(z))
    if dropout.probability == 0 || Mode.current == .evaluation {
      return joined(fusedAttention(q, k, v, mask: mask))
    }
    return joined(attention(q, k, v, mask: mask, dropout: dropout).output)
  }

  // MARK: - Parts

  /// X W^Q, a matrix for each head. [B×n×d_model] → [B×h×n×d_k]
  public func queries(_ x: Tensor) -> Tensor { split(query(x), heads) }
  /// X W^K, a matrix for each head. [B×m×d_model] → [B×h×m×d_k]
  public func keys(_ x: Tensor) -> Tensor { split(key(x), heads) }
  /// X W^V, a matrix for each head. [B×m×d_model] → [B×h×m×d_v]
  public func values(_ x: Tensor) -> Tensor { split(value(x), heads) }
  /// The outputs of all heads, side by side, times W^O. [B×h×n×d_v] → [B×n×d_model]
  public func joined(_ heads: Tensor) -> Tensor { output(concatenated(heads)) }

  /// The attention weights of every head, by the definition. [B×n×d_model], [B×m×d_model] → [B×h×n×m]
  public func weights(query x: Tensor, key y: Tensor, mask: AttentionMask = .everything) -> Tensor {
    attentionWeights(queries(x), keys(y), mask: mask)
  }

  /// headᵢ of (6.13), all of them. → [B×h×n×d_v]
  public func headOutputs(
    query x: Tensor, key y: Tensor, value z: Tensor, mask: AttentionMask = .everything
  ) -> Tensor {
    fusedAttention(queries(x), keys(y), values(z), mask: mask)
  }

  /// The layer with only some of its heads, in the given order; its projections become smaller accordingly.
  ///
  /// The outputs of the other heads are removed from the sum Σ headᵢ Wᵢ^O. Michel, Levy and Neubig (2019).
  public func pruned(to kept: [Int]) -> MultiHeadAttention {
    require(
      !kept.isEmpty && kept.allSatisfy { 0..<heads ~= $0 } && Set(kept).count == kept.count,
      "cannot keep the heads \(kept) of \(heads): at least one is needed, each from 0 to \(heads - 1) and only once")
    func rows(_ linear: Linear) -> Linear {
      let places = slices(kept, of: linear.weight.shape[0])
      return Linear(weight: linear.weight.gathered(places), bias: linear.bias.map { $0.gathered(places) })
    }
    let columns = output.weight.gathered(slices(kept, of: output.weight.shape[1]), axis: 1)
    return MultiHeadAttention(
      query: rows(query), key: rows(key), value: rows(value), output: Linear(weight: columns, bias: output.bias),
      heads: kept.count, dropout: dropout)
  }

  /// The row indices that belong to the given heads, of `count` rows in all.
  private func slices(_ kept: [Int], of count: Int) -> [Int] {
    kept.flatMap { Array($0 * (count / heads)..<($0 + 1) * (count / heads)) }
  }
}

/// Splits vectors of dimension h·d into h vectors of dimension d, with the heads as the leading axis. It is a view;
/// nothing is copied. [B×n×(h d)] → [B×h×n×d]
func split(_ x: Tensor, _ h: Int) -> Tensor {
  require(x.rank == 3, "cannot attend within \(x.shape): a batch of sequences [B×n×d] is needed")
  return x.reshaped([x.shape[0], x.shape[1], h, x.shape[2] / h]).moved(axis: 2, to: 1)
}

/// The outputs of all heads, concatenated: the inverse of `split`. [B×h×n×d] → [B×n×(h d)]
func concatenated(_ heads: Tensor) -> Tensor { heads.moved(axis: 1, to: 2).flattened(from: 2) }
