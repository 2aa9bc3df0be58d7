import Backprop
import Figures
import Foundations
import Messages
import RNN
import Running
import Tensors

/// § 5.5: the cell, what its gates do, what (5.15) leaves out, and when the LSTM's gradient vanishes.
public let section5_5 = Exercise(.section, "5.5", "Long short-term memory", seconds: 1) { run in
  run.show(cellDiagram(), as: "cell")
  let roles = studyRoles()
  run.show(
    Table(
      "What a cell that held 0.75 holds and shows after 100 steps of noise, gates fixed",
      columns: ["gates", "cell", "shown"],
      rows: roles.map { [.text($0.gates), .number($0.cell, decimals: 4), .number($0.shown, decimals: 4)] }),
    as: "gates")
  let paths = studyPaths(units: run.choose(quick: 8, standard: 32, full: 64), random: run.random)
  run.show(
    Table(
      "∂cₜ/∂cₖ over 10 steps: the product of forget gates (5.15), and along all paths",
      columns: ["weights", "‖∏ fⱼ‖", "all paths", "largest entry beside the diagonal"],
      rows: paths.map {
        [
          .text("× \(decimals($0.scale, 0))"), .number($0.direct, decimals: 4), .number($0.whole, decimals: 4),
          .number($0.beside, decimals: 4),
        ]
      }), as: "paths")
  let curves = studyStarts(
    units: run.choose(quick: 8, standard: 32, full: 64), steps: 100,
    every: run.choose(quick: 25, standard: 5, full: 1), random: run.random)
  run.show(
    LineChart(
      "Gradients before training, over the lag", x: Axis("lag t − k"),
      y: Axis("‖∂sₜ/∂sₖ‖", .logarithmic, range: 1e-24...1e4),
      series: curves.map { Series($0.name, x: $0.norms.lags.map(Double.init), $0.norms.norms) }), as: "starts")
  run.show(startTable(curves), as: "starts")
  for curve in curves { run.card("lag 100, \(curve.name)", scientific(curve.norms.norms.last ?? 0)) }
}

/// The graph of one step with the numbers of one unit. § 5.5.2
func cellDiagram() -> Diagram {
  func number(_ x: Double) -> String { decimals(x, 2).replacing("-", with: "−") }
  func σ(_ z: Double) -> Double { Tensor(z, scalarType: .double).sigmoid().item }
  func tanh(_ z: Double) -> Double { Tensor(z, scalarType: .double).tanh().item }
  let (c, f, i, g, o) = (0.8, σ(2), σ(0.5), tanh(-0.7), σ(1))
  let new = f * c + i * g
  let nodes: [(String, String, Double?, [Int])] = [
    ("cₜ₋₁", "", c, []), ("hₜ₋₁", "", nil, []), ("xₜ", "", nil, []), ("[hₜ₋₁, xₜ]", "", nil, [1, 2]),
    ("fₜ = σ", "(5.9)", f, [3]), ("iₜ = σ", "(5.10)", i, [3]), ("c̃ₜ = tanh", "(5.11)", g, [3]),
    ("oₜ = σ", "(5.13)", o, [3]), ("fₜ ⊙ cₜ₋₁", "", f * c, [0, 4]), ("iₜ ⊙ c̃ₜ", "", i * g, [5, 6]),
    ("cₜ = sum", "(5.12)", new, [8, 9]), ("tanh cₜ", "", tanh(new), [10]),
    ("hₜ = oₜ ⊙ tanh cₜ", "(5.14)", o * tanh(new), [11, 7]),
  ]
  return Diagram(
    "One step of an LSTM, with the numbers of one unit", quantities: ["value", "equation"],
    nodes: nodes.map { name, equation, value, inputs in
      Diagram.Node(name, lines: [value.map(number) ?? "", equation], inputs: inputs)
    })
}

/// A cell whose gates are fixed.
public struct GateRole: Sendable {
  /// The gates.
  public let gates: String
  /// What the cell holds after 100 steps, and what it shows.
  public let cell, shown: Double
}

