// § 2.2.1  The chain rule, with every Jacobian written out

import Foundations
import Tensors

/// The composition f_L ∘ … ∘ f₁ of functions listed in the order in which they act: h⁽ˡ⁾ = f_ℓ(h⁽ˡ⁻¹⁾). § 2.2.1
public func composed(_ functions: [(Tensor) -> Tensor]) -> (Tensor) -> Tensor {
  { x in functions.reduce(x) { h, f in f(h) } }
}

/// The Jacobian J_L ⋯ J₂ J₁ of f_L ∘ … ∘ f₁ at x: J_ℓ is that of f_ℓ at h⁽ˡ⁻¹⁾, and that of the last function is
/// leftmost. § 2.2.1
///
/// For two functions, J_{f∘g}(a) = J_f(g(a)) J_g(a). Every function maps vectors to vectors.
public func chainedJacobian(_ functions: [(Tensor) -> Tensor], at x: Tensor) -> Tensor {
  var (product, h) = (Tensor.identity(x.count, scalarType: x.scalarType), x)
  for f in functions {
    product = matmul(jacobian(at: h, of: f), product)
    h = f(h)
  }
  return product
}

/// The slope of `f` along a curve c at t: d f(c(t))/dt = ∇f(c(t)) · c′(t), the chain rule at its simplest. § 2.2.1
///
/// Along a curve on which f does not change, a level curve, it is 0: the gradient is orthogonal to it.
public func slope(of f: (Tensor) -> Tensor, along c: (Tensor) -> Tensor, at t: Double) -> Double {
  let t = Tensor(t, scalarType: .double)
  return gradient(at: c(t), of: f).dot(jacobian(at: t, of: c)).item
}

/// The Jacobians of one layer h⁽ˡ⁾ = σ(W h⁽ˡ⁻¹⁾ + b), for one example. § 2.2.1
///
/// Numerator layout: row i belongs to output i.
public struct LayerJacobians: Sendable {
  /// ∂h⁽ˡ⁾/∂z⁽ˡ⁾ = diag σ′(z⁽ˡ⁾). [n_ℓ×n_ℓ]
  public let activation: Tensor
  /// ∂z⁽ˡ⁾/∂h⁽ˡ⁻¹⁾ = W⁽ˡ⁾: the Jacobian of W h is W. [n_ℓ×n_ℓ₋₁]
  public let input: Tensor
  /// ∂z⁽ˡ⁾/∂vec W⁽ˡ⁾ = I ⊗ h⁽ˡ⁻¹⁾ᵀ, with W read row by row. [n_ℓ × n_ℓ n_ℓ₋₁]
  public let weight: Tensor
  /// ∂z⁽ˡ⁾/∂b⁽ˡ⁾ = I. [n_ℓ×n_ℓ]
  public let bias: Tensor

  /// The Jacobians of a layer with this activation, at the input `h`, where the pre-activation is `z`.
  public init(_ layer: Linear, _ σ: Activation, h: Tensor, z: Tensor) {
    let (n, m) = (layer.weight.shape[0], layer.weight.shape[1])
    let I = Tensor.identity(n, scalarType: h.scalarType)
    activation = I * σ.slope(at: z)
    input = layer.weight
    weight = (I.expanded(axis: 2) * h).reshaped([n, n * m])
    bias = I
  }

  /// ∂h⁽ˡ⁾/∂h⁽ˡ⁻¹⁾ = diag σ′(z⁽ˡ⁾) W⁽ˡ⁾, a factor of the chain. [n_ℓ×n_ℓ₋₁]
  public var whole: Tensor { matmul(activation, input) }
}

extension MLP {
  /// The Jacobians of all layers, first layer first, for one example.
  public func layerJacobians(through pass: ForwardPass) -> [LayerJacobians] {
    layers.indices.map { l in
      LayerJacobians(layers[l], activation(ofLayer: l), h: pass.h[l], z: pass.z[l])
    }
  }

  /// ∂L/∂θ⁽ˡ⁾ = ∂L/∂h⁽ᴸ⁾ · ∂h⁽ᴸ⁾/∂h⁽ᴸ⁻¹⁾ ⋯ ∂h⁽ˡ⁺¹⁾/∂h⁽ˡ⁾ · ∂h⁽ˡ⁾/∂θ⁽ˡ⁾ for every layer, with all matrices formed.
  /// § 2.2.1
  ///
  /// The formula directly, for one example: the δ recursion gives the same numbers without forming the matrices.
  public func gradientByJacobians(at x: Tensor, lossGradient: (Tensor) -> Tensor) -> MLP {
    let pass = ForwardPass(self, at: x)
    let J = layerJacobians(through: pass)
    var (gradient, row) = (self, lossGradient(pass.output).expanded(axis: 0))  // [1×n_L]
    for l in layers.indices.reversed() {
      let δ = matmul(row, J[l].activation)  // [1×n_ℓ]
      gradient.layers[l].weight = matmul(δ, J[l].weight).reshaped(layers[l].weight.shape)
      gradient.layers[l].bias = matmul(δ, J[l].bias).squeezed(axis: 0)
      row = matmul(row, J[l].whole)
    }
    return gradient
  }
}

/// The Jacobian of the softmax: ∂pᵢ/∂zⱼ = pᵢ (δᵢⱼ − pⱼ), that is diag p − p pᵀ. [K×K]
///
/// Its diagonal pᵢ (1 − pᵢ) is all that an elementwise σ′ would see.
public func softmaxJacobian(_ p: Tensor) -> Tensor {
  Tensor.identity(p.count, scalarType: p.scalarType) * p - p.expanded(axis: 1) * p
}
