import Applications
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.3.1: contacts from an alignment by correlation and by couplings; then a fold by row and column attention.
public let section12_3_1 = Exercise(.section, "12.3.1", "Folds from alignments", seconds: 25, quick: 2, full: 180) {
  run in
  let family = AlignedFamily.folded
  let count = run.choose(quick: 500, standard: 2_000, full: 10_000)
  run.say(
    "\(grouped(count)) sequences of a family with \(family.contacts.edges.count) contacts among 276 pairs of sites")
  let sequences = family.sequences(count, random: run.random.split())
  let scores = try ContactScores(sequences, letters: family.letters)
  let direct = ContactScores.precision(of: scores.coupling, contacts: family.contacts)
  let indirect = ContactScores.precision(of: scores.correlation, contacts: family.contacts)
  run.show(contactMaps(family, scores), as: "contacts")
  run.card("precision of 26 pairs, correlation", indirect)
  run.card("precision of 26 pairs, inverse covariance", direct)
  foldByAttention(run)
}

/// Trains the fold network and shows what recycling adds.
private func foldByAttention(_ run: Run) {
  let count = run.choose(quick: 60, standard: 500, full: 2_000)
  let (train, test) = (
    DrawnFolds(count, random: run.random.split()),
    DrawnFolds(run.choose(quick: 10, standard: 50, full: 200), random: run.random.split())
  )
  var network = FoldNetwork(random: run.random.split())
  run.parameters = network.parameterCount
  let plan = run.plan(quick: 4, standard: 30, full: 60, batchSize: 10)
  network.train(on: train.alignments, distances: train.distances, plan: plan, random: run.random.split())
  let passes = network.passes(test.alignments)
  let mean = train.distances.mean(axes: [0])
  func error(_ D: Tensor) -> Double { (D - test.distances).squared().mean().item.squareRoot() }
  let first: [Table.Cell] = ["mean of the training folds", .number(error(mean), decimals: 3)]
  let rows: [[Table.Cell]] = passes.enumerated().map { k, D in
    [.text(k == 0 ? "first pass" : "recycled \(k)×"), .number(error(D), decimals: 3)]
  }
  run.show(
    Table(
      "§ 12.3.1: error of the distances in \(test.folds.count) new families, in lattice steps",
      columns: ["prediction", "root mean square"],
      rows: [first] + rows),
    as: "recycling")
  run.show(foldFigure(Array(test.folds.prefix(3)), passes[passes.count - 1]), as: "fold")
  run.card("distance error, mean of the training folds", error(mean))
  run.card("distance error, first pass", error(passes[0]))
  run.card("distance error, after recycling", error(passes[passes.count - 1]))
}

private func contactMaps(_ family: AlignedFamily, _ scores: ContactScores) -> Panels {
  func map(_ title: String, _ scores: Tensor) -> HeatMap {
    let L = family.sites
    var cells = [[Double]](repeating: [Double](repeating: 0, count: L), count: L)
    for edge in family.contacts.edges { cells[edge[0]][edge[1]] = 1 }
    for pair in ContactScores.rankedPairs(scores).prefix(family.contacts.edges.count) { cells[pair[1]][pair[0]] = 1 }
    return HeatMap(title, columnTitle: "site", values: cells, format: nil)
  }
  return Panels(
    "§ 12.3.1: true contacts above the diagonal, the 26 best pairs below it",
    [map("correlation", scores.correlation), map("inverse covariance", scores.coupling)])
}

/// Three folds over their predictions, which are turned onto them.
private func foldFigure(_ folds: [LatticeFold], _ D: Tensor) -> Panels {
  let charts = folds.enumerated().map { k, fold in
    let truth = coordinates(fromDistances: fold.distances())
    let found = turned(coordinates(fromDistances: D[k]), onto: truth)
    func chain(_ name: String, _ points: Tensor) -> Series {
      Series(name, x: points.at(0, axis: 1).scalars, points.at(1, axis: 1).scalars, style: .both)
    }
    let axis = Axis("", range: -3...3)
    return ScatterPlot(
      "new family \(k + 1)", x: axis, y: axis, groups: [chain("true", truth), chain("predicted", found)])
  }
  return Panels("§ 12.3.1: new folds, read from 32 sequences each", charts)
}
