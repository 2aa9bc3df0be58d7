import Figures
import Messages
import RNN
import Running
import Tensors

// Exercise 5.4.2 and 5.4.3: what the gates do while the network reads, waits and writes.

/// A part of the copy task.
public enum CopyPhase: String, CaseIterable, Sendable {
  /// The symbols are shown.
  case reading
  /// Blanks, and the signal.
  case waiting
  /// The symbols are due.
  case writing

  /// The steps of the phase.
  public func steps(of task: CopyTask) -> Range<Int> {
    switch self {
    case .reading: 0..<task.length
    case .waiting: task.length..<task.steps - task.length
    case .writing: task.due
    }
  }
}

/// The gates of an LSTM at every step of a task, averaged over sequences.
public struct GateTrace: Sendable {
  /// The task.
  public let task: CopyTask
  /// f, i and o of every step and unit. [T×d_h] each
  public let forget, input, output: Tensor

  /// The mean of a gate over units, step by step.
  public func means(_ gate: KeyPath<GateTrace, Tensor>) -> [Double] { self[keyPath: gate].mean(axes: [1]).scalars }

  /// The mean of a gate over the units and the steps of a phase.
  public func mean(_ gate: KeyPath<GateTrace, Tensor>, during phase: CopyPhase) -> Double {
    self[keyPath: gate][phase.steps(of: task)].mean().item
  }
}

/// The gates over 100 new sequences. Exercise 5.4.2
public func traceGates(
  _ network: SequenceNetwork<LongShortTermMemory>, _ task: CopyTask, random: RandomSource
) -> GateTrace {
  let trace = LSTMCell(network.layer).trace(task.batch(100, random: random).inputs)
  func gate(_ path: KeyPath<LSTMCell.Gates, Tensor>) -> Tensor {
    Tensor.stacked(trace.map { $0.gates[keyPath: path].mean(axes: [0]) }, axis: 0)
  }
  return GateTrace(task: task, forget: gate(\.forget), input: gate(\.input), output: gate(\.output))
}

private let gates: [(name: String, path: KeyPath<GateTrace, Tensor> & Sendable)] = [
  ("forget f", \.forget), ("input i", \.input), ("output o", \.output),
]

func gateTable(_ trace: GateTrace) -> Table {
  Table(
    "Mean gates, T = \(trace.task.delay)", columns: ["gate"] + CopyPhase.allCases.map(\.rawValue),
    rows: gates.map { name, path in
      [.text(name)] + CopyPhase.allCases.map { .number(trace.mean(path, during: $0), decimals: 3) }
    })
}

/// A heat map for each gate, one row per unit, the units sorted by what f lets pass while waiting; and the means. Of
/// many units every second, third or later one is shown.
func gateFigure(_ trace: GateTrace) -> Panels {
  let waiting = trace.forget[CopyPhase.waiting.steps(of: trace.task)].mean(axes: [0]).scalars
  let sorted = waiting.indices.sorted { (waiting[$0], $0) > (waiting[$1], $1) }
  let order = stride(from: 0, to: sorted.count, by: max(1, sorted.count / 32)).map { sorted[$0] }
  let maps: [any Figure] = gates.map { name, path in
    HeatMap(
      name, rowTitle: "unit", columnTitle: "step",
      values: order.map { unit in trace[keyPath: path].sliced(unit..<unit + 1, axis: 1).scalars }, format: nil,
      range: 0...1)
  }
  let means = LineChart(
    "means over the units", x: Axis("step"), y: Axis("gate", range: 0...1),
    series: gates.map { Series($0.name, trace.means($0.path)) })
  let task = trace.task
  return Panels(
    "Gates on the copy task: steps 1 to \(task.length) read, from \(task.due.lowerBound + 1) on write", columns: 2,
    maps + [means])
}

/// Sentences that read the gates off. Exercise 5.4.3
public func interpret(_ trace: GateTrace) -> [String] {
  func text(_ gate: KeyPath<GateTrace, Tensor>) -> (values: [Double], most: CopyPhase, least: CopyPhase) {
    let values = CopyPhase.allCases.map { trace.mean(gate, during: $0) }
    let order = values.indices.sorted { values[$0] > values[$1] }
    return (values, CopyPhase.allCases[order[0]], CopyPhase.allCases[order[2]])
  }
  func sentence(_ gate: String, _ path: KeyPath<GateTrace, Tensor>) -> String {
    let (values, most, least) = text(path)
    let list = zip(CopyPhase.allCases, values).map { "\(decimals($1, 2)) \($0.rawValue)" }.joined(separator: ", ")
    return "The \(gate) gate is most open while \(most.rawValue) and least while \(least.rawValue): \(list)."
  }
  return [
    sentence("forget", \.forget), sentence("input", \.input), sentence("output", \.output),
    "Over \(trace.task.delay) steps of waiting a cell of the mean unit keeps "
      + "\(decimals(keptShare(trace), 2)) of its content, the best unit \(decimals(keptShare(trace, best: true), 2)).",
  ]
}

/// ∏ fₜ over the steps of waiting: its mean over the units, or its largest.
public func keptShare(_ trace: GateTrace, best: Bool = false) -> Double {
  let product = trace.forget[CopyPhase.waiting.steps(of: trace.task)].product(axes: [0])
  return best ? product.max().item : product.mean().item
}
