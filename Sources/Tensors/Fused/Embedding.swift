import Messages

/// The row of a table for each index, such as the learned vector of each token. [V×d] → [… × d]
///
/// `shape` says how the indices are arranged, row by row: [B×T] for B sentences of T tokens gives [B×T×d]. The derivative adds each
/// cotangent to the row that it came from, in the order of the indices.
public func embedding(_ table: Tensor, _ indices: [Int], shape: Shape? = nil) -> Tensor {
  let shape = shape ?? [indices.count]
  require(
    table.rank == 2 && shape.count == indices.count,
    "cannot embed \(indices.count) indices arranged as \(shape) by \(table.shape): a table [V×d] and as many indices are needed"
  )
  return table.gathered(indices).reshaped(Shape(shape.lengths + [table.shape[1]]))
}
