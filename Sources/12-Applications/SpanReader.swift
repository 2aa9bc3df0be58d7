// § 12.2.3  Question answering: the answer is a span of the text

import DataSets
import Foundations
import Messages
import Tensors
import Transformer

/// A question and a text that one encoder reads together, and the place of the answer in the sequence. § 12.2.3
public struct Question: Sendable, Equatable {
  /// The symbols: [CLS], the question, [SEP], the text, [SEP].
  public let symbols: [Int]
  /// 0 for [CLS], the question and the first [SEP]; 1 for the rest.
  public let types: [Int]
  /// The place of the word that stands for the answer in the question, such as [MASK].
  public let asked: Int
  /// The places of the answer in `symbols`.
  public let answer: ClosedRange<Int>

  /// A question with the given answer, which must lie in the text.
  public init(symbols: [Int], types: [Int], asked: Int, answer: ClosedRange<Int>) {
    require(
      symbols.count == types.count && types.indices.contains(asked) && types[asked] == 0 && answer.lowerBound >= 0
        && answer.upperBound < symbols.count && answer.allSatisfy { types[$0] == 1 },
      "cannot ask a question of \(symbols.count) symbols and \(types.count) types at place \(asked) with the answer at "
        + "\(answer): one type for each symbol, a place of type 0 and an answer of type 1 are needed"
    )
    (self.symbols, self.types, self.asked, self.answer) = (symbols, types, asked, answer)
  }
}

/// A BERT that points at the first and the last word of an answer. § 12.2.3
///
/// p(s, e) = p_start(s) p_end(e), each a softmax over the symbols t of the text of qᵀ hₜ / √d, where hₜ are the states
/// and q = W h + b comes from the state h of the word that asks. Ram et al. (2021). Devlin et al. (2019) have one
/// vector q for all questions: then the text's own states must know what was asked.
public struct SpanReader: Model {
  /// The encoder, usually a pre-trained one.
  public var encoder: BERTEncoder
  /// From the state of the word that asks to q, for the start and for the end. [d] → [d]
  public var start, end: Linear

  /// An encoder with new pointers, which start as the identity: the state of a word that asks is compared with those of
  /// the text.
  public init(_ encoder: BERTEncoder) {
    self.encoder = encoder
    let identity = Linear(weight: .identity(encoder.width), bias: .zeros([encoder.width]))
    (start, end) = (identity, identity)
  }

  /// The encoder and the pointers.
  public static var parameters: [PartialKeyPath<SpanReader>] { [\.encoder, \.start, \.end] }

  /// ln p_start and ln p_end of every place; about −10⁹ outside the text. [N×T] each
  public func logProbabilities(of questions: [Question]) -> (start: Tensor, end: Tensor) {
    let sequences = Tokens(questions.map(\.symbols))
    let (N, T, d) = (sequences.count, sequences.time, encoder.width)
    let h = encoder(sequences, types: questions.map(\.types))  // [N×T×d]
    let asking = h.reshaped([N * T, d]).gathered(questions.enumerated().map { $0 * T + $1.asked })  // [N×d]
    let hidden = questions.flatMap { q in (0..<T).map { $0 < q.types.count && q.types[$0] == 1 ? 0 : -1e9 } }
    let mask = Tensor(hidden, shape: [N, T], scalarType: h.scalarType)
    func row(_ pointer: Linear) -> Tensor {
      let z = (h * pointer(asking).reshaped([N, 1, d])).sum(axes: [2]) / Double(d).squareRoot()
      return (z + mask).logSoftmax()
    }
    return (row(start), row(end))
  }

  /// −½ (ln p_start(s) + ln p_end(e)), the mean over the questions. § 12.2.3
  public func loss(_ questions: [Question]) -> Tensor {
    let (start, end) = logProbabilities(of: questions)
    return spanLoss(
      start: start, end: end, starts: questions.map(\.answer.lowerBound), ends: questions.map(\.answer.upperBound))
  }

  /// The most probable span of at most `longest` symbols for each question.
  public func answers(_ questions: [Question], longest: Int) -> [ClosedRange<Int>] {
    let (start, end) = logProbabilities(of: questions)
    return questions.indices.map { i in
      let count = questions[i].symbols.count
      return bestSpan(
        start: Array(start[i].scalars.prefix(count)), end: Array(end[i].scalars.prefix(count)), longest: longest)
    }
  }

  /// The fraction of questions whose answer is found exactly, in batches of 200.
  public func exactMatch(_ questions: [Question], longest: Int) -> Double {
    let hits = stride(from: 0, to: questions.count, by: 200).reduce(0) { hits, first in
      let part = Array(questions[first..<min(first + 200, questions.count)])
      return hits + zip(answers(part, longest: longest), part).count { $0 == $1.answer }
    }
    return Double(hits) / Double(max(1, questions.count))
  }
}

/// −½ (ln p_start(s) + ln p_end(e)) from logits at all places, the mean over N questions. [N×T], [N×T] → []. § 12.2.3
public func spanLoss(start: Tensor, end: Tensor, starts: [Int], ends: [Int]) -> Tensor {
  require(
    start.rank == 2 && start.shape == end.shape && starts.count == start.shape[0] && ends.count == starts.count,
    "cannot compare logits \(start.shape) and \(end.shape) with \(starts.count) starts and \(ends.count) ends: a row "
      + "for each is needed")
  return 0.5 * (start.crossEntropy(labels: starts) + end.crossEntropy(labels: ends))
}

/// The span (s, e) with s ≤ e < s + `longest` whose sum of logits is largest; the first of them if several are equal.
/// § 12.2.3
///
/// The best start and the best end alone may be in the wrong order.
public func bestSpan(start: [Double], end: [Double], longest: Int) -> ClosedRange<Int> {
  require(
    !start.isEmpty && start.count == end.count && longest >= 1,
    "cannot find a span of at most \(longest) among \(start.count) starts and \(end.count) ends: as many starts "
      + "as ends, and at least 1 of each, are needed")
  var (best, value) = (0...0, -Double.infinity)
  for s in start.indices {
    for e in s..<min(s + longest, start.count) where start[s] + end[e] > value {
      (best, value) = (s...e, start[s] + end[e])
    }
  }
  return best
}

/// The probability of each place that it lies in the answer: the sum of p(s, e) over the spans s ≤ t ≤ e of at most
/// `longest` symbols, where p(s, e) ∝ exp(start + end). The sum over t is the expected length. § 12.2.3
public func spanCoverage(start: [Double], end: [Double], longest: Int) -> [Double] {
  let best = bestSpan(start: start, end: end, longest: longest)
  let top = start[best.lowerBound] + end[best.upperBound]
  var (coverage, total) = ([Double](repeating: 0, count: start.count), 0.0)
  for s in start.indices {
    for e in s..<min(s + longest, start.count) {
      let p = exponential(start[s] + end[e] - top)
      total += p
      for t in s...e { coverage[t] += p }
    }
  }
  return coverage.map { $0 / total }
}

private func exponential(_ x: Double) -> Double { Tensor(x, scalarType: .double).exp().item }
