// § 7.6, Exercise 7.5  Sentences to mask and to continue

import DataSets
import Messages
import Tensors

/// Sentences as word numbers, each between the special symbols [CLS] and [SEP] for start and end.
public struct SentenceSet: Sendable {
  /// The words, after the special symbols.
  public let vocabulary: Vocabulary
  /// The sentences for training, and those for validation.
  public let train, held: [[Int]]
  /// The exact probabilities, if the language has known ones.
  public let truth: LanguageTruth?

  /// The lines of a generated text; of a natural text, pieces of `longest` − 2 words, with the 2,000 most frequent
  /// words.
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
  /// The number of [MASK], after all words.
  public var mask: Int { vocabulary.count }
  /// The number of all symbols, [MASK] included.
  public var symbols: Int { vocabulary.count + 1 }
  /// The numbers of the words.
  public var words: Range<Int> { vocabulary.specials.count..<vocabulary.count }

  /// The words of a sentence.
  public func text(_ sentence: [Int]) -> [String] { sentence.filter(words.contains).map { vocabulary[$0] } }

  /// Sentences with tokens chosen and replaced by a rule; special symbols are not changed.
  public func masked(_ sentences: [[Int]], by rule: MaskingRule, using random: RandomSource) -> MaskedSequences {
    rule.applied(to: sentences, mask: mask, replacements: words, isFixed: { !words.contains($0) }, using: random)
  }

  /// A fixed position in each of the first validation sentences, at which a word is to be filled in.
  public func places(_ count: Int) -> [(sentence: [Int], place: Int)] {
    let random = RandomSource(seed: 76)
    return held.prefix(count).map { sentence in
      let places = sentence.indices.filter { words.contains(sentence[$0]) }
      return (sentence, places.isEmpty ? 1 : places[random.integer(below: places.count)])
    }
  }
}

/// The quality of predicted words.
public struct WordScore: Sendable, Equatable {
  /// The mean of −ln p of the right word, in nats.
  public var nats = 0.0
  /// The fraction of positions where the most likely word is the right one.
  public var accuracy = 0.0
  /// The fraction of positions where the most likely word makes a sentence of the language; nil if the probabilities
  /// are not known.
  public var possible: Double?

  /// No score.
  public static let none = WordScore()

  private init() {}

  /// The score of predicted distributions over all symbols at positions of sentences.
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
  /// The distribution over all symbols at one masked position of each sentence.
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
