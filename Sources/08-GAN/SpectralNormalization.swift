// § 8.4.1  A critic that is 1-Lipschitz by construction

import CNN
import Foundations
import Messages
import Tensors

/// A layer with a matrix of weights, one row for each output.
public protocol WeightedLayer: Module where Input == Tensor, Output == Tensor {
  /// The weights. [outputs × …]
  var weight: Tensor { get set }
}

extension Linear: WeightedLayer {}
extension Convolution: WeightedLayer {}

/// A layer with the weights W/σ(W), σ the spectral norm of W as a matrix [outputs × rest]. (8.15)
///
/// Miyato et al. (2018). A linear layer of this kind is 1-Lipschitz up to the error of σ, and so is a network of them
/// with ReLU or leaky ReLU; a convolution need not be, because its windows overlap. σ = uᵀ W v is estimated by power
/// iteration: each forward pass of a training makes one step, v ← Wᵀu/‖Wᵀu‖ and u ← Wv/‖Wv‖. The vectors are running
/// statistics: training moves them without gradients, and evaluation keeps them.
public struct SpectrallyNormalized<Layer: WeightedLayer>: Module {
  /// The layer with its weights W before the normalization; training changes these.
  public var layer: Layer
  /// The estimates u and v of the singular vectors. [outputs], [rest]
  public var left, right: Tensor

  /// The layer with random vectors after some steps of power iteration.
  public init(_ layer: Layer, iterations: Int = 15, random: RandomSource) {
    let W = layer.weight.flattened(from: 1)
    self.layer = layer
    (left, right) = (unit(random.normal([W.shape[0]])), unit(random.normal([W.shape[1]])))
    for _ in 0..<iterations { (left, right) = iterated(W, left) }
  }

  /// The layer.
  public static var parameters: [PartialKeyPath<SpectrallyNormalized<Layer>>] { [\.layer] }
  /// The two vectors.
  public static var statistics: [PartialKeyPath<SpectrallyNormalized<Layer>>] { [\.left, \.right] }

  /// The layer's output with W/σ in place of W.
  public func callAsFunction(_ x: Tensor) -> Tensor { normalized(x) }

  /// The layer with W/σ. In training this makes a step of power iteration.
  public var normalized: Layer {
    let W = layer.weight.flattened(from: 1)
    var (u, v) = (left.stopGradient, right.stopGradient)
    if Mode.current == .training {
      let next = iterated(W.stopGradient, left.observe { $0 })  // from u as earlier passes of this call left it
      (u, v) = (left.observe { _ in next.u }, right.observe { _ in next.v })
    }
    var layer = layer
    layer.weight = layer.weight / (u * matmul(W, v)).sum()
    return layer
  }
}

/// One step of power iteration from u. W: [m×n]
private func iterated(_ W: Tensor, _ u: Tensor) -> (u: Tensor, v: Tensor) {
  let v = unit(matmul(W.transposed, u))
  return (unit(matmul(W, v)), v)
}

private func unit(_ x: Tensor) -> Tensor { x / max(x.norm().item, 1e-12) }

/// A critic whose Lipschitz constant is at most 1: spectrally normalized layers with leaky ReLU between them. (8.15)
public struct LipschitzCritic: Module {
  /// The layers.
  public var layers: [SpectrallyNormalized<Linear>]

  /// A critic of widths n₀, …, 1.
  public init(_ widths: [Int], random: RandomSource) {
    require(widths.count >= 2, "cannot make a critic of widths \(widths): it needs an input and an output")
    layers = zip(widths, widths.dropFirst()).map {
      SpectrallyNormalized(Linear($0, $1, random: random), random: random)
    }
  }

  /// The layers.
  public static var parameters: [PartialKeyPath<LipschitzCritic>] { [\.layers] }

  /// The critic's values. [N×n₀] → [N×1]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    layers.enumerated().reduce(x) { h, layer in
      let z = layer.element(h)
      return layer.offset + 1 < layers.count ? z.activated(by: .leakyReLU(slope: 0.2)) : z
    }
  }

  /// ∏ ‖W/σ‖₂, a bound of the Lipschitz constant: 1 up to the error of the power iteration.
  public var lipschitzBound: Double {
    layers.reduce(1) { $0 * LinearAlgebra.singularValues($1.normalized.weight).max().item }
  }
}
