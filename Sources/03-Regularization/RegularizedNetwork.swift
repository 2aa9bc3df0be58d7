// § 3.10  The network of the regularized training loop

import Foundations
import Tensors

/// The network of Listing 3.10: linear layer, batch normalization, ReLU and dropout, twice; then a linear layer to the
/// logits.
///
/// 784-256-256-10 has 270,346 parameters and 1,024 running statistics. PyTorch has 1,026 buffers, because each
/// normalization also counts its batches.
public struct RegularizedNetwork: Module {
  /// The linear layers.
  public var layers: [Linear]
  /// The normalizations of the hidden layers.
  public var normalizations: [BatchNormalization]
  /// The dropout after each hidden layer.
  public var dropouts: [Dropout]

  /// The network for inputs of this length.
  public init(
    inputs: Int = 784, hidden: Int = 256, classes: Int = 10, dropout p: Double = 0.5, random: RandomSource
  ) {
    layers = [Linear(inputs, hidden, random: random), Linear(hidden, hidden, random: random)]
    layers.append(Linear(hidden, classes, random: random))
    normalizations = (0..<2).map { _ in BatchNormalization(features: hidden) }
    dropouts = (0..<2).map { _ in Dropout(probability: p, random: random) }
  }

  /// Layers, normalizations and dropouts; the last have no parameters, only a count of their uses.
  public static var parameters: [PartialKeyPath<RegularizedNetwork>] { [\.layers, \.normalizations, \.dropouts] }

  /// The logits: h ← dropout(ReLU(BN(W h + b))) twice, then W h + b. Images are flattened to rows. [N×…] → [N×classes]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var h = x.rank > 2 ? x.flattened(from: 1) : x
    for (l, normalization) in normalizations.enumerated() {
      h = dropouts[l](normalization(layers[l](h), then: .relu))
    }
    return layers[layers.count - 1](h)
  }
}
