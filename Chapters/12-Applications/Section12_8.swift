import Applications
import Figures
import Messages
import Running

/// § 12.8: published footprints as energy × intensity.
public let section12_8 = Exercise(.section, "12.8", "Environmental impact", seconds: 1) { run in
  run.show(footprintTable, as: "footprints")
  run.show(footprintFigure, as: "footprints")
  run.card("tonnes of CO₂ for BERT base", TrainingFootprint.bertBase.tonnes)
  run.card("tonnes of CO₂ for GPT-3", TrainingFootprint.gpt3.tonnes)
  run.card("tonnes of CO₂ for LLaMA 2 70B", TrainingFootprint.llama2.tonnes)
  let moved = TrainingFootprint.gpt3.at(intensity: TrainingFootprint.bloom.intensity)
  run.card("tonnes of CO₂ for GPT-3's energy at BLOOM's intensity", moved.tonnes)
}

private let models: [(name: String, printed: String, footprint: TrainingFootprint)] = [
  ("BERT base, 110 M", "~0.6 for BERT-Large", .bertBase), ("GPT-3, 175 B", "~500", .gpt3),
  ("LLaMA 2 70B", "~290", .llama2), ("BLOOM, 176 B", "–", .bloom),
]

private var footprintTable: Table {
  Table(
    "§ 12.8: energy × intensity, from published hours and watts",
    columns: ["model", "the notes, t", "MWh", "kg CO₂/kWh", "t CO₂"],
    rows: models.map {
      [
        .text($0.name), .text($0.printed), .number($0.footprint.kilowattHours / 1000, decimals: 1),
        .number($0.footprint.intensity, decimals: 3), .number($0.footprint.tonnes, decimals: 2),
      ]
    })
}

/// Energy against intensity: the carbon dioxide is constant along the falling lines.
private var footprintFigure: ScatterPlot {
  let energies = [0.5, 20_000]
  return ScatterPlot(
    "Energy × intensity: trainings on one line emit the same",
    x: Axis("energy in MWh", .logarithmic, range: 0.5...20_000),
    y: Axis("kg CO₂ per kWh", .logarithmic, range: 0.03...1),
    groups: models.map {
      Series($0.name, x: [$0.footprint.kilowattHours / 1000], [$0.footprint.intensity], style: .points)
    }
      + [1.0, 10, 100, 1_000].map { t in
        Series("\(grouped(Int(t))) t", x: energies, energies.map { t / $0 }, style: .line)
      })
}
