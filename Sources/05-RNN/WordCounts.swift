// § 5.8  Classifiers of word counts: the baselines for models that use the order of words

import DataSets
import Foundations
import Messages
import Tensors

/// A bag of words: a linear classifier of x_w = ln(1 + count of w), which ignores the order of the words. § 5.8
///
/// Logistic regression with one weight for each word and class. It cannot know which word a "not" refers to.
public struct BagOfWords: Module {
  /// From counts to logits; all weights start at 0.
  public var linear: Linear

  /// The classifier of texts of V words.
  public init(symbols V: Int, classes: Int = 2) {
    linear = Linear(weight: Tensor.zeros([classes, V]), bias: Tensor.zeros([classes]))
  }

  /// Weights and biases.
  public static var parameters: [PartialKeyPath<BagOfWords>] { [\.linear] }

  /// ln(1 + count) of every symbol. [N×V]
  public func features(_ tokens: Tokens) -> Tensor {
    let V = linear.weight.shape[1]
    let places = tokens.sequences.enumerated().flatMap { row, sequence in sequence.map { row * V + $0 } }
    let ones = Tensor.ones([places.count], scalarType: linear.weight.scalarType)
    return ones.scatterAdded(places, length: tokens.count * V).reshaped([tokens.count, V]).log1p()
  }

  /// The logits of each text. [N×T] → [N×classes]
  public func callAsFunction(_ tokens: Tokens) -> Tensor { linear(features(tokens)) }
}

/// The naive Bayes classifier of word counts: log P(k) + Σ_w n_w log P(w | k), with one added to every count. § 5.8
///
/// It needs no gradient steps: all parameters are computed from counts. Maron (1961).
public struct NaiveBayes: Sendable {
  /// log P(k) of each class, and log P(w | k) of each word.
  private let prior: [Double]
  private let words: [[Double]]

  /// The counts of a training set of V symbols.
  public init(_ set: LabeledTokens, symbols V: Int, classes: Int) {
    var counts = [[Double]](repeating: [Double](repeating: 1, count: V), count: classes)
    var texts = [Double](repeating: 1, count: classes)
    for (sequence, label) in zip(set.sequences, set.labels) {
      texts[label] += 1
      for word in sequence { counts[label][word] += 1 }
    }
    let total = texts.reduce(0, +)
    func logarithms(_ numbers: [Double]) -> [Double] {
      Tensor(numbers, shape: [numbers.count], scalarType: .double).log().scalars
    }
    prior = logarithms(texts.map { $0 / total })
    words = counts.map { row in
      let sum = row.reduce(0, +)
      return logarithms(row.map { $0 / sum })
    }
  }

  /// The most likely class of a text.
  public func classify(_ sequence: [Int]) -> Int {
    let scores = zip(prior, words).map { start, row in sequence.reduce(start) { $0 + row[$1] } }
    return scores.indices.max { scores[$0] < scores[$1] } ?? 0
  }

  /// Whether each text of a set is classified correctly.
  public func hits(_ set: LabeledTokens) -> [Bool] { zip(set.sequences, set.labels).map { classify($0) == $1 } }
}
