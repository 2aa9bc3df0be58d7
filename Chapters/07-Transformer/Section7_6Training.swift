import Attention
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import Transformer

/// A masked language model that learns from sentences, and is judged by single words that it fills in.
public struct MaskedTask: Sendable {
  /// The sentences.
  public let set: SentenceSet
  /// The model's sizes.
  public let sizes: BERTSizes
  /// The steps, and the sentences of each.
  public let steps, batch: Int
  /// The highest learning rate.
  public var learningRate = 2e-3
  /// Where a word is filled in.
  public let places: [(sentence: [Int], place: Int)]

  /// The task of a budget.
  public init(_ set: SentenceSet, _ budget: Budget) {
    let width = budget.choose(quick: 16, standard: 64, full: 128)
    let blocks = budget.choose(quick: 1, standard: 2, full: 4)
    self.init(
      set, width: width, blocks: blocks, steps: budget.choose(quick: 20, standard: 1500, full: 4000),
      batch: budget.choose(quick: 8, standard: 64, full: 64), judged: budget.choose(quick: 50, standard: 500, full: 500)
    )
  }

  /// A task with these sizes.
  public init(_ set: SentenceSet, width: Int, blocks: Int, steps: Int, batch: Int, judged: Int) {
    sizes = BERTSizes(symbols: set.symbols, width: width, heads: 4, blocks: blocks, positions: 24)
    (self.set, self.steps, self.batch, places) = (set, steps, batch, set.places(judged))
  }

  /// What a training led to.
  public struct Result: Sendable {
    /// The trained model.
    public let model: MaskedLanguageModel
    /// The steps at which it was judged, and the scores.
    public let steps: [Int], scores: [WordScore]
    /// The last score.
    public var score: WordScore { scores.last ?? WordScore.none }
  }

  /// Trains a model by (7.13).
  public func learn(
    random: RandomSource, report: (@Sendable (TrainingProgress) -> Void)? = nil, tell: (String) -> Void = { _ in }
  ) -> Result {
    let start = MaskedLanguageModel(sizes, random: random.split())
    var plan = SequencePlan(
      steps: steps, batch: batch, learningRate: learningRate, warmup: steps / 10, stepsPerCheck: max(1, steps / 10))
    plan.report = report
    let (drawn, masks, order) = (random.split(), random.split(), random.split())
    var (at, scores) = ([Int](), [WordScore]())
    func judge(_ model: MaskedLanguageModel) {
      let score = WordScore(set, places, shares: model.filledIn(places, mask: set.mask))
      at.append(at.count * plan.stepsPerCheck)
      scores.append(score)
      let possible = score.possible.map { ", \(decimals(100 * $0, 1)) % make a sentence" } ?? ""
      tell(
        "step \(at.last ?? 0): \(decimals(score.nats, 3)) nats, \(decimals(100 * score.accuracy, 1)) % right\(possible)"
      )
    }
    judge(start)
    let model = start.trained(by: plan, random: order) { model in
      let sentences = (0..<batch).map { _ in set.train[drawn.integer(below: set.train.count)] }
      return model.loss(set.masked(sentences, by: MaskingRule(), using: masks))
    } evaluate: { model in
      judge(model)
      return [:]
    }.model
    return Result(model: model, steps: at, scores: scores)
  }

  // MARK: - Marks

  /// The score of always giving the words as often as they occur.
  public var unigram: WordScore {
    let counts = set.train.reduce(into: [Double](repeating: 0, count: set.symbols)) { counts, sentence in
      for symbol in sentence where set.words.contains(symbol) { counts[symbol] += 1 }
    }
    let total = counts.reduce(0, +) + Double(set.words.count)
    let shares = counts.indices.map { set.words.contains($0) ? (counts[$0] + 1) / total : 1e-9 }
    return WordScore(set, places, shares: places.map { _ in shares })
  }

  /// The score of the language itself, if it has one: no model can have fewer nats on average.
  public var truth: WordScore? {
    guard let truth = set.truth else { return nil }
    return WordScore(set, places, shares: places.map { trueShares(truth, $0.sentence, $0.place) })
  }

  func trueShares(_ truth: LanguageTruth, _ sentence: [Int], _ place: Int) -> [Double] {
    let candidates = set.words.map { set.vocabulary[$0] }
    let shares = truth.fillIn(set.text(sentence), at: place - 1, candidates: candidates)
    return [Double](repeating: 0, count: set.words.lowerBound) + shares + [0]
  }

  /// All scores.
  func table(_ result: Result) -> Table {
    let scores =
      [("the most frequent words", unigram), ("model, before training", result.scores[0]), ("model", result.score)]
      + (truth.map { [("the language itself", $0)] } ?? [])
    return Table(
      "One word of \(places.count) sentences filled in",
      columns: ["by", "nats", "right", "makes a sentence"],
      rows: scores.map { name, score -> [Table.Cell] in
        [
          .text(name), .number(score.nats, decimals: 3), .number(score.accuracy, decimals: 3),
          score.possible.map { .number($0, decimals: 3) } ?? "",
        ]
      })
  }

  /// The nats by step.
  func chart(_ result: Result) -> LineChart {
    let ends = [0, Double(result.steps.last ?? 1)]
    func mark(_ name: String, _ nats: Double) -> Series { Series(name, x: ends, [nats, nats]) }
    return LineChart(
      "Learning to fill words in", x: Axis("step"), y: Axis("nats of the right word"),
      series: [
        Series("masked language model", x: result.steps.map(Double.init), result.scores.map(\.nats), style: .both),
        mark("the most frequent words", unigram.nats),
      ] + (truth.map { [mark("the language itself", $0.nats)] } ?? []))
  }

  /// Some of the places, drawn at random.
  func samples(random: RandomSource) -> [(sentence: [Int], place: Int)] {
    random.permutation(places.count).prefix(6).map { places[$0] }
  }
}

/// What a model fills in, beside what the language says.
func samplesTable(
  _ model: MaskedLanguageModel, _ set: SentenceSet, _ places: [(sentence: [Int], place: Int)]
) -> Table {
  let shares = model.filledIn(places, mask: set.mask)
  let task = MaskedTask(set, width: 4, blocks: 1, steps: 1, batch: 1, judged: 1)
  func shown(_ shares: [Double]) -> String {
    likeliest(shares, 3).map { "\(symbol($0.number, set)) \(decimals($0.share, 2))" }.joined(separator: ", ")
  }
  return Table(
    "Words filled in", columns: ["sentence", "right", "model"] + (set.truth == nil ? [] : ["language"]),
    rows: zip(places, shares).map { item, shares -> [Table.Cell] in
      let text = item.sentence.enumerated().filter { set.words.contains($0.element) }
        .map { $0.offset == item.place ? "___" : set.vocabulary[$0.element] }
      let right = set.vocabulary[item.sentence[item.place]]
      let truth = set.truth.map { shown(task.trueShares($0, item.sentence, item.place)) }
      return ([text.joined(separator: " "), right, shown(shares)] + (truth.map { [$0] } ?? [])).map(Table.Cell.text)
    })
}
