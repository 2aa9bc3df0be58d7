import Attention
import DataSets
import Figures
import Messages
import Tensors
import Transformer

// § 7.4.4: tables and figures

func writingTable(_ results: [WritingResult], tests: Int) -> Table {
  func row(_ name: String, _ result: WritingResult, _ pairs: SequencePairs) -> [Table.Cell] {
    [
      .text(name), .integer(result.network.parameterCount), .integer(result.task.steps),
      .number(result.network.exactMatch(pairs), decimals: 3),
    ]
  }
  let lengths = [5, 10, 15, 16, 20].map { length in
    row(
      "\(length) letters backwards", results[0],
      .reversals(tests, lengths: length...length, random: RandomSource(seed: 15)))
  }
  return Table(
    "Unseen sequences that come out right to the last symbol, 2 + 2 blocks, d = 64, 4 heads",
    columns: ["task", "parameters", "steps", "exact"],
    rows: lengths + [row("number words to digits", results[1], results[1].task.unseen)])
}

func lossFigure(_ results: [WritingResult]) -> LineChart {
  LineChart(
    "A Transformer learns to write", x: Axis("step"), y: Axis("nats per symbol", .logarithmic),
    series: results.map { result in
      Series(
        result.task.name, x: result.losses.indices.map { Double(($0 + 1) * result.stepsPerLoss) }, result.losses)
    })
}

func mirrorTable(_ shares: [[Double]]) -> Table {
  Table(
    "Share of 15 letters for which a head of the cross-attention looks most at the mirrored place",
    columns: ["block"] + shares[0].indices.map { "head \($0)" },
    rows: shares.enumerated().map { block, heads in
      [.text("\(block + 1)")] + heads.map { .number($0, decimals: 3) }
    })
}

/// The mean weights of the last block's heads for a sequence of letters and for a number.
func crossMaps(_ reversal: EncoderDecoderTransformer, _ numbers: EncoderDecoderTransformer) -> Panels {
  let letters = SequencePairs.reversals(1, lengths: 12...12, random: RandomSource(seed: 4)).sources[0]
  let task = NumberTranslation(below: 1_000, seen: 800, unseen: 200, random: RandomSource(seed: 123))
  let names = "abcdefghijklmnopqrstuvwxyz".map { String($0) }
  return Panels(
    "Where the decoder looks, mean of the last block's heads",
    [
      crossMap("12 letters backwards", reversal, letters, { names[$0] }, letters.map { names[$0] }),
      crossMap("417", numbers, task.pairs([417]).sources[0], { "\($0)" }, task.words(of: 417)),
    ])
}

private func crossMap(
  _ title: String, _ network: EncoderDecoderTransformer, _ source: [Int], _ name: (Int) -> String, _ read: [String]
) -> HeatMap {
  let written = network.translate(Tokens([source]), longest: source.count + 2)[0]
  let weights = network.crossWeights(source, written).last?.mean(axes: [0]) ?? Tensor(0)  // [(T'+1)×T]
  var map = alignmentMap(
    title, written: written.map(name) + ["end"], read: read, weights: (0...written.count).map { weights[$0].scalars })
  map.format = nil
  return map
}

/// Beams of several widths on sequences one letter longer than any that was learned from.
func beamTable(_ network: EncoderDecoderTransformer, count: Int) -> Table {
  let pairs = SequencePairs.reversals(count, lengths: 16...16, random: RandomSource(seed: 16))
  let rows = [1, 2, 4].map { width -> [Table.Cell] in
    let found = pairs.sources.map { network.translate($0, width: width, longest: 18)[0] }
    let hits = zip(found, pairs.targets).count { $0.tokens == $1 }
    return [
      .integer(width), .number(found.map(\.logProbability).reduce(0, +) / Double(count), decimals: 3),
      .number(Double(hits) / Double(count), decimals: 2),
    ]
  }
  return Table(
    "\(count) sequences of 16 letters, one more than was ever seen, by beam search",
    columns: ["width", "mean ln P of the best", "right"], rows: rows)
}

var baseTable: Table {
  let (encoder, decoder) = baseParameters()
  return Table(
    "The base model of Vaswani et al.: d = 512, 8 heads, d_ff = 2,048, 6 + 6 blocks, without embeddings",
    columns: ["part", "a block", "parameters"],
    rows: [
      [.text("encoder"), .integer(encoder / 6), .integer(encoder)],
      [.text("decoder"), .integer(decoder / 6), .integer(decoder)],
      [.text("both"), .text(""), .integer(encoder + decoder)],
    ])
}
