import Applications
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 12.8, box: the weights of a trained network as integers of 8 to 2 bits.
public let section12_8b = Exercise(.section, "12.8b", "Quantization", seconds: 3) { run in
  var workshop = try DigitWorkshop(run)
  let network = workshop.teacher()
  let whole = workshop.score(network)
  let found = (2...8).reversed().map { k in
    (bits: k, scores: IntegerWeights.Sharing.allCases.map { workshop.score(network.quantized(bits: k, sharing: $0)) })
  }
  run.show(bitTable(found, network, whole), as: "bits")
  run.show(bitFigure(found), as: "bits")
  run.show(weightFigure(network), as: "weights")
  run.card("accuracy with 32 bits", whole)
  for one in found where [8, 4, 3, 2].contains(one.bits) {
    run.card("accuracy with \(one.bits) bits, one step for a matrix", one.scores[0])
    run.card("accuracy with \(one.bits) bits, a step for each row", one.scores[1])
  }
  workshop.cardFootprint()
}

private func bitTable(_ found: [(bits: Int, scores: [Double])], _ network: MLP, _ whole: Double) -> Table {
  Table(
    "§ 12.8: the weights of 64-256-256-10 as integers; accuracy on 500 unseen digits",
    columns: ["bits", "one step for a matrix", "bytes", "a step for each row", "bytes with these"],
    rows: [
      [
        .integer(32), .number(whole, decimals: 3), .integer(4 * network.parameterCount), .number(whole, decimals: 3),
        .integer(4 * network.parameterCount),
      ]
    ]
      + found.map {
        [
          .integer($0.bits), .number($0.scores[0], decimals: 3), .integer(network.byteCount(bits: $0.bits)),
          .number($0.scores[1], decimals: 3), .integer(network.byteCount(bits: $0.bits, sharing: .row)),
        ]
      })
}

private func bitFigure(_ found: [(bits: Int, scores: [Double])]) -> LineChart {
  func series(_ name: String, _ place: Int) -> Series {
    Series(name, x: found.map { Double($0.bits) }, found.map { $0.scores[place] }, style: .both)
  }
  return LineChart(
    "Weights as integers: accuracy on 500 unseen digits", x: Axis("bits"), y: Axis("accuracy", range: 0...1),
    series: [series("one step for a matrix", 0), series("a step for each row", 1)])
}

/// The weights of the first neurons, 8×8 each, as they are and as integers.
private func weightFigure(_ network: MLP) -> Panels {
  let W = network.layers[0].weight
  let scale = W.abs().max().item
  func row(_ W: Tensor) -> [Pixels] { (0..<8).map { n in Pixels(square: W[n].scalars.map { 0.5 + $0 / scale / 2 }) } }
  let grid = ImageGrid(
    "", rows: [row(W)] + [8, 4, 3, 2].map { row(IntegerWeights(W, bits: $0).matrix) },
    rowTitles: ["32 bits", "8 bits", "4 bits", "3 bits", "2 bits"])
  return Panels("The weights of eight neurons of the first layer: grey is 0", [grid])
}
