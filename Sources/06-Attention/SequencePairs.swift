// § 6.1 and Exercise 6.1  Sequences to translate

import DataSets
import Messages
import Tensors

/// Source sequences and their target sequences.
public struct SequencePairs: Sendable {
  /// The symbols to read.
  public let sources: [[Int]]
  /// The symbols to write.
  public let targets: [[Int]]

  /// These pairs.
  public init(sources: [[Int]], targets: [[Int]]) {
    require(
      sources.count == targets.count,
      "cannot pair \(sources.count) sources with \(targets.count) targets: one for each is needed")
    (self.sources, self.targets) = (sources, targets)
  }

  /// The number of pairs.
  public var count: Int { sources.count }
  /// The sources as a padded batch.
  public var sourceTokens: Tokens { Tokens(sources) }
  /// The targets as a padded batch.
  public var targetTokens: Tokens { Tokens(targets) }

  /// The pairs with the given indices.
  public func subset(_ places: some Sequence<Int>) -> SequencePairs {
    let places = Array(places)
    return SequencePairs(sources: places.map { sources[$0] }, targets: places.map { targets[$0] })
  }

  /// Sequences of random letters and the same letters backwards: the letter that a decoder needs first was read last,
  /// and the one that it needs last was read first. Groudiev, *Deep Learning*, 5.2.4
  public static func reversals(
    _ count: Int, lengths: ClosedRange<Int>, letters: Int = 26, random: RandomSource
  ) -> SequencePairs {
    let sources = (0..<count).map { _ in
      let length = lengths.lowerBound + random.integer(below: lengths.count)
      return (0..<length).map { _ in random.integer(below: letters) }
    }
    return SequencePairs(sources: sources, targets: sources.map { $0.reversed() })
  }
}

/// Numbers in words and in digits as symbols, for Exercise 6.1.2: "one hundred twenty-three" → 1, 2, 3.
public struct NumberTranslation: Sendable {
  /// The words, in the order of their numbers; "twenty-three" is two words.
  public let words: [String]
  /// The numbers for training, and those for the test.
  public let seen, unseen: [Int]

  /// The numbers below `bound` in random order; the first `count` of them are for training.
  public init(below bound: Int, seen count: Int, unseen: Int, random: RandomSource) {
    require(
      count >= 1 && unseen >= 0 && count + unseen <= bound,
      "cannot train on \(count) of \(bound) numbers and hold out \(unseen): the sum must be at most \(bound)")
    let order = random.permutation(bound)
    (seen, self.unseen) = (Array(order.prefix(count)), Array(order[count..<count + unseen]))
    let all = (0..<20).map(NumberWords.words) + stride(from: 20, to: 100, by: 10).map(NumberWords.words)
    words = all + ["hundred", "thousand"]
  }

  /// The words of a number.
  public func words(of number: Int) -> [String] {
    NumberWords.words(number).split { $0 == " " || $0 == "-" }.map(String.init)
  }

  /// Numbers as pairs of words and digits.
  public func pairs(_ numbers: [Int]) -> SequencePairs {
    let places = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
    return SequencePairs(
      sources: numbers.map { words(of: $0).compactMap { places[$0] } },
      targets: numbers.map { "\($0)".compactMap(\.wholeNumberValue) })
  }

  /// For each digit of a number below 1,000 the position of the corresponding word; nil for a 0 that has no word.
  /// Exercise 6.1.3
  ///
  /// "four hundred seventeen" is 4, 1, 7: "four", "seventeen", "seventeen".
  public static func wordOfDigit(_ number: Int) -> [Int?] {
    require((0..<1000).contains(number), "cannot align the digits of \(number): a number from 0 to 999 is needed")
    let last = NumberWords.words(number).split { $0 == " " || $0 == "-" }.count - 1
    let (hundreds, rest) = number.quotientAndRemainder(dividingBy: 100)
    let isTeen = (10...19).contains(rest)
    let tens = rest < 10 ? nil : isTeen || rest % 10 == 0 ? last : last - 1
    let ones = isTeen || rest % 10 > 0 || number == 0 ? last : nil
    return (hundreds > 0 ? [0] : []) + (number >= 10 ? [tens] : []) + [ones]
  }
}
