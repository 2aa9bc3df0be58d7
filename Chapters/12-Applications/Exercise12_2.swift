import Applications
import Figures
import Messages
import Running
import Tensors

/// Exercise 12.2: the operations of a forward pass, counted, and their energy on an A100.
public let exercise12_2 = Exercise("12.2", "Operations and energy of a forward pass", stars: 1, seconds: 1) { run in
  let work = TransformerOperations.exercise
  run.show(partTable(work), as: "parts")
  run.show(energyTable(work), as: "energy")
  run.show(lengthFigure, as: "lengths")
  run.show(trainingTable, as: "training")
  run.show(bookTable, as: "books")
  run.card("floating-point operations", Double(work.total))
  run.card("share of Q Kᵀ and the product with V", work.attentionShare)
  run.card("joules at the peak", Accelerator.a100.joules(Double(work.total)))
  run.card("joules at half the peak", Accelerator.a100.joules(Double(work.total), utilization: 0.5))
}

private func partTable(_ work: TransformerOperations) -> Table {
  let parts = [
    ("Q, K, V and output: 8 n d² L", work.projections), ("Q Kᵀ and weights times V: 4 n² d L", work.attention),
    ("feed-forward, d_ff = 4 d: 16 n d² L", work.networks), ("all", work.total),
  ]
  return Table(
    "Exercise 12.2: L = 32, d = 4096, n = 2048, any number of heads", columns: ["part", "operations", "share"],
    rows: parts.map { name, count in
      [.text(name), .text(powerOfTen(Double(count))), .number(Double(count) / Double(work.total), decimals: 4)]
    })
}

private func energyTable(_ work: TransformerOperations) -> Table {
  let device = Accelerator.a100
  return Table(
    "Exercise 12.2: on an A100 of 312 TFLOP/s and 400 W",
    columns: ["fraction of the peak", "milliseconds", "joules", "joules per token"],
    rows: [1, 0.5, 0.3].map {
      let joules = device.joules(Double(work.total), utilization: $0)
      return [
        .number($0, decimals: 1), .number(1000 * device.seconds(Double(work.total), utilization: $0), decimals: 1),
        .number(joules, decimals: 1), .number(joules / Double(work.length), decimals: 4),
      ]
    })
}

/// The operations for a token, against the length of the text: the two parts are equal at n = 6 d.
private var lengthFigure: LineChart {
  let lengths = (8...18).map { 1 << $0 }
  let works = lengths.map { TransformerOperations(blocks: 32, width: 4096, heads: 32, length: $0) }
  func series(_ name: String, _ part: (TransformerOperations) -> Int) -> Series {
    Series(name, x: lengths.map(Double.init), works.map { Double(part($0)) / Double($0.length) }, style: .both)
  }
  return LineChart(
    "Operations for a token, L = 32, d = 4096: attention overtakes the rest at n = 6 d = 24,576",
    x: Axis("tokens n", .logarithmic), y: Axis("operations for a token", .logarithmic),
    series: [
      series("projections and networks") { $0.projections + $0.networks },
      series("Q Kᵀ and weights times V") { $0.attention }, series("all") { $0.total },
    ])
}

/// Published numbers of parameters and of training tokens.
private var trainingTable: Table {
  let models: [(String, Double, Double)] = [
    ("GPT-3", 175e9, 300e9), ("Chinchilla", 70e9, 1.4e12), ("LLaMA 2 70B", 70e9, 2e12),
    ("LLaMA 3.1 405B", 405e9, 15.6e12),
  ]
  return Table(
    "6 N D: the operations of a training; above 10²⁵ the AI Act presumes systemic risk (§ 12.9)",
    columns: ["model", "parameters N", "tokens D", "6 N D", "above 10²⁵"],
    rows: models.map { name, N, D in
      let operations = trainingOperations(parameters: N, tokens: D)
      return [
        .text(name), .text(powerOfTen(N)), .text(powerOfTen(D)), .text(powerOfTen(operations)),
        .text(operations > systemicRiskOperations ? "yes" : "no"),
      ]
    })
}

/// Table 3.1 of Fleuret: the sizes in bytes are right, the numbers of books are 1,000 times too large.
private var bookTable: Table {
  let sets: [(String, Double, String)] = [
    ("WMT-18, German and English", 8e9, "14 M"), ("The Pile", 825e9, "1.6 B"), ("OSCAR", 6e12, "12 B"),
  ]
  return Table(
    "Sizes of text as books of 250 pages with 2,000 characters", columns: ["data set", "bytes", "books", "printed"],
    rows: sets.map { [.text($0), .text(powerOfTen($1)), .text(grouped(Int(books(bytes: $1)))), .text($2)] })
}

/// A number as 2.8587 · 10¹³.
func powerOfTen(_ x: Double) -> String {
  var (mantissa, exponent) = (x, 0)
  while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
  let digits = "⁰¹²³⁴⁵⁶⁷⁸⁹".map { $0 }
  return decimals(mantissa, 4) + " · 10" + String("\(exponent)".compactMap { $0.wholeNumberValue.map { digits[$0] } })
}
