// § 11.5.1  The neural tangent kernel

import Foundations
import Messages
import Tensors

/// ∂f(xᵢ; θ)/∂θ for every input, all parameters of a model with one output in a row. [N×P] Definition 11.12
public func parameterJacobian<M: Module>(of model: M, at x: Tensor) -> Tensor
where M.Input == Tensor, M.Output == Tensor {
  let (f, pullback) = valueWithPullback(at: model, mode: .evaluation) { $0(x) }
  require(
    f.count == x.shape[0],
    "cannot take the tangent features of outputs \(f.shape) for inputs \(x.shape): one output per input is needed")
  let unit = Tensor.identity(f.count, scalarType: f.scalarType)
  return Tensor.stacked((0..<f.count).map { pullback(unit[$0].reshaped(f.shape)).flattened }, axis: 0)
}

/// Θ(x, x′) = ⟨∂f(x; θ)/∂θ, ∂f(x′; θ)/∂θ⟩ for all pairs of two lists of inputs, by differentiating the model. (11.9)
///
/// x: [N×d], x₂ = x′: [M×d], by default x → [N×M]
public func tangentKernel<M: Module>(of model: M, at x: Tensor, and x₂: Tensor? = nil) -> Tensor
where M.Input == Tensor, M.Output == Tensor {
  let J = parameterJacobian(of: model, at: x)
  return matmul(J, (x₂.map { parameterJacobian(of: model, at: $0) } ?? J).transposed)
}

/// A fully connected network with one output in NTK parametrization. Theorem 11.13
///
/// z⁽ˡ⁾ = W⁽ˡ⁾ h⁽ˡ⁻¹⁾/√n_ℓ₋₁ + β b⁽ˡ⁾, h⁽ˡ⁾ = σ(z⁽ˡ⁾), f = z⁽ᴸ⁾, with all weights and biases drawn from N(0, 1): the
/// factors 1/√n are part of the network, not of the initialization, so they also scale the gradients. Jacot, Gabriel
/// and Hongler (2018)
public struct WideNetwork: Module {
  /// The weights W⁽ˡ⁾. [n_ℓ×n_ℓ₋₁]
  public var weights: [Tensor]
  /// The biases b⁽ˡ⁾, or none if β = 0. [n_ℓ]
  public var biases: [Tensor]
  /// The activation σ of the hidden layers.
  public let activation: KernelActivation
  /// The factor β of the biases.
  public let biasFactor: Double

  /// The network with these weights, one output, and biases if β is not 0.
  public init(weights: [Tensor], biases: [Tensor] = [], activation: KernelActivation, biasFactor β: Double = 0) {
    require(
      weights.count >= 2 && weights.last?.shape[0] == 1 && biases.count == (β == 0 ? 0 : weights.count),
      "cannot make a wide network of weights \(weights.map(\.shape)) and biases \(biases.map(\.shape)) for β = \(β): "
        + "a hidden layer, one output, and biases where β is not 0 are needed")
    (self.weights, self.biases, self.activation, biasFactor) = (weights, biases, activation, β)
  }

  /// The network of the given widths n₀, n₁, …, n_L₋₁; the output layer, with n_L = 1, is added.
  public init(
    _ widths: [Int], activation: KernelActivation, biasFactor β: Double = 0, scalarType: ScalarType = .double,
    random: RandomSource
  ) {
    require(
      widths.count >= 2 && widths.allSatisfy { $0 > 0 },
      "cannot make a wide network of widths \(widths): the inputs and at least one hidden layer are needed")
    let n = widths + [1]
    weights = zip(n, n.dropFirst()).map { random.normal([$1, $0], scalarType: scalarType) }
    biases = β == 0 ? [] : n.dropFirst().map { random.normal([$0], scalarType: scalarType) }
    (self.activation, biasFactor) = (activation, β)
  }

  /// Weights and biases.
  public static var parameters: [PartialKeyPath<WideNetwork>] { [\.weights, \.biases] }

  /// f(x; θ) for inputs stored as rows. [N×n₀] → [N]
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (1..<weights.count).reduce(preactivation(0, x)) { z, l in preactivation(l, activation(z)) }.squeezed(axis: 1)
  }

  private func preactivation(_ l: Int, _ h: Tensor) -> Tensor {
    let z = matmul(h, weights[l].transposed) / Double(h.shape[1]).squareRoot()
    return biases.isEmpty ? z : z + biasFactor * biases[l]
  }

  /// (11.9) without forming any gradient: Θ(x, x′) = Σₗ (h⁽ˡ⁻¹⁾·h′⁽ˡ⁻¹⁾/n_ℓ₋₁ + β²) (∂f/∂z⁽ˡ⁾ · ∂f′/∂z⁽ˡ⁾).
  ///
  /// The gradient for W⁽ˡ⁾ is the outer product of ∂f/∂z⁽ˡ⁾ and h⁽ˡ⁻¹⁾/√n_ℓ₋₁, and the scalar product of two outer
  /// products is the product of two scalar products. x: [N×n₀], x₂ = x′: [M×n₀], by default x → [N×M]
  public func tangentKernel(_ x: Tensor, _ x₂: Tensor? = nil) -> Tensor {
    let a = layers(x)
    let b = x₂.map(layers) ?? a
    return weights.indices.reduce(Tensor(0, scalarType: x.scalarType)) { Θ, l in
      let inputs = matmul(a[l].h, b[l].h.transposed) / Double(a[l].h.shape[1]) + biasFactor * biasFactor
      return Θ + inputs * matmul(a[l].slope, b[l].slope.transposed)
    }
  }

  /// The input h⁽ˡ⁻¹⁾ [N×n_ℓ₋₁] of every layer and ∂f/∂z⁽ˡ⁾ [N×n_ℓ].
  private func layers(_ x: Tensor) -> [(h: Tensor, slope: Tensor)] {
    var (h, z) = ([x], [preactivation(0, x)])
    for l in 1..<weights.count {
      h.append(activation(z[l - 1]))
      z.append(preactivation(l, h[l]))
    }
    var slope = Tensor.ones([x.shape[0], 1], scalarType: x.scalarType)
    var found = [(h: h[weights.count - 1], slope: slope)]
    for l in (1..<weights.count).reversed() {
      slope = matmul(slope, weights[l]) / Double(h[l].shape[1]).squareRoot() * activation.derivative(at: z[l - 1])
      found.append((h[l - 1], slope))
    }
    return found.reversed()
  }
}
