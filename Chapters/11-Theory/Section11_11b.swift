import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory
import Training

/// § 11.11: two joint scaling laws, and features in superposition.
public let section11_11b = Exercise(
  .section, "11.11b", "Scaling laws, and features in superposition", seconds: 8, quick: 1, full: 60
) { run in
  run.show(lawTable(), as: "laws")
  run.show(bestTable(), as: "best-sizes")
  run.show(isoFigure(), as: "best-sizes")
  let found = superpositions(
    seeds: run.choose(quick: 1, standard: 5, full: 20), steps: run.choose(quick: 20, standard: 2_000, full: 5_000),
    random: run.random.split()
  ) { steps, name in run.plan(steps: steps, label: name) }
  run.show(superpositionTable(found), as: "superposition")
  run.show(superpositionFigure(found), as: "superposition")
  let (N, D) = (Tensor(1e9, scalarType: .double), Tensor(1e10, scalarType: .double))
  run.card("(11.16) with Kaplan's constants", AdditiveScalingLaw.kaplanConstants(parameters: N, tokens: D).item)
  run.card("Kaplan's joint law", KaplanScalingLaw()(parameters: N, tokens: D).item)
  for one in found { run.card("features kept at sparsity \(decimals(one.sparsity, 2))", Double(one.best.kept)) }
}

// MARK: - (11.16)

private func lawTable() -> Table {
  let (sum, joint, chinchilla) = (
    AdditiveScalingLaw.kaplanConstants, KaplanScalingLaw(), AdditiveScalingLaw.chinchilla
  )
  func loss<L: JointScalingLaw>(_ law: L, _ N: Double, _ D: Double) -> Table.Cell {
    .number(law(parameters: Tensor(N, scalarType: .double), tokens: Tensor(D, scalarType: .double)).item, decimals: 3)
  }
  return Table(
    "Loss in nats per token",
    columns: ["N", "D", "(11.16), Kaplan's constants", "Kaplan's joint law", "(11.16), Chinchilla"],
    rows: [(1e8, 1e10), (1e9, 1e10), (1e9, 1e11), (1e10, 1e11), (7e10, 1.4e12), (1e9, 1e30), (1e30, 1e10)].map { N, D in
      [
        .scientific(N, digits: 2), .scientific(D, digits: 2), loss(sum, N, D), loss(joint, N, D),
        loss(chinchilla, N, D),
      ]
    })
}

private func bestTable() -> Table {
  let law = AdditiveScalingLaw.chinchilla
  return Table(
    "Best sizes for C = 6 N D operations by (11.16), Chinchilla's constants",
    columns: ["C", "N", "D", "tokens per parameter", "loss"],
    rows: [1e19, 1e21, 5.76e23, 1e25].map { C in
      let (N, D) = law.best(operations: C)
      return [
        .scientific(C), .scientific(N), .scientific(D), .number(D / N, decimals: 1),
        .number(
          law(parameters: Tensor(N, scalarType: .double), tokens: Tensor(D, scalarType: .double)).item, decimals: 3),
      ]
    })
}

private func isoFigure() -> LineChart {
  let law = AdditiveScalingLaw.chinchilla
  let N = Tensor.linear(from: 7.5, to: 12, count: 91, scalarType: .double)
  let sizes = (N * 10.0.logarithm).exp()
  let curves = [1e20, 1e21, 1e22, 1e23].map { C in
    Series("C = \(scientific(C, digits: 1))", x: sizes.scalars, law(parameters: sizes, tokens: C / 6 / sizes).scalars)
  }
  let best = [1e20, 1e21, 1e22, 1e23].map { law.best(operations: $0).parameters }
  let lowest = zip(best, [1e20, 1e21, 1e22, 1e23]).map { N, C in
    law(parameters: Tensor(N, scalarType: .double), tokens: Tensor(C / 6 / N, scalarType: .double)).item
  }
  return LineChart(
    "Equal computation C = 6 N D, by (11.16)", x: Axis("parameters N", .logarithmic),
    y: Axis("loss, nats per token", range: 1.9...3.2),
    series: curves + [Series("best N", x: best, lowest, style: .points)])
}

extension Double {
  /// ln x.
  fileprivate var logarithm: Double { Tensor(self, scalarType: .double).log().item }
}

// MARK: - Superposition

/// The models for one sparsity.
public struct SuperpositionResult: Sendable {
  /// The sparsity S.
  public let sparsity: Double
  /// The models of all seeds with their losses on new examples.
  public let models: [(model: SuperpositionModel, loss: Double)]
  /// The model with the lowest loss.
  public var best: SuperpositionModel { models.min { $0.loss < $1.loss }?.model ?? models[0].model }
}

/// Trains models of 5 features in 2 dimensions for several sparsities.
public func superpositions(
  sparsities: [Double] = [0, 0.5, 0.8, 0.9, 0.97], seeds: Int, steps: Int, random: RandomSource,
  plan: (_ steps: Int, _ name: String) -> TrainingPlan
) -> [SuperpositionResult] {
  sparsities.map { S in
    let features = SparseFeatures(count: 5, sparsity: S)
    let new = features.draw(20_000, random.split())
    let models = (0..<seeds).map { number in
      let start = SuperpositionModel(features: 5, dimensions: 2, random: random.split())
      let model = features.trained(
        start, plan: plan(steps, "sparsity \(decimals(S, 2)), run \(number + 1)"), random: random.split())
      let loss = (features.importances * (new - model(new)).squared()).sum(axes: [1]).mean().item
      return (model, loss)
    }
    return SuperpositionResult(sparsity: S, models: models)
  }
}

private func superpositionTable(_ found: [SuperpositionResult]) -> Table {
  Table(
    "5 features in 2 dimensions: the best of \(found[0].models.count) runs",
    columns: ["sparsity", "features kept", "squared lengths of their directions", "largest bias", "kept, all runs"],
    rows: found.map { one in
      [
        .number(one.sparsity, decimals: 2), .integer(one.best.kept),
        .text(one.best.lengths.map { decimals($0, 2) }.joined(separator: " ")),
        .number(one.best.bias.max().item, decimals: 2),
        .text(one.models.map { "\($0.model.kept)" }.joined(separator: " ")),
      ]
    })
}

private func superpositionFigure(_ found: [SuperpositionResult]) -> Panels {
  Panels(
    "Directions of 5 features in 2 dimensions", columns: 3,
    found.map { one in
      let W = one.best.weight.scalars
      return ScatterPlot(
        "sparsity \(decimals(one.sparsity, 2))", x: Axis(range: -1.6...1.6), y: Axis(range: -1.6...1.6),
        groups: (0..<5).map { Series("feature \($0 + 1)", x: [0, W[$0]], [0, W[5 + $0]], style: .both) })
    })
}
