// Exercise 6.4  Models that read from left to right

import Messages
import Tensors

/// A language model that reads from left to right: position t of its output predicts symbol t + 1, and depends only on
/// the symbols up to t. Exercise 6.4
///
/// Extensions use these requirements to provide losses, training and text generation for every such model.
public protocol CausalModel: Model {
  /// The number V of symbols.
  var symbols: Int { get }
  /// The largest number of symbols that the model reads at once.
  var context: Int { get }
  /// An empty cache for texts of up to `context` symbols.
  func emptyCache() -> KeyValueCache
  /// The logits after every symbol of N pieces of equal length T. [N×T×V]
  func callAsFunction(_ pieces: [[Int]]) -> Tensor
  /// The logits after the last of the new symbols, given a cache that holds the symbols before them. [N×V]
  func callAsFunction(_ pieces: [[Int]], cache: inout KeyValueCache) -> Tensor
}

extension CausalModel {
  /// The number N of pieces and their common length T; stops if they are not equally long, or do not fit into the
  /// context after `start` symbols.
  public func sizes(of pieces: [[Int]], behind start: Int = 0) -> (N: Int, T: Int) {
    let T = pieces.first?.count ?? 0
    require(
      pieces.allSatisfy { $0.count == T } && T >= 1 && start + T <= context,
      "cannot read pieces of \(pieces.map(\.count).prefix(4)) symbols after \(start): all must be equally long, at "
        + "least 1, and the context has \(context) positions")
    return (pieces.count, T)
  }

  /// The last position of every sequence: all that is needed to predict the next symbol. [N×T×d] → [N×d]
  public func lastPlace(of x: Tensor) -> Tensor {
    x.sliced(x.shape[1] - 1..<x.shape[1], axis: 1).squeezed(axis: 1)
  }

  /// The mean cross-entropy of predicting each symbol of the pieces but the first from the symbols before it, in nats
  /// per symbol. § 6.10
  public func loss(_ pieces: [[Int]]) -> Tensor {
    let logits = self(pieces.map { Array($0.dropLast()) })
    return logits.reshaped([logits.shape[0] * logits.shape[1], symbols])
      .crossEntropy(labels: pieces.flatMap { $0.dropFirst() })
  }

  /// The mean loss of a text in nats per symbol: each symbol is predicted from at least half a context of earlier
  /// symbols, except at the beginning of the text. The first symbol is not predicted and does not count.
  public func loss(of text: [Int], batch: Int = 16) -> Double {
    require(text.count > 1, "cannot measure the loss of \(text.count) symbols: at least 2 are needed")
    let half = context / 2
    // A window reads `context` symbols; the first one counts all its predictions, the others the second half.
    var windows = [(start: 0, counted: 0..<min(context, text.count - 1))]
    while let last = windows.last, last.start + last.counted.upperBound < text.count - 1 {
      let start = last.start + half
      windows.append((start, context - half..<min(context, text.count - 1 - start)))
    }
    var total = 0.0
    for group in Dictionary(grouping: windows, by: \.counted).sorted(by: { $0.value[0].start < $1.value[0].start }) {
      for first in stride(from: 0, to: group.value.count, by: batch) {
        let part = group.value[first..<min(first + batch, group.value.count)]
        let (length, counted) = (group.key.upperBound, group.key)
        let logits = self(part.map { Array(text[$0.start..<$0.start + length]) }).sliced(counted, axis: 1)
        let labels = part.flatMap { text[$0.start + counted.lowerBound + 1...$0.start + counted.upperBound] }
        total += logits.reshaped([labels.count, symbols]).crossEntropy(labels: labels).item * Double(labels.count)
      }
    }
    return total / Double(text.count - 1)
  }
}
