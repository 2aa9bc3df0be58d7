// § 3.5.1  How the inputs of a layer move during training

import Foundations
import Messages
import Tensors

/// A fully connected network whose hidden layers are normalized between the affine map and the activation, or not.
/// § 3.5.1, § 3.6
public struct NormalizedNetwork: Module {
  /// The normalization between an affine map and its activation.
  public enum Normalization: String, CaseIterable, Sendable {
    case none = "no normalization"
    case batch = "batch normalization"
    case layer = "layer normalization"
  }

  /// The affine maps.
  public var layers: [Linear]
  /// The batch normalizations of the hidden layers, or none.
  public var batch: [BatchNormalization]
  /// The layer normalizations of the hidden layers, or none.
  public var layer: [LayerNormalization]
  /// The activation of the hidden layers.
  public let activation: Activation

  /// A network of widths n₀, n₁, …, n_L.
  public init(
    _ widths: [Int], _ normalization: Normalization, activation: Activation = .relu,
    initialization: Initialization = .uniformFanIn, random: RandomSource
  ) {
    require(widths.count >= 2, "cannot make a network of widths \(widths): it needs an input and an output")
    layers = zip(widths, widths.dropFirst()).map { Linear($0, $1, initialization: initialization, random: random) }
    let hidden = widths.dropFirst().dropLast()
    batch = normalization == .batch ? hidden.map { BatchNormalization(features: $0) } : []
    layer = normalization == .layer ? hidden.map { LayerNormalization(features: $0) } : []
    self.activation = activation
  }

  /// The layers and their normalizations.
  public static var parameters: [PartialKeyPath<NormalizedNetwork>] { [\.layers, \.batch, \.layer] }

  /// The outputs for inputs [N×…], which are flattened to rows.
  public func callAsFunction(_ x: Tensor) -> Tensor { layers[layers.count - 1](activationInputs(x).outputs) }

  /// The inputs of every hidden activation, and the outputs of the last layer. [N×n_ℓ]
  public func activationInputs(_ x: Tensor) -> (inputs: [Tensor], outputs: Tensor) {
    var (h, inputs) = (x.rank > 2 ? x.flattened(from: 1) : x, [Tensor]())
    for (l, A) in layers.dropLast().enumerated() {
      var z = A(h)
      if !batch.isEmpty { z = batch[l](z) }
      if !layer.isEmpty { z = layer[l](z) }
      inputs.append(z)
      h = activation(z)
    }
    return (inputs, h)
  }

  /// The network without its batch normalizations, each folded into the layer before it: the same outputs in
  /// evaluation.
  public var folded: NormalizedNetwork {
    var network = self
    for (l, norm) in batch.enumerated() {
      let (weight, bias) = norm.folded(weight: layers[l].weight, bias: layers[l].bias)
      network.layers[l] = Linear(weight: weight, bias: bias)
    }
    network.batch = []
    return network
  }
}

/// How far the input distribution of a layer has moved during training, by the mean and standard deviation of every
/// unit.
///
/// The shift is the root mean square over the units of (μ′ − μ) / σ, and the stretch that of ln (σ′ / σ): both 0 if
/// nothing moved. § 3.5.1
public func covariateShift(from old: Tensor, to new: Tensor) -> (shift: Double, stretch: Double) {
  require(
    old.rank == 2 && new.rank == 2 && old.shape[1] == new.shape[1],
    "cannot compare the inputs \(old.shape) and \(new.shape) of a layer: rows of the same units are needed")
  let (μ, σ) = (old.mean(axes: [0]), (old.variance(axes: [0]) + 1e-8).squareRoot())
  let (μ2, σ2) = (new.mean(axes: [0]), (new.variance(axes: [0]) + 1e-8).squareRoot())
  return (((μ2 - μ) / σ).squared().mean().squareRoot().item, (σ2 / σ).log().squared().mean().squareRoot().item)
}
