// n-gram models: predictions from counts alone, the baseline that every language model has to beat.

import Foundation
import Messages

/// The n-gram model of a sequence of numbers, smoothed by the method of Witten and Bell (1991).
///
/// With c(h w) occurrences of w after the context h, the last n − 1 numbers, c(h) = Σ_w c(h w) and t(h) different
/// numbers after h: pₙ(w | h) = (c(h w) + t(h) pₙ₋₁(w | h′)) / (c(h) + t(h)), where h′ is h without its first number
/// and p₀ = 1/V. A context that never occurred leaves it to the shorter one: pₙ(w | h) = pₙ₋₁(w | h′).
public struct NGramModel: Sendable {
  /// The order n: the length of the counted sequences.
  public let order: Int
  /// The size V of the vocabulary.
  public let vocabulary: Int
  /// For every length from 1 to n, the sequences that occur, as numbers in base V in ascending order, and their counts.
  private let tables: [(keys: [UInt64], counts: [Int])]

  /// Counts the sequences of up to `order` numbers below `vocabulary` in a training text.
  public init(order: Int, of text: [Int], vocabulary: Int) {
    let isSmall = Double(order) * log2(Double(max(vocabulary, 2))) < 63
    require(
      order >= 1 && vocabulary >= 1 && isSmall,
      "cannot count sequences of \(order) of \(vocabulary) symbols: there must be at most 2⁶³ different ones")
    require(
      text.allSatisfy { (0..<vocabulary).contains($0) }, "cannot count symbols outside of 0..<\(vocabulary)")
    (self.order, self.vocabulary) = (order, vocabulary)
    tables = (1...order).map { length in Self.table(length, text, vocabulary) }
  }

  private static func table(_ length: Int, _ text: [Int], _ vocabulary: Int) -> (keys: [UInt64], counts: [Int]) {
    if text.count < length { return ([], []) }
    let power = (1..<length).reduce(UInt64(1)) { power, _ in power * UInt64(vocabulary) }
    var (all, key) = ([UInt64](), UInt64(0))
    all.reserveCapacity(text.count)
    for (place, symbol) in text.enumerated() {
      key = (key % power) * UInt64(vocabulary) + UInt64(symbol)
      if place >= length - 1 { all.append(key) }
    }
    all.sort()
    var (keys, counts) = ([UInt64](), [Int]())
    for key in all {
      if keys.last == key {
        counts[counts.count - 1] += 1
      } else {
        keys.append(key)
        counts.append(1)
      }
    }
    return (keys, counts)
  }

  /// The probability of a number after a context, of which the last n − 1 numbers count.
  public func probability(of symbol: Int, after context: some BidirectionalCollection<Int>) -> Double {
    let recent = Array(context.suffix(order - 1))
    var p = 1 / Double(vocabulary)
    for length in 0...recent.count {
      let h = recent.suffix(length).reduce(UInt64(0)) { $0 * UInt64(vocabulary) + UInt64($1) }
      let (count, total, kinds) = counts(of: symbol, after: h, length)
      if total == 0 { break }
      p = (Double(count) + Double(kinds) * p) / Double(total + kinds)
    }
    return p
  }

  /// The mean of −ln p(w | h) over a text, in nats per number. The first numbers have shorter contexts.
  public func loss(of text: [Int]) -> Double {
    let losses = text.indices.map { place in
      -log(probability(of: text[place], after: text[max(0, place - order + 1)..<place]))
    }
    return losses.reduce(0, +) / Double(text.count)
  }

  /// c(h w), c(h) and t(h) for a context of this length.
  private func counts(of symbol: Int, after h: UInt64, _ length: Int) -> (count: Int, total: Int, kinds: Int) {
    let (keys, counts) = tables[length]
    let first = h * UInt64(vocabulary)
    var (place, total, kinds, count) = (Self.place(of: first, in: keys), 0, 0, 0)
    while place < keys.count, keys[place] < first + UInt64(vocabulary) {
      if keys[place] == first + UInt64(symbol) { count = counts[place] }
      (total, kinds, place) = (total + counts[place], kinds + 1, place + 1)
    }
    return (count, total, kinds)
  }

  /// The first place whose key is not below this one.
  private static func place(of key: UInt64, in keys: [UInt64]) -> Int {
    var (low, high) = (0, keys.count)
    while low < high {
      let middle = (low + high) / 2
      if keys[middle] < key { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

/// Nats per symbol in bits per symbol: x / ln 2.
public func bits(_ nats: Double) -> Double { nats / log(2) }
