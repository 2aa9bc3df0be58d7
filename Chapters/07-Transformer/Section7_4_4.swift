import Attention
import CNN
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import Transformer

/// § 7.4.4: the complete architecture writes letters backwards, and numbers in digits.
public let section7_4_4 = Exercise(
  .section, "7.4.4", "The complete Transformer translates", seconds: 100, quick: 2, full: 300
) { run in
  let reversal = WritingTask.reversal(
    steps: run.choose(quick: 8, standard: 1_600, full: 3_000), batch: run.choose(quick: 8, standard: 64, full: 64))
  let numbers = WritingTask.numbers(
    steps: run.choose(quick: 8, standard: 600, full: 1_500), batch: run.choose(quick: 8, standard: 64, full: 64))
  let seed = run.random.next()
  let results = [reversal, numbers].map { task in task.run(seed: seed, report: run.progress(task.name)) }
  run.show(writingTable(results, tests: run.choose(quick: 10, standard: 200, full: 1_000)), as: "exact")
  run.show(lossFigure(results), as: "losses")

  let letters = SequencePairs.reversals(
    run.choose(quick: 4, standard: 200, full: 200), lengths: 15...15, random: RandomSource(seed: 15))
  let mirrored = mirroredWeights(results[0].network, letters)
  run.show(mirrorTable(mirrored), as: "mirrored")
  run.show(crossMaps(results[0].network, results[1].network), as: "cross-attention")
  run.show(beamTable(results[0].network, count: run.choose(quick: 2, standard: 20, full: 50)), as: "beam")
  run.show(baseTable, as: "base")

  run.parameters = results[0].network.parameterCount
  run.card("15 letters backwards, exact", results[0].network.exactMatch(letters))
  run.card("unseen numbers, exact", results[1].network.exactMatch(results[1].task.unseen))
  run.card("largest weight at the mirrored place", mirrored.flatMap { $0 }.max() ?? .nan)
}

/// A task of § 7.4.4: what the network reads and writes, and how long it learns.
public struct WritingTask: Sendable {
  /// The name of the task.
  public let name: String
  /// The symbols to read, and those to write.
  public let sourceSymbols, targetSymbols: Int
  /// The steps, and the pairs of a step.
  public let steps, batch: Int
  /// Pairs that no step sees.
  public let unseen: SequencePairs
  /// The pairs of one step.
  let draw: @Sendable (RandomSource) -> SequencePairs

  /// 5 to 15 letters to be written backwards, new ones in every step; those of a step are equally long.
  public static func reversal(steps: Int, batch: Int = 64) -> WritingTask {
    WritingTask(
      name: "letters backwards", sourceSymbols: 26, targetSymbols: 26, steps: steps, batch: batch,
      unseen: .reversals(200, lengths: 5...15, random: RandomSource(seed: 15))
    ) { random in
      let length = 5 + random.integer(below: 11)
      return .reversals(batch, lengths: length...length, random: random)
    }
  }

  /// Exercise 6.1.2: the words of 800 numbers below 1,000, to be written in digits; the other 200 are not seen.
  public static func numbers(steps: Int, batch: Int = 64) -> WritingTask {
    let numbers = NumberTranslation(below: 1_000, seen: 800, unseen: 200, random: RandomSource(seed: 123))
    return WritingTask(
      name: "number words to digits", sourceSymbols: numbers.words.count, targetSymbols: 10, steps: steps, batch: batch,
      unseen: numbers.pairs(numbers.unseen)
    ) { random in
      numbers.pairs((0..<batch).map { _ in numbers.seen[random.integer(below: numbers.seen.count)] })
    }
  }

  /// Trains a Transformer of 2 + 2 blocks by AdamW, the learning rate rising over the first tenth of the steps.
  public func run(seed: UInt64, report: (@Sendable (TrainingProgress) -> Void)? = nil) -> WritingResult {
    let random = RandomSource(seed: seed)
    let start = EncoderDecoderTransformer(
      sourceSymbols: sourceSymbols, targetSymbols: targetSymbols, width: 64, heads: 4, hidden: 128, blocks: 2,
      random: random.split())
    var plan = SequencePlan(
      steps: steps, batch: batch, learningRate: 3e-3, warmup: steps / 10, stepsPerCheck: max(1, steps / 20))
    plan.report = report
    let (drawn, order) = (random.split(), random.split())
    let (network, history) = start.trained(by: plan, with: ParameterGroups.adamW(of: start), random: order) { network in
      let pairs = draw(drawn)
      return network.loss(pairs.sourceTokens, pairs.targetTokens)
    } evaluate: { _, _ in
      [:]
    }
    return WritingResult(task: self, network: network, losses: history.losses, stepsPerLoss: plan.stepsPerCheck)
  }
}

/// What a training on a task led to.
public struct WritingResult: Sendable {
  /// The task.
  public let task: WritingTask
  /// The network.
  public let network: EncoderDecoderTransformer
  /// The mean loss of every `stepsPerLoss` steps.
  public let losses: [Double]
  /// The steps that a loss is the mean of.
  public let stepsPerLoss: Int
}

/// The share of written letters for which a head's largest weight is at the mirrored place: letter t of T was read at
/// T − 1 − t. [block][head]
public func mirroredWeights(_ network: EncoderDecoderTransformer, _ pairs: SequencePairs) -> [[Double]] {
  let count = Double(pairs.sources.map(\.count).reduce(0, +))
  var hits = network.decoder.blocks.map { [Double](repeating: 0, count: $0.crossAttention.heads) }
  for (source, target) in zip(pairs.sources, pairs.targets) {
    for (block, weights) in network.crossWeights(source, target).enumerated() {
      let peaks = weights.argmax(axis: 2)  // one for each head and row
      for (place, peak) in peaks.enumerated() {
        let (head, t) = place.quotientAndRemainder(dividingBy: target.count + 1)
        if t < source.count && peak == source.count - 1 - t { hits[block][head] += 1 / count }
      }
    }
  }
  return hits
}

/// The parameters of the base model of Vaswani et al. (2017): encoder and decoder, without embeddings.
public func baseParameters() -> (encoder: Int, decoder: Int) {
  let (d, d_ff, h, random) = (512, 2_048, 8, RandomSource(seed: 1))
  let encoder = TransformerEncoderBlock(d, heads: h, hidden: d_ff, placement: .postNorm, random: random)
  let decoder = TransformerDecoderBlock(d, heads: h, hidden: d_ff, placement: .postNorm, random: random)
  return (6 * encoder.parameterCount, 6 * decoder.parameterCount)
}
