import Figures
import Foundations
import Regularization
import Tensors
import Training

/// A regression problem with gaps: a noisy sine with examples in two intervals only.
public struct UncertaintyProblem: Sendable {
  /// The inputs. [N×1]
  public let x: Tensor
  /// The targets. [N×1]
  public let y: Tensor
  /// The intervals with examples.
  public static let intervals = [-2.0..<(-0.7), 0.7..<2.0]
  /// The standard deviation of the noise.
  public static let noise = 0.1

  /// 40 examples in each of the two intervals.
  public init(random: RandomSource) {
    x = Tensor.concatenated(Self.intervals.map { random.uniform([40, 1], in: $0) }, axis: 0)
    y = (2 * x).sin() + Self.noise * random.normal([80, 1])
  }

  /// The region of a point: among the examples, between the intervals, or outside of both.
  public enum Region: String, CaseIterable, Sendable {
    case data = "with examples"
    case gap = "between them"
    case outside = "outside"

    /// The region of a point.
    public init(_ x: Double) {
      self = intervals.contains { $0.contains(x) } ? .data : abs(x) < 1 ? .gap : .outside
    }
  }
}

/// A network with dropout behind each hidden layer, in the order of Listing 3.10.
public struct DropoutNetwork: Module {
  var layers: [Linear]
  var dropouts: [Dropout]

  /// A network of widths n₀, n₁, …, n_L with dropout of probability p.
  public init(_ widths: [Int], probability p: Double, random: RandomSource) {
    layers = zip(widths, widths.dropFirst()).map { Linear($0, $1, random: random) }
    dropouts = widths.dropFirst().dropLast().map { _ in Dropout(probability: p, random: random) }
  }

  /// Layers, and the noise of the dropout.
  public static var parameters: [PartialKeyPath<DropoutNetwork>] { [\.layers, \.dropouts] }

  /// The outputs for inputs stored as rows.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var h = x
    for (layer, dropout) in zip(layers, dropouts) { h = dropout(relu(layer(h))) }
    return layers[layers.count - 1](h)
  }
}

/// A trained network, and its predictions on a grid without and with dropout.
public struct UncertaintyStudy: Sendable {
  /// The network.
  public let network: DropoutNetwork
  /// The points of the grid.
  public let grid: [Double]
  /// The prediction of standard dropout: the network in evaluation.
  public let prediction: [Double]
  /// The mean and standard deviation of the passes of Monte Carlo dropout.
  public let mean, deviation: [Double]

  /// The mean of the standard deviation over a region of the grid.
  public func deviation(_ region: UncertaintyProblem.Region) -> Double { average(deviation, region) }

  /// The root mean squared error of values over a region of the grid.
  public func error(of values: [Double], _ region: UncertaintyProblem.Region) -> Double {
    let truth = (2 * Tensor(grid, scalarType: .double)).sin().scalars
    let squares = zip(values, truth).map { ($0 - $1) * ($0 - $1) }
    return average(squares, region).squareRoot()
  }

  private func average(_ values: [Double], _ region: UncertaintyProblem.Region) -> Double {
    let chosen = zip(grid, values).filter { UncertaintyProblem.Region($0.0) == region }.map(\.1)
    return chosen.reduce(0, +) / Double(chosen.count)
  }
}

/// Trains 1-64-64-1 with dropout, and evaluates it on a grid of [−4, 4], once without dropout and `passes` times with
/// it. Exercise 3.3.3
public func studyUncertainty(
  _ problem: UncertaintyProblem, passes: Int, plan: TrainingPlan, random: RandomSource
) -> UncertaintyStudy {
  var network = DropoutNetwork([1, 64, 64, 1], probability: 0.1, random: random)
  var optimizer = Adam(learningRate: 5e-3)
  train(
    &network, with: &optimizer, examples: problem.x.shape[0], plan: plan, random: random,
    loss: { network, batch in meanSquaredError(network(problem.x.gathered(batch)), problem.y.gathered(batch)) })
  let grid = Tensor.range(-80..<81) / 20
  let x = grid.expanded(axis: 1)
  let noisy = monteCarloDropout(network, at: x, passes: passes)
  return UncertaintyStudy(
    network: network, grid: grid.scalars, prediction: network(x).scalars, mean: noisy.mean.scalars,
    deviation: noisy.deviation.scalars)
}

func uncertaintyTable(_ study: UncertaintyStudy) -> Table {
  Table(
    "Error of the prediction, and spread of the passes",
    columns: ["where", "standard dropout: error", "Monte Carlo: error", "Monte Carlo: deviation"],
    rows: UncertaintyProblem.Region.allCases.map { region in
      [
        .text(region.rawValue), .number(study.error(of: study.prediction, region), decimals: 3),
        .number(study.error(of: study.mean, region), decimals: 3), .number(study.deviation(region), decimals: 3),
      ]
    })
}

func uncertaintyFigure(_ problem: UncertaintyProblem, _ study: UncertaintyStudy) -> LineChart {
  let (low, high) = (
    zip(study.mean, study.deviation).map { $0 - 2 * $1 }, zip(study.mean, study.deviation).map { $0 + 2 * $1 }
  )
  return LineChart(
    "Monte Carlo dropout: mean ± 2 standard deviations", x: Axis("x"), y: Axis("y"),
    series: [
      Series("Monte Carlo dropout", x: study.grid, study.mean, band: (low, high)),
      Series("standard dropout", x: study.grid, study.prediction),
      Series("sin 2x", x: study.grid, (2 * Tensor(study.grid, scalarType: .double)).sin().scalars),
      Series("examples", x: problem.x.scalars, problem.y.scalars, style: .points),
    ])
}
