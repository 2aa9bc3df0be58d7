import DataSets
import Figures
import Foundations
import Regularization
import Tensors
import Training

// MARK: - 3.4.3: convergence

/// A training run by gradient descent, with or without batch normalization.
public struct ConvergenceResult: Sendable {
  /// Whether the hidden layers are normalized.
  public let normalization: NormalizedNetwork.Normalization
  /// The learning rate.
  public let learningRate: Double
  /// The training.
  public let run: NormalizedRun

  /// A name for tables and figures.
  public var name: String { "\(normalization == .batch ? "with" : "without"), η = \(learningRate)" }
}

/// Four hidden layers of 128 ReLU, trained by plain gradient descent with two learning rates, with and without batch
/// normalization, all from the same weights and with the same batches. Exercise 3.4.3
public func compareConvergence(
  on data: ImageClassification, learningRates: [Double] = [0.05, 0.5], random: RandomSource,
  plan: (_ label: String) -> TrainingPlan
) -> [ConvergenceResult] {
  let seed = random.next()
  let widths = [data.train.flattened.shape[1], 128, 128, 128, 128, 10]
  return [NormalizedNetwork.Normalization.none, .batch].flatMap { normalization in
    learningRates.map { η in
      let random = RandomSource(seed: seed)
      let network = NormalizedNetwork(widths, normalization, random: random)
      let run = trainNormalized(
        network, on: data, with: GradientDescent(learningRate: η), plan: plan("\(normalization.rawValue), η = \(η)"),
        random: random)
      return ConvergenceResult(normalization: normalization, learningRate: η, run: run)
    }
  }
}

func convergenceTable(_ results: [ConvergenceResult]) -> Table {
  let target = results.first?.run.history.losses.last ?? .nan
  return Table(
    "Gradient descent with and without batch normalization",
    columns: [
      "batch normalization", "first loss", "last loss", "test accuracy", "epochs to the first row's last loss",
    ],
    rows: results.map { result in
      let losses = result.run.history.losses
      return [
        .text(result.name), .number(losses.first ?? .nan, decimals: 4),
        result.run.history.hasDiverged ? "diverged" : .number(losses.last ?? .nan, decimals: 4),
        .number(result.run.testAccuracy, decimals: 4),
        .text(result.run.epochs(toLoss: target).map { "\($0)" } ?? "never"),
      ]
    })
}

func convergenceFigure(_ results: [ConvergenceResult], _ data: String) -> Panels {
  Panels(
    "Training with and without batch normalization: \(data)",
    [
      LineChart(
        "Training loss", x: Axis("epoch"), y: Axis("loss"),
        series: results.map { Series($0.name, $0.run.history.losses) }),
      LineChart(
        "Test accuracy", x: Axis("epoch"), y: Axis("accuracy"),
        series: results.map { Series($0.name, $0.run.history["test accuracy"]) }),
    ])
}

// MARK: - 3.4.4: the size of the batch

/// The spread of the statistics of batches of one size, and the accuracy of networks trained on such batches.
public struct BatchSizeResult: Sendable {
  /// The number m of examples in a batch.
  public let size: Int
  /// The standard deviation of the batch mean, in units of the standard deviation of an example: 1/√m in theory.
  public let meanSpread: Double
  /// The relative standard deviation of the batch's standard deviation: about 1/√2m for Gaussian numbers.
  public let deviationSpread: Double
  /// Test accuracy with batch normalization, using running statistics.
  public let accuracy: Double
  /// Test accuracy of the same network without it.
  public let plainAccuracy: Double
  /// The training loss with batch normalization, epoch by epoch.
  public let losses: [Double]
}

/// Batches of several sizes, their statistics measured on Gaussian numbers, and networks trained on them.
/// Exercise 3.4.4
public func compareBatchSizes(
  _ sizes: [Int], on data: ImageClassification, random: RandomSource,
  plan: (_ label: String, _ size: Int) -> TrainingPlan
) -> [BatchSizeResult] {
  let seed = random.next()
  let widths = [data.train.flattened.shape[1], 128, 128, 128, 128, 10]
  return sizes.map { m in
    let spreads = batchStatisticSpread(size: m, batches: 2_000, random: RandomSource(seed: seed))
    let runs = [NormalizedNetwork.Normalization.batch, .none].map { normalization in
      let random = RandomSource(seed: seed)
      let network = NormalizedNetwork(widths, normalization, random: random)
      return trainNormalized(
        network, on: data, with: GradientDescent(learningRate: 0.05),
        plan: plan("\(normalization.rawValue), batches of \(m)", m), random: random)
    }
    return BatchSizeResult(
      size: m, meanSpread: spreads.mean, deviationSpread: spreads.deviation, accuracy: runs[0].testAccuracy,
      plainAccuracy: runs[1].testAccuracy, losses: runs[0].history.losses)
  }
}

/// How much the mean and standard deviation of a batch of m Gaussian numbers vary from batch to batch.
public func batchStatisticSpread(
  size m: Int, batches: Int, random: RandomSource
) -> (mean: Double, deviation: Double) {
  let x = random.normal([batches, m], scalarType: .double)
  let σ = x.variance(axes: [1]).squareRoot()
  return (x.mean(axes: [1]).variance().squareRoot().item, (σ.variance().squareRoot() / σ.mean()).item)
}

func batchSizeTable(_ results: [BatchSizeResult]) -> Table {
  Table(
    "Batches of m examples",
    columns: ["m", "spread of μ_B", "1/√m", "spread of σ_B", "1/√2m", "accuracy with", "accuracy without"],
    rows: results.map { r in
      let m = Double(r.size)
      return [
        .integer(r.size), .number(r.meanSpread, decimals: 4), .number(1 / m.squareRoot(), decimals: 4),
        .number(r.deviationSpread, decimals: 4), .number(1 / (2 * m).squareRoot(), decimals: 4),
        .number(r.accuracy, decimals: 4), .number(r.plainAccuracy, decimals: 4),
      ]
    })
}

func batchSizeFigure(_ results: [BatchSizeResult]) -> Panels {
  let sizes = results.map { Double($0.size) }
  return Panels(
    "Batch normalization and the size of the batch",
    [
      LineChart(
        "Spread of the batch's statistics", x: Axis("batch size m", .logarithmic),
        y: Axis("standard deviation", .logarithmic),
        series: [
          Series("mean", x: sizes, results.map(\.meanSpread), style: .points),
          Series("1/√m", x: sizes, sizes.map { 1 / $0.squareRoot() }),
        ]),
      LineChart(
        "Training loss with batch normalization", x: Axis("epoch"), y: Axis("loss"),
        series: results.map { Series("m = \($0.size)", $0.losses) }),
    ])
}
