import Attention
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import Transformer

/// § 7.6: which tokens are masked, a masked language model that learns to fill words in, and published encoders. With
/// `--from` a published model embeds sentences or fills words in, and nothing is trained.
public let section7_6 = Exercise(
  .section, "7.6", "BERT: masked language modeling", seconds: 40, quick: 1, full: 200,
  needs: { _ in DataNeeds.characters(2_000) }
) { run in
  if let path = run.options.generation.model { return try usePublished(run, path) }
  run.show(sharesTable(tokens: run.choose(quick: 20_000, standard: 100_000, full: 1_000_000)), as: "shares")
  run.show(lengthTable(sequences: run.choose(quick: 2_000, standard: 20_000, full: 200_000)), as: "without-mask")
  run.show(sizesTable(), as: "sizes")

  let corpus = try run.data.tinyShakespeare(generated: run.choose(quick: 12_000, standard: 200_000, full: 1_000_000))
  let set = try SentenceSet(corpus)
  let task = MaskedTask(set, run.options.budget)
  run.say("\(corpus.provenance)\n\(set.train.count) + \(set.held.count) sentences of \(set.vocabulary.count) words\n")
  let result = task.learn(random: run.random.split(), report: run.progress("training"), tell: run.say)
  run.show(task.table(result), as: "filled-in")
  run.show(task.chart(result), as: "learning")
  let samples = task.samples(random: RandomSource(seed: run.options.seed))
  run.show(samplesTable(result.model, set, samples), as: "samples")

  run.parameters = result.model.parameterCount
  run.card("data", corpus.provenance)
  run.card("nats of a word filled in", result.score.nats)
  run.card("nats of the most frequent words", task.unigram.nats)
  if let truth = task.truth { run.card("nats of the language itself", truth.nats) }
  if let possible = result.score.possible { run.card("likeliest words that make a sentence", possible) }
  try run.keep(result.model, as: "model")
  try answer(run) { try filledIn($0, by: result.model, set) }
}.generating.readingModelFolders

/// Answers the reader's lines: those of a conversation, or else the prompt if there is one.
func answer(_ run: Run, _ answer: (String) throws -> String) throws {
  if run.options.generation.isInteractive { return run.answerLines(answer) }
  guard let prompt = try run.options.generation.promptText() else { return }
  for line in prompt.split(whereSeparator: \.isNewline) { run.say(try answer(String(line))) }
}

/// The likeliest words for the first [MASK] in a line, each with its share.
func filledIn(_ line: String, by model: MaskedLanguageModel, _ set: SentenceSet) throws -> String {
  let parts = line.split(separator: "[MASK]", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
  guard parts.count == 2 else { return "write [MASK] in the place of a word: the [MASK] sleep" }
  let (left, right) = (try set.vocabulary.encode(parts[0]), try set.vocabulary.encode(parts[1]))
  let sentence = [SentenceSet.start] + left + [set.mask] + right + [SentenceSet.end]
  guard sentence.count <= model.encoder.longest else {
    return "that is too long: at most \(model.encoder.longest - 2) words can be read"
  }
  let shares = model.filledIn([(sentence, left.count + 1)], mask: set.mask)[0]
  return likeliest(shares, 5).map { "\(decimals($0.share, 3))  \(symbol($0.number, set))" }.joined(separator: "\n")
}

/// The largest numbers of a distribution, with their places.
func likeliest(_ shares: [Double], _ count: Int) -> [(number: Int, share: Double)] {
  shares.enumerated().sorted { ($1.element, $0.offset) < ($0.element, $1.offset) }.prefix(count)
    .map { (number: $0.offset, share: $0.element) }
}

/// A symbol as text.
func symbol(_ number: Int, _ set: SentenceSet) -> String {
  number == set.mask ? "[MASK]" : set.vocabulary[number]
}

// MARK: - Which tokens are masked

/// Definition 7.10 with BERT's shares, measured on this many tokens.
public func sharesTable(tokens count: Int) -> Table {
  let rule = MaskingRule()
  let batch = rule.applied(
    to: [[Int]](repeating: [Int](repeating: 0, count: 100), count: count / 100), mask: 1_001, replacements: 1..<1_001,
    using: RandomSource(seed: 1))
  let inputs = zip(batch.inputs, batch.isChosen).flatMap { zip($0, $1).filter(\.1).map(\.0) }
  let chosen = Double(inputs.count)
  func row(_ name: String, _ share: Double, _ rule: Double) -> [Table.Cell] {
    [.text(name), .number(share, decimals: 4), .number(rule, decimals: 3)]
  }
  return Table(
    "What becomes of \(grouped(count)) tokens", columns: ["", "measured", "rule"],
    rows: [
      row("to be predicted", chosen / Double(count), rule.rate),
      row("of these: [MASK]", Double(inputs.count { $0 == 1_001 }) / chosen, rule.masked),
      row("a random token", Double(inputs.count { 1..<1_001 ~= $0 }) / chosen, rule.random),
      row("the token itself", Double(inputs.count { $0 == 0 }) / chosen, 1 - rule.masked - rule.random),
    ])
}

/// How many sequences of a length have nothing to be predicted, and what the other rules choose.
public func lengthTable(sequences count: Int) -> Table {
  let rows = [4, 8, 16, 32, 128].map { n -> [Table.Cell] in
    func masked(_ choice: MaskingRule.Choice) -> MaskedSequences {
      var rule = MaskingRule()
      rule.choice = choice
      return rule.applied(
        to: [[Int]](repeating: [Int](repeating: 0, count: n), count: count), mask: 1, replacements: 0..<1,
        using: RandomSource(seed: 2))
    }
    let independent = masked(.independent)
    let none = Double(independent.isChosen.count { !$0.contains(true) }) / Double(count)
    func rate(_ choice: MaskingRule.Choice) -> Double { Double(masked(choice).chosenCount) / Double(count * n) }
    let expected = (0..<n).reduce(1.0) { p, _ in p * 0.85 }
    return [
      .integer(n), .number(none, decimals: 4), .number(expected, decimals: 4), .number(rate(.atLeastOne), decimals: 4),
      .number(rate(.count), decimals: 4),
    ]
  }
  return Table(
    "Sequences without a mask when each token is drawn alone, and the rates of rules that leave none",
    columns: ["tokens", "none", "0.85ⁿ", "rate: at least one", "rate: as many as 15 %"], rows: rows)
}

/// The parameters of published sizes.
func sizesTable() -> Table {
  let small = BERTSizes(symbols: 30_522, width: 384, heads: 12, blocks: 6)
  let models = [("BERT-base", BERTSizes.base), ("BERT-large", .large), ("all-MiniLM-L6-v2", small)]
  return Table(
    "Parameters, counted from the sizes",
    columns: ["model", "blocks", "width", "heads", "parameters", "without vectors of words"],
    rows: models.map { name, sizes in
      [
        .text(name), .integer(sizes.blocks), .integer(sizes.width), .integer(sizes.heads),
        .integer(sizes.parameterCount()), .integer(sizes.parameterCount() - sizes.symbols * sizes.width),
      ]
    })
}
