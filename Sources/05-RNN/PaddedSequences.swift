// § 5.1  Sequential data

import Messages
import Tensors

/// Sequences x = (x₁, …, x_T) of vectors xₜ ∈ ℝᵈ, of different lengths, as one batch. Definition 5.1
///
/// A sequence is a tuple: the order matters, and an element may occur several times. Shorter sequences are padded at
/// their end; layers that are given `lengths` do not see the padding.
public struct PaddedSequences: Sendable {
  /// The elements, and the padding after the last element of each sequence. [N×T×d]
  public let values: Tensor
  /// The length of each sequence.
  public let lengths: [Int]

  /// A batch of padded sequences [N×T×d] with the given lengths.
  public init(_ values: Tensor, lengths: [Int]) {
    require(
      values.rank == 3 && lengths.count == values.shape[0] && lengths.allSatisfy { (0...values.shape[1]).contains($0) },
      "cannot make sequences of lengths \(lengths) from \(values.shape): [N×T×d] and N lengths from 0 to T are needed")
    (self.values, self.lengths) = (values, lengths)
  }

  /// A batch of sequences, each [Tᵢ×d], padded with `padding` to the length of the longest.
  public init(padding sequences: [Tensor], with padding: Double = 0) {
    require(
      !sequences.isEmpty && sequences.allSatisfy { $0.rank == 2 && $0.shape[1] == sequences[0].shape[1] },
      "cannot pad sequences of shapes \(sequences.map(\.shape)): each must be [T×d] with the same d")
    lengths = sequences.map { $0.shape[0] }
    let longest = lengths.max() ?? 0
    values = Tensor.stacked(
      sequences.map { $0.padded(axis: 0, before: 0, after: longest - $0.shape[0], with: padding) }, axis: 0)
  }

  /// The number of sequences N.
  public var count: Int { lengths.count }

  /// Sequence i without its padding. [Tᵢ×d]
  public subscript(i: Int) -> Tensor { values[i].sliced(0..<lengths[i], axis: 0) }

  /// 1 where a sequence has an element, 0 where it is padded. [N×T]
  public var mask: Tensor {
    let T = values.shape[1]
    return Tensor(
      lengths.flatMap { length in (0..<T).map { $0 < length ? 1 : 0 } }, shape: [count, T],
      scalarType: values.scalarType)
  }
}
