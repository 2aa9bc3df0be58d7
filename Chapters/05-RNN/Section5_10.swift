import Figures
import RNN
import Running
import Tensors

/// § 5.10: linear state-space models, Mamba's selection, xLSTM's gates and memory.
public let section5_10 = Exercise(
  .section, "5.10", "State-space models, Mamba's selection, xLSTM's memory", seconds: 60, quick: 2, full: 200
) { run in
  showStateSpaces(run)
  showSelectiveCopying(run)
  showExtendedLSTM(run)
}

/// A pendulum with friction ζ that x pushes, one swing a second: h = (place, speed), and y is the place. § 5.10
public func pendulum(friction ζ: Double) -> StateSpaceModel {
  let ω = 2 * Double.pi
  return StateSpaceModel(
    Tensor([[0, 1], [-ω * ω, -2 * ζ * ω]], scalarType: .double), Tensor([[0], [ω * ω]], scalarType: .double),
    Tensor([[1, 0]], scalarType: .double), Tensor([[0]], scalarType: .double))
}

/// How far Euler's method is from the zero-order hold.
public struct EulerError: Sendable {
  /// The number of Euler steps in a step.
  public let substeps: Int
  /// The largest difference of the outputs.
  public let error: Double
}

/// Runs the pendulum with inputs that are held, exactly and by Euler's method.
public func eulerErrors(substeps: [Int], steps T: Int, random: RandomSource) -> [EulerError] {
  let (model, Δ) = (pendulum(friction: 0.1), 0.05)
  let x = random.normal([T, 1], scalarType: .double)
  let exact = model.discretized(step: Δ).recurrence(x)
  return substeps.map {
    EulerError(substeps: $0, error: (model.eulerOutputs(x, step: Δ, substeps: $0) - exact).abs().max().item)
  }
}

private func showStateSpaces(_ run: Run) {
  let errors = eulerErrors(
    substeps: [2, 20, 200, 2_000], steps: run.choose(quick: 20, standard: 60, full: 60), random: run.random)
  run.show(
    Table(
      "The zero-order hold is exact: Euler's method comes to it",
      columns: ["Euler steps in a step", "largest difference"],
      rows: errors.map { [.integer($0.substeps), .number($0.error, decimals: 6)] }), as: "euler")

  let time = (0..<80).map { 0.05 * Double($0) }
  run.show(
    LineChart(
      "Impulse responses K of a pendulum", x: Axis("seconds after the impulse"), y: Axis("place"),
      series: [0.05, 0.2, 1].map { ζ in
        Series("friction \(ζ)", x: time, pendulum(friction: ζ).discretized(step: 0.05).impulseResponse(80).scalars)
      }), as: "impulse")

  run.show(costTable(states: 16), as: "cost")
}

private func costTable(states n: Int) -> Table {
  func cells(_ cost: (multiplications: Int, rounds: Int)) -> [Table.Cell] {
    [.integer(cost.multiplications), .integer(cost.rounds)]
  }
  return Table(
    "Multiplications, and rounds of them that wait for one another: a diagonal system of \(n) states",
    columns: ["steps T", "recurrence", "rounds", "sum", "rounds", "FFT", "rounds"],
    rows: [64, 1_024, 16_384].map { T in
      [.integer(T)] + cells(StateSpaceCost.recurrence(T, states: n)) + cells(StateSpaceCost.sum(T))
        + cells(StateSpaceCost.transforms(T))
    })
}
