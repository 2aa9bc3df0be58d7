import CNN
import Figures
import Foundation
import Tensors

// § 4.4.4: Theorem 4.7 in numbers, and gradients in deep stacks.

/// The norm of the gradient at every state of a stack of blocks, relative to its output.
public struct GradientFlow: Sendable {
  /// The number of blocks.
  public let depth: Int
  /// Whether blocks normalize, and whether they add their input.
  public let isNormalized, isResidual: Bool
  /// ‖∂L/∂x_l‖ / ‖∂L/∂x_L‖ for l = 0, …, L: geometric means over several draws of the weights.
  public let norms: [Double]
  /// The norm at the first state.
  public var first: Double { norms[0] }
  /// A name for tables and figures.
  public var name: String { isResidual ? "x + F(x)" : "F(x) alone" }
}

/// Measures the gradients at all states of stacks of several depths, with and without shortcuts and normalization.
/// (4.9)
public func measureFlow(depths: [Int], draws: Int = 3, channels C: Int = 8, random: RandomSource) -> [GradientFlow] {
  let seeds = (0..<draws).map { _ in random.next() }
  return [false, true].flatMap { isNormalized in
    [false, true].flatMap { isResidual in
      depths.map { L in
        let all = seeds.map { seed in
          let random = RandomSource(seed: seed)
          let normal = { random.normal([8, C, 8, 8], scalarType: .double) }  // far below the range of Float
          let (x, v) = (normal(), normal())
          let stack = BlockStack(
            blocks: L, channels: C, isNormalized: isNormalized, isResidual: isResidual, random: random
          ).converted(to: .double)
          let norms = stack.gradientNorms(at: x, along: v)
          return norms.map { log($0 / norms[L]) }
        }
        let means = (0...L).map { l in exp(all.map { $0[l] }.reduce(0, +) / Double(draws)) }
        return GradientFlow(depth: L, isNormalized: isNormalized, isResidual: isResidual, norms: means)
      }
    }
  }
}

func flowTable(_ flow: [GradientFlow]) -> Table {
  let depths = Set(flow.map(\.depth)).sorted()
  let kinds = [(false, false), (false, true), (true, false), (true, true)]
  return Table(
    "The gradient at the first state, relative to the last",
    columns: ["blocks", "F(x) alone", "x + F(x)", "F(x) alone, with BN", "x + F(x), with BN"],
    rows: depths.map { depth in
      let cells = kinds.map { kind -> Table.Cell in
        let match = flow.first { $0.depth == depth && $0.isNormalized == kind.0 && $0.isResidual == kind.1 }
        return .scientific(match?.first ?? .nan)
      }
      return [.integer(depth)] + cells
    })
}

func flowFigure(_ flow: [GradientFlow]) -> Panels {
  let depths = Set(flow.map(\.depth)).sorted().suffix(3)
  let panels = [false, true].map { isNormalized in
    LineChart(
      isNormalized ? "With batch normalization" : "Without normalization",
      x: Axis("state l"), y: Axis("‖∂L/∂x_l‖ / ‖∂L/∂x_L‖", .logarithmic),
      series: [false, true].flatMap { isResidual in
        flow.filter { $0.isNormalized == isNormalized && $0.isResidual == isResidual && depths.contains($0.depth) }.map
        {
          Series("\($0.name), L = \($0.depth)", x: (0...$0.depth).map(Double.init), $0.norms)
        }
      })
  }
  return Panels("Gradients on their way back through L blocks", panels)
}

/// The gaps of (4.8) and (4.9) for a stack of eight blocks, and a gradient that vanishes.
public struct TheoremCheck: Sendable {
  /// The quantity, and its value.
  public let values: [(name: String, value: Double)]
}

/// Theorem 4.7 in double precision: eight branches tanh(W x) of six numbers, and the same with F(x) = −x among them.
public func checkTheorem(random: RandomSource) -> TheoremCheck {
  let normal = { (shape: Shape) in random.normal(shape, standardDeviation: 0.5, scalarType: .double) }
  let (x, g) = (normal([6]), normal([6]))
  let branches: [@Sendable (Tensor) -> Tensor] = (0..<8).map { _ in
    let W = normal([6, 6])
    return { matmul(W, $0.reshaped([6, 1])).tanh().reshaped([6]) }
  }
  let stack = ResidualStack(branches)
  let states = stack.states(from: x)
  let recorded = gradient(at: x) { (stack.states(from: $0)[8] * g).sum() }
  let J = stack.outputJacobian(at: x)
  let I = Tensor.identity(6, scalarType: .double)
  let blocked = ResidualStack(branches[..<4] + [{ -$0 }] + branches[4...])
  let vanished = gradient(at: x) { (blocked.states(from: $0)[9] * g).sum() }
  func size(_ x: Tensor) -> Double { x.abs().max().item }
  return TheoremCheck(values: [
    ("(4.8), largest gap", size(stack.output(from: x) - states[8])),
    ("(4.9) with I, largest gap", size(stack.gradient(g, at: x) - recorded)),
    (
      "(4.9) with 1 in every entry, largest gap",
      size(matmul((1 + (J - I)).transposed, g.reshaped([6, 1])).reshaped([6]) - recorded)
    ),
    ("largest entry of the gradient at x", size(recorded)),
    ("the same with F(x) = −x as the fifth block", size(vanished)),
  ])
}

func theoremTable(_ check: TheoremCheck) -> Table {
  Table(
    "Theorem 4.7, eight blocks tanh(W x)", columns: ["quantity", "value"],
    rows: check.values.map { [.text($0.name), .scientific($0.value)] })
}
