// Sequences of unequal length as one array.

import Messages
import Tensors

/// A batch of sequences of numbers, each padded at its end to the length of the longest.
public struct Tokens: Sendable, Equatable {
  /// The numbers, sequence after sequence. [N×T]
  public let numbers: [Int]
  /// The length of each sequence without its padding. [N]
  public let lengths: [Int]
  /// The number that fills the places beyond the end of a sequence.
  public let padding: Int
  /// The length T of the longest sequence.
  public let time: Int

  /// The sequences as rows; numbers beyond the first `longest` are cut off.
  public init(_ sequences: [[Int]], padding: Int = 0, longest: Int = .max) {
    require(longest >= 0, "cannot cut sequences to \(longest) numbers")
    let lengths = sequences.map { min($0.count, longest) }
    let time = lengths.max() ?? 0
    numbers = sequences.flatMap { sequence in
      let kept = sequence.prefix(longest)
      return kept + [Int](repeating: padding, count: time - kept.count)
    }
    (self.lengths, self.time, self.padding) = (lengths, time, padding)
  }

  /// The number of sequences.
  public var count: Int { lengths.count }
  /// [N×T]
  public var shape: Shape { [count, time] }
  /// A sequence without its padding.
  public subscript(index: Int) -> [Int] { Array(numbers[index * time..<index * time + lengths[index]]) }
  /// All sequences without their padding.
  public var sequences: [[Int]] { (0..<count).map { self[$0] } }
  /// Whether each number belongs to its sequence, for losses over all of them: `crossEntropy(labels:where:)`. [N·T]
  public var isReal: [Bool] { lengths.flatMap { length in (0..<time).map { $0 < length } } }

  /// The sequences at these places, in this order, padded to the longest of them.
  public func subset(_ indices: some Sequence<Int>) -> Tokens { Tokens(indices.map { self[$0] }, padding: padding) }
}
