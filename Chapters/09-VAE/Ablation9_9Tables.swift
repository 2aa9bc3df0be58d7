import Figures
import Messages
import VAE

// Table 9.1: tables and figures

func ablationTable(_ rows: [AblatedAutoencoder]) -> Table {
  Table(
    "Table 9.1: nats per test image",
    columns: [
      "configuration", "d", "β", "parameters", "recon.", "KL", "recon. + KL", "active", "notes: recon.", "KL",
    ],
    rows: rows.map { row in
      let (configuration, test) = (row.configuration, row.test)
      return [
        .text(configuration.name), .integer(configuration.latent), .number(configuration.β, decimals: 1),
        .integer(row.parameters), .number(test.reconstruction, decimals: 1), .number(test.divergence, decimals: 1),
        .number(test.loss(), decimals: 1), .integer(test.activeUnits.count),
        .number(configuration.printed.reconstruction, decimals: 1),
        .number(configuration.printed.divergence, decimals: 1),
      ]
    })
}

/// The points of the rows with different β, in the order of β: printed, or found here.
func tradeOff(
  _ rows: [AblatedAutoencoder], printed: Bool
) -> [(reconstruction: Double, divergence: Double)] {
  AutoencoderConfiguration.weights.map { place in
    printed
      ? rows[place].configuration.printed : (rows[place].test.reconstruction, rows[place].test.divergence)
  }
}

/// The slopes −ΔR/ΔKL between neighbours in β, which lie in [β₁, β₂] for minima.
func slopeTable(_ rows: [AblatedAutoencoder]) -> Table {
  let β = AutoencoderConfiguration.weights.map { rows[$0].configuration.β }
  let (notes, here) = (tradeOffSlopes(tradeOff(rows, printed: true)), tradeOffSlopes(tradeOff(rows, printed: false)))
  func verdict(_ slope: Double, _ i: Int) -> Table.Cell {
    .text(slope >= β[i] && slope <= β[i + 1] ? "within" : "outside")
  }
  return Table(
    "Slopes −ΔR/ΔKL between neighbours in β: within [β₁, β₂], if both are minima",
    columns: ["β₁", "β₂", "notes", "", "here", ""],
    rows: notes.indices.map { i in
      [
        .number(β[i], decimals: 1), .number(β[i + 1], decimals: 1), .number(notes[i], decimals: 3),
        verdict(notes[i], i), .number(here[i], decimals: 3), verdict(here[i], i),
      ]
    })
}

/// The loss of each row with different β, weighted by each β: the smallest of a column belongs on the diagonal.
func bestTable(_ rows: [AblatedAutoencoder], printed: Bool) -> Table {
  let β = AutoencoderConfiguration.weights.map { rows[$0].configuration.β }
  let points = tradeOff(rows, printed: printed)
  let losses = points.map { point in β.map { point.reconstruction + $0 * point.divergence } }
  let best = β.indices.map { column in losses.map { $0[column] }.min() ?? .nan }
  return Table(
    "R + β KL of the trained models (rows) for every β (columns), \(printed ? "notes" : "here"): * is the best",
    columns: ["trained with"] + β.map { "β = \(decimals($0, 1))" },
    rows: losses.enumerated().map { row, values in
      [.text("β = \(decimals(β[row], 1))")]
        + values.enumerated().map { column, value in
          .text(decimals(value, 1) + (value == best[column] ? " *" : ""))
        }
    })
}

/// The curve of reconstruction against KL, and the terms by the number of latent variables.
func ablationFigure(_ rows: [AblatedAutoencoder]) -> Panels {
  let (notes, here) = (tradeOff(rows, printed: true), tradeOff(rows, printed: false))
  let sizes = [1, 2, 3, 0, 4, 5].map { rows[$0] }
  let d = sizes.map { Double($0.configuration.latent) }
  return Panels(
    "Table 9.1",
    [
      LineChart(
        "β from 10 to ½", x: Axis("KL"), y: Axis("reconstruction"),
        series: [
          Series("here", x: here.map(\.divergence), here.map(\.reconstruction), style: .both),
          Series("notes, MNIST", x: notes.map(\.divergence), notes.map(\.reconstruction), style: .both),
        ]),
      LineChart(
        "reconstruction + KL", x: Axis("latent variables", .logarithmic), y: Axis("nats"),
        series: [
          Series("here", x: d, sizes.map { $0.test.loss() }, style: .both),
          Series(
            "notes, MNIST", x: d,
            sizes.map { $0.configuration.printed.reconstruction + $0.configuration.printed.divergence }, style: .both),
        ]),
    ])
}

/// The KL of each latent variable, the largest first, for the numbers of latent variables of the table.
func divergenceFigure(_ rows: [AblatedAutoencoder]) -> LineChart {
  LineChart(
    "KL of each latent variable", x: Axis("latent variable, by KL"), y: Axis("nats", .logarithmic),
    series: [3, 0, 4, 5].map { place in
      let measure = rows[place].test
      return Series("d = \(rows[place].configuration.latent)", measure.divergences.sorted(by: >).map { max($0, 1e-4) })
    })
}
