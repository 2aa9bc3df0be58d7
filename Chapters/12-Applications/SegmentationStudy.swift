import Applications
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// A network that was trained to segment scenes, with its quality on scenes that it has not seen.
struct SegmentedScenes {
  let name: String
  let quality: PixelQuality
  let parameters: Int
  /// The mean intersection over union after every epoch.
  let learning: [Double]
  /// The classes of the pixels of the shown scenes, scene after scene.
  let shown: [Int]

  init<M: Module<Tensor, Tensor>>(
    _ name: String, _ network: M, on train: DrawnScenes, test: DrawnScenes, plan: TrainingPlan, random: RandomSource
  ) {
    var network = network
    let history = trainSegmenter(&network, on: train, plan: plan, random: random) { network in
      ["mIoU": PixelQuality(of: network, on: test.prefix(60)).meanIntersectionOverUnion]
    }
    self.name = name
    parameters = network.parameterCount
    learning = history["mIoU"]
    quality = PixelQuality(of: network, on: test)
    shown = pixelClasses(network(test.prefix(8).images))
  }
}

extension Run {
  /// Shows what trained networks make of scenes: their quality, by class, in pictures and during the training.
  func showSegmentation(
    _ found: [SegmentedScenes], train: DrawnScenes, test: DrawnScenes, title: String, learning: String
  ) {
    show(segmentationTable(found, test), as: "quality")
    show(classTable(found), as: "classes")
    show(segmentationGrid(title, found, test), as: "segmented")
    show(segmentationLearning(learning, found), as: "learning")
    parameters = found[0].parameters
    card("scenes", "\(grouped(train.count)) + \(grouped(test.count)), drawn")
    for one in found {
      card("mIoU, \(one.name)", one.quality.meanIntersectionOverUnion)
      card("accuracy at edges, \(one.name)", one.quality.edgeAccuracy)
    }
  }
}

/// The quality of networks, and that of calling every pixel ground.
private func segmentationTable(_ found: [SegmentedScenes], _ test: DrawnScenes) -> Table {
  let truth = test.pixelClasses
  let ground = PixelQuality(
    [Int](repeating: 0, count: truth.count), truth: truth, classes: DrawnScenes.pixelClassNames.count,
    side: DrawnScenes.side)
  func row(_ name: String, _ parameters: Int, _ quality: PixelQuality) -> [Table.Cell] {
    [
      .text(name), .integer(parameters), .number(quality.meanIntersectionOverUnion, decimals: 3),
      .number(quality.accuracy, decimals: 3), .number(quality.edgeAccuracy, decimals: 3),
    ]
  }
  return Table(
    "\(test.count) scenes that the networks have not seen",
    columns: ["network", "parameters", "mIoU", "accuracy", "accuracy at edges"],
    rows: found.map { row($0.name, $0.parameters, $0.quality) } + [row("all ground", 0, ground)])
}

/// The intersections over unions by class.
private func classTable(_ found: [SegmentedScenes]) -> Table {
  Table(
    "Intersection over union by class", columns: ["network"] + DrawnScenes.pixelClassNames,
    rows: found.map { one in
      [.text(one.name)] + one.quality.intersectionsOverUnions.map { .number($0, decimals: 3) }
    })
}

/// Scenes, the truth, and what the networks say.
private func segmentationGrid(_ title: String, _ found: [SegmentedScenes], _ test: DrawnScenes) -> Panels {
  let scenes = test.prefix(8)
  let rows = [pictures(scenes.images), classPictures(scenes.pixelClasses)] + found.map { classPictures($0.shown) }
  return Panels(
    "\(title): discs orange, squares blue, triangles yellow, crosses pink", columns: 1,
    [ImageGrid("", rows: rows, rowTitles: ["scene", "truth"] + found.map(\.name))])
}

/// One colour for each class: dark for the ground.
private let classColors: [[Double]] = [
  [0.13, 0.14, 0.18], [0.95, 0.55, 0.15], [0.35, 0.7, 0.9], [0.95, 0.9, 0.3], [0.8, 0.45, 0.7],
]

private func classPictures(_ classes: [Int]) -> [Pixels] {
  let side = DrawnScenes.side
  return stride(from: 0, to: classes.count, by: side * side).map { start in
    Pixels(
      width: side, height: side, channels: 3,
      values: classes[start..<start + side * side].flatMap { classColors[$0] })
  }
}

/// The mean intersection over union after every epoch.
private func segmentationLearning(_ title: String, _ found: [SegmentedScenes]) -> LineChart {
  LineChart(
    title, x: Axis("epoch"), y: Axis("mean intersection over union", range: 0...1.05),
    series: found.map { Series($0.name, x: $0.learning.indices.map { Double($0 + 1) }, $0.learning, style: .both) })
}
