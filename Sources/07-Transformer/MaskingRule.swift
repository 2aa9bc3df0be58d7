// § 7.6  Which tokens are masked, and how

import Messages
import Tensors

/// Which tokens of a sequence a model must predict, and what it reads instead. Definition 7.10
///
/// The notes say "15 % are masked". Of these, BERT replaces 80 % by [MASK] and 10 % by a random token, and leaves 10 %
/// as they are: when the model is used later, there are no [MASK] tokens, and a model that predicts only at [MASK]
/// tokens would learn nothing about other positions. Devlin et al. (2019).
public struct MaskingRule: Sendable, Equatable {
  /// How the tokens to be predicted are chosen.
  public enum Choice: Sendable, Equatable {
    /// Each token independently with the rule's rate. Short sequences may have no chosen token.
    case independent
    /// Each token with the rule's rate; if this chooses none in a sequence, one token at random.
    case atLeastOne
    /// A fixed number: the rate times the number of tokens that may be chosen, rounded, and at least one.
    case count
  }

  /// The fraction of tokens that are chosen.
  public var rate = 0.15
  /// The fractions of the chosen tokens that are replaced by the mask and by a random token; the rest is unchanged.
  public var masked = 0.8, random = 0.1
  /// How they are chosen.
  public var choice = Choice.atLeastOne

  /// BERT's rates, with at least one chosen token in each sequence.
  public init() {}

  /// Chooses tokens of sequences and replaces them.
  ///
  /// `mask` is the number of [MASK]; random tokens come from `replacements`. Tokens for which `isFixed` holds, such as
  /// [CLS] and [SEP], are never chosen.
  public func applied(
    to sequences: [[Int]], mask: Int, replacements: Range<Int>, isFixed: (Int) -> Bool = { _ in false },
    using source: RandomSource
  ) -> MaskedSequences {
    require(
      0...1 ~= rate && masked >= 0 && random >= 0 && masked + random <= 1 && !replacements.isEmpty,
      "cannot mask a rate of \(rate) with rates \(masked) of masks and \(random) of random tokens \(replacements): all "
        + "rates must be from 0 to 1, and there must be a token")
    var result = MaskedSequences(inputs: sequences, targets: sequences, isChosen: [])
    for (number, sequence) in sequences.enumerated() {
      let places = chosen(of: sequence.indices.filter { !isFixed(sequence[$0]) }, source)
      for place in places {
        let u = source.uniform()
        if u < masked {
          result.inputs[number][place] = mask
        } else if u < masked + random {
          result.inputs[number][place] = replacements.lowerBound + source.integer(below: replacements.count)
        }
      }
      result.isChosen.append(sequence.indices.map { places.contains($0) })
    }
    return result
  }

  /// The chosen positions.
  private func chosen(of places: [Int], _ source: RandomSource) -> [Int] {
    if places.isEmpty { return [] }
    switch choice {
    case .count:
      let count = min(places.count, max(1, Int((rate * Double(places.count)).rounded())))
      return source.permutation(places.count).prefix(count).map { places[$0] }
    case .independent, .atLeastOne:
      let drawn = places.filter { _ in source.uniform() < rate }
      if drawn.isEmpty && choice == .atLeastOne { return [places[source.integer(below: places.count)]] }
      return drawn
    }
  }
}

/// Sequences in which some tokens are to be predicted. Definition 7.10
public struct MaskedSequences: Sendable {
  /// What a model reads: x without the chosen tokens, x_{∖M}, apart from those that the rule left unchanged.
  public var inputs: [[Int]]
  /// The original tokens x.
  public var targets: [[Int]]
  /// Whether each position is in M.
  public var isChosen: [[Bool]]

  /// These sequences.
  public init(inputs: [[Int]], targets: [[Int]], isChosen: [[Bool]]) {
    (self.inputs, self.targets, self.isChosen) = (inputs, targets, isChosen)
  }

  /// A sequence with [MASK] at one position, which is to be predicted.
  public init(_ sequence: [Int], maskedAt place: Int, mask: Int) {
    require(
      sequence.indices.contains(place), "cannot mask position \(place) of a sequence of \(sequence.count) tokens")
    var input = sequence
    input[place] = mask
    self.init(inputs: [input], targets: [sequence], isChosen: [sequence.indices.map { $0 == place }])
  }

  /// The number of chosen positions.
  public var chosenCount: Int { isChosen.reduce(0) { $0 + $1.count { $0 } } }
}
