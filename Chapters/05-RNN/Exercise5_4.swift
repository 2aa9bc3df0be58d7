import Backprop
import Figures
import Messages
import RNN
import Running
import Tensors
import Training

/// Exercise 5.4: the copy task, the gates of the LSTM that solves it, and the delay from which a simple network fails.
public let exercise5_4 = Exercise(
  "5.4", "The gates of an LSTM on the copy task", stars: 3, seconds: 100, quick: 1, full: 1_500
) { run in
  var runs: [CopyRun] = []
  for setting in copySettings(run.options.budget) {
    let start = setting.continues ? runs.last?.network : nil
    runs.append(solveCopy(setting, from: start, random: run.random) { run.progress($0) })
  }
  run.show(copyTable(runs.map(\.result)), as: "copy")
  run.show(
    LineChart(
      "The copy task", x: Axis("step"), y: Axis("symbols reproduced", range: 0...1),
      series: runs.map { run in
        let steps = run.result.accuracies.indices.map { Double(($0 + 1) * run.result.stepsPerCheck) }
        return Series(run.result.name, x: steps, run.result.accuracies)
      }), as: "copy")
  if let first = runs.first {
    let trace = traceGates(first.network, first.task, random: run.random)
    run.show(gateTable(trace), as: "gates")
    run.show(gateFigure(trace), as: "gates")
    for text in interpret(trace) { run.say(text) }
    run.say("")
    run.parameters = first.network.parameterCount
    run.card("symbols right, LSTM, T = \(first.task.delay)", first.result.accuracy)
    run.card("mean f while waiting", trace.mean(\.forget, during: .waiting))
  }
  let limits = findLimits(run)
  run.show(limitTable(limits), as: "limits")
  for limit in limits { run.card("fails from T, \(limit.name)", limit.failsFrom.map { "\($0)" } ?? "not found") }
  let usual = solveCopy(usualSetting(run.options.budget), random: run.random) { run.progress($0) }
  run.say("From the usual start, without chrono biases:\n")
  run.show(copyTable([usual.result]), as: "usual")
}

// MARK: - 5.4.1

/// A copy task, and the budget for it.
public struct CopySetting: Sendable {
  /// The number of different symbols, and the delay.
  public let symbols, delay: Int
  /// The most steps.
  public let steps: Int
  /// The units.
  public let hidden: Int
  /// Whether the training starts from the network of the task before, or from new weights.
  public let continues: Bool
  /// Whether new forget gates start from chrono biases, or as usual.
  public let isChrono: Bool

  /// A task of these sizes.
  public init(
    symbols: Int, delay: Int, steps: Int, hidden: Int, continues: Bool = false, isChrono: Bool = true
  ) {
    (self.symbols, self.delay, self.steps, self.hidden) = (symbols, delay, steps, hidden)
    (self.continues, self.isChrono) = (continues, isChrono)
  }
}

/// The tasks of a budget: eight symbols over 10, 50 and 100 steps, the last from the network of the one before unless
/// there is time.
public func copySettings(_ budget: Budget) -> [CopySetting] {
  switch budget {
  case .quick:
    [
      CopySetting(symbols: 4, delay: 3, steps: 40, hidden: 16),
      CopySetting(symbols: 4, delay: 5, steps: 20, hidden: 16, continues: true),
    ]
  case .standard:
    [
      CopySetting(symbols: 8, delay: 10, steps: 2_500, hidden: 128),
      CopySetting(symbols: 8, delay: 50, steps: 5_000, hidden: 64),
      CopySetting(symbols: 8, delay: 100, steps: 1_500, hidden: 64, continues: true),
    ]
  case .full:
    [CopySetting(symbols: 8, delay: 10, steps: 5_000, hidden: 128)]
      + [50, 100].map { CopySetting(symbols: 8, delay: $0, steps: 10_000, hidden: 64) }
  }
}

/// Ten steps again, for an LSTM whose forget gates start as usual.
public func usualSetting(_ budget: Budget) -> CopySetting {
  switch budget {
  case .quick: CopySetting(symbols: 4, delay: 3, steps: 40, hidden: 16, isChrono: false)
  case .standard: CopySetting(symbols: 8, delay: 10, steps: 1_000, hidden: 128, isChrono: false)
  case .full: CopySetting(symbols: 8, delay: 10, steps: 5_000, hidden: 128, isChrono: false)
  }
}

/// The result of training on a copy task.
public struct CopyResult: Sendable {
  /// The delay, in words.
  public let name: String
  /// The units of the LSTM, and the steps that were made.
  public let units, steps: Int
  /// The share of symbols that were reproduced, check by check.
  public let accuracies: [Double], stepsPerCheck: Int
  /// The loss per step of the best without memory, over all steps and over those where symbols are due, in nats.
  public let baseline, baselineWhenDue: Double
  /// The last accuracy.
  public var accuracy: Double { accuracies.last ?? 0 }
}

/// A network that was trained on a copy task.
public struct CopyRun: Sendable {
  /// The network after the last step.
  public let network: SequenceNetwork<LongShortTermMemory>
  /// The task, and the result.
  public let task: CopyTask, result: CopyResult
}

/// Trains an LSTM on a copy task, from new weights or from a network that has learned another. Exercise 5.4.1
public func solveCopy(
  _ setting: CopySetting, from start: SequenceNetwork<LongShortTermMemory>? = nil, random: RandomSource,
  report: (String) -> (@Sendable (TrainingProgress) -> Void)? = { _ in nil }
) -> CopyRun {
  let task = CopyTask(symbols: setting.symbols, delay: setting.delay)
  let layer = LongShortTermMemory(
    task.inputs, setting.hidden, forgetBias: setting.isChrono ? .chrono(longest: task.steps) : .uniform,
    random: random)
  let name = "T = \(setting.delay)" + (start == nil ? "" : ", continued") + (setting.isChrono ? "" : ", usual start")
  var plan = DelayPlan(steps: setting.steps, learningRate: 5e-3)
  (plan.report, plan.stepsPerCheck) = (report(name), min(100, setting.steps / 2))
  plan.level = 0.98
  let training = (start ?? SequenceNetwork(layer, outputs: task.classes, random: random))
    .trained(on: task, plan: plan, random: random)
  let baseline = task.memorylessLoss
  return CopyRun(
    network: training.network, task: task,
    result: CopyResult(
      name: name, units: setting.hidden, steps: training.steps, accuracies: training.accuracies,
      stepsPerCheck: training.stepsPerCheck, baseline: baseline,
      baselineWhenDue: baseline * Double(task.steps) / Double(task.length)))
}

private func copyTable(_ results: [CopyResult]) -> Table {
  Table(
    "Copies of 8 symbols after T steps by an LSTM",
    columns: ["delay", "units", "steps", "reproduced", "loss without memory", "the same where symbols are due"],
    rows: results.map {
      [
        .text($0.name), .integer($0.units), .integer($0.steps), .number($0.accuracy, decimals: 3),
        .number($0.baseline, decimals: 3),
        .number($0.baselineWhenDue, decimals: 3),
      ]
    })
}
