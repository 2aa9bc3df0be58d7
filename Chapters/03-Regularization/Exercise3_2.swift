import Figures
import Foundation
import Messages
import Regularization
import Running
import Tensors

/// Exercise 3.2: lasso, ridge and elastic net on a linear regression with 100 features of which 10 matter, and edited
/// gradients.
public let exercise3_2 = Exercise(
  "3.2", "Elastic net: proximal steps, edited gradients, support", stars: 2, seconds: 2, quick: 1, full: 120
) { run in
  showEditedGradients(run)
  for design in [FeatureDesign.independent, .grouped] {
    let results = try comparePenalties(
      design: design, repetitions: run.choose(quick: 1, standard: 10, full: 100),
      strengths: run.choose(quick: 10, standard: 15, full: 30), random: run.random.split())
    run.show(penaltyTable(results, design), as: "\(design)")
    run.show(coefficientChart(results, design), as: "\(design)-coefficients")
    for result in results { run.card("\(result.name), \(design), distance from the truth", result.mean(\.distance)) }
  }
}

// MARK: - 3.2.2: editing gradients

/// Exercise 3.2.1 and Exercise 3.2.2: proximal steps and steps along the edited gradient, with the same step size and
/// number of steps.
public struct EditedGradientComparison: Sendable {
  /// The number of weights that are exactly 0, and of those below 0.001 in absolute value.
  public let proximalZeros, editedZeros, proximalSmall, editedSmall: Int
  /// The optimality gap: the distance of 0 from the subgradients.
  public let proximalGap, editedGap: Double
  /// L + λΩ above its minimum, after every step.
  public let proximalExcess, editedExcess: [Double]
}

/// Minimises the same penalised loss by proximal gradient descent and by descent along the edited gradient.
/// Exercise 3.2.2
public func compareEditedGradients(steps: Int, random: RandomSource) -> EditedGradientComparison {
  let data = SparseRegressionData(design: .independent, random: random)
  let (X, y, N) = (data.train.X, data.train.y, Double(data.train.X.shape[0]))
  let net = ElasticNet(strength: 0.1, mix: 0.9)
  func loss(_ w: Tensor) -> Tensor { (matmul(X, w) - y).squared().sum() / (2 * N) }
  let η = 0.9 / largestSingularValue(matmul(X.transposed, X) / N)
  let best = net.regression(X, y)
  let lowest = (loss(best) + net(best)).item
  func descend(_ step: (Tensor, Tensor) -> Tensor) -> (w: Tensor, excess: [Double], gap: Double) {
    var (w, excess) = (Tensor.zeros([100], scalarType: .double), [Double]())
    for _ in 0..<steps {
      w = step(w, gradient(at: w, of: loss))
      excess.append((loss(w) + net(w)).item - lowest)
    }
    return (w, excess, net.optimalityGap(w, gradient: gradient(at: w, of: loss)))
  }
  let proximal = descend { w, g in net.step(w, gradient: g, stepSize: η) }
  let edited = descend { w, g in w - η * net.editedGradient(g, at: w) }
  func count(_ w: Tensor, below limit: Double) -> Int { w.scalars.count { abs($0) <= limit } }
  return EditedGradientComparison(
    proximalZeros: count(proximal.w, below: 0), editedZeros: count(edited.w, below: 0),
    proximalSmall: count(proximal.w, below: 1e-3), editedSmall: count(edited.w, below: 1e-3),
    proximalGap: proximal.gap, editedGap: edited.gap, proximalExcess: proximal.excess, editedExcess: edited.excess)
}

private func showEditedGradients(_ run: Run) {
  let steps = run.choose(quick: 300, standard: 2_000, full: 10_000)
  let result = compareEditedGradients(steps: steps, random: run.random.split())
  run.show(
    Table(
      "Elastic net on 100 features, after \(grouped(steps)) steps",
      columns: ["method", "weights = 0", "|weights| ≤ 0.001", "above the minimum", "optimality gap"],
      rows: [
        [
          "proximal steps", .integer(result.proximalZeros), .integer(result.proximalSmall),
          .scientific(result.proximalExcess.last ?? .nan, digits: 2),
          .scientific(result.proximalGap, digits: 2),
        ],
        [
          "edited gradient", .integer(result.editedZeros), .integer(result.editedSmall),
          .scientific(result.editedExcess.last ?? .nan, digits: 2),
          .scientific(result.editedGap, digits: 2),
        ],
      ]), as: "edited")
  let shown = stride(from: 0, to: steps, by: max(1, steps / 400)).map { $0 }
  run.show(
    LineChart(
      "Penalised loss above its minimum", x: Axis("step"), y: Axis("L + λΩ − minimum", .logarithmic, range: 1e-12...10),
      series: [
        Series("proximal steps", x: shown.map { Double($0 + 1) }, shown.map { max(result.proximalExcess[$0], 0) }),
        Series("edited gradient", x: shown.map { Double($0 + 1) }, shown.map { result.editedExcess[$0] }),
      ]), as: "edited")
  run.card("exact zeros, proximal steps", "\(result.proximalZeros) of 100")
  run.card("exact zeros, edited gradient", "\(result.editedZeros) of 100")
}

// MARK: - 3.2.3: the tables and figures

private func penaltyTable(_ results: [PenaltyResult], _ design: FeatureDesign) -> Table {
  Table(
    "100 features, 10 relevant, \(design.rawValue); means over \(results.first?.trials.count ?? 0) data sets",
    columns: ["penalty", "λ", "relevant found", "irrelevant kept", "distance from the truth", "test error"],
    rows: results.map { result in
      [
        .text(result.name), .number(result.mean(\.strength), decimals: 4),
        .number(result.mean { Double($0.relevantFound) }, decimals: 1),
        .number(result.mean { Double($0.irrelevantKept) }, decimals: 1), .number(result.mean(\.distance), decimals: 3),
        .number(result.mean(\.testError), decimals: 3),
      ]
    })
}

/// The first 30 coefficients of the first data set, with one panel per penalty.
private func coefficientChart(_ results: [PenaltyResult], _ design: FeatureDesign) -> Panels {
  let shown = 30
  let panels = results.compactMap { result -> LineChart? in
    guard let trial = result.trials.first else { return nil }
    let x = (1...shown).map(Double.init)
    return LineChart(
      result.name, x: Axis("feature"), y: Axis("weight", range: -2.5...4.5),
      series: [
        Series("truth", x: x, Array(trial.truth.scalars.prefix(shown)), style: .points),
        Series("fitted", x: x, Array(trial.weights.scalars.prefix(shown)), style: .points),
      ])
  }
  return Panels("The first \(shown) of 100 weights, features \(design.rawValue)", panels)
}
