import Figures
import Foundation
import Foundations
import Messages
import Regularization
import Running
import Tensors

/// § 3.1: over- and underfitting by degree, number of examples and strength of a penalty; and the optimism of a choice.
public let section3_1 = Exercise(
  .section, "3.1", "Overfitting, underfitting, and choosing between models", seconds: 1, full: 3
) {
  run in
  try showDegrees(run)
  try showExamples(run)
  try showPenaltyPath(run)
  showSelection(run)
}

/// A data set drawn from sin πx on [−1, 1], and the truth on a grid.
struct NoisySine {
  let x, y, grid, truth: Tensor
  static let noise = 0.3

  init(count: Int, random: RandomSource) {
    x = Tensor(random.uniform([count], in: -1..<1, scalarType: .double).scalars.sorted(), scalarType: .double)
    y = (.pi * x).sin() + random.normal([count], standardDeviation: Self.noise, scalarType: .double)
    grid = Tensor.linear(from: -1, to: 1, count: 401, scalarType: .double)
    truth = (.pi * grid).sin()
  }

  /// The mean squared error on the examples, and the expected one on fresh ones.
  func losses(_ model: (Tensor) -> Tensor) -> (train: Double, test: Double) {
    ((model(x) - y).squared().mean().item, (model(grid) - truth).squared().mean().item + Self.noise * Self.noise)
  }
}

// MARK: - Degrees: Definitions 3.1 and 3.2

private func showDegrees(_ run: Run) throws {
  let data = NoisySine(count: 40, random: run.random.split())
  let degrees = [0, 1, 2, 3, 4, 5, 7, 9, 11, 13, 15, 17]
  let losses = try degrees.map {
    data.losses(try PolynomialRegression(fitting: data.x, data.y, degree: $0).callAsFunction)
  }
  run.show(
    Table(
      "40 noisy examples of sin πx, fitted with polynomials", columns: ["degree", "L_train", "L_test", "diagnosis"],
      rows: zip(degrees, losses).map { degree, loss in
        let diagnosis = FitDiagnosis(
          trainLoss: loss.train, testLoss: loss.test, lowestLoss: NoisySine.noise * NoisySine.noise)
        return [
          .integer(degree), .number(loss.train, decimals: 4), .number(loss.test, decimals: 4),
          .text(diagnosis.rawValue),
        ]
      }), as: "degrees")
  run.show(
    LineChart(
      "Loss against the degree", x: Axis("degree"), y: Axis("mean squared error", .logarithmic),
      series: [
        Series("on the examples", x: degrees.map(Double.init), losses.map(\.train), style: .both),
        Series("on fresh ones", x: degrees.map(Double.init), losses.map(\.test), style: .both),
      ]), as: "degrees")
}

// MARK: - Examples: kernel regression with few and with many points

/// The median losses over several data sets of a regression with 16 Gaussian bumps.
public func fitSixteenBumps(examples: Int, dataSets: Int, random: RandomSource) throws -> (train: Double, test: Double)
{
  let centers = Tensor.linear(from: -1, to: 1, count: 16, scalarType: .double)
  let losses = try (0..<dataSets).map { _ in
    let data = NoisySine(count: examples, random: random.split())
    let model = try GaussianBasisRegression(fitting: data.x, data.y, centers: centers, width: 2.0 / 15)
    return data.losses(model.callAsFunction)
  }
  return (median(losses.map(\.train)), median(losses.map(\.test)))
}

/// The median of the numbers.
func median(_ numbers: [Double]) -> Double { numbers.sorted()[numbers.count / 2] }

private func showExamples(_ run: Run) throws {
  let rows = try [8, 16, 24, 32, 64, 128, 512].map { count -> [Table.Cell] in
    let loss = try fitSixteenBumps(examples: count, dataSets: 25, random: run.random.split())
    return [.integer(count), .number(loss.train, decimals: 4), .text(String(format: "%.3g", loss.test))]
  }
  run.show(
    Table(
      "16 Gaussian bumps, fitted to more and more examples (medians of 25 data sets)",
      columns: ["examples", "L_train", "L_test"], rows: rows), as: "examples")
}

// MARK: - Strength: the path of the penalised risk

