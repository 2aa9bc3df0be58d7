import Figures
import RNN
import Running
import Tensors

/// § 5.7: which elements each half of a bidirectional state has read, and what a stack is made of.
public let section5_7 = Exercise(.section, "5.7", "Both directions, and layers upon layers", seconds: 1) { run in
  let maps = studyReach(steps: 8, random: run.random)
  run.show(
    Panels(
      "How far hₜ depends on xₛ",
      maps.map {
        HeatMap(
          $0.name, rows: (1...8).map(String.init), columns: (1...8).map(String.init), rowTitle: "t", columnTitle: "s",
          values: $0.norms, format: nil, range: 0...1)
      }), as: "reach")
  run.show(
    Table(
      "Elements of 8 that a summary has read", columns: ["summary", "elements"],
      rows: summaryReach(steps: 8, random: run.random).map { [.text($0.name), .integer($0.elements)] }),
    as: "summaries")
  let random = run.random
  let stack = Stacked<Bidirectional<LongShortTermMemory>>(128, 256, layers: 2, random: random)
  run.show(
    Table(
      "Two bidirectional LSTM layers, 128 inputs, 256 units", columns: ["layer", "inputs", "states", "parameters"],
      rows: stack.layers.enumerated().map { place, layer in
        [.integer(place + 1), .integer(layer.inputs), .integer(layer.outputs), .integer(layer.parameterCount)]
      }), as: "stack")
  run.parameters = stack.parameterCount
}

/// What states depend on.
public struct ReachMap: Sendable {
  /// The half of the state.
  public let name: String
  /// ‖∂hₜ/∂xₛ‖ over its largest, row t, column s.
  public let norms: [[Double]]
}

/// The Jacobians of both halves of a bidirectional layer in all inputs. Definition 5.7
public func studyReach(steps T: Int, random: RandomSource) -> [ReachMap] {
  let layer = Bidirectional<GatedRecurrentUnit>(1, 8, random: random).converted(to: .double)
  let x = random.normal([T], scalarType: .double)
  let J = jacobian(at: x) { layer($0.reshaped([1, T, 1])).states[0] }  // [T×2d_h×T]
  return [("forward half", 0..<8), ("backward half", 8..<16), ("both", 0..<16)].map { name, units in
    let norms = J.sliced(units, axis: 1).norm(axes: [1])  // [T×T]
    let largest = norms.max().item
    return ReachMap(name: name, norms: (0..<T).map { (norms[$0] / largest).scalars })
  }
}

/// How many elements of a sequence each summary depends on. Definition 5.7
public func summaryReach(steps T: Int, random: RandomSource) -> [(name: String, elements: Int)] {
  let layer = Bidirectional<GatedRecurrentUnit>(1, 8, random: random).converted(to: .double)
  let x = random.normal([T], scalarType: .double)
  func elements(_ f: (Tensor) -> Tensor) -> Int {
    jacobian(at: x) { f($0.reshaped([1, T, 1])) }.norm(axes: [0]).scalars.count { $0 > 0 }
  }
  func last(_ x: Tensor) -> Tensor { layer(x).states[0, T - 1] }
  return [
    ("forward half of the last place", elements { last($0)[0..<8] }),
    ("backward half of the last place", elements { last($0)[8..<16] }),
    ("backward half of the final state", elements { layer($0).final.hidden[0][8..<16] }),
  ]
}
