import Attention
import Figures
import Messages
import Running
import Tensors
import Theory
import Training
import Transformer

/// § 11.11: an induction circuit needs two layers of attention.
public let section11_11c = Exercise(
  .section, "11.11c", "Induction circuits: one layer against two", seconds: 8, quick: 1, full: 40
) { run in
  let task = InductionTask(symbols: 16, length: 32, periods: 4...15)
  let steps = run.choose(quick: 3, standard: 400, full: 2_000)
  let results = [1, 2].map { layers in
    let random = run.random.split()
    var plan = SequencePlan(steps: steps, batch: 32, learningRate: 1e-2, warmup: steps / 10)
    plan.report = run.progress("layers: \(layers)")
    return task.trained(
      AttentionOnly(symbols: 16, width: 32, heads: 2, layers: layers, random: random), plan: plan, random: random)
  }
  run.show(resultTable(results), as: "accuracy")
  run.show(circuitTable(results), as: "heads")
  run.show(circuitFigure(results[1], random: run.random.split()), as: "heads")
  run.parameters = results[1].model.parameterCount
  for (layers, result) in results.enumerated() {
    run.card("right in the repeated part, layers: \(layers + 1)", result.repeated)
  }
}

private func resultTable(_ results: [InductionResult]) -> Table {
  Table(
    "Share of right symbols: 16 symbols, a piece of 4 to 15 of them repeated",
    columns: ["attention layers", "parameters", "first pass", "repeated part"],
    rows: results.map {
      [
        .integer($0.heads.count), .integer($0.model.parameterCount), .number($0.firstPass, decimals: 3),
        .number($0.repeated, decimals: 3),
      ]
    })
}

private func circuitTable(_ results: [InductionResult]) -> Table {
  Table(
    "Mean weight of each head in the repeated part",
    columns: ["model", "layer", "head", "on the position before", "behind the same symbol"],
    rows: results.flatMap { result in
      result.heads.enumerated().flatMap { layer, heads in
        heads.previous.indices.map { head in
          [
            .text(result.heads.count == 1 ? "1 layer" : "2 layers"), .integer(layer + 1), .integer(head + 1),
            .number(heads.previous[head], decimals: 3), .number(heads.induction[head], decimals: 3),
          ]
        }
      }
    })
}

/// The head of layer 1 that looks at the position before most, and the head of layer 2 that looks behind the earlier
/// occurrence most, on a piece of eight symbols.
private func circuitFigure(_ result: InductionResult, random: RandomSource) -> Panels {
  let sequence = Array(
    InductionTask(symbols: 16, length: 32, periods: 8...8).draw(random).sequence.dropLast())
  func map(_ layer: Int, _ weights: [Double], _ title: String) -> HeatMap {
    let head = weights.indices.max { weights[$0] < weights[$1] } ?? 0
    let α = result.model.weights([sequence], layer: layer)[0, head].scalars
    return HeatMap(
      "Layer \(layer + 1), head \(head + 1): \(title)", values: (0..<32).map { Array(α[32 * $0..<32 * ($0 + 1)]) },
      format: nil, range: 0...1)
  }
  return Panels(
    "A piece of eight symbols, four times: rows look at columns",
    [
      map(0, result.heads[0].previous, "before"),
      map(1, result.heads[1].induction, "behind the same symbol"),
    ])
}
