import DataSets
import Foundation
import Tensors
import Testing

@Suite("Data: n-gram models")
struct DataNGramTests {
  @Test("probabilities are those of the formula of Witten and Bell on a text of five symbols")
  func formula() {
    // 0 1 0 1 2: c(0) = 2, c(1) = 2, c(2) = 1, three kinds.
    let model = NGramModel(order: 2, of: [0, 1, 0, 1, 2], vocabulary: 4)
    func unigram(_ count: Double) -> Double { (count + 3 * 0.25) / 8 }
    #expect(abs(model.probability(of: 2, after: []) - unigram(1)) < 1e-15)
    // After 1: 0 once and 2 once, two kinds.
    #expect(abs(model.probability(of: 0, after: [0, 1]) - (1 + 2 * unigram(2)) / 4) < 1e-15)
    #expect(abs(model.probability(of: 3, after: [1]) - 2 * unigram(0) / 4) < 1e-15)
    // Nothing came after 3, and 2 was the last.
    #expect(model.probability(of: 1, after: [3]) == model.probability(of: 1, after: []))
    #expect(model.probability(of: 1, after: [2]) == model.probability(of: 1, after: []))
  }

  @Test("probabilities sum to 1 after every context, seen or not", arguments: 1...6)
  func sums(order: Int) {
    let random = RandomSource(seed: 2)
    let text = (0..<300).map { _ in random.integer(below: 5) }
    let model = NGramModel(order: order, of: text, vocabulary: 7)
    for context in [[], [1], [1, 2], [6, 6, 6], [0, 1, 2, 3, 4, 5], Array(text[10..<20])] {
      let total = (0..<7).reduce(0) { $0 + model.probability(of: $1, after: context) }
      #expect(abs(total - 1) < 1e-12)
    }
  }

  @Test("on a text whose language is known, longer contexts come nearer to its entropy and never below it")
  func entropy() throws {
    let corpus = TextCorpus.generated(characters: 60_000)
    let vocabulary = Vocabulary(charactersOf: corpus.train + corpus.validation)
    let (train, validation) = (try vocabulary.encode(corpus.train), try vocabulary.encode(corpus.validation))
    let losses = (1...6).map { NGramModel(order: $0, of: train, vocabulary: vocabulary.count).loss(of: validation) }
    let truth = try #require(corpus.language).loss(of: corpus.validation) / Double(validation.count)
    #expect(zip(losses, losses.dropFirst()).allSatisfy { $0 > $1 })
    #expect(losses[5] > truth && losses[5] < truth + 0.25 && losses[0] < log(Double(vocabulary.count)))
    #expect(abs(bits(log(2)) - 1) < 1e-15)
  }
}
