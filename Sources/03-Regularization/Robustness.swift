// Beside § 3.12: stability. How far a small change of the input can move the output

import Foundations
import Tensors

/// The inputs moved by ε along the signs of the loss's gradient: x + ε sign(∇ₓL). The fast gradient sign method by Goodfellow et al. (2015).
///
/// No coordinate moves by more than ε, and of all such moves this one raises the loss most, to first order.
public func fastGradientSign(_ x: Tensor, radius ε: Double, loss: (Tensor) -> Tensor) -> Tensor {
  x + ε * gradient(at: x, of: loss).sign()
}

/// The inputs after several steps uphill of size α, each followed by a return to the cube |x′ᵢ − xᵢ| ≤ ε: projected gradient descent
/// on −L, by Madry et al. (2018).
public func projectedGradientAttack(
  _ x: Tensor, radius ε: Double, stepSize α: Double, steps: Int, loss: (Tensor) -> Tensor
) -> Tensor {
  (0..<steps).reduce(x) { moved, _ in
    let uphill = moved + α * gradient(at: moved, of: loss).sign()
    return x + (uphill - x).clamped(to: -ε...ε)
  }
}

/// The spectral norm ‖A‖₂, the largest factor by which A stretches a vector, by power iteration: v ← AᵀA v / ‖AᵀA v‖. [m×n]
///
/// From below, and close to it unless the two largest singular values are close too.
public func largestSingularValue(_ A: Tensor, iterations: Int = 200) -> Double {
  let start = Tensor.linear(from: 1, to: 2, count: A.shape[1], scalarType: A.scalarType)
  var v = start / start.norm()
  for _ in 0..<iterations {
    let w = matmul(A.transposed, matmul(A, v))
    let length = w.norm().item
    if length == 0 { return 0 }
    v = w / length
  }
  return matmul(A, v).norm().item
}

extension MLP {
  /// A number K with ‖f(x) − f(x′)‖ ≤ K ‖x − x′‖ for all inputs: ∏ ‖W⁽ˡ⁾‖₂, where no activation is steeper than 1.
  public var lipschitzBound: Double { layers.reduce(1) { $0 * largestSingularValue($1.weight) } }

  /// The steepest that the network is at one of these inputs: max ‖∂f/∂x‖₂, below its Lipschitz constant. [N×n₀]
  public func steepestSlope(at x: Tensor) -> Double {
    (0..<x.shape[0]).map { largestSingularValue(jacobian(at: x[$0]) { self($0) }) }.max() ?? 0
  }
}
