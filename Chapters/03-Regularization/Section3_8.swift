import DataSets
import Figures
import Foundation
import Foundations
import Regularization
import Running
import Tensors
import Training

/// § 3.8: early stopping of a network that memorizes wrong labels, and how close it is to an L2 penalty.
public let section3_8 = Exercise(
  .section, "3.8", "Early stopping, and the penalty it resembles", seconds: 1, quick: 1, full: 8,
  needs: { _ in DataNeeds(train: 800) }
) {
  run in
  showFilters(run)
  try showEquivalence(run)
  try showTraining(run)
}

// MARK: - Theorem 3.8: the filters

private func showFilters(_ run: Run) {
  let (η, T) = (1e-6, 1_000_000)  // ηT = 1, so that a curvature λᵢ is ηλᵢT
  let λ = equivalentStrength(learningRate: η, steps: T)
  let curvatures = stride(from: -2.0, through: 2, by: 0.02).map { pow(10, $0) }
  let stopped = curvatures.map { earlyStoppingFilter(curvature: $0, learningRate: η, steps: T) }
  let ridge = curvatures.map { ridgeFilter(curvature: $0, strength: λ) }
  let gaps = zip(stopped, ridge).map { $0 - $1 }
  run.show(
    LineChart(
      "How much of a direction is learned", x: Axis("ηλᵢT", .logarithmic), y: Axis("share", range: 0...1.05),
      series: [
        Series("T steps: 1 − (1 − ηλᵢ)^T", x: curvatures, stopped),
        Series("ridge: λᵢ / (λᵢ + 1/ηT)", x: curvatures, ridge), Series("difference", x: curvatures, gaps),
      ]), as: "filters")
  let worst = gaps.indices.max { gaps[$0] < gaps[$1] } ?? 0
  run.card("largest difference of the filters", gaps[worst])
  run.card("at ηλᵢT =", curvatures[worst])
}

// MARK: - Theorem 3.8: solutions

/// Early stopping after T steps, compared with the penalty of Theorem 3.8 and the closest one.
public struct StoppingMatch: Sendable {
  /// The number of steps T.
  public let steps: Int
  /// The strength λ = 1/ηT, and that of the closest ridge solution.
  public let predicted, closest: Double
  /// ‖θ_T − θ̃‖ / ‖θ_T‖ for both.
  public let predictedDistance, closestDistance: Double
}

/// Compares both on a quadratic loss in four dimensions with curvatures from 0.05 to 2.
public func matchStopping(steps: [Int], learningRate η: Double, random: RandomSource) throws -> [StoppingMatch] {
  let Q = LinearAlgebra.qr(random.normal([4, 4], scalarType: .double)).q
  let Λ = Tensor([0.05, 0.2, 0.7, 2], scalarType: .double)
  let loss = QuadraticLoss(
    hessian: matmul(Q * Λ, Q.transposed), minimum: matmul(Q, Tensor.ones([4], scalarType: .double)))
  return try steps.map { T in
    let stopped = loss.descended(steps: T, learningRate: η)
    func distance(_ λ: Double) throws -> Double {
      ((try loss.ridgeMinimum(strength: λ) - stopped).norm() / stopped.norm()).item
    }
    let predicted = equivalentStrength(learningRate: η, steps: T)
    let tried = try (1...300).map { k in
      (λ: predicted * Double(k) / 100, distance: try distance(predicted * Double(k) / 100))
    }
    let closest = tried.min { $0.distance < $1.distance } ?? (predicted, .nan)
    return StoppingMatch(
      steps: T, predicted: predicted, closest: closest.λ, predictedDistance: try distance(predicted),
      closestDistance: closest.distance)
  }
}

private func showEquivalence(_ run: Run) throws {
  let matches = try matchStopping(steps: [1, 3, 10, 30, 100, 300], learningRate: 0.1, random: run.random.split())
  run.show(
    Table(
      "A quadratic loss with curvatures 0.05, 0.2, 0.7 and 2, η = 0.1",
      columns: ["T", "λ = 1/ηT", "distance", "closest λ", "its distance"],
      rows: matches.map { match in
        [
          .integer(match.steps), .number(match.predicted, decimals: 4), .number(match.predictedDistance, decimals: 3),
          .number(match.closest, decimals: 4), .number(match.closestDistance, decimals: 3),
        ]
      }), as: "equivalence")
}

// MARK: - Definition 3.7: a training run

