// Means over sequences of different lengths

import Messages
import Tensors

/// The mean over the elements of each sequence of a batch, whatever the padding holds. [N×T×d] → [N×d]
public func meanOverSequence(_ x: Tensor, lengths: [Int]) -> Tensor {
  let (places, ends) = placesAndEnds(x, lengths)
  let isPart = (places .< ends).expanded(axis: 2)  // [N×T×1]
  return (isPart * x).sum(axes: [1]) / isPart.sum(axes: [1])
}

/// The places 0, …, T − 1 as a row and the lengths as a column: the sequence is where the row is smaller.
func placesAndEnds(_ x: Tensor, _ lengths: [Int]) -> (places: Tensor, ends: Tensor) {
  require(
    x.rank == 3 && x.shape[0] == lengths.count && lengths.allSatisfy { $0 >= 1 && $0 <= x.shape[1] },
    "cannot take means over the first \(lengths) elements of \(x.shape): "
      + "a length from 1 to T for each row of [N×T×d] is needed"
  )
  let ends = Tensor(lengths.map(Double.init), shape: [lengths.count, 1], scalarType: x.scalarType)
  return (Tensor.range(0..<x.shape[1], scalarType: x.scalarType), ends)
}
