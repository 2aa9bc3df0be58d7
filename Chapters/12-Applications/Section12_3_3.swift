import Applications
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.3.3: a graph network predicts a molecule's affinity, and a search among many keeps the best compromises.
public let section12_3_3 = Exercise(.section, "12.3.3", "Molecules", seconds: 5, quick: 1, full: 45) { run in
  let (count, tests) = (run.choose(quick: 300, standard: 1_000, full: 5_000), 500)
  run.say("\(grouped(count)) drawn molecules of 4 to 10 atoms; the affinity is predicted from atoms and bonds")
  let drawing = run.random.split()
  let molecules = (0..<count).map { _ in Molecule.drawn(drawing) }
  let others = (0..<tests).map { _ in Molecule.drawn(drawing) }
  func affinities(_ list: [Molecule]) -> Tensor { Tensor(list.map(\.affinity), shape: [list.count, 1]) }
  var rows: [[Table.Cell]] = []
  var best = MoleculeNetwork(rounds: 0, random: run.random.split())
  for rounds in 0...2 {
    var network = MoleculeNetwork(rounds: rounds, random: run.random.split())
    let label = "\(rounds) round\(rounds == 1 ? "" : "s")"
    let plan = run.plan(quick: 8, standard: 30, full: 60, batchSize: 25, label: label)
    network.train(on: molecules, targets: affinities(molecules), plan: plan, random: run.random.split())
    let share = network.explainedShare(others, targets: affinities(others))
    rows.append([.integer(rounds), .integer(network.parameterCount), .number(share, decimals: 3)])
    run.card("explained share of the affinity, \(label)", share)
    best = network
  }
  run.parameters = best.parameterCount
  run.show(
    Table(
      "§ 12.3.3: affinity of \(tests) new molecules", columns: ["rounds of messages", "parameters", "explained share"],
      rows: rows), as: "affinity")
  searchMolecules(run, by: best, drawing)
}

/// Screens new molecules by the network and shows the compromises that nothing beats.
private func searchMolecules(_ run: Run, by network: MoleculeNetwork, _ random: RandomSource) {
  let candidates = (0..<run.choose(quick: 200, standard: 2_000, full: 10_000)).map { _ in Molecule.drawn(random) }
  let predicted = network(MoleculeBatch(candidates)).at(0, axis: 1).scalars
  let front = paretoFront(zip(candidates, predicted).map { [-$1, $0.toxicity, $0.effort] })
  let exact = paretoFront(candidates.map { [-$0.affinity, $0.toxicity, $0.effort] })
  let shared = Set(front).intersection(exact).count
  run.say(
    "Of \(grouped(candidates.count)) candidates \(front.count) are beaten by none in predicted affinity, toxicity and "
      + "effort; by the true affinity \(exact.count), of which \(shared) are the same.")
  let plain = paretoFront(zip(candidates, predicted).map { [-$1, $0.effort] }).sorted {
    (candidates[$0].effort, -predicted[$0]) < (candidates[$1].effort, -predicted[$1])
  }
  run.show(
    ScatterPlot(
      "§ 12.3.3: candidates, and those that none beats in affinity and effort", x: Axis("effort of making it"),
      y: Axis("predicted affinity"),
      groups: [
        Series("candidate", x: candidates.map(\.effort), predicted, style: .points),
        Series("front", x: plain.map { candidates[$0].effort }, plain.map { predicted[$0] }, style: .both),
      ]), as: "front")
  run.card("candidates on the front of three aims", Double(front.count))
}
