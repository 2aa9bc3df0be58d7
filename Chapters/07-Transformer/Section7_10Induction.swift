import Attention
import Figures
import Running
import Tensors
import Training
import Transformer

/// § 7.10: copying from the context takes two layers of attention.
public let section7_10e = Exercise(.section, "7.10e", "Learning from the context", seconds: 10) { run in
  let task = InductionTask(symbols: 24)
  let runs = [1, 2].map { blocks in
    learnInduction(
      task, blocks: blocks, steps: run.choose(quick: 3, standard: 400, full: 2_000), random: run.random.split(),
      report: run.progress("\(blocks) layers"))
  }
  run.show(inductionTable(runs), as: "accuracy")
  run.show(headTable(runs), as: "heads")
  if let figure = runs[1].figure(task, seed: run.options.seed) { run.show(figure, as: "heads") }
  for one in runs { run.card("accuracy, blocks: \(one.blocks)", one.accuracy) }
  run.parameters = runs[1].model.parameterCount
}

/// A model that was trained to copy from the context.
public struct InductionRun: Sendable {
  /// The number of blocks, each with one layer of attention.
  public let blocks: Int
  /// The model.
  public let model: Llama
  /// The steps, and the shares of determined symbols that were right after them.
  public let curve: [(step: Int, accuracy: Double)]
  /// The share on new sequences.
  public var accuracy: Double { curve.last?.accuracy ?? 0 }
  /// For each block the weights of its heads on the place behind the earlier occurrence, and on the place before.
  public let heads: [(induction: [Double], previous: [Double])]
}

/// Trains a model of some blocks on the task.
public func learnInduction(
  _ task: InductionTask, blocks: Int, steps: Int, random: RandomSource,
  report: (@Sendable (TrainingProgress) -> Void)? = nil
) -> InductionRun {
  let start = Llama(
    symbols: task.symbols, context: task.length, width: 64, heads: 2, groups: 2, blocks: blocks, random: random.split())
  let (draws, test) = (random.split(), random.split())
  let judged = (0..<200).map { _ in task.draw(test) }
  var plan = SequencePlan(
    steps: steps, learningRate: 1e-2, warmup: steps / 10, stepsPerCheck: max(1, steps / 10))
  plan.report = report
  let (model, history) = start.trained(by: plan, random: random.split()) { model in
    task.loss(model, (0..<32).map { _ in task.draw(draws) })
  } evaluate: { model in
    ["accuracy": task.accuracy(model, judged)]
  }
  let curve = history["accuracy"].enumerated().map { (($0 + 1) * plan.stepsPerCheck, $1) }
  return InductionRun(
    blocks: blocks, model: model, curve: curve,
    heads: (0..<blocks).map { task.weights(model, block: $0, Array(judged.prefix(50))) })
}

private func inductionTable(_ runs: [InductionRun]) -> Table {
  Table(
    "Share of determined symbols that are right", columns: ["step"] + runs.map { "\($0.blocks) attention layers" },
    rows: runs[0].curve.indices.map { place in
      [.integer(runs[0].curve[place].step)] + runs.map { .number($0.curve[place].accuracy, decimals: 3) }
    })
}

private func headTable(_ runs: [InductionRun]) -> Table {
  Table(
    "Mean weight of each head", columns: ["layers", "layer", "head", "on the place before", "behind the same symbol"],
    rows: runs.flatMap { run in
      run.heads.enumerated().flatMap { layer, heads in
        heads.induction.indices.map { head in
          [
            .integer(run.blocks), .integer(layer + 1), .integer(head + 1),
            .number(heads.previous[head], decimals: 3), .number(heads.induction[head], decimals: 3),
          ]
        }
      }
    })
}

extension InductionRun {
  /// The maps of the head that looks at the place before most, in the first layer, and of the head that looks behind
  /// the same symbol most, in the last, for a sequence with a piece of ten symbols.
  func figure(_ task: InductionTask, seed: UInt64) -> Panels? {
    let short = InductionTask(symbols: task.symbols, length: task.length, periods: 10...10)
    let sequence = Array(short.draw(RandomSource(seed: seed)).sequence.dropLast())
    func largest(_ weights: [Double]) -> Int { weights.indices.max { weights[$0] < weights[$1] } ?? 0 }
    guard let first = heads.first, let last = heads.last else { return nil }
    let maps = [
      (0, largest(first.previous), "before"), (blocks - 1, largest(last.induction), "copies"),
    ]
    return Panels(
      "A piece of ten symbols, repeated: rows look at columns",
      maps.map { block, head, name in
        let scalars = model.weights([sequence], block: block)[0, head].scalars
        let n = sequence.count
        return HeatMap(
          "Layer \(block + 1), head \(head + 1): \(name)",
          values: (0..<n).map { Array(scalars[$0 * n..<($0 + 1) * n]) }, format: nil, range: 0...1)
      })
  }
}
