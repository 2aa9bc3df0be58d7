// § 11.5.2  Training in the linearization of a network

import Foundations
import Messages
import Tensors

/// f(x; θ₀) + ∇f(x; θ₀)ᵀ (θ − θ₀): a network replaced by its Taylor polynomial of degree 1 in the parameters. (11.10)
public struct LinearizedNetwork<Network: Module>: Sendable where Network.Input == Tensor, Network.Output == Tensor {
  /// The network at θ₀.
  public let start: Network

  /// The linearization at the parameters of a network.
  public init(at start: Network) { self.start = start }

  /// The value for the parameters of another network of the same form. [N×d] → [N]
  public func callAsFunction(_ x: Tensor, parameters θ: Network) -> Tensor {
    let J = parameterJacobian(of: start, at: x)
    return start(x).reshaped([x.shape[0]]) + matmul(J, θ.flattened - start.flattened)
  }
}

/// The outputs f(t) of a linearized network in training on ½ Σᵢ (fᵢ − yᵢ)², in closed form. § 11.5.2
///
/// With Θ₀ = V Λ Vᵀ the error along each eigenvector decays independently of the others.
public struct LinearizedTraining: Sendable {
  /// The outputs f(0) and the targets y. [N]
  public let start, targets: Tensor
  /// The eigenvalues of Θ₀, ascending, [N], and its eigenvectors as columns, [N×N].
  public let eigenvalues, eigenvectors: Tensor

  /// The training that starts at outputs f(0) with the kernel Θ₀ [N×N] of the training inputs.
  public init(kernel Θ₀: Tensor, start f₀: Tensor, targets y: Tensor) {
    require(
      f₀.shape == y.shape && Θ₀.shape == [y.count, y.count],
      "cannot train outputs \(f₀.shape) towards \(y.shape) with a kernel \(Θ₀.shape): [N], [N] and [N×N] are needed")
    (start, targets) = (f₀, y)
    (eigenvalues, eigenvectors) = LinearAlgebra.symmetricEigen(Θ₀)
  }

  /// The largest learning rate that shrinks every error without changing its sign: 1/λ_max.
  public var steadyRate: Double { 1 / eigenvalues.max().item }

  /// df/dt = −η Θ₀ (f − y): the right-hand side of (11.11) at outputs f [N].
  public func velocity(at f: Tensor, rate η: Double) -> Tensor { -η * kernelProduct(f - targets) { $0 } }

  /// f(t) = y − e^(−η Θ₀ t) (y − f(0)), the gradient flow. (11.12)
  public func flow(time t: Double, rate η: Double) -> Tensor {
    targets - kernelProduct(targets - start) { (-η * t * $0).exp() }
  }

  /// f after t steps of gradient descent: y − (I − η Θ₀)ᵗ (y − f(0)).
  public func descent(steps t: Int, rate η: Double) -> Tensor {
    targets - kernelProduct(targets - start) { Tensor.power(1 - η * $0, t) }
  }

  /// V g(Λ) Vᵀ r for a function of the eigenvalues.
  private func kernelProduct(_ r: Tensor, _ g: (Tensor) -> Tensor) -> Tensor {
    matmul(eigenvectors, g(eigenvalues) * matmul(eigenvectors.transposed, r))
  }
}

extension Tensor {
  /// xᵗ for a whole number t ≥ 0, elementwise, also for negative x.
  fileprivate static func power(_ x: Tensor, _ t: Int) -> Tensor {
    var (result, square, rest) = (0 * x + 1, x, t)
    while rest > 0 {
      if rest % 2 == 1 { result = result * square }
      (square, rest) = (square * square, rest / 2)
    }
    return result
  }
}
