import Attention
import Figures
import Foundation
import Running
import Tensors

/// § 6.2: additive attention as soft retrieval: weights, and contexts that lie between the states.
public let section6_2 = Exercise(.section, "6.2", "Additive attention: scores, weights, contexts", seconds: 1) { run in
  let e = Tensor([0.2, 1, 0.4, 0.8, 0.6], scalarType: .double)
  run.show(retrievalTable(e), as: "retrieval")
  let path = contextPath(random: run.random)
  run.show(contextFigure(path), as: "contexts")
  let layer = AdditiveAttention(queries: 16, states: 32, units: 10, random: run.random)
  run.parameters = layer.parameterCount
  run.card("d_a (d_s + d_h + 1)", Double(10 * (16 + 32 + 1)))
}

/// The contexts of one query at many temperatures: from the mean of the states to the best of them. (6.4)
public struct ContextPath: Sendable {
  /// The states h, in the plane. [m×2]
  public let states: Tensor
  /// The temperatures, from hot to cold.
  public let temperatures: [Double]
  /// The context at each temperature. [temperatures×2]
  public let contexts: Tensor
  /// The state with the largest score.
  public let best: Int
}

/// Reads seven states in the plane by additive attention at temperatures from 100 to 0.01.
public func contextPath(random: RandomSource) -> ContextPath {
  let states = random.normal([7, 2], scalarType: .double)
  let layer = AdditiveAttention(queries: 2, states: 2, units: 8, random: random).converted(to: .double)
  let e = layer.scores(random.normal([1, 2], scalarType: .double), states)[0]
  let temperatures = (0...80).map { pow(10, 2 - Double($0) / 20) }
  let contexts = temperatures.map { matmul(softmax(e, temperature: $0), states) }
  return ContextPath(
    states: states, temperatures: temperatures, contexts: Tensor.stacked(contexts, axis: 0), best: e.argmax()[0])
}

private func retrievalTable(_ e: Tensor) -> Table {
  Table(
    "Soft retrieval: the weights of the scores 0.2, 1, 0.4, 0.8, 0.6",
    columns: ["temperature", "weight of the best", "of the second", "of the worst", "‖∂ best / ∂ e‖"],
    rows: [10, 1, 0.1, 0.01].map { temperature in
      let α = softmax(e, temperature: temperature)
      let slope = gradient(at: e) { softmax($0, temperature: temperature)[1] }
      return [
        .text("\(temperature)"), .number(α[1].item, decimals: 4), .number(α[3].item, decimals: 4),
        .number(α[0].item, decimals: 4), .scientific(slope.norm().item),
      ]
    })
}

private func contextFigure(_ path: ContextPath) -> LineChart {
  func column(_ x: Tensor, _ c: Int) -> [Double] { x.sliced(c..<c + 1, axis: 1).scalars }
  let mean = path.states.mean(axes: [0]).scalars
  return LineChart(
    "The context of one query, from temperature 100 to 0.01", x: Axis("first coordinate"), y: Axis("second coordinate"),
    series: [
      Series("states hⱼ", x: column(path.states, 0), column(path.states, 1), style: .points),
      Series("context c", x: column(path.contexts, 0), column(path.contexts, 1)),
      Series("mean of the states", x: [mean[0]], [mean[1]], style: .points),
    ])
}
