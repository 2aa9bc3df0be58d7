import Applications
import DataSets
import Figures
import Messages
import Running
import Tensors

/// § 12.1.1: a detector that reads an image once, on a grid of 4×4 cells.
public let section12_1_1 = Exercise(
  .section, "12.1.1", "Object detection on a grid of cells", seconds: 20, quick: 1, full: 240
) { run in
  let (train, test) = run.scenes(train: run.choose(quick: 60, standard: 2_500, full: 10_000))
  run.show(cellTable(test), as: "cells")
  var detector = GridDetector(classes: DrawnObject.formNames.count, random: run.random.split())
  let before = DetectionQuality(of: detector, on: test)
  let plan = run.plan(quick: 1, standard: 10, full: 30, batchSize: 16, label: "detector")
  let history = trainDetector(&detector, on: train, plan: plan, random: run.random.split()) { detector in
    let quality = DetectionQuality(of: detector, on: test.prefix(100))
    return ["mAP 50": quality.at50, "mAP 75": quality.at75]
  }
  let found = detector.detections(in: test.images)
  let quality = DetectionQuality(found, truths: test.truths)
  run.show(classTable(found, test.truths), as: "classes")
  run.show(detectionGrid("What the detector finds in scenes it has not seen", test.prefix(8), found), as: "found")
  run.show(precisionFigure(found, test.truths), as: "precision")
  run.show(learningFigure(history["mAP 50"], history["mAP 75"]), as: "learning")
  run.parameters = detector.parameterCount
  run.card("scenes", "\(grouped(train.count)) + \(grouped(test.count)), drawn")
  run.card("mAP 50", quality.at50)
  run.card("mAP 75", quality.at75)
  run.card("mAP 50 before the training", before.at50)
}

extension Run {
  /// Scenes to train on and scenes to test on.
  func scenes(train: Int, test: Int = 300, objects: ClosedRange<Int> = 1...3) -> (train: DrawnScenes, test: DrawnScenes)
  {
    (
      DrawnScenes(count: train, objects: objects, from: random.split()),
      DrawnScenes(count: min(test, train), objects: objects, from: random.split())
    )
  }
}

/// The objects of a scene, and the vectors that their cells should give.
private func cellTable(_ scenes: DrawnScenes) -> Table {
  let (layout, truths) = (BoxLayout.oneScale, scenes.truths)
  let fullest = truths.indices.max { truths[$0].count < truths[$1].count } ?? 0
  return Table(
    "§ 12.1.1: the objects of one scene, each in the cell (i, j) that holds its centre",
    columns: ["form", "left", "top", "width", "height", "i", "j", "b_x", "b_y", "b_w", "b_h"],
    rows: truths[fullest].map { truth in
      let (box, place) = (truth.box, layout.place(of: truth.box))
      let sides = [box.left, box.top, box.width, box.height].map { Table.Cell.integer(Int($0)) }
      return [.text(DrawnObject.formNames[truth.label])] + sides + [.integer(place.row), .integer(place.column)]
        + layout.encoded(box, at: place).map { .number($0, decimals: 3) }
    })
}

private func classTable(_ found: [[Detection]], _ truths: [[LabeledBox]]) -> Table {
  Table(
    "Average precision in \(truths.count) scenes that the detector has not seen",
    columns: ["form", "objects", "AP 50", "AP 75"],
    rows: DrawnObject.formNames.enumerated().map { label, name in
      let curves = [0.5, 0.75].map { PrecisionCurve(of: found, truths: truths, label: label, overlap: $0) }
      return [.text(name), .integer(curves[0].truthCount)]
        + curves.map { .number($0.averagePrecision, decimals: 3) }
    })
}

private func precisionFigure(_ found: [[Detection]], _ truths: [[LabeledBox]]) -> Panels {
  func chart(_ overlap: Double) -> LineChart {
    LineChart(
      "overlap at least \(decimals(overlap, 2))", x: Axis("recall", range: 0...1),
      y: Axis("precision", range: 0.5...1.02),
      series: DrawnObject.formNames.enumerated().map { label, name in
        let curve = PrecisionCurve(of: found, truths: truths, label: label, overlap: overlap)
        return Series(name, x: curve.recalls, curve.precisions)
      })
  }
  return Panels("Precision and recall as ever more detections count", [chart(0.5), chart(0.75)])
}

private func learningFigure(_ at50: [Double], _ at75: [Double]) -> LineChart {
  let epochs = at50.indices.map { Double($0 + 1) }
  return LineChart(
    "Classes come first, exact boxes later", x: Axis("epoch"), y: Axis("mean average precision", range: 0...1.05),
    series: [
      Series("overlap ≥ 0.5", x: epochs, at50, style: .both), Series("overlap ≥ 0.75", x: epochs, at75, style: .both),
    ])
}
