import DataSets
import Figures
import Foundations
import Tensors
import Training

/// A Mixer of the ablation and its training.
public struct MixerCell: Sendable {
  /// The sizes of the network.
  public let configuration: MixerConfiguration
  /// Its training.
  public let result: VisionResult
}

/// The accuracies of Mixers with several patch sizes, one row each, and several hidden dimensions.
public struct MixerGrid: Sendable {
  /// The sides P of the patches.
  public let patches: [Int]
  /// The hidden dimensions C.
  public let hidden: [Int]
  /// The networks, row by row.
  public let cells: [MixerCell]

  /// Tokens, parameters, accuracy and time of every network.
  var table: Table {
    Table(
      "Patch size and hidden dimension",
      columns: ["patch size", "tokens", "hidden dimension", "parameters", "test accuracy", "seconds per epoch"],
      rows: cells.map { cell in
        let seconds = cell.result.history.epochs.map(\.seconds)
        return [
          .text("\(cell.configuration.patchSize)×\(cell.configuration.patchSize)"), .integer(cell.configuration.tokens),
          .integer(cell.configuration.hidden), .integer(cell.result.parameters),
          .number(cell.result.testAccuracy, decimals: 3),
          .measured(seconds.reduce(0, +) / Double(max(seconds.count, 1)), decimals: 2),
        ]
      })
  }

  func heatMap(over name: String) -> HeatMap {
    let rows = stride(from: 0, to: cells.count, by: hidden.count).map { first in
      cells[first..<first + hidden.count].map(\.result.testAccuracy)
    }
    return HeatMap(
      "Test accuracy of Mixers on \(name)", rows: patches.map { "\($0)×\($0)" }, columns: hidden.map(String.init),
      rowTitle: "patch size", columnTitle: "hidden dimension C", values: rows, format: "%.3f")
  }
}

/// Trains a Mixer of two layers for every patch size and hidden dimension, from the same seed. Exercise 1.5
///
/// The widths of the two MLPs stay the same; only the number S = (32 / P)² of tokens and that of the channels C vary.
public func ablatePatchesAndHidden(
  on data: ImageClassification, patches: [Int], hidden: [Int], seed: UInt64, plan: (_ label: String) -> TrainingPlan
) -> MixerGrid {
  let cells = patches.flatMap { patch in
    hidden.map { channels in
      var c = MixerConfiguration()
      (c.patchSize, c.hidden, c.channelWidth, c.depth) = (patch, channels, 64, 2)
      let name = "patches \(patch)×\(patch), C = \(channels)"
      let result = trainOnImages(
        MLPMixer(c, random: RandomSource(seed: seed)), name: name, on: data, plan: plan(name),
        random: RandomSource(seed: seed))
      return MixerCell(configuration: c, result: result)
    }
  }
  return MixerGrid(patches: patches, hidden: hidden, cells: cells)
}
