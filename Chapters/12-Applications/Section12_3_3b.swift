import Applications
import Figures
import Messages
import Running
import Tensors
import Training

/// § 12.3.3, beside the notes: classes of vertices, in drawn graphs with hidden groups and in the karate club.
public let section12_3_3b = Exercise(.section, "12.3.3b", "Groups in graphs", seconds: 2, quick: 1, full: 8) { run in
  let (model, seeds) = (BlockModel(), run.choose(quick: 1, standard: 5, full: 20))
  run.say("\(seeds) graphs of 240 vertices in 4 groups, of each group 5 vertices are known")
  var found: [[Double]] = []
  for _ in 0..<seeds { found.append(blockAccuracies(run, model)) }
  let names = ["graph convolutions", "the same without edges", "label propagation"]
  func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
  let columns = names.indices.map { k in found.map { $0[k] } }
  run.show(
    Table(
      "§ 12.3.3: share of the unknown vertices in the right group", columns: ["method", "mean", "least"],
      rows: zip(names, columns).map { name, values in
        [.text(name), .number(mean(values), decimals: 3), .number(values.min() ?? 0, decimals: 3)]
      }), as: "groups")
  for (name, values) in zip(names, columns) { run.card(name, mean(values)) }
  karateClub(run)
}

/// The accuracy of the graph network, the same without edges, and label propagation on one drawn graph.
private func blockAccuracies(_ run: Run, _ model: BlockModel) -> [Double] {
  let random = run.random.split()
  let graph = model.graph(random)
  let (features, known) = (model.features(random), model.known(5, random))
  let others = model.labels.indices.filter { !known.contains($0) }
  func trained(_ mixing: Tensor) -> Double {
    var network = VertexClassifier(inputs: 4, classes: 4, mixing: mixing, random: random.split())
    let plan = run.plan(steps: run.choose(quick: 20, standard: 200, full: 400), label: "graph network")
    network.train(features: features, labels: model.labels, known: known, plan: plan, random: random.split())
    return network.accuracy(features: features, labels: model.labels, over: others)
  }
  let spread = propagatedLabels(graph, labels: model.labels, known: known, classes: 4).argmax()
  let propagation = Double(others.count { spread[$0] == model.labels[$0] }) / Double(others.count)
  return [trained(graph.normalizedAdjacency()), trained(Tensor.identity(graph.vertices)), propagation]
}

/// Ten networks trained on the two leaders only, with nothing known about a member but the name.
private func karateClub(_ run: Run) {
  let (club, sides, names) = (KarateClub.graph, KarateClub.sides, Tensor.identity(34))
  let networks = (1...10).map { k in
    var network = VertexClassifier(
      inputs: 34, classes: 2, mixing: club.normalizedAdjacency(), random: run.random.split())
    let plan = run.plan(steps: run.choose(quick: 50, standard: 200, full: 400), label: "karate club \(k) of 10")
    network.train(features: names, labels: sides, known: [0, 33], plan: plan, random: run.random.split())
    return network
  }
  let shares = networks.map { $0.accuracy(features: names, labels: sides, over: Array(1..<33)) }
  run.card("karate club, members told right, mean of 10", shares.reduce(0, +) / 10)
  run.card("karate club, least of 10", shares.min() ?? 0)
  let logits = Tensor.stacked(networks.map { $0(names) }, axis: 0).mean(axes: [0])
  let lean = (logits.at(1, axis: 1) - logits.at(0, axis: 1)).scalars
  func members(_ name: String, _ side: Int) -> (name: String, vertices: [Int]) {
    (name, sides.indices.filter { (lean[$0] > 0 ? 1 : 0) == side && sides[$0] == side })
  }
  let wrong = sides.indices.filter { (lean[$0] > 0 ? 1 : 0) != sides[$0] }
  run.show(
    graphPicture(
      "§ 12.3.3: the karate club, told from its two leaders alone", club,
      edges: "met outside the club",
      groups: [
        members("instructor's side", 0), members("administrator's side", 1), ("told wrong", wrong),
        ("the two leaders", [0, 33]),
      ], random: run.random.split()),
    as: "karate")
}
