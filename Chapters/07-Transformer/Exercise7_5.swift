import Attention
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import Transformer

/// Exercise 7.5: why BERT does not generate directly, two bits without a joint distribution, and the same sentences
/// filled in and continued by a masked and by a causal model of the same size.
public let exercise7_5 = Exercise(
  "7.5", "BERT against GPT", stars: 2, seconds: 90, quick: 2, full: 400
) { run in
  run.show(bitsTable(inconsistentBits), as: "two-bits")
  run.show(bitsTable(TwoBits(of: [0.4, 0.1, 0.2, 0.3])), as: "two-bits-joint")
  run.show(sumsTable(random: run.random.split()), as: "sums")

  let corpus = TextCorpus.generated(characters: run.choose(quick: 12_000, standard: 200_000, full: 1_000_000))
  let set = try SentenceSet(corpus)
  let pair = LearnedPair(
    set, run.options.budget, random: run.random.split(), masked: run.progress("masked"), causal: run.progress("causal"),
    tell: run.say)
  let comparison = Comparison(pair, set, judged: run.choose(quick: 20, standard: 300, full: 500))
  run.show(comparison.filling, as: "filled-in")
  run.show(comparison.continuing, as: "continued")
  let count = run.choose(quick: 10, standard: 200, full: 500)
  let drawn = GibbsCourse(pair, set, count: count, sweeps: run.choose(quick: 3, standard: 10, full: 20), seed: 75)
  run.show(drawn.table, as: "gibbs")
  run.show(drawn.chart, as: "gibbs-course")
  for line in drawn.samples { run.say(line) }

  run.parameters = pair.masked.parameterCount
  run.card("parameters of the causal model", Double(pair.causal.parameterCount))
  for (name, value) in comparison.facts { run.card(name, value) }
  run.card("sentences of the language, causal, one pass a word", drawn.causal)
  run.card("sentences of the language, masked, by Gibbs sampling", drawn.shares.last ?? .nan)
}

// MARK: - Two bits

/// Conditionals with the odds ratios 36 and 2/3.
public let inconsistentBits = TwoBits(first: [0.2, 0.9], second: [0.5, 0.4])

/// Exercise 7.5.2: conditionals, what they multiply to, and what Gibbs sampling makes of them.
public func bitsTable(_ bits: TwoBits) -> Table {
  let (a, b) = bits.oddsRatios
  let joint = bits.joint
  let lines: [(String, [Double])] = [
    ("p(x₁|x₂) p(x₂|x₁)", bits.products), ("p(x₁) p(x₂|x₁), p(x₁ = 1) = 0.5", bits.causal(first: 0.5)),
    ("Gibbs sampling, x₂ last", bits.gibbs(endsWith: 2)), ("Gibbs sampling, x₁ last", bits.gibbs(endsWith: 1)),
  ]
  let title =
    "Odds ratios \(decimals(a, 2)) and \(decimals(b, 2)): \(joint == nil ? "no distribution" : "one distribution")"
  return Table(
    title, columns: ["", "00", "01", "10", "11", "sum"],
    rows: (lines + (joint.map { [("the distribution", $0)] } ?? [])).map { name, p -> [Table.Cell] in
      let sum: Double = p.reduce(0, +)
      return [Table.Cell.text(name)] + (p + [sum]).map { Table.Cell.number($0, decimals: 4) }
    })
}

/// What both kinds of products sum to over all sequences of three of three symbols, for random networks.
public func sumsTable(random: RandomSource) -> Table {
  let rows = [0.02, 0.2, 1.0].map { scale -> [Table.Cell] in
    func scaled<M: Model>(_ model: M) -> M { model.mapParameters { $0.rank == 2 ? $0 * (scale / 0.02) : $0 } }
    let masked = scaled(
      MaskedLanguageModel(
        BERTSizes(symbols: 4, width: 8, heads: 2, blocks: 1, positions: 3), random: RandomSource(seed: 11)))
    let causal = scaled(GPT(symbols: 3, context: 4, width: 8, heads: 2, blocks: 1, random: RandomSource(seed: 12)))
    let shares = allSequences(of: 3, length: 3).map {
      Tensor(causal.logProbability(of: $0, after: 0), scalarType: .double).exp().item
    }
    return [
      .number(scale, decimals: 2), .number(masked.sumOfProducts(length: 3, symbols: 3, mask: 3), decimals: 4),
      .number(shares.reduce(0, +), decimals: 4),
    ]
  }
  return Table(
    "Sums over all 27 sequences, random networks",
    columns: ["spread of the weights", "Π p(xᵢ | all others)", "Π p(x_t | those before)"], rows: rows)
}
