// § 4.2.3  Kernels with zeros: dilated, grouped, depthwise

import Messages
import Tensors

/// Planes or kernels with their numbers d places apart and zeros between them. § 4.2.2
///
/// […×k_H×k_W] → […×d(k_H−1)+1×d(k_W−1)+1]
///
/// A convolution with dilation d is the convolution with this kernel, and sees 1 + d(k−1) numbers in a row. Yu and
/// Koltun (2016)
public func spaced(_ kernel: Tensor, by d: Int) -> Tensor {
  require(
    kernel.rank >= 2 && d >= 1, "cannot dilate \(kernel.shape) by \(d): planes and a dilation of at least 1 are needed")
  return [kernel.rank - 2, kernel.rank - 1].reduce(kernel) { K, axis in
    let k = K.shape[axis]
    var lengths = K.shape.lengths
    lengths[axis] = k * d
    return K.expanded(axis: axis + 1).padded(axis: axis + 1, before: 0, after: d - 1)
      .reshaped(Shape(lengths)).sliced(0..<d * (k - 1) + 1, axis: axis)
  }
}

/// The filters of a grouped convolution as filters for all channels: zero for the channels of other groups. § 4.2.3
///
/// [C_out×C_in/g×k×k] → [C_out×C_in×k×k]. As a matrix of C_out × C_in kernels it is block diagonal with g blocks. With
/// as many groups as channels (depthwise), each map sees one channel.
public func blockDiagonal(_ filters: Tensor, groups g: Int) -> Tensor {
  require(
    filters.rank == 4 && g >= 1 && filters.shape[0].isMultiple(of: g),
    "cannot divide filters \(filters.shape) into \(g) groups: [C_out×C_in/g×k×k] is needed, and C_out a multiple of g")
  let (outputs, inputs) = (filters.shape[0] / g, filters.shape[1])
  let blocks = (0..<g).map { group in
    filters[group * outputs..<(group + 1) * outputs]
      .padded(axis: 1, before: group * inputs, after: (g - 1 - group) * inputs)
  }
  return Tensor.concatenated(blocks, axis: 0)
}
