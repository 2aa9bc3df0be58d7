// § 6.7  Computational complexity

import Messages
import Tensors

/// The cost of one pass of multi-head self-attention, by the rows of Theorem 6.7.
public struct AttentionCost: Equatable, Sendable {
  /// Multiplications for Q, K and V: 3 n d².
  public var projections = 0
  /// Multiplications for Q Kᵀ of all heads: n² d, whatever h is. (6.15)
  public var scores = 0
  /// Exponentials of the softmax: h n². Remark 6.4 leaves them out.
  public var exponentials = 0
  /// Multiplications for the products with V: n² d.
  public var mixing = 0
  /// Multiplications for W^O: n d². Not in the theorem's table.
  public var output = 0
  /// Numbers that are stored for Q, K, V and the output: 4 n d.
  public var activations = 0
  /// Numbers in the attention maps: h n².
  public var maps = 0
  /// Numbers in the weight matrices: 4 d². Not in the theorem's table.
  public var weights = 0

  /// All multiplications.
  public var multiplications: Int { projections + scores + mixing + output }

  /// All counts are 0.
  init() {}

  /// The counts by formulas, for n vectors of dimension d and h heads. Theorem 6.7
  public init(length n: Int, width d: Int, heads h: Int = 1) {
    (projections, scores, exponentials, mixing, output) = (3 * n * d * d, n * n * d, h * n * n, n * n * d, n * d * d)
    (activations, maps, weights) = (4 * n * d, h * n * n, 4 * d * d)
  }

  /// Multiplications of a simple recurrent layer with d inputs and d units over n steps: 2 n d². Remark 6.8
  public static func recurrent(length n: Int, width d: Int) -> Int { 2 * n * d * d }
}

/// Multi-head self-attention (6.14) by loops over scalars, and its counted cost. Theorem 6.7, Remark 6.4
///
/// It is meant only for counting. x: one sequence [n×d_model] → [n×d_model]
public func countedAttention(_ layer: MultiHeadAttention, _ x: Tensor) -> (output: Tensor, cost: AttentionCost) {
  require(x.rank == 2, "cannot count operations for an input \(x.shape): one sequence [n×d] is needed")
  let (n, h) = (x.shape[0], layer.heads)
  var cost = AttentionCost()
  func product(_ a: [[Double]], _ b: [[Double]], _ count: inout Int) -> [[Double]] {  // A Bᵀ
    a.map { row in
      b.map { column in
        var sum = 0.0
        for (p, q) in zip(row, column) {
          sum += p * q
          count += 1
        }
        return sum
      }
    }
  }
  let linears = [layer.query, layer.key, layer.value]
  let projected = linears.map { product(rows(x), rows($0.weight), &cost.projections) }
  var joined = [[Double]](repeating: [], count: n)
  for head in 0..<h {
    func slice(_ m: [[Double]]) -> [[Double]] {
      let width = m[0].count / h
      return m.map { Array($0[head * width..<(head + 1) * width]) }
    }
    let (q, k, v) = (slice(projected[0]), slice(projected[1]), slice(projected[2]))
    let scores = product(q, k, &cost.scores)
    let map = scores.map { row in
      let scaled = Tensor(row.map { $0 / Double(q[0].count).squareRoot() }, scalarType: .double)
      cost.exponentials += row.count
      return scaled.softmax().scalars
    }
    cost.maps += n * n
    let columns = v[0].indices.map { c in v.map { $0[c] } }
    for (i, row) in product(map, columns, &cost.mixing).enumerated() { joined[i] += row }
  }
  let y = product(joined, rows(layer.output.weight), &cost.output)
  cost.activations = projected.reduce(n * y[0].count) { $0 + n * $1[0].count }
  cost.weights = (linears + [layer.output]).reduce(0) { $0 + $1.weight.count }
  return (Tensor(y, scalarType: .double), cost)
}

/// The rows of a matrix.
private func rows(_ x: Tensor) -> [[Double]] {
  let (scalars, width) = (x.scalars, x.shape[1])
  return (0..<x.shape[0]).map { Array(scalars[$0 * width..<($0 + 1) * width]) }
}
