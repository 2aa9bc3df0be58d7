import Attention
import Figures
import Running
import Tensors

/// § 6.4: attention step by step, Theorem 6.3 by counting, and what saturates a softmax.
public let section6_4 = Exercise(
  .section, "6.4", "Scaled dot-product attention, and why it is scaled", seconds: 5, full: 20
) { run in
  run.show(attentionDiagram(queries: 4, keys: 6, depth: 64, values: 64), as: "diagram")
  let count = run.choose(quick: 4_000, standard: 40_000, full: 200_000)
  run.show(theoremTable(count: count, random: run.random.split()), as: "variance")
  run.show(dependenceTable(count: count / 4, random: run.random.split()), as: "dependence")
  run.show(gapsTable(), as: "gaps")
  let sums = rowSumsWithRootOutside(depth: 16, rows: 6, random: run.random.split())
  run.show(
    Table(
      "Rows of exp(QKᵀ)/√d over the sums of exp(QKᵀ/√d), d = 16", columns: ["query", "sum of its weights"],
      rows: sums.enumerated().map { [.integer($0 + 1), .number($1, decimals: 2)] }), as: "root-outside")
  run.card("definition against kernel, largest difference", fusedGap(random: run.random.split()))
}

/// § 6.4.3: the steps of (6.9) with the shapes of what they compute.
public func attentionDiagram(queries n: Int, keys m: Int, depth d_k: Int, values d_v: Int) -> Diagram {
  let map = "\(n)×\(m)"
  return Diagram(
    "Scaled dot-product attention", quantities: ["shape"],
    nodes: [
      Diagram.Node("Q", lines: ["\(n)×\(d_k)"]), Diagram.Node("K", lines: ["\(m)×\(d_k)"]),
      Diagram.Node("V", lines: ["\(m)×\(d_v)"]), Diagram.Node("Q Kᵀ", lines: [map], inputs: [0, 1]),
      Diagram.Node("÷ √d_k", lines: [map], inputs: [3]), Diagram.Node("+ M", lines: [map], inputs: [4]),
      Diagram.Node("softmax", lines: [map], inputs: [5]), Diagram.Node("· V", lines: ["\(n)×\(d_v)"], inputs: [6, 2]),
    ])
}

/// The scores of places with themselves where W^Q = W^K, for inputs from N(0, 1) and weights from N(0, 1/d): q = k.
public func sharedProjectionProducts(depth d: Int, count: Int, random: RandomSource) -> Tensor {
  let W = random.normal([d, d], scalarType: .double) / Double(d).squareRoot()
  return matmul(random.normal([count, d], scalarType: .double), W).squared().sum(axes: [1])
}

/// The row sums of exp(QKᵀ)/√d over Σ exp(QKᵀ/√d), as Lehaut, *How Does It Work?*, § 3.2, prints the softmax.
public func rowSumsWithRootOutside(depth d: Int, rows n: Int, random: RandomSource) -> [Double] {
  let products = matmul(
    random.normal([n, d], scalarType: .double), random.normal([n, d], scalarType: .double).transposed)
  let root = Double(d).squareRoot()
  return ((products.exp() / root).sum(axes: [1]) / (products / root).exp().sum(axes: [1])).scalars
}

/// How far the kernel is from the definition, with and without a mask.
public func fusedGap(random: RandomSource) -> Double {
  let (Q, K, V) = (
    random.normal([2, 20, 16], scalarType: .double), random.normal([2, 30, 16], scalarType: .double),
    random.normal([2, 30, 8], scalarType: .double)
  )
  return [AttentionMask.everything, .causal].map { mask in
    (fusedAttention(Q, K, V, mask: mask) - attention(Q, K, V, mask: mask).output).abs().max().item
  }.max() ?? .nan
}

private func theoremTable(count: Int, random: RandomSource) -> Table {
  let depths = [16, 64, 256, 1_024]
  return Table(
    "Theorem 6.3: the variance of qᵀk, and of qᵀk/√d_k",
    columns: ["entries"] + depths.map { "d_k = \($0)" } + ["scaled, d_k = 16", "scaled, d_k = 1024"],
    rows: UnitEntries.allCases.map { entries in
      let variances = depths.map { d in
        dotProducts(of: entries, depth: d, count: count, from: random).variance(isUnbiased: true).item
      }
      return [.text(entries.rawValue)] + variances.map { .number($0, decimals: 1) } + [
        .number(variances[0] / 16, decimals: 3), .number(variances[3] / 1_024, decimals: 3),
      ]
    })
}

/// What the theorem does not say: q and k must be independent of each other, too.
private func dependenceTable(count: Int, random: RandomSource) -> Table {
  let d = 64
  let q = UnitEntries.normal.drawn([count, d], from: random)
  let k = UnitEntries.normal.drawn([count, d], from: random)
  func row(_ name: String, _ x: Tensor) -> [Table.Cell] {
    [.text(name), .number(x.mean().item, decimals: 1), .number(x.variance(isUnbiased: true).item, decimals: 1)]
  }
  return Table(
    "Scores qᵀk at d_k = 64", columns: ["", "mean", "variance"],
    rows: [
      row("q and k independent", (q * k).sum(axes: [1])), row("k = q", q.squared().sum(axes: [1])),
      row("W^Q = W^K, a place with itself", sharedProjectionProducts(depth: d, count: count, random: random)),
    ])
}

private func gapsTable() -> Table {
  let cases: [(String, [Double])] = [
    ("1000, 1000, 1000, 1000, 1000", Array(repeating: 1_000, count: 5)),
    ("0, 0, 0, 0, 0", Array(repeating: 0, count: 5)),
    ("0, 1, 2, 3, 4", [0, 1, 2, 3, 4]), ("1000, 1001, 1002, 1003, 1004", [1_000, 1_001, 1_002, 1_003, 1_004]),
    ("0, 10, 20, 30, 40", [0, 10, 20, 30, 40]),
  ]
  return Table(
    "Gaps between the logits count, not their size", columns: ["logits", "largest probability", "entropy", "‖J‖"],
    rows: cases.map { name, z in
      let p = Tensor(z, scalarType: .double).softmax()
      return [
        .text(name), .number(p.max().item, decimals: 4), .number(entropy(of: p).item, decimals: 4),
        .scientific(softmaxJacobian(p).norm().item),
      ]
    })
}
