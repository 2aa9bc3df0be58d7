import Backprop
import Figures
import Messages
import RNN
import Running
import Tensors
import Training

/// § 5.2: the recurrence, its unrolled graph, and sequences as inputs, as outputs and as both.
public let section5_2 = Exercise(
  .section, "5.2", "The recurrence, its unrolled graph, three ways to use it", seconds: 4
) { run in
  let graph = unrolledExample(steps: 3)
  run.show(diagram(graph), as: "graph")
  run.show(
    Table(
      "A recurrent network, unrolled: nodes, edges and parameters by the number of steps",
      columns: ["T", "operations", "edges from w_hh", "parameters"],
      rows: [1, 3, 10, 100].map { T in
        let graph = unrolledExample(steps: T)
        let edges = graph.nodes.reduce(0) { $0 + $1.inputs.count { graph[$0].name == "w_hh" } }
        return [.integer(T), .integer(graph.nodes.count { !$0.inputs.isEmpty }), .integer(edges), .integer(3)]
      }), as: "unrolled")
  let steps = run.choose(quick: 60, standard: 1_500, full: 3_000)
  let modes = trainModes(steps: steps, random: run.random) { run.plan(steps: steps, label: $0) }
  run.show(
    Table(
      "Tiny tasks, \(steps) steps, and the share of new examples that are exactly right",
      columns: ["mode", "task", "parameters", "exact"],
      rows: modes.map {
        [.text($0.mode), .text($0.task), .integer($0.parameters), .number($0.exact, decimals: 3)]
      }), as: "modes")
  for mode in modes { run.card(mode.mode, mode.exact) }
}

/// One unit with w_xh = 0.7, w_hh = 0.8 and w_hy = 1.1, unrolled. § 5.2.2
public func unrolledExample(steps T: Int) -> ComputationGraph {
  ComputationGraph.unrolled(
    inputs: (0..<T).map { [1, -0.5, 0.25][$0 % 3] }, targets: (0..<T).map { [0.5, 0, -0.5][$0 % 3] },
    inputWeight: 0.7, recurrentWeight: 0.8, outputWeight: 1.1
  ).graph
}

private func diagram(_ graph: ComputationGraph) -> Diagram {
  let position = Dictionary(uniqueKeysWithValues: graph.places.enumerated().map { ($1, $0) })
  func brief(_ x: Double) -> String { decimals(x, 3).replacing("-", with: "−") }
  return Diagram(
    "One unit over three steps: every operation three times, every weight once", quantities: ["value", "gradient"],
    nodes: graph.nodes.map { node in
      Diagram.Node(
        node.name, lines: [brief(node.value), brief(node.gradient)], inputs: node.inputs.compactMap { position[$0] })
    })
}
