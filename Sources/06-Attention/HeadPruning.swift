// Exercise 6.3.4  Pruning of heads

import Messages
import Tensors

extension MultiHeadAttention {
  /// The same attention with the contribution of each head multiplied by a gate: 1 keeps the head, 0 removes it. gates:
  /// [h]
  ///
  /// By (6.14) the output is Σᵢ headᵢ Wᵢ^O, so a gate is a factor of Wᵢ^O. A gate of 0 removes head i without changing
  /// the others; `pruned(to:)` also makes the layer smaller. Michel, Levy and Neubig (2019).
  public func gated(_ gates: Tensor) -> MultiHeadAttention {
    require(
      gates.shape == [heads], "cannot gate \(heads) heads by \(gates.shape): one gate for each head is needed")
    var copy = self
    let width = output.weight.shape[1] / heads
    copy.output.weight = output.weight * gates.expanded(axis: 1).repeated(width, axis: 1).reshaped([heads * width])
    return copy
  }

  /// The same attention without some of its heads: their gates are 0.
  public func without(_ removed: [Int]) -> MultiHeadAttention {
    gated(Tensor((0..<heads).map { removed.contains($0) ? 0 : 1 }, scalarType: output.weight.scalarType))
  }
}

/// A head that was removed, and the accuracy of the model afterwards.
public struct PrunedHead: Sendable {
  /// The number of the head.
  public let head: Int
  /// The accuracies of the model without this head and those removed before it.
  public let accuracies: [Double]
  /// Their mean.
  public var mean: Double { accuracies.reduce(0, +) / Double(accuracies.count) }
}

/// Exercise 6.3.4: the accuracy of a model without each of its heads, one at a time.
public func withoutEachHead(_ heads: Int, accuracies: (_ removed: [Int]) -> [Double]) -> [PrunedHead] {
  (0..<heads).map { PrunedHead(head: $0, accuracies: accuracies([$0])) }
}

/// The heads in the order in which a greedy search removes them: in each round the head without which the model is most
/// accurate, until one head is left. In a tie the first head is removed.
public func greedilyPruned(_ heads: Int, accuracies: (_ removed: [Int]) -> [Double]) -> [PrunedHead] {
  var rounds: [PrunedHead] = []
  while rounds.count < heads - 1 {
    let removed = rounds.map(\.head)
    let left = (0..<heads).filter { !removed.contains($0) }
    let trials = left.map { PrunedHead(head: $0, accuracies: accuracies(removed + [$0])) }
    guard let best = trials.max(by: { ($0.mean, $1.head) < ($1.mean, $0.head) }) else { break }
    rounds.append(best)
  }
  return rounds
}
