import Attention
import Figures
import Running
import Tensors
import Training
import Transformer

// § 7.4.3: twelve blocks, both placements, with and without warm-up.

/// A training of a deep tagger.
public struct DepthRun: Sendable {
  /// Where the blocks normalize.
  public let placement: NormPlacement
  /// The steps of warm-up; 0 for none.
  public let warmup: Int
  /// The mean loss of every `stepsPerCheck` steps.
  public let losses: [Double]
  /// The steps of an entry.
  public let stepsPerCheck: Int
  /// The share of places with the right tag, on 100 new sequences.
  public let accuracy: Double

  /// The loss at the end.
  public var last: Double { losses.last ?? .nan }
  /// A name for tables.
  public var name: String { "\(placement.name), \(warmup > 0 ? "\(warmup) steps of warm-up" : "no warm-up")" }
}

extension NormPlacement {
  /// The name in the notes.
  public var name: String { self == .preNorm ? "Pre-Norm" : "Post-Norm" }
}

/// Trains taggers of L blocks of width 32 on mirrored tagging, all from the same seed. § 7.4.3
public func trainDeep(
  blocks L: Int = 12, steps: Int, warmup: Int, learningRate: Double, seed: UInt64, batch: Int = 32,
  report: (String) -> (@Sendable (TrainingProgress) -> Void)?
) -> [DepthRun] {
  [NormPlacement.preNorm, .postNorm].flatMap { placement in
    [0, warmup].map { warmup in
      trainDeep(
        blocks: L, placement, steps: steps, warmup: warmup, learningRate: learningRate, seed: seed, batch: batch,
        report: report("\(placement.name), \(warmup > 0 ? "warm-up" : "no warm-up")"))
    }
  }
}

/// Trains one of them.
public func trainDeep(
  blocks L: Int, _ placement: NormPlacement, steps: Int, warmup: Int, learningRate: Double, seed: UInt64,
  batch: Int = 32, report: (@Sendable (TrainingProgress) -> Void)? = nil
) -> DepthRun {
  let (random, T) = (RandomSource(seed: seed), 8)
  let start = SequenceTagger(
    symbols: 16, longest: T, width: 32, heads: 2, hidden: 64, blocks: L, placement: placement, random: random.split())
  let (drawn, order) = (random.split(), random.split())
  var plan = SequencePlan(
    steps: steps, batch: batch, learningRate: learningRate, warmup: warmup, stepsPerCheck: max(1, steps / 30))
  plan.report = report
  let (model, history) = start.trained(by: plan, random: order) { model in
    let sequences = MirroredTags.draw(batch, time: T, random: drawn)
    return model.loss(sequences, tags: MirroredTags.tags(sequences))
  }
  let fresh = MirroredTags.draw(100, time: T, random: RandomSource(seed: 17))
  let right = zip(model(fresh).argmax(), MirroredTags.tags(fresh)).count { $0 == $1 }
  return DepthRun(
    placement: placement, warmup: warmup, losses: history.losses, stepsPerCheck: plan.stepsPerCheck,
    accuracy: Double(right) / Double(100 * T))
}

func depthTable(_ runs: [DepthRun]) -> Table {
  Table(
    "Mirrored tagging, 12 blocks of width 32, rate 0.01: chance is a loss of ln 16 = 2.773",
    columns: ["blocks", "warm-up", "first loss", "last loss", "accuracy"],
    rows: runs.map {
      [
        .text($0.placement.name), .text($0.warmup > 0 ? "\($0.warmup) steps" : "none"),
        .number($0.losses.first ?? .nan, decimals: 3), .number($0.last, decimals: 3),
        .number($0.accuracy, decimals: 3),
      ]
    })
}

func depthFigure(_ runs: [DepthRun]) -> LineChart {
  LineChart(
    "Twelve blocks: what warm-up changes", x: Axis("step"), y: Axis("loss, nats"),
    series: runs.map { run in
      Series(run.name, x: run.losses.indices.map { Double(($0 + 1) * run.stepsPerCheck) }, run.losses)
    })
}
