import CNN
import Figures
import Tensors

// Exercise 4.2: tables and figures.

func convergenceTable(_ results: [ShortcutResult]) -> Table {
  Table(
    "With and without residual connections",
    columns: ["network", "parameters", "loss, epoch 1", "last loss", "test accuracy", "lowest", "highest"],
    rows: results.map { result in
      let (losses, accuracy) = (result.losses, result.accuracy)
      return [
        .text(result.name), .integer(result.parameters), .number(losses.first?.mean ?? .nan, decimals: 4),
        .number(losses.last?.mean ?? .nan, decimals: 4), .number(accuracy.mean, decimals: 4),
        .number(accuracy.low, decimals: 4), .number(accuracy.high, decimals: 4),
      ]
    })
}

func convergenceFigure(_ results: [ShortcutResult], _ data: String) -> Panels {
  let accuracies = results.map { result in
    let epochs = result.losses.indices
    let each = epochs.map { epoch in result.runs.map { $0.history["test accuracy"][epoch] } }
    return Series(
      result.name, each.map { $0.reduce(0, +) / Double($0.count) },
      band: (each.map { $0.min() ?? .nan }, each.map { $0.max() ?? .nan }))
  }
  return Panels(
    "Training with and without residual connections: \(data)",
    [
      LineChart(
        "Training loss", x: Axis("epoch"), y: Axis("loss"),
        series: results.map { result in
          Series(result.name, result.losses.map(\.mean), band: (result.losses.map(\.low), result.losses.map(\.high)))
        }),
      LineChart("Test accuracy", x: Axis("epoch"), y: Axis("accuracy"), series: accuracies),
    ])
}

func gradientTable(_ results: [ShortcutResult]) -> Table {
  Table(
    "Norms of the gradients of 3×3 filters",
    columns: ["network", "first layer, first steps", "middle layer", "last layer", "first layer, last steps"],
    rows: results.map { result in
      let window = max(1, (result.runs.first?.norms.count ?? 1) / 8)
      let last = (result.runs.first?.norms.first?.count ?? 1) - 1
      let first = result.norms(of: 0, window: window)
      return [
        .text(result.name), .scientific(first.first ?? .nan),
        .scientific(result.norms(of: last / 2, window: window).first ?? .nan),
        .scientific(result.norms(of: last, window: window).first ?? .nan), .scientific(first.last ?? .nan),
      ]
    })
}

func gradientFigure(_ results: [ShortcutResult]) -> Panels {
  let steps = results.first?.runs.first?.norms.count ?? 1
  let window = max(1, steps / 24)
  func panel(_ title: String, _ layer: Int) -> LineChart {
    LineChart(
      title, x: Axis("step"), y: Axis("norm of the gradient", .logarithmic),
      series: results.map { result in
        let norms = result.norms(of: layer, window: window)
        return Series(result.name, x: norms.indices.map { (Double($0) + 0.5) * Double(window) }, norms)
      })
  }
  return Panels(
    "Gradients in the first layers while networks learn",
    [panel("First convolution", 0), panel("First convolution of the first block", 1)])
}
