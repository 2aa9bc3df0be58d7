import Applications
import DataSets
import Figures
import Foundations
import Messages
import Running
import Tensors

/// § 12.8, box: a network for upright digits learns mirrored ones by a change of low rank.
public let section12_8c = Exercise(.section, "12.8c", "LoRA", seconds: 10) { run in
  var workshop = try DigitWorkshop(run)
  let network = workshop.teacher()
  let (seen, test) = (workshop.seen.mirrored, workshop.test.mirrored)
  let before = accuracy(network(test.images), labels: test.labels)
  var found = [Adaptation("none", 0, before, workshop.score(network))]
  func loss<M: Module<Tensor, Tensor>>(_ model: M, _ batch: [Int]) -> Tensor {
    let part = seen.subset(batch)
    return crossEntropy(logits: model(part.images), labels: part.labels)
  }
  for r in [1, 2, 4, 8] {
    let start = LowRankMLP(network, rank: r, random: run.random.split())
    let adapted = workshop.trained(
      start, examples: seen.count, steps: 800, rate: 5e-3, frozen: network.parameterCount, "rank \(r)", loss: loss)
    found.append(
      Adaptation(
        "rank \(r)", adapted.parameterCount, accuracy(adapted(test.images), labels: test.labels),
        workshop.score(adapted)))
  }
  let all = workshop.trained(network, examples: seen.count, steps: 800, "all weights", loss: loss)
  found.append(
    Adaptation(
      "all weights", all.parameterCount, accuracy(all(test.images), labels: test.labels), workshop.score(all)))
  run.show(adaptationTable(found, of: network.parameterCount), as: "ranks")
  run.show(adaptationFigure(found), as: "ranks")
  run.card("accuracy on mirrored digits before", before)
  for one in found.dropFirst() { run.card("accuracy on mirrored digits, \(one.name)", one.mirrored) }
  workshop.cardFootprint()
}

/// A way to adapt a network, and what came of it.
private struct Adaptation {
  /// Its name.
  let name: String
  /// The number of trained parameters.
  let count: Int
  /// The accuracy on mirrored and on upright digits.
  let mirrored, upright: Double

  init(_ name: String, _ count: Int, _ mirrored: Double, _ upright: Double) {
    (self.name, self.count, self.mirrored, self.upright) = (name, count, mirrored, upright)
  }
}

private func adaptationTable(_ found: [Adaptation], of total: Int) -> Table {
  Table(
    "§ 12.8: 64-256-256-10 learned upright digits and is adapted to 1,297 mirrored ones",
    columns: ["change", "parameters", "% of all", "mirrored", "upright"],
    rows: found.map {
      [
        .text($0.name), .integer($0.count), .number(100 * Double($0.count) / Double(total), decimals: 1),
        .number($0.mirrored, decimals: 3), .number($0.upright, decimals: 3),
      ]
    })
}

private func adaptationFigure(_ found: [Adaptation]) -> LineChart {
  let trained = found.dropFirst()
  let x = trained.map { Double($0.count) }
  return LineChart(
    "LoRA: unseen digits after an adaptation to mirrored ones",
    x: Axis("trained parameters", .logarithmic), y: Axis("accuracy", range: 0.4...1),
    series: [
      Series("mirrored", x: x, trained.map(\.mirrored), style: .both),
      Series("upright", x: x, trained.map(\.upright), style: .both),
      Series("mirrored, before", x: x, trained.map { _ in found[0].mirrored }),
    ])
}

extension LabeledImages {
  /// The same images with left and right exchanged.
  fileprivate var mirrored: LabeledImages { LabeledImages(images: images.flipped(axis: 3), labels: labels) }
}
