// § 7.3  Positions that are learned, and positions that are appended

import Attention
import Foundations
import Messages
import Tensors

/// A learned vector for each position, added to the vector at that position: xₜ + P(t). § 7.3 [… n×d] → [… n×d]
///
/// Unlike the sinusoidal code it ends at the last position of its table. Fleuret, *The Little Book of Deep Learning*,
/// § 4.10
public struct LearnedPositions: Module {
  /// P. [T×d]
  public var table: Tensor

  /// Vectors of d numbers for T positions, from N(0, s²).
  public init(_ T: Int, _ d: Int, standardDeviation s: Double = 0.02, random: RandomSource) {
    self.init(table: s * random.normal([T, d]))
  }

  /// These vectors.
  public init(table: Tensor) {
    require(table.rank == 2, "cannot number positions by a table of shape \(table.shape): [T×d] is needed")
    self.table = table
  }

  /// P.
  public static var parameters: [PartialKeyPath<LearnedPositions>] { [\.table] }

  /// The vectors with those of their positions added, which are counted from `start`.
  public func callAsFunction(_ x: Tensor, from start: Int) -> Tensor {
    let n = x.shape[-2]
    require(
      start >= 0 && start + n <= table.shape[0],
      "cannot number the positions \(start) to \(start + n - 1): the table has \(table.shape[0]), from 0 on")
    return x + table[start..<start + n]
  }

  /// The vectors with those of their positions added, which are counted from 0.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, from: 0) }
}

extension Linear {
  /// What a linear layer behind appended positions is: a layer for the vectors alone, then added positions. § 7.3
  ///
  /// With W = [W_x W_p], W [x; p] + b = (W_x x + b) + W_p p. So to append positions is to add others: every layer that
  /// takes appended ones has its weights split into a part for what stands there and a part for where it stands.
  public func split(behind positions: AppendedPositions) -> (content: Linear, positions: LearnedPositions) {
    let (inputs, p) = (weight.shape[1], positions.table.shape[1])
    require(
      p < inputs, "cannot split a layer for \(inputs) numbers, of which \(p) are the position: some must be left")
    let (W_x, W_p) = (weight.sliced(0..<inputs - p, axis: 1), weight.sliced(inputs - p..<inputs, axis: 1))
    return (
      Linear(weight: W_x, bias: bias), LearnedPositions(table: matmul(positions.table, W_p.transposed))
    )
  }
}
