import Backprop
import Figures
import Foundations
import Messages
import Running
import Tensors

/// Listing 2.7: the network with its backward pass by hand, on the numbers that NumPy draws from seed 42.
public let listing2_7 = Exercise(.listing, "2.7", "Backpropagation by hand", seconds: 1, full: 5) { run in
  let (lines, network) = runHandWrittenListing()
  let printed = [(0.7234, 0.4930), (0.2156, 0.9240), (0.1052, 0.9670), (0.0614, 0.9810), (0.0402, 0.9880)]
  run.show(
    Table(
      "Output 2.7", columns: ["epoch", "loss", "accuracy", "loss in the notes", "accuracy in the notes"],
      rows: zip(lines, printed).map { line, printed in
        [
          .integer(line.epoch), .number(line.loss, decimals: 4), .number(line.accuracy, decimals: 4),
          .number(printed.0, decimals: 4), .number(printed.1, decimals: 4),
        ]
      }), as: "epochs")
  let seeds = run.choose(quick: 4, standard: 20, full: 60)
  let last = lossesOverSeeds(0..<UInt32(seeds))
  run.say(
    "The loss at epoch 80 over seeds 0 to \(seeds - 1): from \(decimals(last.min() ?? .nan, 4)) to "
      + "\(decimals(last.max() ?? .nan, 4)). The notes print 0.0402.\n")
  run.show(
    LineChart(
      "Listing 2.7 and its printed output", x: Axis("epoch"), y: Axis("loss"),
      series: [
        Series("what the listing prints", x: lines.map { Double($0.epoch) }, lines.map(\.loss), style: .both),
        Series("Output 2.7 of the notes", x: lines.map { Double($0.epoch) }, printed.map(\.0), style: .both),
      ]), as: "losses")
  run.parameters = network.parameterCount
  run.card("loss at epoch 80", lines[lines.count - 1].loss)
  run.card("smallest over seeds", last.min() ?? .nan)
}

/// The loss at epoch 80 of Listing 2.7, for each of these seeds in place of 42.
public func lossesOverSeeds(_ seeds: Range<UInt32>) -> [Double] {
  seeds.map { seed in
    let lines = runHandWrittenListing(seed: seed, epochs: 81).lines
    return lines[lines.count - 1].loss
  }
}
