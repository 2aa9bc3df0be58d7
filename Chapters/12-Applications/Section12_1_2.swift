import Applications
import DataSets
import Figures
import Messages
import Running
import Tensors

/// § 12.1.2: a U-Net gives every pixel a class; without its skip connections it loses the edges.
public let section12_1_2 = Exercise(
  .section, "12.1.2", "Segmentation by a U-Net, with and without skips", seconds: 45, quick: 2, full: 300
) { run in
  let (train, test) = run.scenes(train: run.choose(quick: 32, standard: 1_600, full: 5_000), test: 200)
  let K = DrawnScenes.pixelClassNames.count
  let found = [true, false].map { hasSkips in
    SegmentedScenes(
      hasSkips ? "U-Net" : "without skips",
      SegmentationUNet(width: 6, classes: K, hasSkips: hasSkips, random: run.random.split()), on: train, test: test,
      plan: run.plan(
        quick: 1, standard: 10, full: 30, batchSize: 8, label: hasSkips ? "U-Net" : "without skips"),
      random: run.random.split())
  }
  run.show(networkDiagram(), as: "network")
  run.showSegmentation(
    found, train: train, test: test, title: "Every pixel gets a class", learning: "Skip connections bring the edges")
}

/// The network of § 12.1.2, with the shapes of its maps for scenes of 32×32 pixels.
private func networkDiagram() -> UDiagram {
  let shapes = [(6, 32), (12, 16), (24, 8)].map { "\($0) maps of \($1)×\($1)" }
  var diagram = UDiagram(
    "The U-Net of § 12.1.2, for scenes of 32×32 pixels",
    levels: shapes.enumerated().map { level, shape in
      .init(down: .init("convolution \(level + 1)", shape), up: .init("convolution \(6 - level)", shape))
    }, bottom: .init("bottom", "48 maps of 4×4"))
  (diagram.input, diagram.output) = ("x", "ŷ")
  (diagram.across, diagram.below, diagram.above) = ("skip connection", "halved", "doubled")
  return diagram
}
