// § 2.2.2  What backpropagation costs

import Foundations
import Messages
import Tensors

/// The floating-point operations and the memory of one gradient of a fully connected network. § 2.2.2
///
/// The matrix products are counted, a multiplication and an addition as two operations; biases and activations are of
/// lower order.
public struct DenseCost: Sendable {
  /// The widths n₀, …, n_L.
  public let widths: [Int]
  /// The number N of examples.
  public let batch: Int

  /// The cost for these widths and a batch of this size.
  public init(widths: [Int], batch: Int = 1) {
    require(
      widths.count >= 2, "cannot count the cost of widths \(widths): a network needs an input and an output")
    (self.widths, self.batch) = (widths, batch)
  }

  /// The number L of layers.
  public var depth: Int { widths.count - 1 }

  /// The forward pass, one product per layer: 2N Σₗ n_ℓ n_ℓ₋₁. Proposition 2.2
  public var forward: Int { 2 * batch * (1...depth).reduce(0) { $0 + widths[$1] * widths[$1 - 1] } }

  /// The products δ⁽ˡ⁾ h⁽ˡ⁻¹⁾ᵀ of the backward pass: as much as the forward pass. Proposition 2.2
  public var weightGradients: Int { forward }

  /// The products W⁽ˡ⁾ᵀ δ⁽ˡ⁾ of the backward pass, for all layers but the first: ∂L/∂x is not needed. Proposition 2.2
  public var deltas: Int { forward - 2 * batch * widths[1] * widths[0] }

  /// The backward pass: two products per layer, one in the first. Proposition 2.2
  public var backward: Int { weightGradients + deltas }

  /// Backward over forward: between 1 and 2. Proposition 2.2
  public var ratio: Double { Double(backward) / Double(forward) }

  /// Central differences instead: two forward passes for each of the |θ| parameters. § 2.2.2
  public var centralDifferences: Int { 2 * MLP.parameterCount(widths: widths) * forward }

  /// The scalars that training keeps for the backward pass: all z⁽ˡ⁾ and h⁽ˡ⁾, N (n₀ + 2 Σₗ n_ℓ). Grows with the depth.
  public var storedForTraining: Int { batch * (widths[0] + 2 * widths.dropFirst().reduce(0, +)) }

  /// The scalars alive at once in inference: the input and the output of the widest pair of layers,
  /// N maxₗ (n_ℓ₋₁ + n_ℓ).
  public var aliveInInference: Int { batch * ((1...depth).map { widths[$0 - 1] + widths[$0] }.max() ?? 0) }
}

/// The cost of a convolution, where O(|θ|) of Proposition 2.2 fails: its weights are used at every place of the image.
public struct ConvolutionCost: Sendable {
  /// The numbers of input and output channels, and the side of the square kernel.
  public let inputs, outputs, kernel: Int
  /// The places of the output, height times width.
  public let places: Int

  /// The cost of a `kernel` × `kernel` convolution with this many places in its output.
  public init(inputs: Int, outputs: Int, kernel: Int, places: Int) {
    (self.inputs, self.outputs, self.kernel, self.places) = (inputs, outputs, kernel, places)
  }

  /// The weights and biases: C_out (C_in k² + 1).
  public var parameters: Int { outputs * (inputs * kernel * kernel + 1) }
  /// The operations of one image: 2 H W C_out C_in k².
  public var forward: Int { 2 * places * outputs * inputs * kernel * kernel }
}

/// The multiplications of a product of matrices, row vector first: (v J_L) J_L₋₁ ⋯, or last: v (J_L ⋯ (J₂ J₁)). § 2.2.2
///
/// Reverse mode is the first order, forward mode the second. `widths` are n₀, …, n_L, with J_ℓ of shape [n_ℓ×n_ℓ₋₁],
/// and v [1×n_L].
public func chainMultiplications(widths n: [Int]) -> (reverse: Int, forward: Int) {
  let L = n.count - 1
  let reverse = (1...L).reduce(0) { $0 + n[$1] * n[$1 - 1] }
  let matrices = L > 1 ? (2...L).reduce(0) { $0 + n[$1] * n[$1 - 1] * n[0] } : 0
  return (reverse, matrices + n[L] * n[0])
}
