// Reviews in which every opinion may be negated, so that no single word determines the verdict.

import Messages
import Tensors

/// A generated film review: an odd number of opinions, such as "the music was never dull", each good or bad by its
/// adjective and, if it is negated, the other way round. The verdict is that of the majority.
///
/// Adjectives and negations are drawn independently, so that each word is equally frequent in good and bad reviews: a
/// linear classifier of word counts cannot do better than guess, but a reader of the word order makes no error.
public enum GeneratedReview {
  /// A review and its verdict: 1 for good, 0 for bad.
  public static func draw(from source: RandomSource) -> LabeledText {
    func one(_ words: [String]) -> String { words[source.integer(below: words.count)] }
    let opinions = [1, 3, 5, 7][source.integer(below: 4)]
    var (words, balance) = ([String](), 0)
    for place in 0..<opinions {
      if place > 0 { words.append(one(links)) }
      let (isGood, isNegated) = (source.bernoulli(0.5), source.bernoulli(0.5))
      words += ["the", one(things), one(verbs)]
      if isNegated { words.append(one(negations)) }
      if source.bernoulli(0.4) { words.append(one(degrees)) }
      words.append(one(isGood ? praise : blame))
      if source.bernoulli(0.15) { words += asides[source.integer(below: asides.count)] }
      balance += isGood != isNegated ? 1 : -1
    }
    return LabeledText(text: words.joined(separator: " "), label: balance > 0 ? 1 : 0)
  }

  /// The verdict that the words of a review give; nil if no opinion is in them, or as many good as bad ones.
  public static func verdict(of words: [String]) -> Int? {
    var (balance, isNegated) = (0, false)
    for word in words {
      if negations.contains(word) { isNegated = true }
      guard praise.contains(word) || blame.contains(word) else { continue }
      balance += praise.contains(word) != isNegated ? 1 : -1
      isNegated = false
    }
    return balance == 0 ? nil : balance > 0 ? 1 : 0
  }

  private static let things = ["film", "plot", "music", "acting", "ending"]
  private static let verbs = ["was", "felt", "seemed"]
  private static let negations = ["not", "never", "hardly"]
  private static let degrees = ["very", "quite", "really"]
  private static let praise = ["good", "funny", "moving", "clever", "lovely", "fresh"]
  private static let blame = ["bad", "dull", "silly", "weak", "boring", "awful"]
  private static let links = ["and", "but", "then", "also"]
  private static let asides = [["so", "we", "thought"], ["to", "all", "of", "us"]]
}

extension TextClassification {
  /// Generated reviews in two parts, the stand-in for IMDB; always the same for the same numbers.
  public static func generatedReviews(train: Int, test: Int, remark: String = "") -> TextClassification {
    let source = RandomSource(seed: 2011)
    func reviews(_ count: Int) -> [LabeledText] { (0..<count).map { _ in GeneratedReview.draw(from: source) } }
    return TextClassification(
      name: "generated reviews", classNames: ["negative", "positive"], train: reviews(train), test: reviews(test),
      origin: "generated reviews\(remark)", isReal: false)
  }
}
