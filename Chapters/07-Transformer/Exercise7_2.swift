import Attention
import Figures
import Messages
import Running
import Tensors
import Transformer

/// Exercise 7.2: a causal mask, and what it does to the attention of five tokens.
public let exercise7_2 = Exercise("7.2", "The causal mask", stars: 1, seconds: 1) { run in
  let maps = maskedMaps(random: run.random.split())
  run.show(matrixTable("M: 0 where j ≤ i, −∞ elsewhere", maps.mask), as: "mask")
  run.show(matrixTable("Scores QKᵀ/√d_k + M", maps.scores + maps.mask), as: "scores")
  run.show(matrixTable("Weights without the mask", maps.before), as: "before")
  run.show(matrixTable("Weights with the mask", maps.after), as: "after")
  run.show(
    Panels(
      "Five tokens, without and with the causal mask",
      [weightMap("without", maps.before), weightMap("with", maps.after)]), as: "maps")
  run.show(hiddenTable(hiddenRows(random: run.random.split())), as: "hidden")
  let future = maps.after * Tensor.upperTriangle(5, 5, diagonal: 1, scalarType: .double)
  run.card("largest weight on the future", future.max().item)
  run.card("row sums, largest distance from 1", (maps.after.sum(axes: [1]) - 1).abs().max().item)
}

/// M: a causal mask for n tokens as numbers that are added to scores. [n×n] (7.15), Exercise 7.2
public func causalMask(_ n: Int) -> Tensor {
  require(n >= 1, "cannot mask \(n) tokens: at least 1 is needed")
  return Tensor.lowerTriangle(n, n, diagonal: 0, scalarType: .double).log()  // ln 1 = 0 for j ≤ i, ln 0 = −∞ elsewhere
}

/// Five tokens: their scores, M, and the weights without and with it. [5×5] each. Exercise 7.2
public func maskedMaps(
  random: RandomSource
) -> (scores: Tensor, mask: Tensor, before: Tensor, after: Tensor) {
  let (Q, K) = (random.normal([5, 8], scalarType: .double), random.normal([5, 8], scalarType: .double))
  return (
    ScaledDotAttention().scores(Q, K), causalMask(5), attentionWeights(Q, K), attentionWeights(Q, K, mask: .causal)
  )
}

/// The weights of a query that may see no key, for four ways to hide keys.
public struct HiddenRow: Sendable {
  /// The way, in words.
  public let name: String
  /// The weights.
  public let weights: [Double]
}

/// Hides all five keys from a query. With −10⁹ in place of every score the weights are uniform; with −10⁹ added they
/// are uniform in single precision, where the scores are lost, and those without any mask in double precision.
public func hiddenRows(random: RandomSource) -> [HiddenRow] {
  let scores = random.normal([1, 5], scalarType: .double)
  let none = Tensor.zeros([1, 5], scalarType: .double)
  return [
    HiddenRow(name: "no mask", weights: scores.softmax().scalars),
    HiddenRow(name: "−∞ for every score, without care", weights: (scores + none.log()).softmax().scalars),
    HiddenRow(name: "−10⁹ for every score", weights: (0 * scores - 1e9).softmax().scalars),
    HiddenRow(
      name: "−10⁹ added, single precision", weights: (scores.converted(to: .float) - 1e9).softmax().scalars),
    HiddenRow(name: "−10⁹ added, double precision", weights: (scores - 1e9).softmax().scalars),
    HiddenRow(name: "here", weights: maskedSoftmax(scores, .allowed(none)).scalars),
  ]
}

private func hiddenTable(_ rows: [HiddenRow]) -> Table {
  Table(
    "The weights of a query that may see no key", columns: [""] + (0..<5).map { "key \($0)" } + ["sum"],
    rows: rows.map { row in
      [.text(row.name)]
        + (row.weights + [row.weights.reduce(0, +)]).map { $0.isNaN ? "NaN" : .number($0, decimals: 4) }
    })
}

private func matrixTable(_ title: String, _ matrix: Tensor) -> Table {
  Table(
    title, columns: ["query"] + (0..<5).map { "key \($0)" },
    rows: (0..<5).map { i in
      [.integer(i)]
        + matrix[i].scalars.map { $0 == -.infinity ? "−∞" : .text(NumberText.rounded($0, $0 == 0 ? "%.0f" : "%.3f")) }
    })
}

private func weightMap(_ title: String, _ weights: Tensor) -> HeatMap {
  let names = (0..<5).map { "\($0)" }
  return HeatMap(
    title, rows: names, columns: names, rowTitle: "query", columnTitle: "key",
    values: (0..<5).map { weights[$0].scalars }, format: "%.2f", range: 0...1)
}
