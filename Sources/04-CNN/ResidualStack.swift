// § 4.4.4  Theorem 4.7: gradients through residual blocks

import Messages
import Tensors

/// A stack of residual blocks x_{l+1} = F_l(x_l) + x_l, numbered from 0, so that x_L is the output of the last.
/// Theorem 4.7
///
/// The theorem needs blocks that do nothing after the sum. Blocks (4.7) with a ReLU there obey it where all sums are
/// positive.
public struct ResidualStack: Sendable {
  /// The residual branches F₀, …, F_{L−1}; none changes the shape of its input.
  public let branches: [@Sendable (Tensor) -> Tensor]

  /// The stack of these branches.
  public init(_ branches: [@Sendable (Tensor) -> Tensor]) { self.branches = branches }

  /// The states x_l, x_{l+1}, …, x_L that follow from x_l. Theorem 4.7
  public func states(from x_l: Tensor, block l: Int = 0) -> [Tensor] {
    require((0...branches.count).contains(l), "cannot start at block \(l) of \(branches.count)")
    return branches[l...].reduce(into: [x_l]) { states, F in
      let x = states[states.count - 1]
      let residual = F(x)
      require(residual.shape == x.shape, "cannot add \(x.shape) to its residual \(residual.shape)")
      states.append(residual + x)
    }
  }

  /// The sum of all branches from block l on, each at its own state: Σᵢ Fᵢ(xᵢ), i = l, …, L − 1. (4.8)
  public func residualSum(from x_l: Tensor, block l: Int = 0) -> Tensor {
    zip(branches[l...], states(from: x_l, block: l)).reduce(0 * x_l) { $0 + $1.0($1.1) }
  }

  /// The output from the state at block l: x_L = x_l + Σᵢ Fᵢ(xᵢ), i = l, …, L − 1. (4.8)
  public func output(from x_l: Tensor, block l: Int = 0) -> Tensor { x_l + residualSum(from: x_l, block: l) }

  /// The Jacobian of the output: ∂x_L/∂x_l = I + ∂/∂x_l Σᵢ Fᵢ(xᵢ), with the identity matrix I. (4.9) [D×D]
  public func outputJacobian(at x_l: Tensor, block l: Int = 0) -> Tensor {
    identity(x_l) + square(jacobian(at: x_l) { residualSum(from: $0, block: l) })
  }

  /// The gradient at x_l from the one at the output: ∂L/∂x_l = (I + ∂/∂x_l Σᵢ Fᵢ(xᵢ))ᵀ ∂L/∂x_L. (4.9)
  public func gradient(_ g: Tensor, at x_l: Tensor, block l: Int = 0) -> Tensor {
    matmul(outputJacobian(at: x_l, block: l).transposed, g.reshaped([g.count, 1])).reshaped(x_l.shape)
  }

  /// The same Jacobian block by block: ∂x_L/∂x_l = (I + J_{L−1}) ⋯ (I + J_l), where J_i is that of Fᵢ at xᵢ.
  /// Theorem 4.7
  ///
  /// It is singular if one J_i has the eigenvalue −1, as for F(x) = −x: then a gradient can vanish.
  public func jacobianProduct(at x_l: Tensor, block l: Int = 0) -> Tensor {
    let I = identity(x_l)
    return zip(branches[l...], states(from: x_l, block: l)).reduce(I) { product, block in
      matmul(I + square(jacobian(at: block.1, of: block.0)), product)
    }
  }

  private func identity(_ x: Tensor) -> Tensor { .identity(x.count, scalarType: x.scalarType) }

  /// A Jacobian as a matrix, for states with any axes.
  private func square(_ J: Tensor) -> Tensor {
    let D = Int(Double(J.count).squareRoot().rounded())
    return J.reshaped([D, D])
  }
}
