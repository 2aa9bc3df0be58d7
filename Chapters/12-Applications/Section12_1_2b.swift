import Applications
import CNN
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.1.2: why several scales are needed: a pyramid of averages, and a network that sees 7×7 pixels; and how maps are
/// made larger.
public let section12_1_2b = Exercise(
  .section, "12.1.2b", "A pyramid, a window of 7 pixels, and upsampling", seconds: 45, quick: 2, full: 300
) { run in
  run.show(upsamplingTable(), as: "upsampling")
  let (train, test) = run.scenes(train: run.choose(quick: 32, standard: 1_200, full: 5_000), test: 200)
  let K = DrawnScenes.pixelClassNames.count
  func plan(_ label: String) -> TrainingPlan {
    run.plan(quick: 1, standard: 10, full: 30, batchSize: 16, label: label)
  }
  let found = [
    SegmentedScenes(
      "pyramid", PyramidNetwork(classes: K, random: run.random.split()), on: train, test: test,
      plan: plan("pyramid"), random: run.random.split()),
    SegmentedScenes(
      "7×7 window", WindowNetwork(classes: K, random: run.random.split()), on: train, test: test,
      plan: plan("7×7 window"), random: run.random.split()),
  ]
  run.showSegmentation(
    found, train: train, test: test, title: "A pixel's class needs more than its neighbourhood",
    learning: "Seven pixels do not show which form it is")
}

/// A slope enlarged in three ways: the largest error anywhere, and away from the border.
private func upsamplingTable() -> Table {
  let (small, large) = (8, 32)
  func slope(_ positions: (Int) -> Double, _ side: Int) -> Tensor {
    Tensor(
      (0..<side * side).map { 0.2 + 0.03 * positions($0 / side) - 0.05 * positions($0 % side) },
      shape: [1, 1, side, side], scalarType: .double)
  }
  let x = slope(Double.init, small)
  let edges = slope({ (Double($0) + 0.5) / 4 - 0.5 }, large)
  let corners = slope({ Double($0) * 7 / 31 }, large)
  let learned = TransposedConvolution.bilinear(channels: 1, factor: 4).converted(to: .double)
  let ways: [(String, Tensor, Tensor)] = [
    ("bilinear, corners aligned", bilinearlyUpsampled(x, height: 32, width: 32, aligning: .corners), corners),
    ("bilinear, edges aligned", bilinearlyUpsampled(x, height: 32, width: 32, aligning: .edges), edges),
    ("transposed convolution, triangles", learned(x), edges),
  ]
  return Table(
    "A slope of 8×8 pixels, enlarged to 32×32: the largest error",
    columns: ["way", "anywhere", "2 pixels from the border or more"],
    rows: ways.map { name, y, truth in
      let error = (y - truth).abs()
      let inner = error.sliced(2..<30, axis: 2).sliced(2..<30, axis: 3)
      return [.text(name), .number(error.max().item, decimals: 6), .number(inner.max().item, decimals: 6)]
    })
}
