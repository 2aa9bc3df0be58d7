// § 11.4.1  Where the second descent ends: infinitely many features, as a kernel

import Messages
import Tensors

/// A predictor h(x) = Σᵢ αᵢ k(x, xᵢ) with α = (K + NλI)⁻¹y and Kᵢⱼ = k(xᵢ, xⱼ): kernel ridge regression.
///
/// For k(x, x′) = φ(x)ᵀφ(x′), this is ridge regression on the features φ, min 1/2N Σ (h(xᵢ) − yᵢ)² + λ/2 ‖w‖², without
/// ever computing a feature. With λ → 0 it is the interpolation of minimum norm. Groudiev, *Deep Learning*, class
/// notes, 1.1.
public struct KernelRidge: Sendable {
  /// The kernel: the values k(a, b) for all pairs of a row of A and a row of B. [N×d], [M×d] → [N×M]
  public typealias Kernel = @Sendable (_ A: Tensor, _ B: Tensor) -> Tensor

  /// The kernel.
  public let kernel: Kernel
  /// The examples as rows, and their coefficients αᵢ. [N×d], [N]
  public let examples, coefficients: Tensor

  /// The predictor fitted to examples and targets. Throws if λ = 0 and K is singular. [N×d], [N]
  public init(fitting X: Tensor, _ y: Tensor, penalty λ: Double, kernel: @escaping Kernel) throws {
    (self.kernel, examples) = (kernel, X)
    coefficients = try Self.coefficients(gram: kernel(X, X), y, penalty: λ)
  }

  /// h(x) of every row. [M×d] → [M]
  public func callAsFunction(_ x: Tensor) -> Tensor { matmul(kernel(x, examples), coefficients) }

  /// α = (K + NλI)⁻¹y. [N×N], [N] → [N]
  public static func coefficients(gram K: Tensor, _ y: Tensor, penalty λ: Double) throws -> Tensor {
    require(
      K.rank == 2 && y.shape == [K.shape[0]] && λ >= 0,
      "cannot fit \(y.shape) targets with a Gram matrix \(K.shape) and penalty \(λ): one target per row and λ ≥ 0 are "
        + "needed")
    let N = K.shape[0]
    return try LinearAlgebra.solve(K + Double(N) * λ * Tensor.identity(N, scalarType: K.scalarType), y)
  }
}

/// k(x, x′) = (1 + xᵀx′)^degree, the inner product of all monomials up to the degree, with weights.
///
/// For numbers and degree 2 the features are 1, √2 x and x².
public func polynomialKernel(degree: Int) -> KernelRidge.Kernel {
  { A, B in (1 + matmul(A, B.transposed)).power(Double(degree)) }
}

/// k(x, x′) = E[2 relu(vᵀx) relu(vᵀx′)] for v ~ N(0, I): ‖x‖ ‖x′‖ (sin θ + (π − θ) cos θ)/π, with the angle θ between
/// x and x′.
///
/// The limit of φ(x)ᵀφ(x′) for infinitely many `RandomFeatures`: the arc-cosine kernel of degree 1. Cho and Saul
/// (2009). [N×d], [M×d] → [N×M]
public func reluKernel(_ A: Tensor, _ B: Tensor) -> Tensor {
  2 * Double(A.shape[1]) * KernelLimit(layers: 2, activation: .relu).covariance(A, B)
}
