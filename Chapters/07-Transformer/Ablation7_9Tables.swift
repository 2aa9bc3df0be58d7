import Figures
import Messages
import Transformer

// Table 7.1: tables and figures

func hopTable(_ results: [HopResult]) -> Table {
  Table(
    "The number after two hops, 5 places", columns: ["blocks", "parameters", "test accuracy"],
    rows: results.map { [.integer($0.blocks), .integer($0.parameters), .number($0.accuracy, decimals: 3)] })
}

func ablationTable(_ rows: [AblatedTransformer], _ plan: TransformerAblationPlan) -> Table {
  Table(
    "Table 7.1 at d = \(plan.width): \(plan.seeds) \(plan.seeds == 1 ? "run" : "runs") of \(plan.epochs) epochs each",
    columns: ["configuration", "layers", "heads", "d_ff", "parameters", "accuracy, %", "spread", "notes, IMDB"],
    rows: rows.map { row in
      let configuration = row.configuration
      return [
        .text(configuration.name), .integer(configuration.blocks), .integer(configuration.heads),
        .integer(configuration.hidden * plan.width / 128), .integer(row.parameters),
        .number(100 * row.mean, decimals: 1), .number(100 * row.spread, decimals: 1),
        .number(configuration.printed, decimals: 1),
      ]
    })
}

/// The accuracies by layers, heads and hidden units, with the base among them.
func ablationFigure(_ rows: [AblatedTransformer]) -> Panels {
  func chart(_ title: String, _ places: [Int], _ x: (TransformerConfiguration) -> Int) -> LineChart {
    let chosen = places.map { rows[$0] }
    let values = chosen.map { Double(x($0.configuration)) }
    return LineChart(
      title, x: Axis(title, .logarithmic), y: Axis("accuracy, %"),
      series: [
        Series("here", x: values, chosen.map { 100 * $0.mean }, style: .both),
        Series("notes, IMDB", x: values, chosen.map(\.configuration.printed), style: .both),
      ])
  }
  return Panels(
    "Table 7.1: layers, heads, hidden units",
    [
      chart("layers", [2, 3, 1, 4, 5]) { $0.blocks }, chart("heads", [6, 7, 1, 8]) { $0.heads },
      chart("d_ff / d", [9, 10, 1, 11]) { $0.hidden / 128 },
    ])
}

/// The four claims of Remark 7.12 by the notes' numbers and by these.
func remarkTable(_ rows: [AblatedTransformer]) -> Table {
  func row(_ claim: String, _ a: Int, _ b: Int) -> [Table.Cell] {
    [
      .text(claim), .number(rows[b].configuration.printed - rows[a].configuration.printed, decimals: 1),
      .number(100 * (rows[b].mean - rows[a].mean), decimals: 1),
      .number(100 * max(rows[a].spread, rows[b].spread), decimals: 1),
    ]
  }
  return Table(
    "Remark 7.12 in points: what each change adds", columns: ["change", "notes", "here", "spread"],
    rows: [
      row("Post-Norm → Pre-Norm", 0, 1), row("1 → 2 layers", 2, 3), row("2 → 4 layers", 3, 1),
      row("4 → 6 layers", 1, 4), row("6 → 8 layers", 4, 5), row("1 → 2 heads", 6, 7), row("2 → 4 heads", 7, 1),
      row("4 → 8 heads", 1, 8), row("d_ff d → 4 d", 9, 1), row("d_ff 4 d → 8 d", 1, 11),
    ])
}
