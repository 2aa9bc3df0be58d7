import Foundations
import Tensors

// Layers of later chapters; each will move to the chapter that explains it.

/// A scale and a shift for every channel after normalization.
struct ChannelAffine: Model {
  var scale, shift: Tensor

  init(_ channels: Int) { (scale, shift) = (.ones([channels]), .zeros([channels])) }

  static var parameters: [PartialKeyPath<ChannelAffine>] { [\.scale, \.shift] }

  func layer(_ x: Tensor) -> Tensor { layerNormalized(x, scale: scale, shift: shift) }

  func batch(_ x: Tensor, then activation: Activation = .identity) -> Tensor {
    batchNormalized(x, scale: scale, shift: shift, then: activation).value
  }

  func group(_ x: Tensor, groups: Int, then activation: Activation = .identity) -> Tensor {
    groupNormalized(x, groups: groups, scale: scale, shift: shift, then: activation)
  }
}

/// Word indices as a matrix: one text per row.
struct Words: Sendable {
  let numbers: [Int]
  let shape: Shape
}
