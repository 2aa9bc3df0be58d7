import Attention
import Figures
import Messages
import Tensors

// Exercise 6.3: tables and figures

func plantedTable(_ results: [PlantedResult]) -> Table {
  Table(
    "Which tokens are at t − 1 and at t − 3?",
    columns: ["heads", "parameters", "right at t − 1", "right at t − 3", "steps to 0.9 on both"],
    rows: results.map { result in
      [
        .integer(result.heads), .integer(result.model.parameterCount), .number(result.accuracies[0], decimals: 4),
        .number(result.accuracies[1], decimals: 4), result.steps(to: 0.9).map { .integer($0) } ?? .text("never"),
      ]
    })
}

func plantedFigure(_ results: [PlantedResult]) -> Panels {
  Panels(
    "The planted task, with the same number of parameters",
    TwoOffsets.offsets.enumerated().map { place, offset in
      LineChart(
        "Token at t − \(offset)", x: Axis("step"), y: Axis("share right", range: 0...1),
        series: results.map { result in
          let x = result.history[place].indices.map { Double(($0 + 1) * result.stepsPerCheck) }
          return Series("\(result.heads) \(result.heads == 1 ? "head" : "heads")", x: x, result.history[place])
        })
    })
}

/// The mean weights of each head over 50 sequences.
func offsetMaps(_ model: OffsetReader) -> Panels {
  let x = model.embedded(TwoOffsets.draw(50, random: RandomSource(seed: 14)))
  return headMaps(
    "Mean weights of two heads that look back by 1 and by 3", model.attention.weights(query: x, key: x).mean(axes: [0]),
    labels: (0..<x.shape[1]).map { "\($0)" })
}

/// The maps of a classifier's heads for one text.
func textMaps(_ model: AttentionClassifier, _ task: HeadTask) -> Panels {
  let text = task.test.sequences.first { (6...12).contains($0.count) } ?? task.test.sequences[0]
  return headMaps(
    "Weights of the heads for one text", model.weights(text), labels: text.map { task.vocabulary[$0] })
}

/// A map for each head. [h×n×n]
private func headMaps(_ title: String, _ weights: Tensor, labels: [String]) -> Panels {
  let (h, n) = (weights.shape[0], weights.shape[1])
  let d = headDistances(weights)
  let maps = (0..<h).map { head -> HeatMap in
    let others = (0..<h).filter { $0 != head }.map { d[head, $0].item }
    let mean = others.isEmpty ? 0 : others.reduce(0, +) / Double(others.count)
    return HeatMap(
      "head \(head): distance \(decimals(mean, 2)) to the others", rows: labels, columns: labels, rowTitle: "query",
      columnTitle: "key", values: (0..<n).map { weights[head, $0].scalars }, format: nil, range: 0...1)
  }
  return Panels(title, columns: 2, maps)
}

func pruningTable(_ title: String, _ pruned: (single: [PrunedHead], greedy: [PrunedHead])) -> Table {
  func cells(_ head: PrunedHead) -> [Table.Cell] { head.accuracies.map { .number($0, decimals: 3) } }
  let width = pruned.single.first?.accuracies.count ?? 0
  let names = width == 2 ? ["right at t − 1", "right at t − 3"] : ["test accuracy"]
  return Table(
    title, columns: ["taken away"] + names,
    rows: pruned.single.map { [.text("head \($0.head)")] + cells($0) }
      + pruned.greedy.enumerated().map { place, head in
        [.text((place == 0 ? "greedily: " : "and ") + "head \(head.head)")] + cells(head)
      })
}

func headTable(_ results: [[HeadResult]]) -> Table {
  Table(
    "Text classification, \(results[0].count) runs each, the same parameters",
    columns: ["heads", "d_k", "parameters", "test accuracy", "spread", "epochs to nine tenths"],
    rows: results.map { runs in
      let accuracies = runs.map(\.accuracy)
      let attention = runs[0].model.attention
      return [
        .integer(runs[0].heads), .integer(attention.depth), .integer(runs[0].model.parameterCount),
        .number(accuracies.reduce(0, +) / Double(runs.count), decimals: 3),
        .number((accuracies.max() ?? 0) - (accuracies.min() ?? 0), decimals: 3),
        .number(runs.map { Double($0.epochsToNineTenths) }.reduce(0, +) / Double(runs.count), decimals: 1),
      ]
    })
}
