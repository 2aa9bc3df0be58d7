import Attention
import DataSets
import Figures
import Messages
import RNN
import Running
import Tensors
import Transformer

/// Sentences drawn from a masked model by Gibbs sampling, and from a causal one word by word. Exercise 7.5.1
public struct GibbsCourse: Sendable {
  /// The share of sentences that are of the language, after each sweep.
  public private(set) var shares: [Double] = []
  /// The passes of the network for each sentence after each sweep, on average.
  public private(set) var passes: [Double] = []
  /// The same share for the causal model, and its passes for each sentence.
  public private(set) var causal = 0.0, causalPasses = 0.0
  /// Some of the last sentences.
  public private(set) var samples: [String] = []

  /// Draws sentences as long as held ones from the masked model, and as many from the causal one.
  public init(_ pair: LearnedPair, _ set: SentenceSet, count: Int, sweeps: Int, seed: UInt64) {
    let frames = set.held.prefix(count).map { sentence in
      sentence.map { set.words.contains($0) ? set.mask : $0 }
    }
    let words = frames.map { Double($0.count - 2) }.reduce(0, +) / Double(frames.count)
    func share(_ sentences: [[Int]]) -> Double {
      let good = sentences.count { sentence in set.truth.map { $0.probability(of: set.text(sentence)) > 0 } ?? false }
      return Double(good) / Double(sentences.count)
    }
    var last: [[Int]] = []
    pair.masked.gibbs(
      Array(frames), mask: set.mask, allowed: set.words, sweeps: sweeps, using: RandomSource(seed: seed)
    ) { sweep, sequences, _ in
      shares.append(share(sequences))
      passes.append(Double(sweep) * words)
      last = sequences
    }
    let random = RandomSource(seed: seed)
    let drawn = (0..<count).map { _ in Self.sentence(of: pair.causal, set, using: random) }
    causal = share(drawn)
    causalPasses = Double(drawn.reduce(0) { $0 + $1.count - 1 }) / Double(count)
    func shown(_ sentences: [[Int]]) -> [String] {
      sentences.prefix(4).map { "  | " + set.text($0).joined(separator: " ") }
    }
    samples = ["masked, by Gibbs sampling"] + shown(last) + ["causal, word by word"] + shown(drawn)
  }

  /// A sentence of the causal model, up to its end or to a full context.
  private static func sentence(of model: GPT, _ set: SentenceSet, using random: RandomSource) -> [Int] {
    var sentence = [SentenceSet.start]
    model.generate(
      after: sentence, length: model.context - 1, sampling: Sampling(), using: random
    ) { symbol in
      sentence.append(symbol)
      return symbol != SentenceSet.end
    }
    return sentence
  }

  var table: Table {
    let masked = shares.indices.map { sweep -> [Table.Cell] in
      ["masked", .integer(sweep + 1), .number(passes[sweep], decimals: 1), .number(shares[sweep], decimals: 3)]
    }
    let causal: [Table.Cell] = ["causal", "", .number(causalPasses, decimals: 1), .number(self.causal, decimals: 3)]
    return Table(
      "Sentences of the language among those drawn", columns: ["model", "sweeps", "passes for a sentence", "share"],
      rows: masked + [causal])
  }

  var chart: LineChart {
    LineChart(
      "Sentences drawn", x: Axis("passes of the network for a sentence"),
      y: Axis("share that is of the language", range: 0...1),
      series: [
        Series("masked, Gibbs sampling", x: passes, shares, style: .both),
        Series("causal, word by word", x: [causalPasses], [causal], style: .points),
      ])
  }
}
