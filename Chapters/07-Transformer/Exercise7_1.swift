import Attention
import Figures
import Running
import Tensors
import Transformer

/// Exercise 7.1: what attention costs, counted and timed, and two remedies.
public let exercise7_1 = Exercise("7.1", "The cost of attention", stars: 1, seconds: 1, full: 20) { run in
  let counts = countedCosts(lengths: [32, 64, 128], depth: 16, radius: 8, random: run.random.split())
  run.show(countedTable(counts), as: "products")
  let times = timedCosts(
    lengths: run.choose(quick: [128, 256], standard: [1_024, 2_048, 4_096], full: [1_024, 2_048, 4_096, 8_192]),
    depth: 64, radius: 64, runs: run.choose(quick: 1, standard: 3, full: 5), random: run.random.split())
  run.show(timedTable(times), as: "times")
  run.show(timedFigure(times), as: "times", isMeasured: true)
  for kind in AttentionKind.allCases {
    let products = counts.filter { $0.kind == kind }.map(\.products)
    run.card("products, n doubled, \(kind.rawValue)", Double(products[2]) / Double(products[1]))
  }
}

/// Attention, and two cheaper kinds. Exercise 7.1
public enum AttentionKind: String, CaseIterable, Sendable {
  /// (7.1).
  case full
  /// φ(Q) (φ(K)ᵀ V), normalized.
  case linear
  /// Keys within a radius only.
  case window
}

/// One head of attention by loops over scalars, and how many products of two numbers it took: for the scores and for
/// the sums of values, without the softmax. Exercise 7.1
///
/// Q, K: [n×d_k], V: [n×d_v] → [n×d_v]
public func countedProducts(
  _ kind: AttentionKind, _ Q: Tensor, _ K: Tensor, _ V: Tensor, radius r: Int
) -> (output: Tensor, products: Int) {
  var products = 0
  func dot(_ a: [Double], _ b: [Double]) -> Double {
    products += a.count
    return zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }
  func add(_ a: Double, _ b: [Double], to sum: inout [Double]) {
    products += b.count
    for c in b.indices { sum[c] += a * b[c] }
  }
  let isLinear = kind == .linear
  let (q, k, v) = (rows(isLinear ? eluPlusOne(Q) : Q), rows(isLinear ? eluPlusOne(K) : K), rows(V))
  let (n, root) = (q.count, Double(q[0].count).squareRoot())
  var output: [[Double]] = []
  if isLinear {
    var (S, z) = (k[0].map { _ in v[0].map { _ in 0.0 } }, k[0].map { _ in 0.0 })  // [d_k×d_v], [d_k]
    for j in 0..<n {
      for c in z.indices {
        add(k[j][c], v[j], to: &S[c])
        z[c] += k[j][c]
      }
    }
    for i in 0..<n {
      var sum = v[0].map { _ in 0.0 }
      for c in z.indices { add(q[i][c], S[c], to: &sum) }
      let total = dot(q[i], z)
      output.append(sum.map { $0 / total })
    }
  } else {
    for i in 0..<n {
      let seen = kind == .full ? 0..<n : max(0, i - r)..<min(n, i + r + 1)
      let scores = seen.map { dot(q[i], k[$0]) / root }
      let weights = Tensor(scores, scalarType: .double).softmax().scalars
      var sum = v[0].map { _ in 0.0 }
      for (weight, j) in zip(weights, seen) { add(weight, v[j], to: &sum) }
      output.append(sum)
    }
  }
  return (Tensor(output, scalarType: .double), products)
}

/// The rows of a matrix.
private func rows(_ x: Tensor) -> [[Double]] {
  let (scalars, width) = (x.scalars, x.shape[1])
  return (0..<x.shape[0]).map { Array(scalars[$0 * width..<($0 + 1) * width]) }
}

/// The same by tensor operations.
public func fastAttention(_ kind: AttentionKind, _ Q: Tensor, _ K: Tensor, _ V: Tensor, radius r: Int) -> Tensor {
  switch kind {
  case .full: attention(Q, K, V).output
  case .linear: linearAttention(Q, K, V)
  case .window: localAttention(Q, K, V, radius: r)
  }
}

/// What one kind takes for n places.
public struct AttentionCostRow: Sendable {
  /// The kind.
  public let kind: AttentionKind
  /// n.
  public let length: Int
  /// Counted products, and the largest difference from the same by tensor operations; 0 if not counted.
  public let products: Int, gap: Double
  /// Milliseconds of one pass by tensor operations; 0 if not timed.
  public let milliseconds: Double
}

/// Counts all kinds at several lengths. Exercise 7.1
public func countedCosts(lengths: [Int], depth d: Int, radius r: Int, random: RandomSource) -> [AttentionCostRow] {
  AttentionKind.allCases.flatMap { kind in
    lengths.map { n in
      func drawn() -> Tensor { random.normal([n, d], scalarType: .double) }
      let (Q, K, V) = (drawn(), drawn(), drawn())
      let (output, products) = countedProducts(kind, Q, K, V, radius: r)
      let gap = (output - fastAttention(kind, Q, K, V, radius: r)).abs().max().item
      return AttentionCostRow(kind: kind, length: n, products: products, gap: gap, milliseconds: 0)
    }
  }
}

/// Times all kinds at several lengths: the shortest of some runs, after one that warms up.
public func timedCosts(
  lengths: [Int], depth d: Int, radius r: Int, runs: Int, random: RandomSource
) -> [AttentionCostRow] {
  let clock = ContinuousClock()
  return AttentionKind.allCases.flatMap { kind in
    lengths.map { n in
      let (Q, K, V) = (random.normal([n, d]), random.normal([n, d]), random.normal([n, d]))
      func pass() { _ = fastAttention(kind, Q, K, V, radius: r) }
      pass()
      let times = (0..<runs).map { _ in clock.measure(pass) / .milliseconds(1) }
      return AttentionCostRow(kind: kind, length: n, products: 0, gap: 0, milliseconds: times.min() ?? .nan)
    }
  }
}

private func countedTable(_ rows: [AttentionCostRow]) -> Table {
  let lengths = rows.filter { $0.kind == .full }.map(\.length)
  return Table(
    "Products of two numbers, counted; d_k = d_v = 16, window of radius 8",
    columns: ["attention"] + lengths.map { "n = \($0)" } + ["n doubled", "difference from tensors"],
    rows: AttentionKind.allCases.map { kind in
      let own = rows.filter { $0.kind == kind }
      let factor = Double(own[own.count - 1].products) / Double(own[own.count - 2].products)
      return [.text(kind.rawValue)] + own.map { .integer($0.products) } + [
        .text("× " + scientificText(factor)), .scientific(own.map(\.gap).max() ?? .nan),
      ]
    })
}

private func timedTable(_ rows: [AttentionCostRow]) -> Table {
  let lengths = rows.filter { $0.kind == .full }.map(\.length)
  return Table(
    "Milliseconds of one head, d = 64, window of radius 64", columns: ["attention"] + lengths.map { "n = \($0)" },
    rows: AttentionKind.allCases.map { kind in
      [.text(kind.rawValue)] + rows.filter { $0.kind == kind }.map { .measured($0.milliseconds, decimals: 2) }
    })
}

private func timedFigure(_ rows: [AttentionCostRow]) -> LineChart {
  LineChart(
    "One head by length", x: Axis("n", .logarithmic), y: Axis("milliseconds", .logarithmic),
    series: AttentionKind.allCases.map { kind in
      let own = rows.filter { $0.kind == kind }
      return Series(kind.rawValue, x: own.map { Double($0.length) }, own.map(\.milliseconds), style: .both)
    })
}
