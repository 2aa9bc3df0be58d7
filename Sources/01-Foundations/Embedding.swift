// A layer for symbols; the listings of chapters 5 to 7 begin with one

import Messages
import Tensors

/// A learned vector for each of V symbols: a row of a table E.
///
/// It is the linear map of Definition 1.1 on one-hot vectors, eₖᵀ E, without the multiplications by 0. The table starts
/// from N(0, 1), as in PyTorch.
public struct Embedding: Model {
  /// The vectors E, one row for each symbol. [V×d]
  public var table: Tensor

  /// The embedding with these vectors.
  public init(table: Tensor) {
    require(table.rank == 2, "cannot embed by a table of shape \(table.shape): [V×d] is needed")
    self.table = table
  }

  /// Random vectors of `dimension` numbers for `count` symbols.
  public init(_ count: Int, _ dimension: Int, random: RandomSource) { table = random.normal([count, dimension]) }

  /// The vectors.
  public static var parameters: [PartialKeyPath<Embedding>] { [\.table] }

  /// The vectors of these symbols, arranged as `shape`, by default in one row. [… × d]
  public func callAsFunction(_ symbols: [Int], shape: Shape? = nil) -> Tensor {
    embedding(table, symbols, shape: shape)
  }
}
