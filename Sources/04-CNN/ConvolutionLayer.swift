// § 4.2.3  The convolutional layer

import Messages
import Tensors

/// A convolutional layer: each of its filters sees all channels of a small window, at every place of the window. (4.3)
///
/// Filters and biases are drawn uniformly from ±1/√n, as in PyTorch; n = C_in k² / groups counts the inputs of a
/// filter.
public struct Convolution: Module {
  /// The filters K. [C_out × C_in/groups × k × k]
  public var weight: Tensor
  /// One bias for each filter. [C_out]
  public var bias: Tensor?
  /// How many pixels the window moves between neighbouring outputs: s.
  public let stride: Int
  /// How many zeros are added on every side of the image: p.
  public let padding: Int
  /// How many pixels lie between neighbouring numbers of a filter, plus one: d.
  public let dilation: Int
  /// The number of groups of channels and filters; each filter sees only the channels of its group.
  public let groups: Int

  /// A layer of `outputs` filters of size k × k for images of `inputs` channels.
  public init(
    _ inputs: Int, _ outputs: Int, kernel k: Int, stride: Int = 1, padding: Int = 0, dilation: Int = 1, groups: Int = 1,
    hasBias: Bool = true, random: RandomSource
  ) {
    require(
      inputs >= 1 && outputs >= 1 && k >= 1 && groups >= 1 && inputs.isMultiple(of: groups)
        && outputs.isMultiple(of: groups),
      "cannot make \(outputs) filters of size \(k) × \(k) for \(inputs) channels in \(groups) groups: "
        + "positive numbers are needed, and groups that divide both")
    let bound = 1 / Double(inputs / groups * k * k).squareRoot()
    weight = random.uniform([outputs, inputs / groups, k, k], in: -bound..<bound)
    bias = hasBias ? random.uniform([outputs], in: -bound..<bound) : nil
    (self.stride, self.padding, self.dilation, self.groups) = (stride, padding, dilation, groups)
  }

  /// The filters and the biases.
  public static var parameters: [PartialKeyPath<Convolution>] { [\.weight, \.bias] }

  /// The maps of all filters. [N×C_in×H×W] → [N×C_out×H'×W']
  public func callAsFunction(_ x: Tensor) -> Tensor {
    convolution(x, weight, bias: bias, stride: stride, padding: padding, dilation: dilation, groups: groups)
  }
}
