import Attention
import Figures
import RNN
import Running
import Tensors
import Transformer

/// § 7.1: what the first token of a sequence can change, in one layer of attention and in a recurrent one.
public let section7_1 = Exercise(
  .section, "7.1", "Without recurrence: one step from every place to every other", seconds: 1
) { run in
  let reach = reachOfFirstToken(length: 32, random: run.random.split())
  run.show(reachTable(reach), as: "reach")
  run.show(reachFigure(reach), as: "reach")
  run.card("places that attention reaches in one layer", Double(reach.attention.count { $0 > 0 }))
  run.card("steps of the recurrent network to the last place", Double(reach.steps))
}

/// How much the first token of a sequence matters to the output at every place. Remark 7.1
public struct FirstTokenReach: Sendable {
  /// ‖∂⟨yₜ, u⟩/∂x₀‖ for an attention layer y and a random unit vector u, by place t.
  public let attention: [Double]
  /// The same for a recurrent layer.
  public let recurrent: [Double]
  /// The steps that a number takes from the first place to the last in the recurrent layer; in the other it takes one.
  public let steps: Int
}

/// Differentiates the outputs of two untrained layers of width 32 with respect to their first input.
public func reachOfFirstToken(length n: Int, random: RandomSource) -> FirstTokenReach {
  let d = 32
  let layer = MultiHeadAttention(d, heads: 4, hasBias: true, random: random).converted(to: .double)
  let network = VanillaRNN(d, d, random: random).converted(to: .double)
  let x = random.normal([1, n, d], scalarType: .double)
  let u = random.normal([d], scalarType: .double)
  func slopes(_ f: (Tensor) -> Tensor) -> [Double] {
    (0..<n).map { t in
      gradient(at: x, mode: .evaluation) { (f($0)[0, t] * u).sum() }[0, 0].norm().item / u.norm().item
    }
  }
  return FirstTokenReach(
    attention: slopes { layer($0) }, recurrent: slopes { network($0).states },
    steps: SequenceLayer.recurrent.longestPath(length: n))
}

private func reachTable(_ reach: FirstTokenReach) -> Table {
  let last = reach.attention.count - 1
  return Table(
    "‖∂⟨yₜ, u⟩/∂x₀‖: what the first of \(last + 1) tokens can change at place t",
    columns: ["t", "attention", "layers", "recurrent", "steps"],
    rows: [0, 1, 2, 4, 8, 16, last].map { t in
      [
        .integer(t), .scientific(reach.attention[t]), .integer(1), .scientific(reach.recurrent[t]), .integer(t),
      ]
    })
}

private func reachFigure(_ reach: FirstTokenReach) -> LineChart {
  LineChart(
    "What the first token can change", x: Axis("place t"), y: Axis("‖∂⟨yₜ, u⟩/∂x₀‖", .logarithmic),
    series: [("one attention layer", reach.attention), ("recurrent layer, t steps", reach.recurrent)].map {
      Series($0, x: $1.indices.map(Double.init), $1, style: .both)
    })
}
