import Applications
import DataSets
import Figures
import Messages
import Running
import Tensors

/// § 12.1.1: a single-shot detector with two scales, and with several boxes in each cell.
public let section12_1_1b = Exercise(
  .section, "12.1.1b", "Two scales and three ratios", seconds: 40, quick: 2, full: 360
) { run in
  let (train, test) = run.scenes(train: run.choose(quick: 60, standard: 2_500, full: 10_000))
  let layouts: [(name: String, layout: BoxLayout)] = [("two scales", .twoScales), ("three ratios", .threeRatios)]
  run.show(placeTable(layouts.map(\.layout), train), as: "places")
  run.show(ratioFigure(), as: "ratios")
  let found = layouts.map { name, layout in
    var detector = SingleShotDetector(
      classes: DrawnObject.formNames.count, layout: layout, random: run.random.split())
    let history = trainDetector(
      &detector, on: train,
      plan: run.plan(quick: 1, standard: 10, full: 30, batchSize: 16, label: name), random: run.random.split()
    ) { ["mAP 50": DetectionQuality(of: $0, on: test.prefix(60)).at50] }
    return FoundBoxes(
      name: name, parameters: detector.parameterCount, outputs: detector.layout.count * 9,
      detections: detector.detections(in: test.images), learning: history["mAP 50"])
  }
  run.show(qualityTable(found, test), as: "quality")
  run.show(
    detectionGrid("Small objects by 8×8 cells, large ones by 4×4", test.prefix(8), found[0].detections), as: "found")
  run.parameters = found[0].parameters
  run.card("scenes", "\(grouped(train.count)) + \(grouped(test.count)), drawn")
  for one in found {
    let quality = DetectionQuality(one.detections, truths: test.truths)
    run.card("mAP 50, \(one.name)", quality.at50)
    run.card("mAP 75, \(one.name)", quality.at75)
  }
}

/// What a trained detector found.
private struct FoundBoxes {
  let name: String
  let parameters, outputs: Int
  let detections: [[Detection]]
  let learning: [Double]
}

private func placeTable(_ layouts: [BoxLayout], _ scenes: DrawnScenes) -> Table {
  let boxes = scenes.truths.joined().map(\.box)
  let rows = layouts.flatMap { layout in
    layout.grids.enumerated().map { scale, grid -> [Table.Cell] in
      let places = boxes.map(layout.place(of:)).filter { $0.scale == scale }
      let shares = grid.anchors.indices.map { anchor in
        Double(places.count { $0.anchor == anchor }) / Double(max(1, places.count))
      }
      return [
        .text("\(grid.cells)×\(grid.cells)"), .integer(grid.anchors.count),
        .text(scale == 0 ? "below \(Int(grid.limit))" : "\(Int(layout.grids[0].limit)) and more"),
        .number(Double(places.count) / Double(boxes.count), decimals: 3),
        .text(shares.map { decimals($0, 2) }.joined(separator: ", ")),
      ]
    }
  }
  return Table(
    "Where the boxes of \(grouped(scenes.count)) scenes go",
    columns: ["cells", "boxes in each", "longer side", "share of objects", "shares of the ratios"], rows: rows)
}

private func qualityTable(_ found: [FoundBoxes], _ test: DrawnScenes) -> Table {
  Table(
    "\(test.count) scenes that the detectors have not seen",
    columns: ["detector", "parameters", "outputs", "mAP 50", "mAP 75"],
    rows: found.map {
      let quality = DetectionQuality($0.detections, truths: test.truths)
      return [
        .text($0.name), .integer($0.parameters), .integer($0.outputs), .number(quality.at50, decimals: 3),
        .number(quality.at75, decimals: 3),
      ]
    })
}

/// The overlap of boxes of all ratios with three anchors of the same area.
private func ratioFigure() -> LineChart {
  let log2 = Tensor(2, scalarType: .double).log()
  let ratios = (-50...50).map { (log2 * (Double($0) / 32)).exp().item }  // 2 to the powers of −50/32 to 50/32
  return LineChart(
    "The best anchor is the one with the nearest ratio", x: Axis("width / height of the box", .logarithmic),
    y: Axis("intersection over union", range: 0...1.05),
    series: [(0.5, "anchor 1 : 2"), (1, "anchor 1 : 1"), (2, "anchor 2 : 1")].map { ratio, name in
      Series(
        name, x: ratios,
        ratios.map {
          Anchor(ratio: ratio, side: 10).intersectionOverUnion(
            with: BoundingBox(x: 0, y: 0, width: 10 * $0.squareRoot(), height: 10 / $0.squareRoot()))
        })
    })
}
