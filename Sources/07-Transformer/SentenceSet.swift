// § 7.6, Exercise 7.5  Sentences to mask and to continue

import DataSets
import Messages
import Tensors

/// Sentences as numbers of words, each between the special symbols for start and end, [CLS] and [SEP].
public struct SentenceSet: Sendable {
  /// The words, behind the special symbols.
  public let vocabulary: Vocabulary
  /// The sentences to learn from, and those to judge by.
  public let train, held: [[Int]]
  /// The truth, if the sentences are of a language that has one.
  public let truth: LanguageTruth?

  /// The lines of a text; of a text that people wrote, pieces of `longest` − 2 words instead, and the 2,000 most
  /// frequent words.
  public init(_ corpus: TextCorpus, longest: Int = 24) throws {
    func sentences(_ text: String) -> [[String]] {
      if !corpus.isReal { return text.split(separator: "\n").map { Vocabulary.words(in: String($0)) } }
      let words = Vocabulary.words(in: text)
      return stride(from: 0, to: words.count, by: longest - 2).map {
        Array(words[$0..<min($0 + longest - 2, words.count)])
      }
    }
    let (train, held) = (sentences(corpus.train), sentences(corpus.validation))
    let vocabulary = Vocabulary(
      wordsOf: train, atMost: 2_000, specials: [.padding, .unknown, .start, .end])
    func numbers(_ sentences: [[String]]) -> [[Int]] {
      sentences.filter { $0.count > 1 && $0.count <= longest - 2 }.map { words in
        [Self.start] + words.map { vocabulary.number(of: $0) ?? Self.unknown } + [Self.end]
      }
    }
    (self.train, self.held, self.vocabulary) = (numbers(train), numbers(held), vocabulary)
    truth = corpus.language.map(LanguageTruth.init)
  }

  /// The numbers of the special symbols.
  public static let unknown = 1, start = 2, end = 3
  /// The number of [MASK], behind all words.
  public var mask: Int { vocabulary.count }
  /// The number of all symbols, [MASK] included.
  public var symbols: Int { vocabulary.count + 1 }
  /// The numbers of the words.
  public var words: Range<Int> { vocabulary.specials.count..<vocabulary.count }

  /// The words of a sentence.
  public func text(_ sentence: [Int]) -> [String] { sentence.filter(words.contains).map { vocabulary[$0] } }

  /// Sentences with tokens chosen by a rule; special symbols stay.
  public func masked(_ sentences: [[Int]], by rule: MaskingRule, using random: RandomSource) -> MaskedSequences {
    rule.applied(to: sentences, mask: mask, replacements: words, isFixed: { !words.contains($0) }, using: random)
  }

  /// A place of each of the first held sentences, always the same, where a word is to be filled in.
  public func places(_ count: Int) -> [(sentence: [Int], place: Int)] {
    let random = RandomSource(seed: 76)
    return held.prefix(count).map { sentence in
      let places = sentence.indices.filter { words.contains(sentence[$0]) }
      return (sentence, places.isEmpty ? 1 : places[random.integer(below: places.count)])
    }
  }
}

/// How well words are filled in, or continued.
public struct WordScore: Sendable, Equatable {
  /// The mean of −ln p of the right word, in nats.
  public var nats = 0.0
  /// The share of places where the likeliest word is the right one.
  public var accuracy = 0.0
  /// The share of places where the likeliest word makes a sentence of the language; nil if there is no truth.
  public var possible: Double?

  /// No score.
  public static let none = WordScore()

  private init() {}

  /// The score of distributions over all symbols at places of sentences, for a word filled in.
  public init(_ set: SentenceSet, _ places: [(sentence: [Int], place: Int)], shares: [[Double]]) {
    var (hits, sentences) = (0, 0)
    for (share, (sentence, place)) in zip(shares, places) {
      let best = share.indices.max { (share[$0], $1) < (share[$1], $0) } ?? 0
      if best == sentence[place] { hits += 1 }
      var filled = sentence
      filled[place] = best
      let isPossible = set.words.contains(best) && set.truth.map { $0.probability(of: set.text(filled)) > 0 } ?? false
      if isPossible { sentences += 1 }
    }
    let right = zip(shares, places).map { $0[$1.sentence[$1.place]] }
    nats = -Tensor(right, scalarType: .double).log().mean().item
    accuracy = Double(hits) / Double(places.count)
    possible = set.truth == nil ? nil : Double(sentences) / Double(places.count)
  }
}

extension MaskedLanguageModel {
  /// The distribution over all symbols at one masked place of each sentence.
  public func filledIn(_ places: [(sentence: [Int], place: Int)], mask: Int, batch: Int = 64) -> [[Double]] {
    stride(from: 0, to: places.count, by: batch).flatMap { first in
      let part = places[first..<min(first + batch, places.count)]
      let inputs = Tokens(part.flatMap { MaskedSequences($0.sentence, maskedAt: $0.place, mask: mask).inputs })
      let states = encoder(inputs).reshaped([inputs.numbers.count, encoder.width])
      let rows = part.enumerated().map { $0 * inputs.time + $1.place }
      let p = logits(states.gathered(rows)).softmax()
      return part.indices.map { p[$0 - first].scalars }
    }
  }
}
