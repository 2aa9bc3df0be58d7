// § 7.4.3  The Jacobian of a stack of sub-layers

import Attention
import Messages
import Regularization
import Tensors

/// Sub-layers with residual connections, one after the other, each with its own normalization. § 7.4.3
///
/// A block has two or three sub-layers. Everything after the last one, such as an encoder's last normalization, is left
/// out.
public struct SubLayerStack: Sendable {
  /// A map of [… n×d] to itself, and the normalization of its input or of its sum.
  public struct SubLayer: Sendable {
    /// The normalization.
    public let norm: LayerNormalization
    /// The map.
    public let map: @Sendable (Tensor) -> Tensor

    /// A sub-layer.
    public init(_ norm: LayerNormalization, _ map: @escaping @Sendable (Tensor) -> Tensor) {
      (self.norm, self.map) = (norm, map)
    }
  }

  /// The placement of all normalizations.
  public let placement: NormPlacement
  /// The sub-layers, the first one first.
  public let subLayers: [SubLayer]

  /// A stack of sub-layers.
  public init(_ placement: NormPlacement, _ subLayers: [SubLayer]) {
    (self.placement, self.subLayers) = (placement, subLayers)
  }

  /// The sub-layers of an encoder in evaluation: two for each block.
  public init(_ encoder: TransformerEncoder, mask: AttentionMask = .everything) {
    require(!encoder.blocks.isEmpty, "cannot look into an encoder without blocks")
    self.init(
      encoder.blocks[0].placement,
      encoder.blocks.flatMap { block in
        [
          SubLayer(block.attentionNorm) { block.attention($0, mask: mask) },
          SubLayer(block.networkNorm) { block.network($0) },
        ]
      })
  }

  /// x_l, …, x_L: the input, and the output of each sub-layer. (7.9), (7.10)
  public func states(from x: Tensor) -> [Tensor] {
    subLayers.reduce(into: [x]) { states, layer in
      states.append(placement(states[states.count - 1], norm: layer.norm, layer.map))
    }
  }

  /// The output x_L.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    subLayers.reduce(x) { x, layer in placement(x, norm: layer.norm, layer.map) }
  }

  /// ∂x_L/∂x_l, by differentiating the whole stack. [N×N] for N numbers in x
  public func jacobian(at x: Tensor) -> Tensor {
    Tensors.jacobian(at: x, mode: .evaluation) { self($0) }.reshaped([x.count, x.count])
  }

  /// I + Σ_k ∂SubLayer_k(LN(x_k))/∂x_l: the same Jacobian for Pre-Norm, as a sum. (7.11) [N×N]
  ///
  /// Every term differentiates the output of one sub-layer with respect to the input of the first.
  public func jacobianBySum(at x: Tensor) -> Tensor {
    require(
      placement == .preNorm, "cannot write the Jacobian of a Post-Norm stack as (7.11), which is that of a Pre-Norm one"
    )
    let identity = Tensor.identity(x.count, scalarType: x.scalarType)
    return subLayers.indices.reduce(identity) { sum, k in
      let before = SubLayerStack(placement, Array(subLayers[..<k]))
      let term = Tensors.jacobian(at: x, mode: .evaluation) { subLayers[k].map(subLayers[k].norm(before($0))) }
      return sum + term.reshaped([x.count, x.count])
    }
  }

  /// A Pre-Norm sub-layer whose Jacobian I + ∂SubLayer/∂x almost vanishes: SubLayer(z) = −s z with s = √(σ² + ε) of the
  /// position x [d]. Proposition 7.7
  ///
  /// Then all components of x + SubLayer(LN(x)) are the mean of x. Of the d singular values d − 2 are zero up to the
  /// rounding of s, one is 1, and one is σ²/(σ² + ε). The identity in (7.11) guarantees nothing: a sum can cancel it.
  public static func cancelling(at x: Tensor, epsilon ε: Double = 1e-5, scale s: Double? = nil) -> SubLayerStack {
    let variance = layerMoments(x).variance.item
    let s = s ?? Tensor(variance + ε, scalarType: .double).squareRoot().item
    let norm = LayerNormalization(features: x.count, epsilon: ε).converted(to: x.scalarType)
    return SubLayerStack(.preNorm, [SubLayer(norm) { -s * $0 }])
  }

  /// ‖∂ℓ/∂x_l‖ / ‖∂ℓ/∂x_L‖ for the gradient g at the output: the fraction of its norm that arrives at the input.
  public func gradientRatio(at x: Tensor, along g: Tensor) -> Double {
    gradient(at: x, mode: .evaluation) { (self($0) * g).sum() }.norm().item / g.norm().item
  }
}
