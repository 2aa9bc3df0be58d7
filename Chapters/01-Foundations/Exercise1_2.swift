import Figures
import Foundations
import Messages
import Running
import Tensors

/// Exercise 1.2: counts the parameters of two networks that the notes call equal in budget. They are not: 690,314
/// against 2,119,690.
public let exercise1_2 = Exercise("1.2", "Count parameters", stars: 1, seconds: 1) { run in
  let comparison = compareBudgets()
  for network in [comparison.deep, comparison.wide, comparison.equalBudget] {
    run.say("(\(network.widths.map(String.init).joined(separator: ", ")))")
    for layer in network.layers {
      run.say("  \(layer.outputs) · (\(layer.inputs) + 1) = \(grouped(layer.parameters))")
    }
    run.say("  total \(grouped(network.total))\n")
  }
  run.show(
    Table(
      "Budgets", columns: ["widths", "parameters", "times the first"],
      rows: [comparison.deep, comparison.wide, comparison.equalBudget].map { network in
        [
          .text(network.widths.map(String.init).joined(separator: "-")), .integer(network.total),
          .number(Double(network.total) / Double(comparison.deep.total), decimals: 2),
        ]
      }), as: "budgets")
  run.parameters = comparison.deep.total
  run.card("wide / deep", Double(comparison.wide.total) / Double(comparison.deep.total))
}

/// A network's parameters, layer by layer, by the formula of § 1.2.2.
public struct ParameterBudget: Sendable {
  /// The widths n₀, …, n_L.
  public let widths: [Int]
  /// The layers: n_ℓ (n_ℓ₋₁ + 1) parameters each.
  public var layers: [(inputs: Int, outputs: Int, parameters: Int)] {
    zip(widths, widths.dropFirst()).map { ($0, $1, $1 * ($0 + 1)) }
  }
  /// The number of parameters.
  public var total: Int { MLP.parameterCount(widths: widths) }
}

/// The two networks of Exercise 1.2, and a network with one hidden layer that has the budget of the first.
public struct BudgetComparison: Sendable {
  /// (1024, 512, 256, 128, 10).
  public let deep = ParameterBudget(widths: [1024, 512, 256, 128, 10])
  /// (1024, 2048, 10).
  public let wide = ParameterBudget(widths: [1024, 2048, 10])
  /// The shallow network with the budget nearest to that of the deep one.
  public let equalBudget: ParameterBudget
}

/// Solves n (1024 + 1) + 10 (n + 1) = |θ| of the deep network for the width n of a single hidden layer: n = 666.96.
/// Exercise 1.2
public func compareBudgets() -> BudgetComparison {
  let deep = MLP.parameterCount(widths: [1024, 512, 256, 128, 10])
  let n = (Double(deep - 10) / Double(1025 + 10)).rounded()
  return BudgetComparison(equalBudget: ParameterBudget(widths: [1024, Int(n), 10]))
}
