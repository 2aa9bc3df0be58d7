import Backprop
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// § 2.9: singular values under Newton–Schulz, optimizers for large batches on one task, and the coordinate check of
/// µP.
public let section2_9 = Exercise(
  .section, "2.9", "LARS, LAMB, Lion, Muon and µP", seconds: 3, full: 60, needs: { _ in DataNeeds() }
) { run in
  let study = studyOrthogonalization(random: run.random.split())
  run.show(
    Table(
      "A matrix 48×64 with singular values from 1 to 0.001, divided by its norm",
      columns: ["steps of Newton–Schulz", "smallest", "median", "largest"],
      rows: study.enumerated().map { steps, values in
        [
          .integer(steps), .number(values.last ?? .nan, decimals: 4), .number(values[values.count / 2], decimals: 4),
          .number(values[0], decimals: 4),
        ]
      }), as: "singular-values")
  run.show(
    LineChart(
      "Newton–Schulz lifts all singular values to about 1", x: Axis("singular value, by rank"),
      y: Axis("singular value", .logarithmic),
      series: [0, 1, 2, 3, 5].map { Series($0 == 1 ? "1 step" : "\($0) steps", study[$0]) }), as: "newton-schulz")

  let data = try run.data.mnist()
  let batch = run.choose(quick: 256, standard: 512, full: 512)
  let results = compareLargeBatches(on: data, seed: run.options.seed) { name in
    run.plan(quick: 2, standard: data.train.count > 10_000 ? 3 : 20, full: 20, batchSize: batch, label: name)
  }
  run.show(
    Table(
      "Batches of \(batch) on \(data.name)",
      columns: ["optimizer", "η", "numbers kept per weight", "training loss", "test accuracy"],
      rows: results.map { result in
        [
          .text(result.run.name), .number(result.run.learningRate, decimals: 4), .integer(result.memory),
          .number(result.run.loss, decimals: 4), .number(result.run.testAccuracy, decimals: 4),
        ]
      }), as: "large-batches")
  run.show(optimizerCurves(results.map(\.run), on: data), as: "curves")
  run.card("data", data.provenance)
  for result in results { run.card(result.run.name, result.run.testAccuracy) }

  try showCoordinateCheck(run)
}

/// The singular values of a random matrix divided by its norm, and after each Newton–Schulz step, all in falling order.
public func studyOrthogonalization(
  rows: Int = 48, columns: Int = 64, steps: Int = 5, random: RandomSource
) -> [[Double]] {
  let values = (0..<rows).map { Tensor(10, scalarType: .double).power(-3 * Double($0) / Double(rows - 1)).item }
  let (U, _, V) = LinearAlgebra.svd(random.normal([rows, columns], scalarType: .double))
  let G = matmul(U * Tensor(values, scalarType: .double), V.transposed)
  return (0...steps).map { LinearAlgebra.singularValues(orthogonalized(G, steps: $0)).scalars }
}

/// A training run with a large batch, and how many numbers the optimizer keeps for each weight.
public struct LargeBatchResult: Sendable {
  /// The training.
  public let run: OptimizerRun
  /// The numbers kept for each weight.
  public let memory: Int
}

/// Trains 784-256-128-10 with momentum, Adam and the optimizers of § 2.9, from the same weights on the same batches.
public func compareLargeBatches(
  on data: ImageClassification, seed: UInt64, plan: (_ name: String) -> TrainingPlan
) -> [LargeBatchResult] {
  let optimizers: [(String, any Optimizer, Int)] = [
    ("SGD+Momentum", Momentum(learningRate: 0.01), 1), ("LARS", LARS(learningRate: 5, trust: 2e-3), 1),
    ("Adam", Adam(learningRate: 1e-3), 2), ("LAMB", LAMB(learningRate: 0.01), 2),
    ("Lion", Lion(learningRate: 2e-4), 1), ("Muon", Muon(learningRate: 0.02), 1),
  ]
  return optimizers.map { name, optimizer, memory in
    LargeBatchResult(
      run: trainClassifier(
        hidden: [256, 128], with: optimizer, named: name, on: data, plan: plan(name), seed: seed), memory: memory)
  }
}
