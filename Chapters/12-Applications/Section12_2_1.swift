import Applications
import Figures
import Messages
import Running
import Tensors
import Transformer

/// § 12.2.1: the probabilities of all strings sum to 1, and how much of it can belong to texts that never end.
public let section12_2_1 = Exercise(.section, "12.2.1", "The product of conditionals", seconds: 1) { run in
  let model = GPT(symbols: 3, context: 6, width: 16, heads: 2, blocks: 2, random: run.random.split())
    .mapParameters { 8 * $0.converted(to: .double) }
  let sums = (1...5).map { T in
    (T, stringProbabilities(of: model, symbols: 3, length: T, after: 0))
  }
  run.show(stringTable(sums), as: "strings")
  let total = sums.last?.1.reduce(0) { $0 + $1.probability } ?? .nan
  run.show(endTable, as: "ends")
  run.show(endFigure, as: "ends")
  run.card("sum over the 243 strings of 5 symbols", total)
  run.card("probability that a text ends, q = 1/(t + 1)²", endingProbability(within: 100_000, chance: slow))
}

private func stringTable(_ found: [(Int, [(string: [Int], probability: Double)])]) -> Table {
  Table(
    "§ 12.2.1: a random GPT of three symbols; all strings of T symbols",
    columns: ["T", "strings", "sum of the probabilities", "most probable string", "its probability"],
    rows: found.map { T, all in
      let best = all.max { $0.probability < $1.probability } ?? ([], .nan)
      return [
        .integer(T), .integer(all.count), .number(all.reduce(0) { $0 + $1.probability }, decimals: 7),
        .text(best.string.map { ["a", "b", "c"][$0] }.joined()), .number(best.probability, decimals: 5),
      ]
    })
}

/// Chances to end after symbol t.
private let steady: @Sendable (Int) -> Double = { _ in 0.05 }
private let harmonic: @Sendable (Int) -> Double = { 1 / Double($0 + 1) }
private let slow: @Sendable (Int) -> Double = { 1 / Double(($0 + 1) * ($0 + 1)) }
private let chances = [("q = 0.05", steady), ("q = 1/(t + 1)", harmonic), ("q = 1/(t + 1)²", slow)]

private var endTable: Table {
  Table(
    "§ 12.2.1: a model with an end symbol; the probability that a text has at most n symbols",
    columns: ["chance to end after symbol t", "n = 10", "n = 100", "n = 1,000", "n = 100,000"],
    rows: chances.map { name, q in
      [.text(name)] + [10, 100, 1_000, 100_000].map { .number(endingProbability(within: $0, chance: q), decimals: 5) }
    })
}

private var endFigure: LineChart {
  let lengths = [1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 200, 300, 500, 1_000]
  return LineChart(
    "Not every product of conditionals ends: where Σ q is finite, some texts go on for ever",
    x: Axis("n", .logarithmic), y: Axis("probability of at most n symbols", range: 0...1),
    series: chances.map { name, q in
      Series(name, x: lengths.map(Double.init), lengths.map { endingProbability(within: $0, chance: q) })
    })
}
