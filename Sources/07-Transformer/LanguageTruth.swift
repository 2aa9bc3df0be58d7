// § 7.6, Exercise 7.5  The exact probabilities of words in a language whose probabilities are known

import DataSets
import Messages
import Tensors

/// The exact probabilities of words in a `SmallLanguage`: no model can be better in expectation. On a few hundred words
/// a model may be better by chance.
///
/// Sentences are lists of words; in the language they end with a full stop and a line break.
public struct LanguageTruth: Sendable {
  private struct Choice: Sendable {
    let probability: Double
    let text: [UInt8]
    let next: Int
  }
  private let states: [[Choice]]

  /// The probabilities of a language.
  public init(_ language: SmallLanguage) {
    states = language.states.map { choices in
      choices.map { Choice(probability: $0.probability, text: Array($0.text.utf8), next: $0.next) }
    }
  }

  /// P of a whole sentence; 0 if it is not in the language.
  public func probability(of sentence: [String]) -> Double {
    var (rest, state, p) = (Array((sentence.joined(separator: " ") + ".\n").utf8)[...], 0, 1.0)
    while state != SmallLanguage.end {
      // No piece of a state is a prefix of another, so at most one matches.
      guard let choice = states[state].first(where: { rest.starts(with: $0.text) }) else { return 0 }
      (rest, state, p) = (rest.dropFirst(choice.text.count), choice.next, p * choice.probability)
    }
    return rest.isEmpty ? p : 0
  }

  /// p(xᵢ | x_{∖i}) for every candidate in position i of a sentence: from the left and from the right. All are 0 if no
  /// candidate makes it a sentence.
  public func fillIn(_ sentence: [String], at place: Int, candidates: [String]) -> [Double] {
    var other = sentence
    let joint = candidates.map { candidate in
      other[place] = candidate
      return probability(of: other)
    }
    let total = joint.reduce(0, +)
    return total > 0 ? joint.map { $0 / total } : joint
  }

  /// p(x_t | x₁, …, x_{t−1}): the words that may follow the beginning of a sentence, each with its probability; the
  /// empty word is the end. Empty if no sentence has this beginning.
  public func next(after words: [String]) -> [String: Double] {
    var (rest, state) = (Array(words.joined(separator: " ").utf8)[...], 0)
    while let choice = states[state].first(where: { !rest.isEmpty && rest.starts(with: $0.text) }) {
      if choice.next == SmallLanguage.end { return [:] }
      (rest, state) = (rest.dropFirst(choice.text.count), choice.next)
    }
    var shares: [String: Double] = [:]
    for choice in states[state] where choice.text.starts(with: rest) {
      let remaining = choice.text.dropFirst(rest.count)
      // The last word must be complete: "dog" must not match "dogs".
      let isOver = words.isEmpty || remaining.first == UInt8(ascii: " ") || remaining.first == UInt8(ascii: ".")
      if isOver { expand(remaining, choice.next, [], choice.probability, &shares) }
    }
    // In a fixed order, so that every process rounds in the same way.
    let total = shares.sorted { $0.key < $1.key }.reduce(0) { $0 + $1.value }
    return shares.mapValues { $0 / total }
  }

  /// Adds the words that begin with the given letters and continue with the rest of a piece.
  private func expand(
    _ rest: ArraySlice<UInt8>, _ next: Int, _ word: [UInt8], _ p: Double, _ shares: inout [String: Double]
  ) {
    var word = word
    for byte in rest {
      let isSpace = byte == UInt8(ascii: " ")
      if byte == UInt8(ascii: ".") || isSpace && !word.isEmpty {
        shares[String(decoding: word, as: UTF8.self), default: 0] += p
        return
      }
      if !isSpace { word.append(byte) }
    }
    if next == SmallLanguage.end { return }
    for choice in states[next] { expand(choice.text[...], choice.next, word, p * choice.probability, &shares) }
  }
}