/// A training run with early stopping, and the same run to the end.
public struct StoppedTraining: Sendable {
  /// Training and validation loss of the epochs until patience ran out, and of all epochs.
  public let stopped, whole: History
  /// The epoch with the lowest validation loss before patience ran out.
  public let bestEpoch: Int
  /// The test accuracies of the model of that epoch, of the model when patience ran out, and of the model after all
  /// epochs.
  public let bestAccuracy, stoppedAccuracy, finalAccuracy: Double
}

/// Trains an MLP on a few digits, three in ten with random labels, once with early stopping and once to the end, from
/// the same start.
public func trainWithAndWithoutStopping(
  on data: ImageClassification, examples: Int = 400, plan: TrainingPlan, rule: EarlyStopping, random: RandomSource
) -> StoppedTraining {
  let data = data.standardized()
  let (train, others) = data.train.stratifiedSplit(first: examples, from: random.split())
  let validation = others.stratifiedSplit(first: examples, from: random.split()).first
  let test = data.test
  let labels = train.labels.map { random.bernoulli(0.3) ? random.integer(below: 10) : $0 }
  let (x, start) = (train.flattened, MLP([train.flattened.shape[1], 256, 10], random: random.split()))
  func loss(_ model: MLP, _ batch: [Int]) -> Tensor {
    crossEntropy(logits: model(x.gathered(batch)), labels: batch.map { labels[$0] })
  }
  func metrics(_ model: MLP) -> [String: Double] {
    let scores = model(validation.flattened)
    return [
      "validation loss": crossEntropy(logits: scores, labels: validation.labels).item,
      "test accuracy": accuracy(model(test.flattened), labels: test.labels),
    ]
  }
  let seed = random.next()
  var (best, optimizer) = (start, Adam(learningRate: 1e-3))
  let (stopped, bestEpoch) = Regularization.train(
    &best, with: &optimizer, examples: train.count, plan: plan, stopping: rule, random: RandomSource(seed: seed),
    loss: loss, validationLoss: { metrics($0)["validation loss"] ?? .nan })
  var (last, another) = (start, Adam(learningRate: 1e-3))
  let whole = Training.train(
    &last, with: &another, examples: train.count, plan: plan, random: RandomSource(seed: seed), loss: loss,
    evaluate: metrics)
  let accuracies = whole["test accuracy"]
  return StoppedTraining(
    stopped: stopped, whole: whole, bestEpoch: bestEpoch,
    bestAccuracy: metrics(best)["test accuracy"] ?? .nan, stoppedAccuracy: accuracies[stopped.epochs.count - 1],
    finalAccuracy: accuracies.last ?? .nan)
}

private func showTraining(_ run: Run) throws {
  let data = try run.data.mnist()
  run.say(data.provenance)
  let result = trainWithAndWithoutStopping(
    on: data, plan: run.plan(quick: 12, standard: 60, full: 100, batchSize: 32),
    rule: EarlyStopping(patience: 5, minimalImprovement: 1e-4), random: run.random.split())
  let (stopped, whole) = (result.stopped, result.whole)
  func row(_ name: String, _ epoch: Int, _ accuracy: Double) -> [Table.Cell] {
    [
      .text(name), .integer(epoch), .number(whole.losses[epoch - 1], decimals: 4),
      .number(whole["validation loss"][epoch - 1], decimals: 4), .number(accuracy, decimals: 4),
    ]
  }
  run.show(
    Table(
      "MLP 784-256-10 on 400 digits, 30% with random labels; patience 5",
      columns: ["model", "epoch", "training loss", "validation loss", "test accuracy"],
      rows: [
        row("best", result.bestEpoch, result.bestAccuracy),
        row("when patience ran out", stopped.epochs.count, result.stoppedAccuracy),
        row("after all epochs", whole.epochs.count, result.finalAccuracy),
      ]), as: "training")
  run.show(
    LineChart(
      "Training and validation loss", x: Axis("epoch"), y: Axis("cross-entropy", range: 0...2.2),
      series: [
        Series("training", whole.losses), Series("validation", whole["validation loss"]),
        Series("best", x: [Double(result.bestEpoch)], [whole["validation loss"][result.bestEpoch - 1]], style: .points),
        Series(
          "patience ran out", x: [Double(stopped.epochs.count)],
          [whole["validation loss"][stopped.epochs.count - 1]], style: .points),
      ]), as: "training")
  run.card("best epoch", "\(result.bestEpoch)")
  run.card("test accuracy, best model", result.bestAccuracy)
  run.card("test accuracy, last model", result.finalAccuracy)
}
