import Checking
import DataSets
import Foundation
import RNN
import Tensors
import Testing
import Training
import ch05

@Suite("Exercise 5.5 Classifying texts in order, and by counting words")
struct TextComparisonTests {
  @Test("a bag of words does not see the order, and its features are ln(1 + count)")
  func bag() {
    var bag = BagOfWords(symbols: 5)
    bag.linear.weight = RandomSource(seed: 1).normal([2, 5])
    let features = bag.features(Tokens([[1, 3, 1], [4]])).scalars
    let expected: [Double] = [0, Foundation.log(3.0), 0, Foundation.log(2.0), 0, 0, 0, 0, 0, Foundation.log(2.0)]
    #expect(zip(features, expected).allSatisfy { abs($0 - $1) < 1e-6 })
    #expect(bag(Tokens([[1, 3, 1, 4]])).scalars == bag(Tokens([[4, 1, 1, 3]])).scalars)
  }

  @Test("naive Bayes has the formula's classes on a few texts")
  func naiveBayes() {
    let set = LabeledTokens([[0, 0, 1], [0, 2], [2, 2, 2]], labels: [0, 0, 1])
    let bayes = NaiveBayes(set, symbols: 3, classes: 2)
    // P(0) = 3/5, P(1) = 2/5; words: (4, 2, 2)/8 and (1, 1, 4)/6.
    #expect(bayes.classify([0]) == 0 && bayes.classify([2]) == 1 && bayes.classify([]) == 0)
    let (first, second): (Double, Double) = (0.6 * 0.25 * 0.25, 0.4 / 6 * 4 / 6)
    #expect(bayes.classify([1, 2]) == (first > second ? 0 : 1))
    #expect(bayes.hits(set) == [true, true, true])
  }

  @Test("Exercise 5.5.1: texts are encoded word by word, cut at the longest, and an empty one is an unknown word")
  func encoding() throws {
    let vocabulary = Vocabulary(wordsOf: [["good", "film"]])
    let texts = [LabeledText(text: "Good film, good film", label: 1), LabeledText(text: "!", label: 0)]
    let set = try LabeledTokens(texts, vocabulary: vocabulary, longest: 3)
    #expect(set.sequences == [[3, 2, 3], [1]] && set.labels == [1, 0])
    #expect(set.subset([1]).sequences == [[1]] && set.batch([1, 0]).tokens.numbers == [1, 0, 0, 3, 2, 3])
  }

  @Test("Exercise 5.5.3: accuracy does not depend on the size of batches, nor on the order of texts")
  func accuracy() {
    let random = RandomSource(seed: 2)
    let set = LabeledTokens.syntheticSentiment(count: 50, symbols: 9, from: random)
    let model = FlexibleNetwork<VanillaRNN>(symbols: 9, width: 3, hidden: 3, random: random)
    let hits = set.hits(of: model, batchSize: 7)
    #expect(hits == set.hits(of: model, batchSize: 50) && hits.contains(true))
    #expect(set.accuracy(of: model) == Double(hits.count { $0 }) / 50)
    let order = random.permutation(50)
    #expect(set.subset(order).hits(of: model) == order.map { hits[$0] })
  }

  @Test("Exercise 5.5.2: on reviews with negation counting words is guessing, and a network that reads in order is not")
  func negation() throws {
    let data = TextClassification.generatedReviews(train: 4_000, test: 1_200)
    var setting = TextSetting(data, .quick)
    (setting.width, setting.hidden, setting.blocks, setting.epochs, setting.batchSize) = (16, 24, 1, 14, 16)
    // Reviews of one opinion, so that a few seconds are enough.
    let short = TextClassification(
      name: data.name, classNames: data.classNames, train: data.train.filter { $0.words.count < 11 },
      test: data.test.filter { $0.words.count < 11 }, origin: data.origin, isReal: false)
    let result = try compareClassifiers(on: short, setting, random: RandomSource(seed: 3))
    #expect(result.rows.map(\.name) == ["naive Bayes", "bag of words", "BiLSTM", "BiGRU", "encoder, 1 blocks"])
    #expect(result.rows[0].accuracy < 0.62 && result.rows[1].accuracy < 0.62)
    #expect(max(result.rows[2].accuracy, result.rows[3].accuracy) > 0.85)
    #expect(result.lengths.count == short.test.count && result.streaming.map(\.milliseconds.count) == [3, 3, 3])
  }

  @Test("Exercise 5.5.4: each fifth of the texts by length has its accuracy; a reader of 20 words misses later ones")
  func lengths() {
    let (lengths, random) = ((0..<50).map { 10 + ($0 * 7) % 50 }, RandomSource(seed: 4))
    let reader = TextTrial(name: "reads 20 words", hits: lengths.map { $0 <= 20 })
    let guess = TextTrial(name: "guesses", hits: lengths.map { _ in random.bernoulli(0.5) })
    let comparison = TextComparison(rows: [reader, guess], lengths: lengths)
    #expect(comparison.fifths.map(\.count) == [10, 10, 10, 10, 10])
    #expect(comparison.fifths.joined().map { lengths[$0] } == lengths.sorted())
    #expect(comparison.accuracies(of: reader) == [1, 0.1, 0, 0, 0])
    for row in [reader, guess] {
      let mean = comparison.accuracies(of: row).reduce(0, +) / 5
      #expect(abs(mean - row.accuracy) < 1e-12)
    }
  }

  @Test(
    "Exercise 5.5.5: one more word costs a recurrent layer the same after 1,000 words as after 10, an encoder far more")
  func streams() {
    let random = RandomSource(seed: 5)
    func network<Layer: RecurrentLayer>(_: Layer.Type) -> FlexibleNetwork<Layer> {
      FlexibleNetwork(symbols: 5, width: 16, hidden: 16, random: random)
    }
    let (lstm, gru) = (network(LongShortTermMemory.self), network(GatedRecurrentUnit.self))
    let encoder = SmallEncoder(symbols: 5, width: 16, blocks: 1, random: random)
    let costs = streamingCosts(lstm, gru, encoder)
    #expect(costs.map(\.name) == ["LSTM", "GRU", "encoder"])
    #expect(costs[2].milliseconds[2] > 5 * costs[2].milliseconds[0])
    for recurrent in costs.prefix(2) {
      #expect(recurrent.milliseconds[2] < 5 * recurrent.milliseconds[0])
      #expect(recurrent.milliseconds[2] < costs[2].milliseconds[2] / 5)
    }
    // And the state is all that is needed: read word by word, the last output is that of the whole text.
    let layer = lstm.layers.layers[0].forward
    let text = random.normal([1, 30, 16])
    let step = layer(text.sliced(29..<30, axis: 1), initial: layer(text.sliced(0..<29, axis: 1)).final)
    expectClose(step.final.hidden, layer(text).final.hidden, tolerance: 1e-6, scale: 1)
  }
}
