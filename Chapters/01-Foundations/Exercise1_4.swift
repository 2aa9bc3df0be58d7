import DataSets
import Figures
import Foundation
import Foundations
import Messages
import Running
import Tensors
import Training

/// Exercise 1.4: the accuracy of MLPs with (a) 1 to 6 hidden layers of (b) 32 to 512 neurons each, as a heat map.
public let exercise1_4 = Exercise(
  "1.4", "Accuracy against depth and width", stars: 2, seconds: 60, quick: 2, full: 900, needs: { _ in DataNeeds() }
) { run in
  let data = try run.data.mnist()
  run.say(data.provenance + "\n")
  let depths = run.choose(quick: [1, 6], standard: Array(1...6), full: Array(1...6))
  let widths = run.choose(quick: [32, 128], standard: [32, 64, 128, 256, 512], full: [32, 64, 128, 256, 512])
  let seeds = run.choose(quick: 1, standard: 3, full: 1)
  let n = Double(data.test.count)
  run.say(
    (seeds == 1 ? "One seed" : "Mean over \(seeds) seeds")
      + "; an accuracy of 0.95 on \(grouped(data.test.count)) images is known to "
      + "±\(String(format: "%.3f", (0.95 * 0.05 / n).squareRoot())).\n")
  let grid = ablateDepthAndWidth(
    on: data, depths: depths, widths: widths, seeds: seeds, firstSeed: run.options.seed
  ) { label in
    run.plan(quick: 1, standard: data.train.count > 10_000 ? 2 : 15, full: 10, batchSize: 128, label: label)
  }
  run.show(grid.table, as: "accuracies")
  run.show(grid.heatMap(over: data), as: "heat-map")
  let best = grid.best
  run.parameters = best.parameters
  run.card("data", data.provenance)
  run.card("highest test accuracy of the grid", best.accuracy)
  run.card("its network", "\(best.depth) hidden layers of \(best.width)")
}

/// A network of the grid and its accuracy.
public struct GridCell: Sendable {
  /// The number of hidden layers.
  public let depth: Int
  /// The neurons of each.
  public let width: Int
  /// The number of parameters.
  public let parameters: Int
  /// The last test accuracy, averaged over the seeds.
  public let accuracy: Double

  /// A network and its accuracy.
  public init(depth: Int, width: Int, parameters: Int, accuracy: Double) {
    (self.depth, self.width, self.parameters, self.accuracy) = (depth, width, parameters, accuracy)
  }
}

/// The accuracies of Exercise 1.4, one row per depth.
public struct DepthWidthGrid: Sendable {
  /// The rows and columns.
  public let depths, widths: [Int]
  /// The networks, row by row.
  public let cells: [GridCell]

  /// The grid of these networks, row by row.
  public init(depths: [Int], widths: [Int], cells: [GridCell]) {
    (self.depths, self.widths, self.cells) = (depths, widths, cells)
  }

  /// The network with the highest test accuracy of the grid, in a tie the smallest. The test images chose it, so its
  /// accuracy on new images is another question.
  public var best: GridCell {
    cells.reduce(cells[0]) { best, cell in
      (cell.accuracy, -cell.parameters) > (best.accuracy, -best.parameters) ? cell : best
    }
  }

  /// Accuracy and parameters of every network.
  var table: Table {
    Table(
      "Depth and width", columns: ["hidden layers", "width", "parameters", "test accuracy"],
      rows: cells.map {
        [.integer($0.depth), .integer($0.width), .integer($0.parameters), .number($0.accuracy, decimals: 4)]
      })
  }

  func heatMap(over data: ImageClassification) -> HeatMap {
    let rows = stride(from: 0, to: cells.count, by: widths.count).map { cells[$0..<$0 + widths.count].map(\.accuracy) }
    return HeatMap(
      "Test accuracy on \(data.name)", rows: depths.map(String.init), columns: widths.map(String.init),
      rowTitle: "hidden layers", columnTitle: "width", values: rows, format: "%.3f")
  }
}

/// Trains an MLP for every depth and width on the same data, once for each seed. Exercise 1.4
public func ablateDepthAndWidth(
  on data: ImageClassification, depths: [Int], widths: [Int], seeds: Int, firstSeed: UInt64,
  plan: (_ label: String) -> TrainingPlan
) -> DepthWidthGrid {
  let cells = depths.flatMap { depth in
    widths.map { width in
      let hidden = Array(repeating: width, count: depth)
      let runs = (0..<UInt64(seeds)).map { offset in
        trainClassifier(
          hidden: hidden, on: data, plan: plan("\(depth) × \(width)"), random: RandomSource(seed: firstSeed + offset))
      }
      return GridCell(
        depth: depth, width: width, parameters: runs[0].model.parameterCount,
        accuracy: runs.map(\.testAccuracy).reduce(0, +) / Double(seeds))
    }
  }
  return DepthWidthGrid(depths: depths, widths: widths, cells: cells)
}
