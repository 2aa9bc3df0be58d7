import Figures
import GAN
import Messages

// Table 8.1: tables and figures

func ablationTable(_ rows: [AblatedGAN], _ plan: GANAblationPlan) -> Table {
  Table(
    "Table 8.1 at width \(plan.width): \(plan.seeds) \(plan.seeds == 1 ? "run" : "runs") of \(plan.epochs) epochs each",
    columns: [
      "configuration", "latent", "rate of G", "rate of D", "steps of G", "Fréchet distance", "spread", "coverage",
      "notes, FID",
    ],
    rows: rows.map { row in
      let c = row.configuration
      let coverage = row.qualities.map(\.coverage).reduce(0, +) / Double(row.qualities.count)
      return [
        .text(c.name), .integer(c.latent), .text(scientific(c.generatorRate, digits: 1)),
        .text(scientific(c.discriminatorRate, digits: 1)), .integer(row.generatorSteps),
        .number(row.mean, decimals: 1), .number(row.spread, decimals: 1), .number(coverage, decimals: 2),
        .number(c.printed, decimals: 1),
      ]
    })
}

/// The distances of all seeds, with the mean of each configuration.
func ablationFigure(_ rows: [AblatedGAN]) -> BarChart {
  BarChart(
    "Table 8.1: mean Fréchet distance, and range over seeds", categories: rows.map(\.configuration.name),
    y: Axis("Fréchet distance"),
    series: [
      Series(
        "", rows.map(\.mean),
        band: (low: rows.map { $0.distances.min() ?? .nan }, high: rows.map { $0.distances.max() ?? .nan }))
    ], format: "%.0f")
}

/// The claims of Remark 8.11 by the notes' numbers and by these: what each change adds to the distance.
func remarkTable(_ rows: [AblatedGAN]) -> Table {
  func row(_ claim: String, _ a: Int, _ b: Int) -> [Table.Cell] {
    [
      .text(claim), .number(rows[b].configuration.printed - rows[a].configuration.printed, decimals: 1),
      .number(rows[b].mean - rows[a].mean, decimals: 1),
      .number(max(rows[a].spread, rows[b].spread), decimals: 1),
    ]
  }
  return Table(
    "Remark 8.11: what each change adds to the distance", columns: ["change", "notes", "here", "spread"],
    rows: [
      row("z: 100 → 32", 0, 1), row("z: 100 → 64", 0, 2), row("z: 100 → 256", 0, 3),
      row("D's rate 2e-4 → 5e-4", 0, 5), row("TTUR: G 1e-4, D 4e-4", 0, 6), row("n_critic 1 → 3", 7, 8),
      row("n_critic 5, loss, both rates, no batch norm", 7, 9),
    ])
}
