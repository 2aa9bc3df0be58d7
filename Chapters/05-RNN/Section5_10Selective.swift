import Figures
import RNN
import Running
import Tensors
import Training

/// A network that was trained to copy selectively.
public struct SelectiveCopyResult: Sendable {
  /// The kind of layer.
  public let name: String
  /// The accuracy after every epoch of training.
  public let accuracies: [Double]
  /// The steps of an epoch.
  public let steps: Int
  /// The accuracy on sequences of other lengths, without more training.
  public let atLength: [Int: Double]
}

/// The steps Δ of a trained selective layer.
public struct SelectedSteps: Sendable {
  /// What is read, and the mean step there: over all channels, and over the eight with the largest and with the least
  /// ratio of symbols to blanks.
  public let means: [(name: String, all: Double, symbols: Double, blanks: Double)]
  /// A sequence, and the mean step of the second kind of channels at each of its places.
  public let sequence: [Int], steps: [Double]
}

/// Shows that a time-invariant model cannot copy selectively and Mamba's layer can. § 5.10
func showSelectiveCopying(_ run: Run) {
  let task = SelectiveCopying(length: 24, symbols: 4, alphabet: 4)
  let steps = run.choose(quick: 10, standard: 100, full: 100)
  let epochs = run.options.epochs ?? run.choose(quick: 1, standard: 10, full: 30)
  let lengths = run.choose(quick: [24], standard: [24, 48, 96], full: [24, 48, 96, 192])
  func trained<Layer>(_: Layer.Type, _ name: String) -> (SelectiveCopyResult, SymbolNetwork<Layer>) {
    let plan = run.reporting(TrainingPlan(epochs: epochs, batchSize: 1), name)
    return selectiveCopyResult(name, task, plan: plan, steps: steps, lengths: lengths, seed: run.options.seed)
  }
  let (invariant, _) = trained(DiagonalStateSpace.self, "time-invariant")
  let (selective, network) = trained(SelectiveStateSpace.self, "selective")
  let results = [invariant, selective]
  run.show(copyingFigure(results), as: "copying")
  run.show(lengthsTable(results, task, lengths), as: "lengths")

  let selected = selectedSteps(network, task, random: RandomSource(seed: run.options.seed))
  run.show(
    Table(
      "The selective layer's mean step Δ, and that of 8 channels by the ratio of symbols to blanks",
      columns: ["element", "all channels", "largest ratio", "least ratio"],
      rows: selected.means.map {
        [
          .text($0.name), .number($0.all, decimals: 3), .number($0.symbols, decimals: 3),
          .number($0.blanks, decimals: 3),
        ]
      }), as: "steps")
  run.show(stepsFigure(selected), as: "steps")
  run.parameters = network.parameterCount
  for result in results { run.card("accuracy, \(result.name)", result.accuracies.last ?? .nan) }
}

/// Trains a network with one kind of layer, and measures it on longer sequences.
public func selectiveCopyResult<Layer: StateSpaceLayer>(
  _ name: String, _ task: SelectiveCopying, plan: TrainingPlan, steps: Int, lengths: [Int], seed: UInt64
) -> (SelectiveCopyResult, SymbolNetwork<Layer>) {
  let random = RandomSource(seed: seed)
  var network = SymbolNetwork<Layer>(reading: task.alphabet + 2, classes: task.alphabet, random: random)
  let history = task.train(&network, learningRate: 5e-3, plan: plan, steps: steps, random: random)
  let longer = lengths.map { length in
    let task = SelectiveCopying(length: length, symbols: task.symbols, alphabet: task.alphabet)
    return (length, task.accuracy(network, task.batch(256, random: RandomSource(seed: seed + 1))))
  }
  let result = SelectiveCopyResult(
    name: name, accuracies: history["accuracy"], steps: steps, atLength: Dictionary(uniqueKeysWithValues: longer))
  return (result, network)
}

/// How large the steps of the first block are at blanks, symbols and marks.
public func selectedSteps(
  _ network: SymbolNetwork<SelectiveStateSpace>, _ task: SelectiveCopying, random: RandomSource
) -> SelectedSteps {
  let sequences = task.batch(100, random: random).sequences
  let (elements, T, block) = (sequences.flatMap { $0 }, sequences[0].count, network.blocks[0])
  let x = network.embedding(elements, shape: [sequences.count, T])
  let steps = block.layer.steps(block.channels(x).u).flattened(to: elements.count)  // [100T×D]
  func mean(_ kind: (Int) -> Bool) -> Tensor {
    steps.gathered(elements.indices.filter { kind(elements[$0]) }).mean(axes: [0])  // [D]
  }
  let kinds = [
    ("blank", mean { $0 == 0 }), ("symbol", mean { 1...task.alphabet ~= $0 }), ("mark", mean { $0 > task.alphabet }),
  ]
  let order = (kinds[1].1 / kinds[0].1).argsort(isDescending: true)
  let (most, least) = (Array(order.prefix(8)), Array(order.suffix(8)))
  return SelectedSteps(
    means: kinds.map { name, step in
      (name, step.mean().item, step.gathered(most).mean().item, step.gathered(least).mean().item)
    },
    sequence: sequences[0], steps: steps[0..<T].gathered(most, axis: 1).mean(axes: [1]).scalars)
}

extension Tensor {
  /// The same numbers as so many rows.
  fileprivate func flattened(to rows: Int) -> Tensor { reshaped([rows, count / rows]) }
}

private func copyingFigure(_ results: [SelectiveCopyResult]) -> LineChart {
  let lines = results.map { result in
    Series(
      result.name, x: result.accuracies.indices.map { Double(($0 + 1) * result.steps) }, result.accuracies, style: .both
    )
  }
  let ends: [Double] = [lines[0].x.first ?? 0, lines[0].x.last ?? 1]
  return LineChart(
    "Selective copying of 4 symbols among 20 blanks", x: Axis("training steps"), y: Axis("accuracy"),
    series: lines + [Series("guessing", x: ends, [0.25, 0.25])])
}

private func lengthsTable(
  _ results: [SelectiveCopyResult], _ task: SelectiveCopying, _ lengths: [Int]
) -> Table {
  let rows: [[Table.Cell]] = results.map { result in
    let accuracies = lengths.map { Table.Cell.number(result.atLength[$0] ?? .nan, decimals: 3) }
    return [.text(result.name)] + accuracies
  }
  return Table(
    "Accuracy by the length of the sequence, trained with \(task.length)",
    columns: ["layer"] + lengths.map { "length \($0)" }, rows: rows)
}

private func stepsFigure(_ selected: SelectedSteps) -> BarChart {
  BarChart(
    "Mean step Δ of 8 channels: · blank, a–d symbol, ? mark",
    categories: selected.sequence.map { ["·", "a", "b", "c", "d", "?"][$0] }, y: Axis("Δ"), values: selected.steps,
    format: nil)
}
