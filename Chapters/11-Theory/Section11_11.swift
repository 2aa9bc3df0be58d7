import Figures
import Foundations
import Messages
import Running
import Tensors
import Theory
import Training

/// § 11.11: late generalization on addition modulo 31, with its controls.
public let section11_11 = Exercise(
  .section, "11.11", "Grokking: addition modulo 31", seconds: 22, quick: 1, full: 120
) { run in
  let checks = run.choose(quick: 10, standard: 300, full: 1_000)
  let runs = GrokkingRun.Kind.allCases.flatMap { kind in
    (0..<(kind == .decay ? run.choose(quick: 1, standard: 3, full: 5) : 1)).map { number in
      GrokkingRun(
        kind, seed: run.options.seed + UInt64(number),
        plan: run.reporting(
          TrainingPlan(epochs: checks, batchSize: 1), "\(kind.rawValue), seed \(run.options.seed + UInt64(number))"))
    }
  }
  run.show(grokkingTable(runs), as: "grokking")
  run.show(grokkingFigure(runs), as: "grokking")
  run.parameters = runs.first?.model.parameterCount
  for one in runs { run.card("test accuracy, \(one.name)", one.test.last ?? .nan) }
}

/// One training on addition modulo 31.
public struct GrokkingRun: Sendable {
  /// What is trained.
  public enum Kind: String, CaseIterable, Sendable {
    case decay = "weight decay 1"
    case noDecay = "no weight decay"
    case randomLabels = "random labels"
    case orderedPairs = "ordered pairs, no weight decay"
  }

  /// The kind, and the seed.
  public let kind: Kind, seed: UInt64
  /// The trained model.
  public let model: ModularAdder
  /// The measurements, every 10 steps.
  public let history: History

  /// Trains a network with 128 hidden units on a share of the pairs.
  public init(_ kind: Kind, modulus: Int = 31, share: Double = 0.6, seed: UInt64, plan: TrainingPlan) {
    let random = RandomSource(seed: seed)
    let task = ModularAddition(
      modulus: modulus, share: share, split: kind == .orderedPairs ? .orderedPairs : .unorderedPairs,
      hasRandomLabels: kind == .randomLabels, random: random)
    let start = ModularAdder(modulus: modulus, dimension: 32, hidden: 128, random: random)
    let hasDecay = kind == .decay || kind == .randomLabels
    (model, history) = task.trained(
      start, learningRate: 1e-2, weightDecay: hasDecay ? 1 : 0, plan: plan, random: random)
    (self.kind, self.seed) = (kind, seed)
  }

  /// The name of the run.
  public var name: String { "\(kind.rawValue), seed \(seed)" }
  /// The accuracies on the training part.
  public var train: [Double] { history["training accuracy"] }
  /// The accuracies on the test part.
  public var test: [Double] { history["test accuracy"] }

  /// The first measured step at which an accuracy was reached.
  public func step(of accuracy: Double, in values: [Double]) -> Int? {
    values.firstIndex { $0 >= accuracy }.map { ($0 + 1) * ModularAddition.stepsPerCheck }
  }
}

private func grokkingTable(_ runs: [GrokkingRun]) -> Table {
  func told(_ step: Int?) -> Table.Cell { step.map { .integer($0) } ?? "–" }
  return Table(
    "a + b mod 31, all training pairs in every step",
    columns: [
      "run", "training 1.00 at step", "test then", "test ≥ 0.95 at step", "training at the end", "test at the end",
      "norm of the weights",
    ],
    rows: runs.map { run in
      let memorized = run.step(of: 1, in: run.train)
      return [
        .text(run.name), told(memorized),
        memorized.map { .number(run.test[$0 / ModularAddition.stepsPerCheck - 1], decimals: 3) } ?? "–",
        told(run.step(of: 0.95, in: run.test)), .number(run.train.last ?? .nan, decimals: 3),
        .number(run.test.last ?? .nan, decimals: 3), .number(run.history["norm"].last ?? .nan, decimals: 1),
      ]
    })
}

private func grokkingFigure(_ runs: [GrokkingRun]) -> Panels {
  func chart(_ run: GrokkingRun) -> LineChart {
    let steps = run.test.indices.map { Double(($0 + 1) * ModularAddition.stepsPerCheck) }
    return LineChart(
      run.name, x: Axis("step", .logarithmic), y: Axis("accuracy", range: 0...1),
      series: [Series("training", x: steps, run.train), Series("test", x: steps, run.test)])
  }
  return Panels("Addition modulo 31", columns: 2, runs.map(chart))
}
