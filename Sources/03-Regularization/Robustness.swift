// Related to § 3.12: stability, or how far a small change of the input can move the output

import Foundations
import Tensors

/// The inputs moved by ε along the signs of the loss's gradient, x + ε sign(∇ₓL): the fast gradient sign method of
/// Goodfellow et al. (2015).
///
/// Of all moves by at most ε per coordinate, this one raises the loss most, to first order.
public func fastGradientSign(_ x: Tensor, radius ε: Double, loss: (Tensor) -> Tensor) -> Tensor {
  x + ε * gradient(at: x, of: loss).sign()
}

/// The inputs after several steps uphill of size α, each projected onto the cube |x′ᵢ − xᵢ| ≤ ε: projected gradient
/// descent on −L, by Madry et al. (2018).
public func projectedGradientAttack(
  _ x: Tensor, radius ε: Double, stepSize α: Double, steps: Int, loss: (Tensor) -> Tensor
) -> Tensor {
  (0..<steps).reduce(x) { moved, _ in
    let uphill = moved + α * gradient(at: moved, of: loss).sign()
    return x + (uphill - x).clamped(to: -ε...ε)
  }
}

/// The spectral norm ‖A‖₂, the largest factor by which A stretches a vector, by power iteration: v ← AᵀA v / ‖AᵀA v‖.
/// [m×n]
///
/// The result is a lower bound, and close unless the two largest singular values are close to each other.
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
  /// An upper bound K on the Lipschitz constant, ‖f(x) − f(x′)‖ ≤ K ‖x − x′‖: ∏ ‖W⁽ˡ⁾‖₂, for activations with slopes of
  /// at most 1.
  public var lipschitzBound: Double { layers.reduce(1) { $0 * largestSingularValue($1.weight) } }

  /// A lower bound on the Lipschitz constant: the largest ‖∂f/∂x‖₂ at these inputs. [N×n₀]
  public func steepestSlope(at x: Tensor) -> Double {
    (0..<x.shape[0]).map { largestSingularValue(jacobian(at: x[$0]) { self($0) }) }.max() ?? 0
  }
}
