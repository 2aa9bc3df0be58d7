// § 3.8  Early stopping as L2 regularization

import Tensors

extension QuadraticLoss {
  /// The result of T steps of gradient descent from 0: θ_T = (I − (I − ηH)^T) θ*, with the T-th power. (3.27)
  public func descended(steps T: Int, learningRate η: Double) -> Tensor {
    let I = Tensor.identity(minimum.count, scalarType: hessian.scalarType)
    return matmul(I - power(I - η * hessian, T), minimum)
  }

  /// The minimum with each eigendirection of H scaled by f: Q diag(f(λᵢ)) Qᵀ θ*, with H = Q Λ Qᵀ. Theorem 3.8
  public func filtered(by f: (_ eigenvalue: Double) -> Double) -> Tensor {
    let (Λ, Q) = LinearAlgebra.symmetricEigen(hessian)
    let shares = Tensor(Λ.scalars.map(f), scalarType: hessian.scalarType)
    return matmul(Q, shares * matmul(Q.transposed, minimum))
  }
}

/// The share of a direction of curvature λᵢ that T steps of gradient descent have learned: 1 − (1 − ηλᵢ)^T. Theorem 3.8
public func earlyStoppingFilter(curvature λᵢ: Double, learningRate η: Double, steps T: Int) -> Double {
  1 - power(1 - η * λᵢ, T)
}

/// The share of a direction of curvature λᵢ that an L2 penalty of strength λ leaves: λᵢ / (λᵢ + λ). Theorem 3.8
public func ridgeFilter(curvature λᵢ: Double, strength λ: Double) -> Double { λᵢ == 0 ? 0 : λᵢ / (λᵢ + λ) }

/// The strength of the L2 penalty that resembles T steps: λ ≈ 1 / (ηT). Theorem 3.8
///
/// The two filters agree to first order where ηλᵢT is small, and both are close to 1 where it is large. In between they
/// differ by up to 0.2036, for small η at ηλᵢT = 2.51.
public func equivalentStrength(learningRate η: Double, steps T: Int) -> Double { 1 / (η * Double(T)) }

/// xⁿ by repeated squaring.
private func power(_ x: Double, _ n: Int) -> Double {
  if n == 0 { return 1 }
  let half = power(x, n / 2)
  return n.isMultiple(of: 2) ? half * half : half * half * x
}

/// Aⁿ for a square matrix, by repeated squaring.
private func power(_ A: Tensor, _ n: Int) -> Tensor {
  if n == 0 { return Tensor.identity(A.shape[0], scalarType: A.scalarType) }
  let half = power(A, n / 2)
  return n.isMultiple(of: 2) ? matmul(half, half) : matmul(matmul(half, half), A)
}
