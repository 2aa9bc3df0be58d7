// § 12.2.2  Machine translation: both directions, and what a search finds

import Attention
import DataSets
import Messages
import Tensors
import Transformer

extension SequencePairs {
  /// The pairs for the way back: what was written is read, and what was read is written. § 12.2.2
  public var exchanged: SequencePairs { SequencePairs(sources: targets, targets: sources) }
}

extension EncoderDecoderTransformer {
  /// ln p(y | x) = Σₜ ln p(yₜ | y₁, …, yₜ₋₁, x) of each target with its end, in nats. § 12.2.1, § 12.2.2
  public func logProbabilities(of pairs: SequencePairs) -> [Double] {
    let labels = Tokens(pairs.targets.map { $0 + [end] }, padding: end)
    let z = logits(pairs.sourceTokens, pairs.targetTokens)  // [N×T×(K+1)]
    let all = z.reshaped([z.shape[0] * z.shape[1], z.shape[2]]).logSoftmax().picked(labels.numbers).scalars
    return labels.lengths.enumerated().map { row, length in
      all[row * labels.time..<row * labels.time + length].reduce(0, +)
    }
  }

  /// Greedy decoding and a beam of this width on the same sources. § 12.2.2
  public func compared(on pairs: SequencePairs, width: Int) -> SearchComparison {
    let longest = (pairs.targets.map(\.count).max() ?? 0) + 2
    let greedy = pairs.count == 0 ? [] : translate(pairs.sourceTokens, longest: longest)
    let found = pairs.sources.map { translate($0, width: width, longest: longest)[0] }
    return SearchComparison(
      width: width, targets: pairs.targets, greedy: greedy,
      greedyLogProbabilities: logProbabilities(of: SequencePairs(sources: pairs.sources, targets: greedy)),
      beam: found.map(\.tokens), beamLogProbabilities: found.map(\.logProbability))
  }
}

/// The translations that greedy decoding and a beam find, with their probabilities. § 12.2.2
///
/// A beam as wide as there are prefixes finds the most probable translation. A narrower one nearly always finds one at
/// least as probable as the greedy one, but there is no guarantee: the greedy prefix can drop out of the beam.
public struct SearchComparison: Sendable {
  /// How many prefixes the beam keeps.
  public let width: Int
  /// The right translations.
  public let targets: [[Int]]
  /// What greedy decoding writes, and ln p of it with the end.
  public let greedy: [[Int]], greedyLogProbabilities: [Double]
  /// What the beam writes, and ln p of it with the end.
  public let beam: [[Int]], beamLogProbabilities: [Double]

  /// These results, in the order of the sources.
  public init(
    width: Int, targets: [[Int]], greedy: [[Int]], greedyLogProbabilities: [Double], beam: [[Int]],
    beamLogProbabilities: [Double]
  ) {
    require(
      [greedy.count, beam.count, greedyLogProbabilities.count, beamLogProbabilities.count]
        .allSatisfy { $0 == targets.count },
      "cannot compare \(greedy.count) greedy translations and \(beam.count) of a beam for \(targets.count) sources: "
        + "one of each with its probability is needed for every source")
    (self.width, self.targets, self.greedy, self.beam) = (width, targets, greedy, beam)
    (self.greedyLogProbabilities, self.beamLogProbabilities) = (greedyLogProbabilities, beamLogProbabilities)
  }

  /// The mean gain of the beam, ln p(beam) − ln p(greedy), in nats.
  public var meanGain: Double {
    zip(beamLogProbabilities, greedyLogProbabilities).reduce(0) { $0 + $1.0 - $1.1 } / Double(max(1, targets.count))
  }
  /// How many sources have a more probable translation by the beam; differences below 10⁻⁴ are rounding.
  public var better: Int { zip(beamLogProbabilities, greedyLogProbabilities).count { $0 > $1 + 1e-4 } }
  /// How many have a less probable one.
  public var worse: Int { zip(beamLogProbabilities, greedyLogProbabilities).count { $0 < $1 - 1e-4 } }
  /// The fraction of right greedy translations, and that of the beam.
  public var greedyExact: Double { share(greedy) }
  /// The fraction of right translations by the beam.
  public var beamExact: Double { share(beam) }

  private func share(_ found: [[Int]]) -> Double {
    Double(zip(found, targets).count { $0 == $1 }) / Double(max(1, targets.count))
  }
}
