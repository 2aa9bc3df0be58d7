import Checking
import DataSets
import Foundation
import Tensors
import Testing

@Suite("Data: generated languages, reviews and number words")
struct DataLanguageTests {
  private let language = SmallLanguage.agreement

  @Test("the entropy per character is that of a long text under its own probabilities, within what chance allows")
  func entropy() {
    let text = language.text(characters: 60_000, from: RandomSource(seed: 3))
    let sentences = text.split(separator: "\n").map { String($0) + "\n" }
    let losses = sentences.map { language.loss(of: $0) }
    let (entropy, length) = language.perSentence
    // (loss − entropy per character · length) has the mean 0; its mean over n sentences deviates by σ/√n.
    let excess = zip(losses, sentences).map { $0 - language.entropy * Double($1.count) }
    let n = Double(excess.count)
    let mean = excess.reduce(0, +) / n
    let deviation = (excess.map { $0 * $0 }.reduce(0, +) / n).squareRoot()
    #expect(abs(mean) < 3 * deviation / n.squareRoot() && deviation > 0)
    #expect(abs(losses.reduce(0, +) / n - entropy) < 0.2 && language.entropy == entropy / length)
    #expect(abs(language.loss(of: text) - losses.reduce(0, +)) < 1e-6)
  }

  @Test("the entropy of a language of few sentences is that of their list")
  func small() {
    let language = SmallLanguage(states: [
      [.init(0.25, "ab", to: 1), .init(0.75, "b", to: SmallLanguage.end)],
      [.init(0.5, "c", to: SmallLanguage.end), .init(0.5, "d", to: SmallLanguage.end)],
    ])
    let probabilities = [0.125, 0.125, 0.75]
    #expect(abs(language.perSentence.entropy + probabilities.map { $0 * log($0) }.reduce(0, +)) < 1e-15)
    #expect(language.perSentence.length == 1.5)
    #expect(language.next(after: "b") == ["a": 0.25, "b": 0.75] && language.next(after: "ab") == ["c": 0.5, "d": 0.5])
    #expect(language.next(after: "ac")?.isEmpty != false && language.loss(of: "ac") == .infinity)
    #expect(abs(language.loss(of: "abd") - log(8)) < 1e-15)
  }

  @Test("probabilities of the next character sum to 1, and their product is the sentence's")
  func chain() throws {
    let sentence = language.sentence(from: RandomSource(seed: 5))
    var (before, total) = ("", 0.0)
    for scalar in sentence.unicodeScalars {
      let next = try #require(language.next(after: before))
      #expect(abs(next.values.reduce(0, +) - 1) < 1e-12)
      total -= log(try #require(next[scalar]))
      before.unicodeScalars.append(scalar)
    }
    #expect(abs(total - language.loss(of: sentence)) < 1e-12)
  }

  @Test("verbs agree with their subjects across a clause; other sentences are not in the language")
  func agreement() {
    let sentences = [
      "the dogs that the old farmer sees sleep quietly.\n", "the dog that see the kings sleeps.\n",
      "the dog that sees the kings sleeps.\n", "the dogs that the farmer sees sleeps.\n", "the old dogs run.\n",
    ]
    #expect(sentences.map { language.share(ofSentencesIn: $0) } == [1, 0, 1, 0, 1])
    #expect(language.share(ofSentencesIn: sentences.joined() + "the do") == 0.6)
    #expect(language.entropy > 0.3 && language.entropy < 0.4)
  }

  @Test("a corpus consists of whole sentences in both parts, and is always the same")
  func corpus() {
    let (corpus, again) = (TextCorpus.generated(characters: 5_000), TextCorpus.generated(characters: 5_000))
    #expect(corpus.train == again.train && corpus.validation == again.validation && !corpus.isReal)
    #expect(corpus.train.count >= 4_500 && corpus.validation.count >= 500 && corpus.validation.hasSuffix(".\n"))
    #expect(corpus.provenance.hasPrefix("generated sentences, 4,5"))
  }

  @Test("number words and digits are translations of each other, one each")
  func numberWords() {
    #expect(NumberWords.words(347_012) == "three hundred forty-seven thousand twelve")
    #expect(
      [0, 19, 40, 100, 1_000, 21_105].map(NumberWords.words).joined(separator: "; ")
        == "zero; nineteen; forty; one hundred; one thousand; twenty-one thousand one hundred five")
    #expect(
      stride(from: 0, to: 1_000_000, by: 7_919).allSatisfy { NumberWords.number(of: NumberWords.words($0)) == $0 })
    #expect((0..<1_000).allSatisfy { NumberWords.number(of: NumberWords.words($0)) == $0 })
    #expect(
      ["", "one one", "forty twelve", "cat", "one thousand thousand"].map(NumberWords.number) == [
        nil, nil, nil, nil, nil,
      ])
    let pairs = NumberWords.pairs(1_000, below: 1_000, from: RandomSource(seed: 1))
    #expect(
      Set(pairs.map(\.digits)).count == 1_000
        && pairs.allSatisfy { "\(NumberWords.number(of: $0.words) ?? -1)" == $0.digits })
  }

  @Test("the verdict of a generated review follows from the order of its words, and not from their counts")
  func reviews() throws {
    let data = TextClassification.generatedReviews(train: 4_000, test: 500)
    #expect((data.train + data.test).allSatisfy { GeneratedReview.verdict(of: $0.words) == $0.label })
    let vocabulary = Vocabulary(wordsOf: data.train.map(\.words), specials: [])
    #expect(vocabulary.count == 38)
    let lengths = data.train.map(\.words.count)
    #expect(lengths.min() == 4 && (45...70).contains(lengths.max() ?? 0))
    // No word is more frequent in one class than chance allows: 4.5 standard errors among 38 words.
    let shares = try (0...1).map { label in
      try data.train.filter { $0.label == label }.map { review in
        let counts = try vocabulary.encode(review.text).reduce(into: [Double](repeating: 0, count: 38)) { $0[$1] += 1 }
        return Tensor(counts, shape: [38], scalarType: .double)
      }
    }.map { Tensor.stacked($0, axis: 0) }
    let errors = shares.map { $0.variance(axes: [0]) / Double($0.shape[0]) }
    let gaps = (shares[0].mean(axes: [0]) - shares[1].mean(axes: [0])).abs() / (errors[0] + errors[1]).squareRoot()
    #expect(gaps.max().item < 4.5)
  }
}
