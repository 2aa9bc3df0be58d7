import DataSets
import Figures
import Messages
import Regularization
import Running
import Tensors
import Training

/// Trains the network of Listing 3.10 with five dropout rates and five weight decays, and prints the pivot table of
/// Output 3.11 and the best cell of Remark 3.9.
public let ablation3_11 = Exercise(
  .ablation, "3.11", "Dropout rate against weight decay", seconds: 45, quick: 1, full: 1800,
  needs: { _ in DataNeeds(train: 20) }
) { run in
  let data = try run.data.mnist()
  run.say(data.provenance + "\n")
  let split = ImageSplit(data, validation: data.train.count / 10, random: run.random.split())
  let grid = run.choose(quick: ([0, 0.5], [0, 1e-2]), standard: dropoutAndDecayGrid, full: dropoutAndDecayGrid)
  let seeds =
    run.options.seed..<run.options.seed + run.choose(quick: 1, standard: data.train.count > 10_000 ? 1 : 2, full: 1)
  let result = compareDropoutAndDecay(grid.0, grid.1, on: split, seeds: Array(seeds)) { name in
    run.plan(quick: 1, standard: data.train.count > 10_000 ? 1 : 10, full: 20, batchSize: 128, label: name)
  }
  run.show(pivotTable("Validation accuracy", result, \.validation), as: "validation")
  run.show(pivotTable("Test accuracy", result, \.test), as: "test")
  run.show(heatMap(result, over: data.name), as: "heat-map")
  run.show(shrinkTable(result), as: "shrink")
  let best = result.best
  run.card("data", data.provenance)
  run.card("best cell", "dropout \(best.dropout), weight decay \(label(best.weightDecay))")
  run.card("its validation accuracy", best.validation)
  run.card("its test accuracy", best.test)
  if seeds.count > 1 { run.card("± from seed to seed", result.deviation) }
}

/// One cell of the ablation, with the mean accuracies over the seeds.
public struct AblationCell: Sendable {
  /// The dropout rate and the weight decay.
  public let dropout, weightDecay: Double
  /// The accuracy on the validation images, per seed.
  public let validations: [Double]
  /// The accuracy on the test images, per seed.
  public let tests: [Double]

  /// The mean accuracy on the validation images.
  public var validation: Double { validations.reduce(0, +) / Double(validations.count) }
  /// The mean accuracy on the test images.
  public var test: Double { tests.reduce(0, +) / Double(tests.count) }
}

/// The ablation of Listing 3.11.
public struct DropoutAndDecay: Sendable {
  /// The rates and the decays.
  public let dropouts, weightDecays: [Double]
  /// The cells, one row for each dropout rate.
  public let cells: [[AblationCell]]
  /// The number of training steps of each network.
  public let steps: Int

  /// The cell with the highest validation accuracy; it was not chosen by its test accuracy.
  public var best: AblationCell {
    cells.joined().max { $0.validation < $1.validation } ?? cells[0][0]
  }

  /// The standard deviation of a test accuracy from seed to seed, as the root mean square over all cells.
  public var deviation: Double {
    let squares = cells.joined().map { cell in
      cell.tests.map { ($0 - cell.test) * ($0 - cell.test) }.reduce(0, +) / Double(max(1, cell.tests.count - 1))
    }
    return (squares.reduce(0, +) / Double(squares.count)).squareRoot()
  }
}

/// Trains a network for every cell and seed on the same split with the recipe of Listing 3.11.
public func compareDropoutAndDecay(
  _ dropouts: [Double], _ weightDecays: [Double], on split: ImageSplit, seeds: [UInt64],
  plan: (_ name: String) -> TrainingPlan
) -> DropoutAndDecay {
  var steps = 0
  let cells = dropouts.map { dropout in
    weightDecays.map { weightDecay in
      let plan = plan("dropout \(dropout), weight decay \(label(weightDecay))")
      steps = plan.epochs * plan.stepsPerEpoch(of: split.train.count)
      let runs = seeds.map { seed in
        trainRegularized(
          .ablation(dropout: dropout, weightDecay: weightDecay), on: split, plan: plan, random: RandomSource(seed: seed)
        )
      }
      return AblationCell(
        dropout: dropout, weightDecay: weightDecay, validations: runs.map { $0.history["accuracy"].last ?? .nan },
        tests: runs.map(\.testAccuracy))
    }
  }
  return DropoutAndDecay(dropouts: dropouts, weightDecays: weightDecays, cells: cells, steps: steps)
}

/// A weight decay as the notes print it: 0, 1e-05, 0.001.
private func label(_ decay: Double) -> String { decay == 0 ? "0" : decay < 1e-4 ? "1e-05" : "\(decay)" }

private func pivotTable(_ title: String, _ result: DropoutAndDecay, _ value: KeyPath<AblationCell, Double>) -> Table {
  Table(
    title, columns: ["dropout \\ weight decay"] + result.weightDecays.map(label),
    rows: result.cells.map { row in
      [.number(row[0].dropout, decimals: 1)] + row.map { .number($0[keyPath: value], decimals: 4) }
    })
}

private func heatMap(_ result: DropoutAndDecay, over name: String) -> HeatMap {
  HeatMap(
    "Test accuracy on \(name)", rows: result.dropouts.map { "\($0)" }, columns: result.weightDecays.map(label),
    rowTitle: "dropout", columnTitle: "weight decay", values: result.cells.map { $0.map(\.test) }, format: "%.4f")
}

/// The effect of the decay alone.
private func shrinkTable(_ result: DropoutAndDecay) -> Table {
  Table(
    "What AdamW's decay leaves of a weight, (1 − ηλ)ᵗ with η = 0.001",
    columns: ["weight decay", "after \(grouped(result.steps)) steps", "after the notes' 9,380"],
    rows: result.weightDecays.map { decay in
      [
        .text(label(decay)),
        .number(totalShrink(learningRate: 1e-3, weightDecay: decay, steps: result.steps), decimals: 5),
        .number(totalShrink(learningRate: 1e-3, weightDecay: decay, steps: 9_380), decimals: 5),
      ]
    })
}
