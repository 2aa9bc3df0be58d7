import Attention
import Figures
import RNN
import Running
import Tensors

/// § 6.7: the table of Theorem 6.7 counted, the memory it leaves out, and a recurrent layer to compare with.
public let section6_7 = Exercise(.section, "6.7", "What self-attention costs", seconds: 4, full: 20) { run in
  let layer = MultiHeadAttention(16, heads: 1, random: run.random).converted(to: .double)
  let counted = countedAttention(layer, run.random.normal([12, 16], scalarType: .double)).cost
  run.show(theoremTable(counted, AttentionCost(length: 12, width: 16), length: 12, width: 16), as: "theorem")
  run.show(memoryTable(), as: "memory")
  run.show(costFigure(width: 512), as: "costs")
  let times = timeSequenceLayers(
    lengths: run.choose(quick: [32, 128], standard: [32, 128, 512, 2_048], full: [32, 128, 512, 2_048, 4_096]),
    width: run.choose(quick: 64, standard: 256, full: 512), random: run.random.split())
  run.show(timeTable(times), as: "times")
  let cost = AttentionCost(length: 128, width: 512)
  run.card("multiplications of self-attention, n = 128, d = 512", Double(cost.multiplications))
  run.card("of a recurrent layer", Double(AttentionCost.recurrent(length: 128, width: 512)))
  run.card("length at which n² d + n² d = 4 n d², d = 512", Double(crossing(width: 512)))
}

/// The shortest sequence for which the products with the map take at least as many multiplications as the projections.
public func crossing(width d: Int) -> Int {
  var n = 1
  while AttentionCost(length: n, width: d).scores + AttentionCost(length: n, width: d).mixing
    < AttentionCost(length: n, width: d).projections + AttentionCost(length: n, width: d).output
  { n += 1 }
  return n
}

/// Milliseconds of one pass of a recurrent layer and of self-attention.
public struct SequenceTime: Sendable {
  /// n.
  public let length: Int
  /// Milliseconds.
  public let recurrent, attention: Double
}

/// Times one sequence at a time: a simple recurrent layer with d inputs and d units, and self-attention with one head.
public func timeSequenceLayers(lengths: [Int], width d: Int, random: RandomSource) -> [SequenceTime] {
  let (recurrent, attention) = (VanillaRNN(d, d, random: random), MultiHeadAttention(d, heads: 1, random: random))
  return lengths.map { n in
    let x = random.normal([1, n, d])
    return SequenceTime(
      length: n, recurrent: shortestMilliseconds(3) { recurrent(x).states },
      attention: shortestMilliseconds(3) { attention(x) })
  }
}

private func theoremTable(_ counted: AttentionCost, _ formula: AttentionCost, length n: Int, width d: Int) -> Table {
  func row(_ name: String, _ text: String, _ value: (AttentionCost) -> Int) -> [Table.Cell] {
    [.text(name), .text(text), .integer(value(counted)), .integer(value(formula))]
  }
  return Table(
    "Theorem 6.7 at n = \(n), d = \(d), one head", columns: ["", "formula", "counted", "by the formula"],
    rows: [
      row("multiplications for Q, K, V", "3 n d²", \.projections), row("for Q Kᵀ", "n² d", \.scores),
      row("exponentials", "n²", \.exponentials), row("for the product with V", "n² d", \.mixing),
      row("for W^O, not in the table", "n d²", \.output), row("all", "4 n d² + 2 n² d", \.multiplications),
      row("numbers of the map", "n²", \.maps), row("of Q, K, V and the output", "4 n d", \.activations),
      row("of the weights, not in the table", "4 d²", \.weights),
    ])
}

private func memoryTable() -> Table {
  Table(
    "Numbers in memory, d = 512, one head", columns: ["n", "map n²", "n d", "weights 4 d²", "weights / (n² + n d)"],
    rows: [128, 512, 2_048, 8_192].map { n in
      let cost = AttentionCost(length: n, width: 512)
      let listed = cost.maps + n * 512
      return [
        .integer(n), .integer(cost.maps), .integer(n * 512), .integer(cost.weights),
        .number(Double(cost.weights) / Double(listed), decimals: 3),
      ]
    })
}

private func costFigure(width d: Int) -> LineChart {
  let n = (0...28).map { 16 << ($0 / 4) + (16 << ($0 / 4)) / 4 * ($0 % 4) }
  func series(_ name: String, _ value: (AttentionCost) -> Int) -> Series {
    Series(name, x: n.map(Double.init), n.map { Double(value(AttentionCost(length: $0, width: d))) })
  }
  return LineChart(
    "Multiplications for a sequence, d = \(d)", x: Axis("n", .logarithmic), y: Axis("multiplications", .logarithmic),
    series: [
      series("projections, 4 n d²") { $0.projections + $0.output }, series("map, 2 n² d") { $0.scores + $0.mixing },
      series("self-attention", \.multiplications),
      Series(
        "recurrent, 2 n d²", x: n.map(Double.init), n.map { Double(AttentionCost.recurrent(length: $0, width: d)) }),
    ])
}

private func timeTable(_ times: [SequenceTime]) -> Table {
  Table(
    "Remark 6.8: milliseconds of one sequence", columns: ["n", "recurrent layer", "self-attention"],
    rows: times.map {
      [.integer($0.length), .measured($0.recurrent, decimals: 3), .measured($0.attention, decimals: 3)]
    })
}