/// What becomes of 0.75 in a cell over 100 steps of noise, with gates that are open or closed. § 5.5.1
public func studyRoles() -> [GateRole] {
  [
    ("f = 1, i = 0, o = 1", 1, 0, 1), ("f = 1, i = 0, o = 0", 1, 0, 0), ("f = 0, i = 1, o = 1", 0, 1, 1),
    ("f = i = o = ½", 0.5, 0.5, 0.5),
  ]
  .map { (name: String, f: Double, i: Double, o: Double) in
    let noise = RandomSource(seed: 1).normal([100, 1], scalarType: .double).tanh()
    func row(_ value: Double) -> Tensor { Tensor([value], shape: [1, 1], scalarType: .double) }
    var state = RecurrentState(hidden: row(0), cell: row(0.75))
    for t in 0..<100 {
      let gates = LSTMCell.Gates(forget: row(f), input: row(i), candidate: noise[t..<t + 1], output: row(o))
      state = LSTMCell.state(cell: state.cell ?? row(0), gates)
    }
    return GateRole(gates: name, cell: state.cell?.item ?? 0, shown: state.hidden.item)
  }
}

/// (5.15) beside the whole Jacobian.
public struct PathStudy: Sendable {
  /// What the weights were multiplied by.
  public let scale: Double
  /// The norm of the product of forget gates, that of ∂cₜ/∂cₖ along all paths, and its largest entry beside the
  /// diagonal.
  public let direct, whole, beside: Double
}

/// ∂c₂₀/∂c₁₀ of a layer with its usual weights, and with weights three times as large. Proposition 5.5
public func studyPaths(units: Int, random: RandomSource) -> [PathStudy] {
  let layer = LongShortTermMemory(1, units, random: random).converted(to: .double)
  let x = random.normal([20, 1], scalarType: .double)
  return [1.0, 3].map { scale in
    let layer = layer.mapParameters { scale * $0 }
    let zero = Tensor.zeros([2 * units, 2 * units], scalarType: .double)
    let joint = LongShortTermMemory.product(layer.stepJacobians(x).jacobians[10...]) ?? zero
    let direct = LongShortTermMemory.product(layer.cellJacobians(x)[10...]) ?? zero
    let whole = joint.sliced(units..<2 * units, axis: 0).sliced(units..<2 * units, axis: 1)
    let beside = whole * (1 - Tensor.identity(units, scalarType: .double))
    return PathStudy(
      scale: scale, direct: spectralNorm(direct), whole: spectralNorm(whole), beside: beside.abs().max().item)
  }
}

/// The gradient of a layer before training.
public struct StartCurve: Sendable {
  /// The layer and its initialization.
  public let name: String
  /// ‖∂sₜ/∂sₖ‖ over the lag, s = (h, c) for an LSTM.
  public let norms: LagNorms
}

/// The norms of the Jacobians of untrained layers, driven by N(0, 1). § 5.5.3
public func studyStarts(units: Int, steps: Int, every: Int, random: RandomSource) -> [StartCurve] {
  let x = random.normal([steps, 1], scalarType: .double)
  func curve<Layer: JacobianLayer>(_ name: String, _ layer: Layer) -> StartCurve {
    StartCurve(name: name, norms: LagNorms(layer.converted(to: .double).stepJacobians(x).jacobians, every: every))
  }
  return [
    curve("simple", VanillaRNN(1, units, random: random)), curve("GRU", GatedRecurrentUnit(1, units, random: random)),
    curve("LSTM", LongShortTermMemory(1, units, random: random)),
  ]
    + [1.0, 3, 5].map { b in
      curve(
        "LSTM, forget bias \(decimals(b, 0))", LongShortTermMemory(1, units, forgetBias: .constant(b), random: random))
    } + [curve("LSTM, chrono", LongShortTermMemory(1, units, forgetBias: .chrono(longest: steps), random: random))]
}

private func startTable(_ curves: [StartCurve]) -> Table {
  Table(
    "‖∂sₜ/∂sₖ‖ before training, s = (h, c) for an LSTM", columns: ["layer", "lag 1", "lag 50", "lag 100"],
    rows: curves.map { curve in
      [.text(curve.name)]
        + [1, 50, 100].map { lag in
          .scientific(curve.norms.lags.firstIndex(of: lag).map { curve.norms.norms[$0] } ?? .nan)
        }
    })
}
