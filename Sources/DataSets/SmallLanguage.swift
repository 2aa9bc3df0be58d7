// A language whose entropy is known exactly, so that a model of it can be compared with the best possible one.

import Foundation
import Messages
import Tensors

/// A language of independent sentences: a finite automaton that chooses one of its state's pieces of text at a time.
///
/// The sentence is finished when the state `end` is reached. No piece of a state begins with another piece of the same
/// state, so every sentence has one derivation, its probability is the product of its choices' probabilities, and the
/// entropy of a sentence is that of its choices: H(s) = Σ p (−ln p + H(next)). States are numbered so that every choice
/// leads to a higher number, or to the end.
public struct SmallLanguage: Sendable {
  /// A piece of text that a state may choose.
  public struct Choice: Sendable {
    /// The probability of the choice.
    public let probability: Double
    /// The text that it adds.
    public let text: String
    /// The state that follows; `SmallLanguage.end` after the last piece.
    public let next: Int

    /// A choice with this probability.
    public init(_ probability: Double, _ text: String, to next: Int) {
      (self.probability, self.text, self.next) = (probability, text, next)
    }
  }

  /// The state after the last piece of a sentence.
  public static let end = Int.max
  /// The choices of each state; the first state begins a sentence.
  public let states: [[Choice]]

  /// The language with these states; stops unless in each the probabilities sum to 1, no piece begins with another, and
  /// all choices lead to later states.
  public init(states: [[Choice]]) {
    for (number, choices) in states.enumerated() {
      let total = choices.reduce(0) { $0 + $1.probability }
      require(
        abs(total - 1) < 1e-9 && choices.allSatisfy { $0.probability > 0 },
        "cannot choose in state \(number) of a language with probabilities that sum to \(total): "
          + "they must be positive and sum to 1"
      )
      require(
        choices.allSatisfy { $0.next == Self.end || (number + 1..<states.count).contains($0.next) },
        "cannot leave state \(number) of a language for an earlier state, or one beyond the last, \(states.count - 1)")
      for (place, choice) in choices.enumerated() {
        let rival = choices.enumerated().first { $0.offset != place && $0.element.text.hasPrefix(choice.text) }
        require(
          rival == nil && !choice.text.isEmpty,
          "cannot tell \(choice.text.debugDescription) from \((rival?.element.text ?? "").debugDescription) in state "
            + "\(number) of a language: no piece may begin with another, and none may be empty")
      }
    }
    self.states = states
  }

  // MARK: - Drawing

  /// A sentence, drawn with its probability.
  public func sentence(from source: RandomSource) -> String {
    var (state, text) = (0, "")
    while state != Self.end {
      let choice = states[state][source.categorical(states[state].map(\.probability))]
      text += choice.text
      state = choice.next
    }
    return text
  }

  /// Whole sentences of at least this many characters in all.
  public func text(characters: Int, from source: RandomSource) -> String {
    var (text, count) = ("", 0)
    while count < characters {
      let next = sentence(from: source)
      text += next
      count += next.unicodeScalars.count
    }
    return text
  }

  // MARK: - Entropy and probabilities

  /// The entropy of a sentence in nats, and its mean length in characters.
  public var perSentence: (entropy: Double, length: Double) {
    var (entropies, lengths) = (
      [Double](repeating: 0, count: states.count), [Double](repeating: 0, count: states.count)
    )
    for state in states.indices.reversed() {
      for choice in states[state] {
        let p = choice.probability
        let isLast = choice.next == Self.end
        entropies[state] += p * (-log(p) + (isLast ? 0 : entropies[choice.next]))
        lengths[state] += p * (Double(choice.text.unicodeScalars.count) + (isLast ? 0 : lengths[choice.next]))
      }
    }
    return (entropies[0], lengths[0])
  }

  /// The entropy per character in nats, a lower bound on the mean loss of any model: the entropy of a sentence over its
  /// mean length.
  public var entropy: Double { perSentence.entropy / perSentence.length }

  /// The probability distribution of the next character after a text of whole sentences and the beginning of one; nil
  /// if no text of the language begins like this.
  public func next(after text: String) -> [Unicode.Scalar: Double]? {
    follow(text.unicodeScalars)?.distribution(in: self)
  }

  /// −ln P of a text of whole sentences and the beginning of one, in nats: the sum over its characters of −ln p(c |
  /// what is before it). Infinite for a text that is not in the language.
  public func loss(of text: String) -> Double {
    var (position, total) = (Position(state: 0, part: ""), 0.0)
    for scalar in text.unicodeScalars {
      guard let p = position.distribution(in: self)[scalar], let next = position.after(scalar, in: self) else {
        return .infinity
      }
      (position, total) = (next, total - log(p))
    }
    return total
  }

  /// The share of a text's lines that are sentences of the language; the last line does not count if it has no end.
  public func share(ofSentencesIn text: String) -> Double {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
    let good = lines.count { follow((String($0) + "\n").unicodeScalars) == Position(state: 0, part: "") }
    return Double(good) / Double(lines.count)
  }

  private func follow<Scalars: Sequence<Unicode.Scalar>>(_ scalars: Scalars) -> Position? {
    var position: Position? = Position(state: 0, part: "")
    for scalar in scalars { position = position.flatMap { $0.after(scalar, in: self) } }
    return position
  }

  /// A place in a sentence: the state, and the beginning of the piece that is being written.
  private struct Position: Equatable {
    var state: Int
    var part: String

    private func candidates(in language: SmallLanguage) -> [Choice] {
      language.states[state].filter { $0.text.unicodeScalars.starts(with: part.unicodeScalars) }
    }

    func distribution(in language: SmallLanguage) -> [Unicode.Scalar: Double] {
      let choices = candidates(in: language)
      let total = choices.reduce(0) { $0 + $1.probability }
      return choices.reduce(into: [:]) { shares, choice in
        let next = choice.text.unicodeScalars.dropFirst(part.unicodeScalars.count).first
        if let next { shares[next, default: 0] += choice.probability / total }
      }
    }

    func after(_ scalar: Unicode.Scalar, in language: SmallLanguage) -> Position? {
      let longer = Position(state: state, part: part + String(scalar))
      let choices = longer.candidates(in: language)
      guard let choice = choices.first else { return nil }
      if choice.text.unicodeScalars.count > longer.part.unicodeScalars.count { return longer }
      return Position(state: choice.next == SmallLanguage.end ? 0 : choice.next, part: "")
    }
  }
}
