// § 3.2.3  The geometry of a penalty, for a loss that can be solved exactly

import Messages
import Tensors

/// A quadratic loss L(θ) = ½ (θ − θ*)ᵀ H (θ − θ*) with a positive semidefinite H. § 3.2.3, Theorem 3.8
public struct QuadraticLoss: Sendable {
  /// The Hessian H. [p×p]
  public let hessian: Tensor
  /// The minimum θ*, where the loss is 0. [p]
  public let minimum: Tensor

  /// The loss with this Hessian around this minimum.
  public init(hessian: Tensor, minimum: Tensor) {
    require(
      hessian.shape == [minimum.count, minimum.count] && minimum.rank == 1,
      "cannot make a quadratic of a Hessian \(hessian.shape) around a minimum \(minimum.shape): "
        + "[p×p] and [p] are needed"
    )
    (self.hessian, self.minimum) = (hessian, minimum)
  }

  /// L(θ).
  public func callAsFunction(_ θ: Tensor) -> Tensor {
    let d = θ - minimum
    return (d * matmul(hessian, d)).sum() / 2
  }

  /// ∇L(θ) = H (θ − θ*). [p]
  public func gradient(at θ: Tensor) -> Tensor { matmul(hessian, θ - minimum) }

  /// The minimum of L(θ) + λ/2 ‖θ‖²: θ̃ = (H + λI)⁻¹ H θ*, as in the proof of Theorem 3.8. [p]
  public func ridgeMinimum(strength λ: Double) throws -> Tensor {
    let I = Tensor.identity(minimum.count, scalarType: hessian.scalarType)
    return try LinearAlgebra.solve(hessian + λ * I, matmul(hessian, minimum))
  }

  /// The minimum θ̃ of L in the ball ‖θ‖₂ ≤ r, and the λ for which it is the ridge solution. § 3.2.3
  ///
  /// If θ* is outside the ball, θ̃ is the point of the sphere where a level curve of L touches it: ∇L(θ̃) = −λ θ̃. ‖θ̃‖
  /// falls as λ grows, so λ is found by bisection.
  public func minimum(inBallOfRadius r: Double) throws -> (θ: Tensor, strength: Double) {
    require(r > 0, "cannot find a minimum in a ball of radius \(r): a positive radius is needed")
    if minimum.norm().item <= r { return (minimum, 0) }
    var (low, high) = (0.0, 1.0)
    while try ridgeMinimum(strength: high).norm().item > r { high *= 2 }
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if try ridgeMinimum(strength: middle).norm().item > r { low = middle } else { high = middle }
    }
    return (try ridgeMinimum(strength: high), high)
  }

  /// The level curve L(θ) = c of a loss in the plane, as `count` points of the ellipse around θ*. [count×2]
  public func levelCurve(_ c: Double, count: Int = 121) -> Tensor {
    require(
      minimum.count == 2 && c >= 0, "cannot draw the level \(c) of a loss in \(minimum.count) dimensions: 2 are needed")
    let (Λ, Q) = LinearAlgebra.symmetricEigen(hessian)
    let t = Tensor.linear(from: 0, to: 2 * .pi, count: count, scalarType: hessian.scalarType)
    let circle = Tensor.stacked([t.cos(), t.sin()], axis: 1)  // [count×2]
    return matmul(circle * (2 * c / Λ).squareRoot(), Q.transposed) + minimum
  }
}