/// The fit with one strength of the penalty.
public struct PenaltyStep: Sendable {
  /// The strength λ.
  public let strength: Double
  /// The losses on the examples and on fresh ones.
  public let trainLoss, testLoss: Double
  /// The norm ‖w‖ of the coefficients.
  public let norm: Double
}

/// The minima of 1/2N Σ (yᵢ − f̂(xᵢ))² + λ/2 ‖w‖² for polynomials of one degree and growing λ.
///
/// The loss rises and the norm falls with λ. Every number is the median over the data sets.
public func penaltyPath(
  strengths: [Double], degree: Int, examples: Int, dataSets: Int, random: RandomSource
) throws -> [PenaltyStep] {
  let sets = (0..<dataSets).map { _ in NoisySine(count: examples, random: random.split()) }
  return try strengths.map { λ in
    let models = try sets.map { try PolynomialRegression(fitting: $0.x, $0.y, degree: degree, penalty: λ) }
    let losses = zip(sets, models).map { $0.losses($1.callAsFunction) }
    return PenaltyStep(
      strength: λ, trainLoss: median(losses.map(\.train)), testLoss: median(losses.map(\.test)),
      norm: median(models.map { $0.coefficients.norm().item }))
  }
}

private func showPenaltyPath(_ run: Run) throws {
  let strengths = (0...28).map { pow(10, -7 + 0.25 * Double($0)) }
  let path = try penaltyPath(strengths: strengths, degree: 11, examples: 20, dataSets: 25, random: run.random.split())
  run.show(
    Table(
      "Degree 11 on 20 examples, with a penalty λ/2 ‖w‖² (medians of 25 data sets)",
      columns: ["λ", "‖w‖", "L_train", "L_test"],
      rows: stride(from: 0, to: path.count, by: 4).map { k in
        [
          .scientific(path[k].strength, digits: 1), .number(path[k].norm, decimals: 3),
          .number(path[k].trainLoss, decimals: 4), .number(path[k].testLoss, decimals: 4),
        ]
      }), as: "penalty")
  let x = Axis("strength λ of the penalty", .logarithmic)
  run.show(
    Panels(
      "The path of the penalised risk",
      [
        LineChart(
          "Losses", x: x, y: Axis("mean squared error", .logarithmic),
          series: [
            Series("on the examples", x: strengths, path.map(\.trainLoss)),
            Series("on fresh ones", x: strengths, path.map(\.testLoss)),
          ]),
        LineChart(
          "Norm", x: x, y: Axis("‖w‖", .logarithmic), series: [Series("", x: strengths, path.map(\.norm))]),
      ]), as: "penalty")
  if let best = path.min(by: { $0.testLoss < $1.testLoss }) {
    run.card("best λ", scientific(best.strength, digits: 2))
  }
}

// MARK: - Choosing: a set used to choose is no longer a test set

/// The error of the best of several classifiers that guess, where it was chosen and on fresh labels, averaged over
/// `trials`.
public func bestGuesser(
  of guessers: Int, labels: Int, trials: Int, random: RandomSource
) -> (chosen: Double, fresh: Double) {
  func errors() -> [Double] {
    random.bernoulli([guessers, labels], probability: 0.5, scalarType: .double).mean(axes: [1]).scalars
  }
  let selections = (0..<trials).map { _ in Selection(losses: errors(), freshLosses: errors()) }
  return (
    selections.map(\.lossWhereChosen).reduce(0, +) / Double(trials),
    selections.map(\.freshLoss).reduce(0, +) / Double(trials)
  )
}

private func showSelection(_ run: Run) {
  let trials = run.choose(quick: 20, standard: 200, full: 2_000)
  let rows = [1, 3, 10, 30, 100, 300].map { guessers -> [Table.Cell] in
    let error = bestGuesser(of: guessers, labels: 100, trials: trials, random: run.random.split())
    return [
      .integer(guessers), .number(error.chosen, decimals: 3), .number(error.fresh, decimals: 3),
      .number(error.fresh - error.chosen, decimals: 3),
    ]
  }
  run.show(
    Table(
      "The best of several classifiers that guess, chosen by 100 labels",
      columns: ["candidates", "error where chosen", "on fresh labels", "too good by"], rows: rows), as: "selection")
}
