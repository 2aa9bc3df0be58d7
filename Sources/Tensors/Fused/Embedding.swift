import Messages

/// The row of a table for each index, such as the learned vector of each token. [V×d] → [… × d]
///
/// `shape` is the arrangement of the indices, row by row: [B×T] for B sentences of T tokens gives [B×T×d]. The
/// derivative adds each cotangent to the row that was read, in the order of the indices.
public func embedding(_ table: Tensor, _ indices: [Int], shape: Shape? = nil) -> Tensor {
  let shape = shape ?? [indices.count]
  require(
    table.rank == 2 && shape.count == indices.count,
    "cannot embed \(indices.count) indices arranged as \(shape) by \(table.shape): "
      + "a table [V×d] and an index for each element are needed"
  )
  return table.gathered(indices).reshaped(Shape(shape.lengths + [table.shape[1]]))
}
