import Backprop
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// Exercise 2.4: SGD, SGD with momentum, Adam and AdamW on clothes, each with four learning rates.
///
/// A sixth of the training images is kept for validation and chooses the learning rates; the test images only judge the
/// choice.
public let exercise2_4 = Exercise(
  "2.4", "Four optimizers on clothes, and their learning rates", stars: 2, seconds: 9, quick: 2, full: 900,
  needs: { _ in DataNeeds() }
) { run in
  let data = try run.data.fashionMNIST(
    drawn: run.choose(quick: 300, standard: 3_000, full: 60_000), run.choose(quick: 100, standard: 1_000, full: 10_000))
  run.say(data.provenance + "\n")
  let grid = searchLearningRates(on: data, seed: run.options.seed) { label in
    run.plan(quick: 1, standard: data.train.count > 10_000 ? 1 : 6, full: 10, batchSize: 128, label: label)
  }
  run.show(accuracyMap(grid, on: data), as: "grid")
  run.show(bestTable(grid), as: "best")
  run.show(rateCurves(grid, "Training loss, by learning rate", Axis("loss", .logarithmic)) { $0.losses }, as: "loss")
  run.show(
    rateCurves(grid, "Validation accuracy, by learning rate", Axis("accuracy", range: 0...1)) {
      $0["validation accuracy"]
    }, as: "accuracy")
  run.parameters = grid.first?.runs.first?.model.parameterCount
  run.card("data", data.provenance)
  for row in grid { run.card("best η, \(row.name)", row.best.learningRate) }
  for row in grid { run.card("test accuracy, \(row.name)", row.best.testAccuracy) }
}

/// One optimizer with every learning rate.
public struct LearningRateSearch: Sendable {
  /// The name of the optimizer.
  public let name: String
  /// A training run for each learning rate, in their order.
  public let runs: [OptimizerRun]
  /// The training run that ends with the highest validation accuracy; the first of them, if several do.
  public var best: OptimizerRun {
    runs.dropFirst().reduce(runs[0]) { $1.validationAccuracy > $0.validationAccuracy ? $1 : $0 }
  }
}

/// Trains 784-512-256-10 with the optimizers of Listing 2.8 and these learning rates, all from the same weights on the
/// same batches. Exercise 2.4
///
/// A sixth of the training images of every class is kept for validation.
public func searchLearningRates(
  _ rates: [Double] = [1e-4, 1e-3, 1e-2, 1e-1], hidden: [Int] = [512, 256], on data: ImageClassification, seed: UInt64,
  plan: (_ label: String) -> TrainingPlan
) -> [LearningRateSearch] {
  let parts = data.train.stratifiedSplit(first: data.train.count / 6, from: RandomSource(seed: seed).split())
  let data = ImageClassification(
    name: data.name, classNames: data.classNames, train: parts.rest, test: data.test, origin: data.name,
    isReal: data.isReal)
  return optimizersOfAblation.map { name, optimizer in
    let runs = rates.map { rate in
      var optimizer = optimizer
      optimizer.learningRate = rate
      return trainClassifier(
        hidden: hidden, with: optimizer, named: name, on: data, validation: parts.first,
        plan: plan("\(name), η = \(rate)"), seed: seed)
    }
    return LearningRateSearch(name: name, runs: runs)
  }
}

private func accuracyMap(_ grid: [LearningRateSearch], on data: ImageClassification) -> HeatMap {
  HeatMap(
    "Validation accuracy on \(data.name)", rows: grid.map(\.name), columns: grid[0].runs.map { "\($0.learningRate)" },
    rowTitle: "optimizer", columnTitle: "learning rate", values: grid.map { $0.runs.map(\.validationAccuracy) },
    format: "%.3f")
}

private func bestTable(_ grid: [LearningRateSearch]) -> Table {
  let columns =
    ["optimizer", "best η", "training loss", "test accuracy", "validation"]
    + grid[0].runs.map { "η = \($0.learningRate)" }
  return Table(
    "The best learning rate of each optimizer, and the validation accuracy with all of them", columns: columns,
    rows: grid.map { row in
      [
        .text(row.name), .text("\(row.best.learningRate)"), .number(row.best.loss, decimals: 4),
        .number(row.best.testAccuracy, decimals: 4), .number(row.best.validationAccuracy, decimals: 4),
      ] + row.runs.map { .number($0.validationAccuracy, decimals: 4) }
    })
}

/// A panel for every optimizer, with a line for every learning rate.
private func rateCurves(
  _ grid: [LearningRateSearch], _ title: String, _ y: Axis, _ values: (History) -> [Double]
) -> Panels {
  Panels(
    title, columns: 2,
    grid.map { row in
      LineChart(
        row.name, x: Axis("epoch"), y: y,
        series: row.runs.map { run in
          Series("η = \(run.learningRate)", x: run.history.epochs.map { Double($0.number) }, values(run.history))
        })
    })
}
