// § 12.10  Reading symbols from the probabilities of frames

import Messages
import Tensors

/// The symbols of the likeliest path of every sequence: the likeliest class of every frame, collapsed. § 12.10
///
/// This is not the likeliest text: many paths of small probability may stand for a better one. [N×T×(K+1)]
public func bestPaths(_ logits: Tensor) -> [[Int]] {
  let (N, T, classes) = (logits.shape[0], logits.shape[1], logits.shape[2])
  let best = logits.argmax()
  return (0..<N).map { collapsed(Array(best[$0 * T..<($0 + 1) * T]), blank: classes - 1) }
}

/// The likeliest texts of one sequence, best first, by a search over prefixes. § 12.10
///
/// For every prefix that is followed, two sums over all its paths so far are kept: of those that end in a blank, and of
/// those that end in its last symbol. So the paths of one text are added up, which a search over paths does not do.
/// With a beam that holds all prefixes the probabilities are exact. After every frame the sums are divided by the
/// largest, so that long sequences do not underflow. [T×(K+1)]
public func prefixSearch(
  _ logits: Tensor, width: Int
) -> [(symbols: [Int], logProbability: Double)] {
  require(
    logits.rank == 2 && width >= 1,
    "cannot search logits \(logits.shape) with a beam of \(width): [T×(K+1)] and a width of at least 1 are needed")
  let (T, blank) = (logits.shape[0], logits.shape[1] - 1)
  let p = logits.softmax().scalars
  var (beam, factors) = ([Prefix(symbols: [], endsInBlank: 1, endsInSymbol: 0)], [Double]())
  for t in 0..<T {
    let frame = Array(p[t * (blank + 1)..<(t + 1) * (blank + 1)])
    var found = Prefixes()
    for prefix in beam {
      found.add(prefix.symbols, endsInBlank: prefix.total * frame[blank])
      for symbol in 0..<blank {
        if symbol == prefix.symbols.last {  // the same symbol again, or anew after a blank
          found.add(prefix.symbols, endsInSymbol: prefix.endsInSymbol * frame[symbol])
          found.add(prefix.symbols + [symbol], endsInSymbol: prefix.endsInBlank * frame[symbol])
        } else {
          found.add(prefix.symbols + [symbol], endsInSymbol: prefix.total * frame[symbol])
        }
      }
    }
    beam = found.best(width)
    let largest = beam.first?.total ?? 1
    factors.append(largest)
    for place in beam.indices { beam[place].divide(by: largest) }
  }
  let shift = Tensor(factors, scalarType: .double).log().sum().item
  let logarithms = Tensor(beam.map(\.total), scalarType: .double).log()
  return zip(beam, logarithms.scalars).map { ($0.symbols, $1 + shift) }
}

/// A text so far, with the sums over its paths.
private struct Prefix {
  let symbols: [Int]
  var endsInBlank, endsInSymbol: Double
  var total: Double { endsInBlank + endsInSymbol }

  mutating func divide(by factor: Double) {
    endsInBlank /= factor
    endsInSymbol /= factor
  }
}

/// The prefixes after a frame, in the order in which they were found.
private struct Prefixes {
  private var all: [Prefix] = []
  private var places: [[Int]: Int] = [:]

  mutating func add(_ symbols: [Int], endsInBlank b: Double = 0, endsInSymbol s: Double = 0) {
    if let place = places[symbols] {
      all[place].endsInBlank += b
      all[place].endsInSymbol += s
    } else {
      places[symbols] = all.count
      all.append(Prefix(symbols: symbols, endsInBlank: b, endsInSymbol: s))
    }
  }

  func best(_ count: Int) -> [Prefix] {
    let order = all.indices.filter { all[$0].total > 0 }.sorted { (all[$1].total, $0) < (all[$0].total, $1) }
    return order.prefix(count).map { all[$0] }
  }
}

/// The share of wrong symbols: the edit distances of all texts from the right ones, divided by the number of right
/// symbols. It can exceed 1. § 12.10
public func symbolErrorRate(_ found: [[Int]], _ right: [[Int]]) -> Double {
  require(
    found.count == right.count, "cannot compare \(found.count) texts with \(right.count): one for each is needed")
  let symbols = right.reduce(0) { $0 + $1.count }
  return Double(zip(found, right).reduce(0) { $0 + editDistance($1.0, $1.1) }) / Double(symbols)
}
