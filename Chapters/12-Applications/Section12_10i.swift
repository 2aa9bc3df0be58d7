import Applications
import Backprop
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors
import Training

/// Beside the notes, Fleuret 3.1: distances between digits, learned by the triplet loss.
public let section12_10i = Exercise(.section, "12.10i", "Metric learning", seconds: 5) { run in
  let (seen, test) = try LabeledImages.opticalDigits().stratifiedSplit(first: 1_297, from: RandomSource(seed: 12))
  var (rows, pictures): ([[Table.Cell]], [ScatterPlot]) = ([], [])
  func learned(_ start: MLP, _ images: LabeledImages, _ label: String) -> MLP {
    var (network, adam) = (start, Adam(learningRate: 3e-3))
    let plan = run.plan(steps: run.choose(quick: 30, standard: 600, full: 2_000), label: label)
    let random = run.random.split()
    train(&network, with: &adam, examples: 1, plan: plan, random: run.random.split()) { model, _ in
      let t = Triplets(256, labels: images.labels, random: random)
      let z = [t.anchors, t.positives, t.negatives].map { model(images.images.gathered($0)) }
      return tripletLoss(z[0], z[1], z[2])
    }
    return network
  }
  func measured(_ name: String, _ images: LabeledImages, _ z: Tensor) -> MetricQuality {
    let triplets = Triplets(5_000, labels: images.labels, random: RandomSource(seed: 3))
    let quality = MetricQuality(z, labels: images.labels, triplets: triplets)
    rows.append([.text(name), .number(quality.ordered, decimals: 3), .number(quality.nearest, decimals: 3)])
    return quality
  }
  let unseen = test.of(classes: [7, 8, 9])
  _ = measured("ten digits: the pixels", test, test.flattened)
  for d in [2, 16] {
    let start = MLP([64, 128, d], random: run.random.split())
    let network = learned(start, seen, "ten digits, \(d) numbers")
    let before = measured("ten digits: \(d) numbers, untrained", test, start(test.images))
    let after = measured("ten digits: \(d) numbers, trained", test, network(test.images))
    run.card("triplets in order before, \(d) numbers", before.ordered)
    run.card("triplets in order after, \(d) numbers", after.ordered)
    run.card("nearest neighbour of the class before, \(d) numbers", before.nearest)
    run.card("nearest neighbour of the class after, \(d) numbers", after.nearest)
    if d == 2 {
      pictures = [("untrained", start), ("trained", network)].map { plane($0, $1(test.images), test.labels) }
    }
  }
  _ = measured("7, 8 and 9: the pixels", unseen, unseen.flattened)
  let start = MLP([64, 128, 16], random: run.random.split())
  let network = learned(start, seen.of(classes: Array(0...6)), "seven digits")
  let before = measured("7, 8 and 9: 16 numbers, untrained", unseen, start(unseen.images))
  let after = measured("7, 8 and 9: 16 numbers, trained on 0 to 6", unseen, network(unseen.images))
  run.show(
    Table(
      "Distances between unseen digits", columns: ["distance", "triplets in order", "nearest neighbour"],
      rows: rows), as: "distances")
  run.show(Panels("500 unseen digits in the plane of a triplet loss", pictures), as: "plane")
  run.card("triplets of unseen digits in order before", before.ordered)
  run.card("triplets of unseen digits in order after", after.ordered)
}

private func plane(_ title: String, _ z: Tensor, _ labels: [Int]) -> ScatterPlot {
  ScatterPlot(
    title, points: (0..<labels.count).map { (z[$0, 0].item, z[$0, 1].item) }, classes: labels,
    names: (0..<10).map { "\($0)" })
}

extension LabeledImages {
  /// The images of some classes.
  fileprivate func of(classes: [Int]) -> LabeledImages {
    subset(labels.indices.filter { classes.contains(labels[$0]) })
  }
}
