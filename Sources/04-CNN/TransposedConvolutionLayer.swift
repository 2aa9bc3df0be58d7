// § 4.2.2  The transposed convolution as a layer

import Messages
import Tensors

/// A transposed convolutional layer: every pixel adds its kernels, s pixels apart, so maps grow by the factor s.
/// § 4.2.2
///
/// Kernels and biases are drawn uniformly from ±1/√n, as in PyTorch; n = C_out k² counts all numbers of a channel's
/// kernels.
public struct TransposedConvolution: Module {
  /// The kernels K. [C_in × C_out × k × k]
  public var weight: Tensor
  /// One bias for each map of the output, or nil. [C_out]
  public var bias: Tensor?
  /// The distance of the places of neighbouring kernels in pixels: s.
  public let stride: Int
  /// How many pixels are cut off on every side: p.
  public let padding: Int
  /// How many pixels are added at the right and at the bottom, because s image sizes give the same size of a
  /// convolution.
  public let outputPadding: Int

  /// A layer of `outputs` maps with kernels of size k × k for images of `inputs` channels.
  public init(
    _ inputs: Int, _ outputs: Int, kernel k: Int, stride: Int = 1, padding: Int = 0, outputPadding: Int = 0,
    hasBias: Bool = true, random: RandomSource
  ) {
    require(
      inputs >= 1 && outputs >= 1 && k >= 1,
      "cannot make \(outputs) maps with kernels of size \(k) × \(k) for \(inputs) channels: positive numbers are needed"
    )
    let bound = 1 / Double(outputs * k * k).squareRoot()
    weight = random.uniform([inputs, outputs, k, k], in: -bound..<bound)
    bias = hasBias ? random.uniform([outputs], in: -bound..<bound) : nil
    (self.stride, self.padding, self.outputPadding) = (stride, padding, outputPadding)
  }

  /// The kernels and the biases.
  public static var parameters: [PartialKeyPath<TransposedConvolution>] { [\.weight, \.bias] }

  /// The maps, (H − 1) s − 2p + k + outputPadding pixels high. [N×C_in×H×W] → [N×C_out×H′×W′]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    transposedConvolution(
      x, weight, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding)
  }
}
