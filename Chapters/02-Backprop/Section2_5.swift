import Backprop
import Figures
import Foundations
import Running
import Tensors
import Training

/// § 2.5: the schedules as curves, and a plateau that lowers the learning rate of training.
public let section2_5 = Exercise(.section, "2.5", "Learning rate schedules", seconds: 1, full: 3) { run in
  let steps = 1_000
  let curves = scheduleCurves(steps: steps)
  run.show(
    LineChart(
      "Four schedules over \(steps) steps", x: Axis("step"), y: Axis("learning rate"),
      series: curves.map { curve in
        let shown = stride(from: 0, to: steps, by: 5)
        return Series(curve.name, x: shown.map(Double.init), shown.map { curve.rates[$0] })
      }), as: "schedules")
  run.show(
    Table(
      "The four schedules, peak 0.001", columns: ["schedule", "first", "highest", "at step", "last"],
      rows: curves.map { curve in
        let peak = curve.rates.max() ?? .nan
        return [
          .text(curve.name), .scientific(curve.rates[0]), .scientific(peak),
          .integer(curve.rates.firstIndex(of: peak) ?? 0), .scientific(curve.rates[steps - 1]),
        ]
      }), as: "schedules")

  let epochs = run.epochs(quick: 30, standard: 120, full: 400)
  let result = trainWithPlateau(epochs: epochs, random: run.random)
  let numbers = (1...max(1, epochs)).map(Double.init)
  let constant = Series("constant rate", x: numbers, result.constant)
  let lowered = Series("lowered on a plateau", x: numbers, result.losses)
  run.show(
    Panels(
      "A learning rate that is lowered when the loss stalls",
      [
        LineChart(
          "Training loss above the least", x: Axis("epoch"), y: Axis("loss − least", .logarithmic),
          series: [constant, lowered]),
        LineChart(
          "Learning rate", x: Axis("epoch"), y: Axis("learning rate", .logarithmic),
          series: [Series("lowered on a plateau", x: numbers, result.rates)]),
      ]), as: "plateau")
  run.card("lowered after epochs", result.reductions.map(String.init).joined(separator: ", "))
  run.card("last loss above the least, constant rate", result.constant.last ?? .nan)
  run.card("last loss above the least, lowered rate", result.losses.last ?? .nan)
}

/// Step decay, cosine annealing, warm-up with cosine, and one cycle, all with the peak 0.001.
public func scheduleCurves(steps: Int) -> [(name: String, rates: [Double])] {
  let peak = 1e-3
  let schedules: KeyValuePairs<String, Schedule> = [
    "step decay": stepDecay(from: peak, by: 0.3, every: steps / 4),
    "cosine annealing": cosineAnnealing(from: peak, to: 1e-6, over: steps),
    "linear warm-up + cosine": warmupCosine(to: peak, warmup: steps / 10, over: steps, endingAt: 1e-6),
    "one cycle": oneCycle(to: peak, over: steps),
  ]
  return schedules.map { name, η in (name, (0..<steps).map(η)) }
}

/// A training run with a learning rate that is lowered on a plateau.
public struct PlateauResult: Sendable {
  /// The loss after every epoch minus the smallest possible one, and the learning rate of the epoch.
  public let losses, rates: [Double]
  /// The same loss with a constant rate.
  public let constant: [Double]
  /// The epochs after which the rate was lowered, counted from 1.
  public var reductions: [Int] { rates.indices.dropFirst().filter { rates[$0] < rates[$0 - 1] } }
}

/// Fits a line in 16 dimensions to 256 noisy examples, four at a time, with a large learning rate: constant, and
/// lowered when the loss of an epoch is not a new best.
///
/// With a constant rate the noise of the batches keeps the loss above its smallest value, by more the larger the rate
/// is.
public func trainWithPlateau(
  epochs: Int, examples N: Int = 256, learningRate: Double = 0.05, random: RandomSource
) -> PlateauResult {
  let x = random.normal([N, 16], scalarType: .double)
  let y = matmul(x, random.normal([16, 1], scalarType: .double)) + random.normal([N, 1], scalarType: .double)
  let start = Linear(16, 1, random: random).converted(to: .double)
  let best = LinearAlgebra.leastSquares(
    Tensor.concatenated([x, Tensor.ones([N, 1], scalarType: .double)], axis: 1), y)
  let least = (meanSquaredError(matmul(x, best[0..<16]) + best[16], y)).item
  let seed = random.next()

  func history(_ plateau: ReduceOnPlateau?) -> History {
    var line = LineTraining(
      model: start, optimizer: GradientDescent(learningRate: learningRate), plateau: plateau)
    return train(
      &line, examples: N, plan: TrainingPlan(epochs: epochs, batchSize: 4), random: RandomSource(seed: seed)
    ) { line, step throws(Breakdown) in
      try step.descend(&line.model, with: &line.optimizer) { model in
        meanSquaredError(model(x.gathered(step.batch)), y.gathered(step.batch))
      }
    } evaluate: { line, _ in
      let (loss, rate) = (meanSquaredError(line.model(x), y).item, line.optimizer.learningRate)
      if let next = line.plateau?.rate(after: loss) { line.optimizer.learningRate = next }
      return ["above the least": loss - least, "rate": rate]
    }
  }
  let lowered = history(ReduceOnPlateau(from: learningRate, by: 0.3, patience: 8))
  return PlateauResult(
    losses: lowered["above the least"], rates: lowered["rate"], constant: history(nil)["above the least"])
}

/// A line in training, and what may lower its learning rate.
private struct LineTraining: TrainingState {
  var model: Linear
  var optimizer: GradientDescent
  var plateau: ReduceOnPlateau?
  static var kept: [PartialKeyPath<LineTraining>] { [\.model, \.optimizer, \.plateau] }
}
