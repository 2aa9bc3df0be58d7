// § 8.6  The layers of both networks, as a list

import CNN
import Tensors

/// The description of a layer of a DCGAN, read off the network. § 8.6
public struct ConvolutionalLayer: Sendable {
  /// "transposed convolution" or "convolution".
  public let operation: String
  /// The kernel's side k, the stride s and the padding p.
  public let kernel, stride, padding: Int
  /// Whether a batch normalization follows.
  public let isNormalized: Bool
  /// The activation function after the layer.
  public let activation: Activation
  /// The shape of its input and of its output for one example. [C×H×W]
  public let input, output: Shape
  /// The number of parameters: weights, and factors and offsets of the normalization.
  public let parameters: Int
  /// Whether it connects every number of its input with every number of its output: the input or output has k×k pixels,
  /// so the window has only one position.
  public var isDense: Bool { input[1] * input[2] == 1 || output[1] * output[2] == 1 }
}

extension Generator {
  /// The four layers. § 8.6
  public var layers: [ConvolutionalLayer] {
    let first = [convolutions[0].weight.shape[0], 1, 1]
    return described(maps(.zeros(Shape([1] + first))), first: first) { i, input, output in
      let layer = convolutions[i]
      return ConvolutionalLayer(
        operation: "transposed convolution", kernel: layer.weight.shape[3], stride: layer.stride,
        padding: layer.padding, isNormalized: i < norms.count, activation: Self.activations[i], input: input,
        output: output, parameters: layer.parameterCount + (i < norms.count ? norms[i].parameterCount : 0))
    }
  }
}

extension Discriminator {
  /// The four layers. § 8.6
  public var layers: [ConvolutionalLayer] {
    let first = [convolutions[0].weight.shape[1], 28, 28]
    return described(maps(.zeros(Shape([1] + first))), first: first) { i, input, output in
      let (layer, isNormalized) = (convolutions[i], (1...2) ~= i && !norms.isEmpty)
      return ConvolutionalLayer(
        operation: "convolution", kernel: layer.weight.shape[3], stride: layer.stride, padding: layer.padding,
        isNormalized: isNormalized, activation: Self.activations[i], input: input, output: output,
        parameters: layer.parameterCount + (isNormalized ? norms[i - 1].parameterCount : 0))
    }
  }
}

/// The layers with these outputs, each with the shapes of its input and its output.
private func described(
  _ maps: [Tensor], first: [Int], _ layer: (_ i: Int, _ input: Shape, _ output: Shape) -> ConvolutionalLayer
) -> [ConvolutionalLayer] {
  let shapes = [first] + maps.map { Array($0.shape.lengths.dropFirst()) }
  return maps.indices.map { layer($0, Shape(shapes[$0]), Shape(shapes[$0 + 1])) }
}
