// § 1.2  The multilayer perceptron

import Messages
import Tensors

/// A layer of neurons before its activation: the affine map A(z) = W z + b of Definition 1.1, or the linear map W z
/// without biases.
public struct Linear: Module {
  /// The weights W, one row per neuron. [n_ℓ × n_ℓ₋₁]
  public var weight: Tensor
  /// The biases b, or nil for a layer without biases. [n_ℓ]
  public var bias: Tensor?

  /// The map with these weights and biases.
  public init(weight: Tensor, bias: Tensor?) {
    let biases: Shape = bias?.shape ?? [weight.shape[0]]
    require(
      weight.rank == 2 && biases == [weight.shape[0]],
      "cannot make a layer of weights \(weight.shape) and biases \(biases): one bias per row is needed")
    self.weight = weight
    self.bias = bias
  }

  /// A layer of `outputs` neurons with `inputs` inputs each, its weights and biases drawn by `initialization`, § 1.5.
  public init(
    _ inputs: Int, _ outputs: Int, hasBias: Bool = true, initialization: Initialization = .uniformFanIn,
    random: RandomSource
  ) {
    weight = initialization.weight(outputs: outputs, inputs: inputs, random: random)
    bias = hasBias ? initialization.bias(outputs: outputs, inputs: inputs, random: random) : nil
  }

  /// The weights and the biases.
  public static var parameters: [PartialKeyPath<Linear>] { [\.weight, \.bias] }

  /// W z + b along the last axis, for one input or any number of them: [… × n_ℓ₋₁] → [… × n_ℓ].
  ///
  /// Inputs are stored as rows, so the product is z Wᵀ + b.
  public func callAsFunction(_ z: Tensor) -> Tensor { matmul(z, weight.transposed, plus: bias) }
}

/// A fully connected network: f_θ = σ⁽ᴸ⁾ ∘ A⁽ᴸ⁾ ∘ … ∘ σ⁽¹⁾ ∘ A⁽¹⁾. Definition 1.1, § 1.9.2
public struct MLP: Module {
  /// The affine maps A⁽¹⁾, …, A⁽ᴸ⁾, in the order in which they are applied.
  public var layers: [Linear]
  /// The activation σ⁽¹⁾ = … = σ⁽ᴸ⁻¹⁾ of the hidden layers.
  public let activation: Activation
  /// The activation σ⁽ᴸ⁾ of the output: the identity where the loss takes logits.
  public let outputActivation: Activation

  /// A network of widths n₀, n₁, …, n_L.
  public init(
    _ widths: [Int], activation: Activation = .relu, outputActivation: Activation = .identity,
    initialization: Initialization = .uniformFanIn, random: RandomSource
  ) {
    require(widths.count >= 2, "cannot make a network of widths \(widths): it needs an input and an output")
    layers = zip(widths, widths.dropFirst()).map {
      Linear($0, $1, initialization: initialization, random: random)
    }
    self.activation = activation
    self.outputActivation = outputActivation
  }

  /// The layers.
  public static var parameters: [PartialKeyPath<MLP>] { [\.layers] }

  /// The widths n₀, n₁, …, n_L.
  public var widths: [Int] { layers.prefix(1).map { $0.weight.shape[1] } + layers.map { $0.weight.shape[0] } }

  /// f_θ(x), layer by layer: h⁽⁰⁾ = x, h⁽ˡ⁾ = σ⁽ˡ⁾(W⁽ˡ⁾ h⁽ˡ⁻¹⁾ + b⁽ˡ⁾), ŷ = h⁽ᴸ⁾. § 1.2.1
  ///
  /// Inputs of more than two axes, such as images, are flattened to rows first: [N×…] → [N×n_L].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    var h = x.rank > 2 ? x.flattened(from: 1) : x
    for (l, A) in layers.enumerated() {
      let σ = l < layers.count - 1 ? activation : outputActivation
      h = σ(A(h))
    }
    return h
  }

  /// The number of parameters of a network of these widths: |θ| = Σₗ (n_ℓ₋₁ n_ℓ + n_ℓ) = Σₗ n_ℓ (n_ℓ₋₁ + 1). § 1.2.2
  ///
  /// Widths (784, 256, 128, 10) have 235,146: Example 1.2.
  public static func parameterCount(widths n: [Int]) -> Int {
    (1..<n.count).reduce(0) { total, l in total + n[l] * (n[l - 1] + 1) }
  }
}
