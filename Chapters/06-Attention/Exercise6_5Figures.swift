import Attention
import Figures
import Tensors

// Exercise 6.5: tables and figures.

private typealias Kind = EfficientRow.Kind

/// A row for each length, a column for each algorithm.
private func table(
  _ title: String, _ rows: [EfficientRow], _ kinds: [Kind], _ cell: (EfficientRow) -> Table.Cell
) -> Table {
  let lengths = rows.filter { $0.kind == .full }.map(\.length)
  return Table(
    title, columns: ["n"] + kinds.map(\.rawValue),
    rows: lengths.map { n in
      [.integer(n)] + kinds.map { kind in rows.first { $0.kind == kind && $0.length == n }.map(cell) ?? "" }
    })
}

func errorTable(_ rows: [EfficientRow]) -> Table {
  table("Relative distance from full attention, d = 64, radius 64", rows, [.linear, .local, .tiled, .kernel]) {
    $0.error > 1e-3 ? .number($0.error, decimals: 3) : .scientific($0.error)
  }
}

func timeTable(_ rows: [EfficientRow]) -> Table {
  table("Milliseconds of one pass, one head", rows, Kind.allCases) { .measured($0.milliseconds, decimals: 2) }
}

func memoryTable(_ rows: [EfficientRow]) -> Table {
  table("Numbers of the largest array apart from operands and output", rows, [.full, .linear, .local, .tiled]) {
    .integer($0.numbers)
  }
}

private func chart(
  _ title: String, _ axis: Axis, _ rows: [EfficientRow], _ kinds: [Kind], _ value: (EfficientRow) -> Double
) -> LineChart {
  LineChart(
    title, x: Axis("n", .logarithmic), y: axis,
    series: kinds.map { kind in
      let own = rows.filter { $0.kind == kind }
      return Series(kind.rawValue, x: own.map { Double($0.length) }, own.map(value), style: .both)
    })
}

func timeFigure(_ rows: [EfficientRow]) -> LineChart {
  chart("Time by length: one head of 64", Axis("milliseconds", .logarithmic), rows, Kind.allCases, \.milliseconds)
}

func memoryFigure(_ rows: [EfficientRow]) -> LineChart {
  chart(
    "Memory by length: one head of 64", Axis("numbers of the largest array", .logarithmic), rows,
    [.full, .linear, .local, .tiled]
  ) { Double($0.numbers) }
}

func windowTable(_ rows: [WindowRow]) -> Table {
  Table(
    "Exercise 6.5.2: relative error and time of a window of 2r + 1 keys",
    columns: ["r", "pairs", "independent vectors", "slowly changing ones", "milliseconds"],
    rows: rows.map {
      [
        .integer($0.radius), .integer($0.pairs), .number($0.anywhere, decimals: 4), .number($0.nearby, decimals: 4),
        .measured($0.milliseconds, decimals: 2),
      ]
    })
}

func windowFigure(_ rows: [WindowRow]) -> LineChart {
  let r = rows.map { Double($0.radius) }
  return LineChart(
    "What a window misses", x: Axis("radius r", .logarithmic), y: Axis("relative error"),
    series: [
      Series("independent vectors", x: r, rows.map(\.anywhere), style: .both),
      Series("slowly changing vectors", x: r, rows.map(\.nearby), style: .both),
    ])
}
