import Foundations
import Tensors

// Layers that no chapter has yet; each moves to the chapter that explains it.

/// A transposed convolution with square kernels.
struct TransposedConvolution: Module {
  var weight: Tensor
  var bias: Tensor?
  let stride, padding: Int

  init(
    _ inputs: Int, _ outputs: Int, kernel: Int, stride: Int = 1, padding: Int = 0, hasBias: Bool = true,
    random: RandomSource
  ) {
    let bound = 1 / Double(outputs * kernel * kernel).squareRoot()
    weight = random.uniform([inputs, outputs, kernel, kernel], in: -bound..<bound)
    bias = hasBias ? random.uniform([outputs], in: -bound..<bound) : nil
    (self.stride, self.padding) = (stride, padding)
  }

  static var parameters: [PartialKeyPath<TransposedConvolution>] { [\.weight, \.bias] }

  func callAsFunction(_ x: Tensor) -> Tensor {
    transposedConvolution(x, weight, bias: bias, stride: stride, padding: padding)
  }
}

/// A linear layer with or without a bias.
struct Projection: Module {
  var weight: Tensor
  var bias: Tensor?

  init(_ inputs: Int, _ outputs: Int, hasBias: Bool, random: RandomSource) {
    let layer = Linear(inputs, outputs, random: random)
    (weight, bias) = (layer.weight, hasBias ? layer.bias : nil)
  }

  static var parameters: [PartialKeyPath<Projection>] { [\.weight, \.bias] }

  func callAsFunction(_ x: Tensor) -> Tensor {
    bias.map { matmul(x, weight.transposed, plus: $0) } ?? matmul(x, weight.transposed)
  }
}

/// A scale and a shift for every channel, after the channels have been normalized.
struct ChannelAffine: Model {
  var scale, shift: Tensor

  init(_ channels: Int) { (scale, shift) = (.ones([channels]), .zeros([channels])) }

  static var parameters: [PartialKeyPath<ChannelAffine>] { [\.scale, \.shift] }

  func layer(_ x: Tensor) -> Tensor { layerNormalized(x, scale: scale, shift: shift) }

  func batch(_ x: Tensor, then activation: ActivationFunction = .identity) -> Tensor {
    batchNormalized(x, scale: scale, shift: shift, then: activation).value
  }

  func group(_ x: Tensor, groups: Int, then activation: ActivationFunction = .identity) -> Tensor {
    groupNormalized(x, groups: groups, scale: scale, shift: shift, then: activation)
  }
}

/// A table of vectors, one for every word.
struct Embedding: Module {
  var table: Tensor

  init(_ words: Int, _ dimension: Int, random: RandomSource) { table = random.normal([words, dimension]) }

  static var parameters: [PartialKeyPath<Embedding>] { [\.table] }

  /// The vectors of the words, in the shape of the words and one axis more.
  func callAsFunction(_ words: Words) -> Tensor {
    table.gathered(words.numbers).reshaped(Shape(words.shape.lengths + [table.shape[1]]))
  }
}

/// Numbers of words, as a matrix: a text per row.
struct Words: Sendable {
  let numbers: [Int]
  let shape: Shape
}
