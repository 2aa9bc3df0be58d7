import DataSets
import Figures
import Messages
import Running
import Tensors
import Theory
import Training

/// § 11.7: pruning by magnitude with rewinding, and three controls.
public let section11_7 = Exercise(
  .section, "11.7", "Lottery tickets and three controls", seconds: 25, quick: 1, full: 300
) { run in
  let (train, test) = try ticketDigits()
  var search = TicketSearch(widths: [64, 100, 100, 10])
  search.rounds = run.choose(quick: 1, standard: 8, full: 10)
  let steps = run.choose(quick: 5, standard: 300, full: 1_000)
  let runs = (0..<run.choose(quick: 1, standard: 3, full: 5)).map { number in
    search(train: train, test: test, random: RandomSource(seed: run.options.seed + UInt64(number))) { name in
      run.reporting(
        TrainingPlan(steps: steps, examples: train.count, batchSize: 60), "run \(number + 1), \(name)")
    }
  }
  let means = TicketRun(meanOf: runs)
  run.show(ticketTable(means, runs), as: "accuracy")
  run.show(ticketFigure(means, runs), as: "accuracy")
  run.show(pixelFigure(means.ticket), as: "pixels")
  run.parameters = means.ticket.parameterCount
  run.card("test accuracy, all weights", means.dense)
  if let last = means.levels.last {
    run.card("share of pruned weights", last.pruned)
    run.card("ticket", last.ticket)
    run.card("new weights", last.newWeights)
    run.card("mask shuffled in layers", last.shuffledMask)
    run.card("random mask", last.randomMask)
  }
}

/// The optical digits, 1,437 for training and 360 for tests, as rows of 64 numbers.
public func ticketDigits() throws -> (train: Examples, test: Examples) {
  let (train, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_437, from: RandomSource(seed: 1998))
  return (train.rows, test.rows)
}

private func ticketTable(_ means: TicketRun, _ runs: [TicketRun]) -> Table {
  Table(
    "Test accuracy, mean of \(runs.count) runs; all weights: \(decimals(means.dense, 3))",
    columns: ["pruned, %", "weights left", "ticket", "new weights", "mask shuffled in layers", "random mask"],
    rows: means.levels.map {
      [
        .number(100 * $0.pruned, decimals: 1), .integer($0.kept), .number($0.ticket, decimals: 3),
        .number($0.newWeights, decimals: 3), .number($0.shuffledMask, decimals: 3),
        .number($0.randomMask, decimals: 3),
      ]
    })
}

private func ticketFigure(_ means: TicketRun, _ runs: [TicketRun]) -> LineChart {
  let x = means.levels.map { Double($0.kept) }
  func series(_ name: String, _ value: @escaping (TicketRun.Level) -> Double) -> Series {
    let rounds = means.levels.indices.map { i in runs.map { value($0.levels[i]) } }
    return Series(
      name, x: x, means.levels.map(value),
      band: (rounds.map { $0.min() ?? .nan }, rounds.map { $0.max() ?? .nan }), style: .both)
  }
  return LineChart(
    "Few weights: which ones, and which initial values?", x: Axis("weights left, of 17,400", .logarithmic),
    y: Axis("test accuracy", range: 0...1),
    series: [
      series("ticket", \.ticket), series("new weights", \.newWeights),
      series("mask shuffled in layers", \.shuffledMask), series("random mask", \.randomMask),
      Series("all weights", x: [x.min() ?? 1, x.max() ?? 1], [means.dense, means.dense]),
    ])
}

/// How many weights the ticket keeps from each pixel: it has found the middle of the images.
private func pixelFigure(_ ticket: PrunedNetwork) -> HeatMap {
  let counts = ticket.mask.layers[0].sum(axes: [0]).scalars
  return HeatMap(
    "Weights left from each pixel", values: (0..<8).map { Array(counts[8 * $0..<8 * $0 + 8]) },
    format: "%.0f")
}
