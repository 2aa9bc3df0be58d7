import Backprop
import DataSets
import Figures
import Foundations
import Running
import Tensors
import Training

/// Exercise 2.5: tune the learning rate of a narrow network, use it for one ten times as wide; in the standard
/// parametrization and in µP.
public let exercise2_5 = Exercise(
  "2.5", "Transfer a learning rate to wider networks", stars: 3, seconds: 12, quick: 1, full: 600
) {
  run in
  let digits = try LabeledImages.opticalDigits()
  let widths = run.choose(quick: [16, 160], standard: [64, 160, 640], full: [64, 128, 256, 640, 1280])
  let sweeps = sweepLearningRates(
    on: digits, widths: widths,
    exponents: run.choose(quick: [-10, -8, -6], standard: Array(-11 ... -3), full: Array(-14 ... -3)),
    epochs: run.choose(quick: 1, standard: 3, full: 5), seeds: run.choose(quick: 1, standard: 2, full: 5),
    random: run.random)
  run.show(sweepTable(sweeps), as: "transfer")
  run.show(sweepFigure(sweeps), as: "transfer")
  for sweep in sweeps {
    run.card("last loss with the first η, \(sweep.parametrization.rawValue)", sweep.transferred.last ?? .nan)
  }
}

/// Training losses of one parametrization for every width and learning rate.
public struct RateSweep: Sendable {
  /// The parametrization.
  public let parametrization: Parametrization
  /// The widths, the first of which is the base width, and the learning rates.
  public let widths: [Int], rates: [Double]
  /// The mean training loss of the last epoch, over the seeds: `losses[width][rate]`.
  public let losses: [[Double]]

  /// The place of the best learning rate, for every width.
  public var best: [Int] { losses.map { row in row.indices.min { row[$0] < row[$1] } ?? 0 } }
  /// The loss with the rate that was best at the base width, for every width.
  public var transferred: [Double] { losses.map { $0[best[0]] } }
  /// How many powers of two the best rate moves from the base width to the last.
  public var shift: Int { best[0] - best[best.count - 1] }
}

/// Trains 64-n-n-n-10 on the digits with Adam, for every parametrization, width n and learning rate 2ᵏ. Exercise 2.5
public func sweepLearningRates(
  on digits: LabeledImages, widths: [Int], exponents: [Int], epochs: Int, seeds: Int, random: RandomSource
) -> [RateSweep] {
  let x = digits.flattened - digits.flattened.mean(axes: [0])
  let rates = exponents.map { Tensor(2, scalarType: .double).power(Double($0)).item }
  let starts = (0..<seeds).map { _ in random.next() }
  return Parametrization.allCases.map { parametrization in
    let family = NetworkFamily(
      inputs: 64, hiddenLayers: 3, outputs: 10, baseWidth: widths[0], parametrization: parametrization)
    let losses = widths.map { width in
      rates.map { η in
        starts.map { lastLoss(of: family, width: width, learningRate: η, x, digits.labels, epochs: epochs, seed: $0) }
          .reduce(0, +) / Double(seeds)
      }
    }
    return RateSweep(parametrization: parametrization, widths: widths, rates: rates, losses: losses)
  }
}

/// The mean loss of the last epoch of training in batches of 64; infinite if it diverged.
private func lastLoss(
  of family: NetworkFamily, width: Int, learningRate η: Double, _ x: Tensor, _ labels: [Int], epochs: Int, seed: UInt64
) -> Double {
  let random = RandomSource(seed: seed)
  var network = family.network(width: width, random: random)
  var optimizer = family.adam(width: width, learningRate: η)
  var plan = TrainingPlan(epochs: epochs, batchSize: 64)
  let steps = epochs * (labels.count / 64 + 1)
  plan.learningRate = { step in η * (1 - Double(step) / Double(steps)) }
  let history = fit(&network, with: &optimizer, to: Examples(x, labels: labels), plan: plan, random: random)
  return history.hasDiverged ? .infinity : history.losses.last ?? .infinity
}

private func sweepTable(_ sweeps: [RateSweep]) -> Table {
  Table(
    "The best learning rate, and what the narrow network's is worth",
    columns: [
      "parametrization", "width", "parameters", "best log₂ η", "loss there", "loss with the narrow network's η",
    ],
    rows: sweeps.flatMap { sweep in
      sweep.widths.indices.map { i in
        let η = Tensor(sweep.rates[sweep.best[i]], scalarType: .double)
        let n = sweep.widths[i]
        return [
          .text(sweep.parametrization.rawValue), .integer(n), .integer(MLP.parameterCount(widths: [64, n, n, n, 10])),
          .number((η.log() / Tensor(2, scalarType: .double).log()).item, decimals: 0),
          .number(sweep.losses[i][sweep.best[i]], decimals: 4), .number(sweep.transferred[i], decimals: 4),
        ]
      }
    })
}

private func sweepFigure(_ sweeps: [RateSweep]) -> Panels {
  Panels(
    "Training loss after the last epoch, by learning rate and width",
    sweeps.map { sweep in
      LineChart(
        sweep.parametrization.rawValue, x: Axis("learning rate η", .logarithmic),
        y: Axis("training loss", .logarithmic, range: 0.01...3),
        series: sweep.widths.indices.map { i in
          Series("width \(sweep.widths[i])", x: sweep.rates, sweep.losses[i], style: .both)
        })
    })
}
