import Attention
import DataSets
import Figures
import Running
import Tensors
import Training

/// § 6.1: the bottleneck of a fixed context: sequences of letters are to be written backwards.
public let section6_1 = Exercise(.section, "6.1", "The bottleneck of a fixed context", seconds: 20, quick: 1, full: 80)
{
  run in
  let task = ReversalTask(
    steps: run.choose(quick: 12, standard: 1000, full: 3000), batch: run.choose(quick: 16, standard: 64, full: 64),
    tests: run.choose(quick: 20, standard: 200, full: 1000))
  let seed = run.random.next()
  let results = [false, true].map { hasAttention in
    task.run(hasAttention: hasAttention, seed: seed, report: run.progress(hasAttention ? "attention" : "fixed context"))
  }
  run.show(exactTable(results, task), as: "exact")
  run.show(exactFigure(results, task), as: "lengths")
  run.show(reversalMap(results[1].network, random: RandomSource(seed: seed)), as: "alignment")
  run.show(beamTable(results[1].network, random: RandomSource(seed: seed)), as: "beam")

  run.parameters = results[1].network.parameterCount
  run.card("steps, both", Double(task.steps))
  run.card("exact at length 15, fixed context", results[0].exact(at: 15))
  run.card("exact at length 15, attention", results[1].exact(at: 15))
  run.card("largest weight at the mirrored place", results[1].mirrored)
}

/// The task of § 6.1: letters to be written backwards, learned from random sequences of some lengths.
public struct ReversalTask: Sendable {
  /// The lengths to learn from.
  public var lengths = 5...15
  /// The lengths to be judged by; the last one was never seen.
  public var testLengths = [5, 8, 10, 12, 15, 20]
  /// The number of steps, of sequences per step, and of sequences of each length to be judged by.
  public var steps, batch, tests: Int
  /// The largest learning rate.
  public var learningRate = 4e-3

  /// A task of this size.
  public init(steps: Int, batch: Int, tests: Int) { (self.steps, self.batch, self.tests) = (steps, batch, tests) }

  /// Trains a network with or without attention. All sequences of a step are equally long; both kinds see the same
  /// ones.
  public func run(
    hasAttention: Bool, seed: UInt64, report: (@Sendable (TrainingProgress) -> Void)? = nil
  ) -> ReversalResult {
    let random = RandomSource(seed: seed)
    let start = Translator(sourceSymbols: 26, targetSymbols: 26, hasAttention: hasAttention, random: random.split())
    var plan = SequencePlan(steps: steps, batch: batch, learningRate: learningRate, stepsPerCheck: max(1, steps / 20))
    plan.report = report
    let (drawn, order) = (random.split(), random.split())
    let (network, history) = start.trained(by: plan, random: order) { network in
      let length = lengths.lowerBound + drawn.integer(below: lengths.count)
      let pairs = SequencePairs.reversals(batch, lengths: length...length, random: drawn)
      return network.loss(pairs.sourceTokens, pairs.targetTokens)
    }
    let tests = testLengths.map {
      SequencePairs.reversals(self.tests, lengths: $0...$0, random: RandomSource(seed: 15))
    }
    return ReversalResult(
      network: network, losses: history.losses, stepsPerLoss: plan.stepsPerCheck, lengths: testLengths,
      exact: tests.map(network.exactMatch),
      mirrored: hasAttention ? mirroredShare(network, tests[testLengths.count - 2]) : 0)
  }
}

/// What a training on reversals led to.
public struct ReversalResult: Sendable {
  /// The network.
  public let network: Translator
  /// The mean loss of every `stepsPerLoss` steps.
  public let losses: [Double]
  /// The steps that a loss is the mean of.
  public let stepsPerLoss: Int
  /// The lengths, and the share of sequences of each that come out right to the last letter.
  public let lengths: [Int], exact: [Double]
  /// The share of letters for which the largest weight is at the place where the letter was read.
  public let mirrored: Double

  /// The share of one length.
  public func exact(at length: Int) -> Double { lengths.firstIndex(of: length).map { exact[$0] } ?? .nan }
}

/// The share of written letters whose largest weight is at the mirrored place: letter t of T was read at T − 1 − t.
public func mirroredShare(_ network: Translator, _ pairs: SequencePairs) -> Double {
  let longest = pairs.sources.map(\.count).max() ?? 0
  let translations = network.translate(pairs.sourceTokens, longest: longest)
  var (hits, count) = (0, 0)
  for (translation, source) in zip(translations, pairs.sources) {
    for (t, peak) in translation.peaks.prefix(source.count).enumerated() {
      (hits, count) = (hits + (peak == source.count - 1 - t ? 1 : 0), count + 1)
    }
  }
  return Double(hits) / Double(max(1, count))
}

// MARK: - Tables and figures

private func exactTable(_ results: [ReversalResult], _ task: ReversalTask) -> Table {
  Table(
    "Sequences right to the last letter, after \(task.steps) steps on lengths \(task.lengths.lowerBound) to "
      + "\(task.lengths.upperBound)", columns: ["length", "fixed context", "attention"],
    rows: task.testLengths.indices.map { place in
      [.integer(task.testLengths[place])] + results.map { .number($0.exact[place], decimals: 3) }
    })
}

private func exactFigure(_ results: [ReversalResult], _ task: ReversalTask) -> Panels {
  let names = ["fixed context", "attention"]
  return Panels(
    "Letters written backwards by an LSTM encoder and decoder",
    [
      LineChart(
        "Right to the last letter", x: Axis("length of the sequence"), y: Axis("share", range: 0...1),
        series: zip(names, results).map { name, result in
          Series(name, x: result.lengths.map(Double.init), result.exact, style: .both)
        }),
      LineChart(
        "Training loss", x: Axis("step"), y: Axis("nats per letter"),
        series: zip(names, results).map { name, result in
          Series(name, x: result.losses.indices.map { Double(($0 + 1) * result.stepsPerLoss) }, result.losses)
        }),
    ])
}

/// Where the decoder looks while it writes one sequence of 15 letters backwards.
private func reversalMap(_ network: Translator, random: RandomSource) -> HeatMap {
  let pairs = SequencePairs.reversals(1, lengths: 15...15, random: random)
  let translation = network.translate(pairs.sourceTokens, longest: 15)[0]
  func letters(_ symbols: [Int]) -> [String] { symbols.map { String("abcdefghijklmnopqrstuvwxyz".map { $0 }[$0]) } }
  let written = (letters(translation.tokens) + ["end"]).prefix(translation.weights.count)
  var map = alignmentMap(
    "Weights of one sequence", written: Array(written), read: letters(pairs.sources[0]),
    weights: translation.weights)
  map.format = nil
  return map
}

/// Beams of several widths on sequences that are longer than those learned from, where greedy decoding fails.
private func beamTable(_ network: Translator, random: RandomSource) -> Table {
  let pairs = SequencePairs.reversals(20, lengths: 17...17, random: random)
  let rows = [1, 2, 4, 8].map { width -> [Table.Cell] in
    let found = pairs.sources.map { network.translate($0, width: width, longest: 19)[0] }
    let hits = zip(found, pairs.targets).count { $0.tokens == $1 }
    return [
      .integer(width), .number(found.map(\.logProbability).reduce(0, +) / Double(found.count), decimals: 3),
      .number(Double(hits) / Double(found.count), decimals: 2),
    ]
  }
  return Table(
    "Beam search on 20 sequences of 17 letters, two more than were learned from",
    columns: ["width", "mean ln P of the best", "right"], rows: rows)
}
