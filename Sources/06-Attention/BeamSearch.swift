// § 6.1  Beam search

import DataSets
import Messages
import Tensors

/// A sequence found by the search.
public struct Hypothesis: Sendable, Equatable {
  /// The symbols, without the end.
  public let tokens: [Int]
  /// The natural logarithm of the probability of these symbols and of the end after them.
  public let logProbability: Double
  /// The score by which the search ranks: the log-probability divided by the length penalty.
  public let score: Double
}

/// The divisor of the log-probability of n symbols: ((5 + n) / 6)^α. With α = 0 it is 1, and short sequences have an
/// advantage, because every further symbol lowers the probability. Wu et al. (2016)
public func lengthDivisor(_ n: Int, strength α: Double) -> Double {
  Tensor((5 + Double(n)) / 6, scalarType: .double).power(α).item
}

/// The best sequences that a beam of this width finds, best first. § 6.1
///
/// Every round extends the sequences of the beam by every symbol. Those among the best that have ended are set aside;
/// of the others the best `width` are kept. Width 1 with α = 0 is greedy decoding. A beam that is wide enough for all
/// sequences finds the optimum for certain; a narrower beam may miss it, and a wider beam may find a worse sequence
/// than a narrower one. The search stops when no sequence in the beam can become better than the best ended one: a
/// log-probability only falls, and its divisor grows at most to that of the longest sequence. A sequence that reaches
/// `longest` symbols without the end is dropped, unless none has ended.
///
/// - Parameters:
///   - width: How many sequences are followed.
///   - α: The strength of the length penalty, 0 for none.
///   - longest: The most symbols before the end.
///   - end: The number of the end.
///   - logits: The logits of the next symbol after each of some prefixes of one length. [B×V]
public func beamSearch(
  width: Int, lengthPenalty α: Double = 0, longest: Int, end: Int, logits: (_ prefixes: [[Int]]) -> Tensor
) -> [Hypothesis] {
  require(
    width >= 1 && longest >= 0 && α >= 0,
    "cannot search with width \(width), length penalty \(α) and at most \(longest) symbols: a width of at least 1, and "
      + "a penalty and a length that are not negative, are needed")
  var beam: [(tokens: [Int], logProbability: Double)] = [([], 0)]
  var (ended, unended) = ([Hypothesis](), beam)
  for length in 0...longest where !beam.isEmpty {
    unended = beam
    let extensions = ranked(beam, logits(beam.map(\.tokens)).logSoftmax())
    beam = []
    for (rank, next) in extensions.enumerated() where rank < width || beam.count < width {
      if next.token == end {
        if rank < width { ended.append(hypothesis(next.prefix, next.logProbability, α)) }
      } else if length < longest && beam.count < width {
        beam.append((next.prefix + [next.token], next.logProbability))
      }
    }
    let best = ended.map(\.score).max() ?? -.infinity
    let bound = beam.map { $0.logProbability / lengthDivisor(longest, strength: α) }.max() ?? -.infinity
    if best >= bound { break }
  }
  let found = ended.isEmpty ? unended.map { hypothesis($0.tokens, $0.logProbability, α) } : ended
  return found.sorted { ($1.score, $0.tokens.count) < ($0.score, $1.tokens.count) }
}

/// The sequence with the highest score, found by trying all V^longest sequences: only for small problems.
public func bestSequence(
  lengthPenalty α: Double = 0, longest: Int, end: Int, logits: (_ prefixes: [[Int]]) -> Tensor
) -> Hypothesis? {
  var (prefixes, best) = ([(tokens: [Int](), logProbability: 0.0)], Hypothesis?.none)
  for length in 0...longest where !prefixes.isEmpty {
    let rows = logits(prefixes.map(\.tokens)).logSoftmax()
    var longer: [(tokens: [Int], logProbability: Double)] = []
    for (prefix, row) in zip(prefixes, 0..<prefixes.count) {
      for (token, value) in rows[row].scalars.enumerated() where value > -.infinity {
        if token == end {
          let ended = hypothesis(prefix.tokens, prefix.logProbability + value, α)
          if ended.score > best?.score ?? -.infinity { best = ended }
        } else if length < longest {
          longer.append((prefix.tokens + [token], prefix.logProbability + value))
        }
      }
    }
    prefixes = longer
  }
  return best
}

private func hypothesis(_ tokens: [Int], _ logProbability: Double, _ α: Double) -> Hypothesis {
  Hypothesis(
    tokens: tokens, logProbability: logProbability,
    score: logProbability / lengthDivisor(tokens.count, strength: α))
}

/// All extensions of a beam by one symbol, the most probable first; ties are in the order of beam and symbols.
private func ranked(
  _ beam: [(tokens: [Int], logProbability: Double)], _ rows: Tensor
) -> [(prefix: [Int], token: Int, logProbability: Double)] {
  let V = rows.shape[1]
  let sums = zip(rows.scalars, 0..<rows.count).map { value, place in value + beam[place / V].logProbability }
  let order = Tensor(sums, scalarType: .double).argsort(isDescending: true)
  return order.filter { sums[$0] > -.infinity }.map { (beam[$0 / V].tokens, $0 % V, sums[$0]) }
}

extension Translator {
  /// The best translations of one source by beam search. § 6.1
  public func translate(
    _ source: [Int], width: Int, lengthPenalty α: Double = 0, longest: Int
  ) -> [Hypothesis] {
    beamSearch(width: width, lengthPenalty: α, longest: longest, end: end) { prefixes in
      let all = logits(Tokens(prefixes.map { _ in source }), Tokens(prefixes, padding: end))
      return all.sliced(all.shape[1] - 1..<all.shape[1], axis: 1).squeezed(axis: 1)
    }
  }
}
