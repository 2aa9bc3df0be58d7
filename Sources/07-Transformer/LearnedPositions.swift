// § 7.3  Positions that are learned, and positions that are appended

import Attention
import Foundations
import Messages
import Tensors

/// A learned vector for each position, added to the vector at that position: xₜ + P(t). § 7.3 [… n×d] → [… n×d]
///
/// Unlike the sinusoidal encoding it is limited to the positions of its table. Fleuret, *The Little Book of Deep
/// Learning*, § 4.10
public struct LearnedPositions: Module {
  /// P. [T×d]
  public var table: Tensor

  /// Vectors of dimension d for T positions, from N(0, s²).
  public init(_ T: Int, _ d: Int, standardDeviation s: Double = 0.02, random: RandomSource) {
    self.init(table: s * random.normal([T, d]))
  }

  /// These vectors.
  public init(table: Tensor) {
    require(table.rank == 2, "cannot use a table of positions of shape \(table.shape): [T×d] is needed")
    self.table = table
  }

  /// P.
  public static var parameters: [PartialKeyPath<LearnedPositions>] { [\.table] }

  /// The vectors plus those of their positions, counted from `start`.
  public func callAsFunction(_ x: Tensor, from start: Int) -> Tensor {
    let n = x.shape[-2]
    require(
      start >= 0 && start + n <= table.shape[0],
      "cannot add the positions \(start) to \(start + n - 1): the table ends at \(table.shape[0] - 1)")
    return x + table[start..<start + n]
  }

  /// The vectors plus those of their positions, counted from 0.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, from: 0) }
}

extension Linear {
  /// Splits a linear layer that reads vectors with appended positions into a layer for the vectors alone and positions
  /// that are added to its output. § 7.3
  ///
  /// With W = [W_x W_p], W [x; p] + b = (W_x x + b) + W_p p. So appending positions is equivalent to adding others: the
  /// weights of the layer have one part for the content and one part for the position.
  public func split(behind positions: AppendedPositions) -> (content: Linear, positions: LearnedPositions) {
    let (inputs, p) = (weight.shape[1], positions.table.shape[1])
    require(
      p < inputs, "cannot split a layer for \(inputs) numbers, of which \(p) are the position: others are needed")
    let (W_x, W_p) = (weight.sliced(0..<inputs - p, axis: 1), weight.sliced(inputs - p..<inputs, axis: 1))
    return (
      Linear(weight: W_x, bias: bias), LearnedPositions(table: matmul(positions.table, W_p.transposed))
    )
  }
}
