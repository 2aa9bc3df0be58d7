// § 1.1.1  The formal neuron

import Tensors

/// A formal neuron: y = σ(Σᵢ wᵢ xᵢ + b) = σ(wᵀx + b). § 1.1.1, § 1.9.1
///
/// After McCulloch and Pitts (1943), whose σ is the unit step.
public struct Neuron: Module {
  /// The weights w. [d]
  public var weights: Tensor
  /// The bias b.
  public var bias: Tensor
  /// The activation function σ.
  public let activation: Activation

  /// The neuron with these weights and bias.
  public init(weights: Tensor, bias: Tensor, activation: Activation) {
    self.weights = weights
    self.bias = bias
    self.activation = activation
  }

  /// The weights and the bias.
  public static var parameters: [PartialKeyPath<Neuron>] { [\.weights, \.bias] }

  /// σ(wᵀx + b) for one input [d], or for inputs stored as rows [N×d].
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let z = matmul(x, weights) + bias
    return activation(z)
  }
}

extension Neuron {
  /// A neuron that fires, with output 1, if both binary inputs do: x₁ + x₂ > 1.5.
  public static let and = Neuron(weights: Tensor([1, 1]), bias: Tensor(-1.5), activation: .step)
  /// A neuron that fires, with output 1, if one of the binary inputs does: x₁ + x₂ > 0.5.
  public static let or = Neuron(weights: Tensor([1, 1]), bias: Tensor(-0.5), activation: .step)
  /// A neuron that fires, with output 1, if its binary input does not: −x > −0.5.
  public static let not = Neuron(weights: Tensor([-1]), bias: Tensor(0.5), activation: .step)
}
