import Attention
import Figures
import Running
import Tensors

/// Listing 6.11: nine sizes of multi-head attention, their parameters and times.
public let ablation6_11 = Exercise(
  .ablation, "6.11", "The number of heads and the length of each", seconds: 20, quick: 3, full: 120
) { run in
  let (batch, runs) = (run.choose(quick: 1, standard: 8, full: 32), run.choose(quick: 1, standard: 5, full: 50))
  let rows = timeConfigurations(length: 128, batch: batch, runs: runs, random: run.random)
  run.show(
    Table(
      "Listing 6.11: sequences of 128, \(batch) at a time, in evaluation and as the listing times them",
      columns: [
        "d_model", "heads", "d_k", "parameters", "ms, kernel", "GFLOP/s", "ms, dropout 0.1 in training", "notes' ms",
      ],
      rows: zip(rows, printedTimes).map { row, printed in
        [
          .integer(row.width), .integer(row.heads), .integer(row.depth), .integer(row.parameters),
          .measured(row.milliseconds, decimals: 2), .measured(row.gigaflops, decimals: 1),
          .measured(row.trainingMilliseconds, decimals: 2), .number(printed, decimals: 2),
        ]
      }), as: "configurations")
  run.show(remarkTable(rows), as: "remark")
  run.show(timeFigure(rows.filter { $0.width == 512 }), as: "heads", isMeasured: true)
  run.card("parameters at d_model = 512, whatever h is", Double(rows[0].parameters))
  run.card("h = 32 over h = 1 in training mode", measured: rows[5].trainingMilliseconds / rows[0].trainingMilliseconds)
  run.card("h = 32 over h = 1 by the kernel", measured: rows[5].milliseconds / rows[0].milliseconds)
}

/// The nine configurations of Listing 6.11: d_model and h.
public let ablatedSizes = [
  (512, 1), (512, 2), (512, 4), (512, 8), (512, 16), (512, 32), (256, 8), (768, 8), (1_024, 8),
]

/// The milliseconds of Output 6.11, on a machine that the notes do not name.
public let printedTimes = [3.24, 3.18, 3.15, 3.21, 3.34, 3.82, 1.12, 6.45, 10.87]

/// A configuration, and what was measured of it.
public struct TimedConfiguration: Sendable {
  /// d_model, h and d_k.
  public let width, heads, depth: Int
  /// The number of parameters: 4 d_model².
  public let parameters: Int
  /// Milliseconds of one pass in evaluation, by the kernel.
  public let milliseconds: Double
  /// Milliseconds of one pass as the listing makes it: in training mode, with a dropout of 0.1 on n² weights.
  public let trainingMilliseconds: Double
  /// 10⁹ operations per second of the kernel's pass, a multiplication with its addition counted as two.
  public let gigaflops: Double
}

/// Times all configurations.
public func timeConfigurations(
  _ sizes: [(Int, Int)] = ablatedSizes, length n: Int, batch: Int, runs: Int, random: RandomSource
) -> [TimedConfiguration] {
  sizes.map { d, h in
    let layer = MultiHeadAttention(d, heads: h, dropout: 0.1, random: random)
    let x = random.normal([batch, n, d])
    let milliseconds = shortestMilliseconds(runs) { layer(x) }
    let training = Mode.training { shortestMilliseconds(runs) { layer(x) } }
    let operations = 2 * batch * AttentionCost(length: n, width: d, heads: h).multiplications
    return TimedConfiguration(
      width: d, heads: h, depth: d / h, parameters: layer.parameterCount, milliseconds: milliseconds,
      trainingMilliseconds: training, gigaflops: Double(operations) / milliseconds / 1e6)
  }
}

/// Remark 6.10 at d_model = 512: what does not depend on h, and what does.
private func remarkTable(_ rows: [TimedConfiguration]) -> Table {
  let wide = rows.filter { $0.width == 512 }
  let costs = wide.map { AttentionCost(length: 128, width: 512, heads: $0.heads) }
  func row(
    _ name: String, _ values: [Double], _ cell: (Double) -> Table.Cell, _ ratio: (Double) -> Table.Cell
  )
    -> [Table.Cell]
  {
    let (least, largest) = (values.min() ?? .nan, values.max() ?? .nan)
    return [.text(name), cell(least), cell(largest), ratio(largest / least)]
  }
  func counted(_ name: String, _ values: [Int]) -> [Table.Cell] {
    row(name, values.map(Double.init), { .integer(Int($0)) }) { .number($0, decimals: 2) }
  }
  func timed(_ name: String, _ values: [Double]) -> [Table.Cell] {
    row(name, values, { .measured($0, decimals: 2) }) { .measured($0, decimals: 2) }
  }
  return Table(
    "Remark 6.10: over h = 1, 2, …, 32 at d_model = 512", columns: ["", "least", "largest", "ratio"],
    rows: [
      counted("parameters", wide.map(\.parameters)),
      counted("multiplications for one sequence", costs.map(\.multiplications)),
      counted("exponentials for one sequence", costs.map(\.exponentials)),
      timed("ms, kernel", wide.map(\.milliseconds)), timed("ms in training mode", wide.map(\.trainingMilliseconds)),
      counted("d_k", wide.map(\.depth)),
    ])
}

private func timeFigure(_ rows: [TimedConfiguration]) -> LineChart {
  let heads = rows.map { Double($0.heads) }
  return LineChart(
    "Times at d_model = 512 by number of heads", x: Axis("heads", .logarithmic), y: Axis("milliseconds"),
    series: [
      Series("kernel, evaluation", x: heads, rows.map(\.milliseconds), style: .both),
      Series("definition, training, dropout 0.1", x: heads, rows.map(\.trainingMilliseconds), style: .both),
    ])
}
