import Attention
import DataSets
import Figures
import Messages
import Running
import Tensors
import Training
import Transformer

/// A masked and a causal model of the same width and depth, trained on the same sentences in as many steps.
public struct LearnedPair: Sendable {
  /// The masked model.
  public let masked: MaskedLanguageModel
  /// The causal one.
  public let causal: GPT

  /// Trains both by a budget.
  public init(
    _ set: SentenceSet, _ budget: Budget, random: RandomSource,
    masked reportMasked: (@Sendable (TrainingProgress) -> Void)? = nil,
    causal reportCausal: (@Sendable (TrainingProgress) -> Void)? = nil, tell: (String) -> Void = { _ in }
  ) {
    let task = MaskedTask(set, budget)
    tell("the masked model learns")
    masked = task.learn(random: random.split(), report: reportMasked, tell: tell).model
    tell("the causal model learns")
    let start = GPT(
      symbols: set.symbols, context: 24, width: task.sizes.width, heads: 4, blocks: task.sizes.blocks,
      random: random.split())
    var plan = SequencePlan(
      steps: task.steps, batch: task.batch, learningRate: task.learningRate, warmup: task.steps / 10)
    plan.report = reportCausal
    let (drawn, order) = (random.split(), random.split())
    causal =
      start.trained(by: plan, random: order) { model in
        model.loss(of: (0..<task.batch).map { _ in set.train[drawn.integer(below: set.train.count)] })
      }.model
  }
}

extension GPT {
  /// (7.14) for sentences of unequal length, each from its first symbol on, divided by the number of predictions.
  public func loss(of sentences: [[Int]]) -> Tensor {
    let (inputs, targets) = (
      Tokens(sentences.map { Array($0.dropLast()) }), Tokens(sentences.map { Array($0.dropFirst()) })
    )
    // Padding behind the end is not seen by what is before it.
    let rows = self((0..<inputs.count).map { Array(inputs.numbers[$0 * inputs.time..<($0 + 1) * inputs.time]) })
    return rows.reshaped([targets.numbers.count, symbols])
      .crossEntropy(labels: targets.numbers, where: targets.isReal)
  }

  /// ln p of whole sentences, from their second symbol on.
  public func logProbabilities(of sentences: [[Int]]) -> [Double] {
    let (inputs, targets) = (
      Tokens(sentences.map { Array($0.dropLast()) }), Tokens(sentences.map { Array($0.dropFirst()) })
    )
    let rows = self((0..<inputs.count).map { Array(inputs.numbers[$0 * inputs.time..<($0 + 1) * inputs.time]) })
    let p = rows.reshaped([targets.numbers.count, symbols]).logSoftmax().picked(targets.numbers).scalars
    let isReal = targets.isReal
    return (0..<inputs.count).map { n in
      (n * inputs.time..<(n + 1) * inputs.time).reduce(0) { $0 + (isReal[$1] ? p[$1] : 0) }
    }
  }

  /// The distribution at one place of each sentence, from what is before it alone.
  public func continued(_ places: [(sentence: [Int], place: Int)]) -> [[Double]] {
    places.map { self([Array($0.sentence[..<$0.place])]).softmax()[0, $0.place - 1].scalars }
  }

  /// p(xᵢ | x_{∖i}) at one place of each sentence, by the probabilities of the whole sentences with every word there:
  /// Bayes's rule, at the price of a pass for each word.
  public func filledIn(_ places: [(sentence: [Int], place: Int)], words: Range<Int>) -> [[Double]] {
    places.map { sentence, place in
      let candidates = words.map { word in
        var other = sentence
        other[place] = word
        return other
      }
      let shares = Tensor(logProbabilities(of: candidates), scalarType: .double).softmax().scalars
      return [Double](repeating: 0, count: words.lowerBound) + shares
        + [Double](repeating: 0, count: symbols - words.upperBound)
    }
  }
}

/// The same places filled in, and the same beginnings continued, by both models. Exercise 7.5.3
public struct Comparison: Sendable {
  /// The scores of both tasks, with the passes of a network that one word needs.
  public let fillIn, next: [(name: String, score: WordScore, passes: Int)]

  /// Compares a pair on the first held sentences.
  public init(_ pair: LearnedPair, _ set: SentenceSet, judged count: Int) {
    let places = set.places(count)
    let task = MaskedTask(set, width: 4, blocks: 1, steps: 1, batch: 1, judged: count)
    fillIn =
      [
        ("masked model", WordScore(set, places, shares: pair.masked.filledIn(places, mask: set.mask)), 1),
        ("causal model, left side only", WordScore(set, places, shares: pair.causal.continued(places)), 1),
        (
          "causal model, every word tried",
          WordScore(set, places, shares: pair.causal.filledIn(places, words: set.words)), set.words.count
        ),
      ] + (task.truth.map { [("the language itself", $0, 0)] } ?? [])
    // A beginning has no end: what follows is one mask, with and without [SEP] behind it.
    func begun(_ ending: [Int]) -> [(sentence: [Int], place: Int)] {
      places.map { (sentence: Array($0.sentence[...$0.place]) + ending, place: $0.place) }
    }
    let truth = set.truth.map { truth in
      places.map { sentence, place -> [Double] in
        let shares = truth.next(after: set.text(Array(sentence[..<place])))
        return (0..<set.symbols).map { symbol in
          symbol == SentenceSet.end
            ? shares["", default: 0] : set.words.contains(symbol) ? shares[set.vocabulary[symbol], default: 0] : 0
        }
      }
    }
    next =
      [
        ("causal model", WordScore(set, places, shares: pair.causal.continued(places)), 1),
        (
          "masked model, [MASK] at the end",
          WordScore(set, places, shares: pair.masked.filledIn(begun([]), mask: set.mask)), 1
        ),
        (
          "masked model, [MASK] [SEP]",
          WordScore(set, places, shares: pair.masked.filledIn(begun([SentenceSet.end]), mask: set.mask)), 1
        ),
      ] + (truth.map { [("the language itself", WordScore(set, places, shares: $0), 0)] } ?? [])
  }

  var filling: Table { table("A word filled in, from both sides", fillIn) }
  var continuing: Table { table("The same words, from the left side alone", next) }

  private func table(_ title: String, _ scores: [(name: String, score: WordScore, passes: Int)]) -> Table {
    Table(
      title, columns: ["by", "nats", "right", "passes"],
      rows: scores.map { name, score, passes in
        [
          .text(name), .number(score.nats, decimals: 3), .number(score.accuracy, decimals: 3),
          passes == 0 ? "" : .integer(passes),
        ]
      })
  }

  /// Numbers for the card.
  var facts: [(String, Double)] {
    fillIn.map { ("filled in, nats: \($0.name)", $0.score.nats) }
      + next.map { ("continued, nats: \($0.name)", $0.score.nats) }
  }
}
