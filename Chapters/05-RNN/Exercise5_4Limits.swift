import Figures
import Messages
import RNN
import Running
import Tensors
import Training

// Exercise 5.4.4: beyond which delay a simple network fails.

/// The accuracies of a simple network for several delays and seeds.
public struct DelayLimit: Sendable {
  /// The layer.
  public let name: String
  /// The delays that were tried.
  public let delays: [Int]
  /// The last accuracies, by delay and seed.
  public let accuracies: [[Double]]
  /// The steps that were made, by delay and seed.
  public let steps: [[Int]]
  /// The share of symbols from which a task counts as solved.
  public let level: Double

  /// The outcome of trainings, by delay and seed.
  public init(name: String, delays: [Int], accuracies: [[Double]], steps: [[Int]], level: Double) {
    (self.name, self.delays, self.accuracies) = (name, delays, accuracies)
    (self.steps, self.level) = (steps, level)
  }

  /// The shortest delay at which no seed solves the task; nil if there is none.
  public var failsFrom: Int? { zip(delays, accuracies).first { $1.allSatisfy { $0 < level } }?.0 }
}

/// Trains simple networks with copies of 8 of 8 symbols after each delay. Exercise 5.4.4
public func delayLimit(
  _ name: String, matrix: RecurrentMatrix, delays: [Int], symbols: Int, hidden: Int, plan: DelayPlan, seeds: [UInt64],
  level: Double = 0.95, report: (String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> DelayLimit {
  let trainings = delays.map { delay in
    seeds.enumerated().map { place, seed in
      let (task, random) = (CopyTask(symbols: symbols, delay: delay), RandomSource(seed: seed))
      var plan = plan
      plan.report = report("\(name), T = \(delay), seed \(place + 1)")
      plan.level = level
      let layer = VanillaRNN(task.inputs, hidden, recurrent: matrix, random: random)
      return SequenceNetwork(layer, outputs: task.classes, random: random)
        .trained(on: task, plan: plan, random: random)
    }
  }
  return DelayLimit(
    name: name, delays: delays, accuracies: trainings.map { $0.map(\.accuracy) },
    steps: trainings.map { $0.map(\.steps) }, level: level)
}

/// Exercise 5.4.4 with the budget of a run.
func findLimits(_ run: Run) -> [DelayLimit] {
  let seeds = (0..<run.choose(quick: 1, standard: 3, full: 3)).map { _ in run.random.next() }
  let symbols = run.choose(quick: 2, standard: 8, full: 8)
  var plan = DelayPlan(steps: run.choose(quick: 20, standard: 1_500, full: 10_000), learningRate: 1e-3)
  plan.stepsPerCheck = run.choose(quick: 10, standard: 100, full: 100)
  func limit(_ name: String, _ matrix: RecurrentMatrix, _ delays: [Int]) -> DelayLimit {
    delayLimit(
      name, matrix: matrix, delays: delays, symbols: symbols, hidden: run.choose(quick: 16, standard: 128, full: 128),
      plan: plan, seeds: seeds
    ) { run.progress($0) }
  }
  return [
    limit(
      "simple, as usual", .uniform, run.choose(quick: [1, 2], standard: [2, 5, 10], full: [2, 5, 10, 20, 50])),
    limit(
      "simple, orthogonal", .orthogonal(1), run.choose(quick: [1], standard: [10, 50], full: [10, 20, 50, 100])),
  ]
}

func limitTable(_ limits: [DelayLimit]) -> Table {
  Table(
    "Copies of 8 symbols by simple networks, solved from \(decimals(limits[0].level, 2)) on",
    columns: ["W_hh", "T", "reproduced, by seed", "steps", "solved"],
    rows: limits.flatMap { limit in
      limit.delays.indices.map { i in
        [
          .text(limit.name), .integer(limit.delays[i]),
          .text(limit.accuracies[i].map { decimals($0, 2) }.joined(separator: ", ")),
          .text(limit.steps[i].map(grouped).joined(separator: ", ")),
          .text("\(limit.accuracies[i].count { $0 >= limit.level }) of \(limit.accuracies[i].count)"),
        ]
      }
    })
}
